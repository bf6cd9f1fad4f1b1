//! Colours and symbols: three themes, four levels of colour, Unicode or ASCII.
//!
//! Without colours (`NO_COLOR`) no style names a colour at all: terminals libraries drop REVERSED on a cell that does.

use std::fmt;
use std::str::FromStr;

use ratatui::style::{Color, Modifier, Style};

/// A named set of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ThemeName {
    #[default]
    Dark,
    Light,
    /// Okabe and Ito's eight colours, which stay apart for colour-blind eyes.
    ColourBlind,
}

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    None,
    Ansi16,
    Ansi256,
    True,
}

/// Whether boxes, blocks and arrows may be drawn with characters beyond ASCII.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Symbols {
    pub unicode: bool,
}

/// Every style that the panes use.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    pub name: ThemeName,
    pub level: Level,
    pub symbols: Symbols,
    pub text: Style,
    pub dim: Style,
    pub title: Style,
    pub border: Style,
    pub focused: Style,
    /// The row under the cursor of the focused pane, and of the others.
    pub cursor: Style,
    pub cursor_away: Style,
    pub accent: Style,
    pub good: Style,
    pub bad: Style,
    pub warn: Style,
    pub key: Style,
    owners: [Rgb; 8],
    shared: Rgb,
    cross: Rgb,
    fuse: Rgb,
    background: Rgb,
}

/// What a piece of the mask or the prompt is coloured by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// A segment, counted from 0.
    Owner(usize),
    Shared,
    Cross,
    /// Fuses, or is read although nothing isolates.
    Fuse,
    /// Belongs to no segment.
    Nobody,
}

type Rgb = (u8, u8, u8);

struct Palette {
    dim: Rgb,
    border: Rgb,
    focused: Rgb,
    cursor: Rgb,
    cursor_away: Rgb,
    accent: Rgb,
    good: Rgb,
    bad: Rgb,
    warn: Rgb,
    owners: [Rgb; 8],
    shared: Rgb,
    cross: Rgb,
    fuse: Rgb,
    background: Rgb,
}

const DARK: Palette = Palette {
    dim: (128, 138, 150),
    border: (70, 78, 90),
    focused: (122, 162, 247),
    cursor: (52, 66, 104),
    cursor_away: (38, 43, 54),
    accent: (122, 162, 247),
    good: (120, 200, 120),
    bad: (240, 110, 120),
    warn: (230, 180, 90),
    owners: [
        (94, 168, 240),
        (240, 170, 80),
        (120, 200, 120),
        (220, 130, 200),
        (100, 205, 205),
        (230, 115, 105),
        (180, 160, 245),
        (205, 200, 100),
    ],
    shared: (150, 158, 170),
    cross: (170, 150, 90),
    fuse: (235, 235, 240),
    background: (18, 20, 26),
};

const LIGHT: Palette = Palette {
    dim: (108, 114, 124),
    border: (176, 182, 192),
    focused: (30, 90, 200),
    cursor: (200, 216, 248),
    cursor_away: (228, 231, 237),
    accent: (30, 90, 200),
    good: (20, 125, 50),
    bad: (195, 35, 50),
    warn: (160, 100, 0),
    owners: [
        (25, 105, 190),
        (190, 100, 0),
        (30, 130, 60),
        (165, 50, 145),
        (0, 125, 130),
        (185, 50, 40),
        (105, 75, 195),
        (120, 115, 0),
    ],
    shared: (120, 126, 136),
    cross: (190, 160, 60),
    fuse: (40, 44, 54),
    background: (255, 255, 255),
};

const COLOUR_BLIND: Palette = Palette {
    good: (86, 180, 233),
    bad: (213, 94, 0),
    warn: (240, 228, 66),
    focused: (240, 228, 66),
    accent: (240, 228, 66),
    owners: [
        (86, 180, 233),
        (230, 159, 0),
        (0, 158, 115),
        (204, 121, 167),
        (240, 228, 66),
        (213, 94, 0),
        (0, 114, 178),
        (190, 190, 190),
    ],
    cross: (150, 120, 60),
    ..DARK
};

impl Theme {
    pub fn new(name: ThemeName, level: Level, symbols: Symbols) -> Self {
        let palette = match name {
            ThemeName::Dark => DARK,
            ThemeName::Light => LIGHT,
            ThemeName::ColourBlind => COLOUR_BLIND,
        };
        let fg = |rgb| {
            level
                .colour(rgb)
                .map_or_else(Style::new, |c| Style::new().fg(c))
        };
        let bold = Modifier::BOLD;
        let colourless = level == Level::None;
        let row = |rgb, without| match level {
            Level::None => Style::new().add_modifier(without),
            // Sixteen colours have no quiet background.
            Level::Ansi16 => Style::new().add_modifier(without),
            _ => level
                .colour(rgb)
                .map_or_else(Style::new, |c| Style::new().bg(c)),
        };
        let dim = if colourless {
            Style::new().add_modifier(Modifier::DIM)
        } else {
            fg(palette.dim)
        };
        Theme {
            name,
            level,
            symbols,
            text: Style::new(),
            dim,
            title: Style::new().add_modifier(bold),
            border: if colourless { dim } else { fg(palette.border) },
            focused: fg(palette.focused).add_modifier(bold),
            cursor: row(palette.cursor, Modifier::REVERSED),
            cursor_away: row(palette.cursor_away, Modifier::UNDERLINED),
            accent: fg(palette.accent).add_modifier(bold),
            good: fg(palette.good),
            bad: fg(palette.bad).add_modifier(if colourless { bold } else { Modifier::empty() }),
            warn: fg(palette.warn),
            key: fg(palette.accent).add_modifier(bold),
            owners: palette.owners,
            shared: palette.shared,
            cross: palette.cross,
            fuse: palette.fuse,
            background: palette.background,
        }
    }

    /// The next theme by name, at the same level and with the same symbols.
    pub fn next(&self) -> Self {
        let name = match self.name {
            ThemeName::Dark => ThemeName::Light,
            ThemeName::Light => ThemeName::ColourBlind,
            ThemeName::ColourBlind => ThemeName::Dark,
        };
        Theme::new(name, self.level, self.symbols)
    }

    fn rgb(&self, ink: Ink) -> Rgb {
        match ink {
            Ink::Owner(segment) => self.owners[segment % self.owners.len()],
            Ink::Shared => self.shared,
            Ink::Cross => self.cross,
            Ink::Fuse => self.fuse,
            Ink::Nobody => mix(self.shared, self.background, 0.5),
        }
    }

    /// The colour of an ink at a strength from 0 (background) to 1; `None` without colours.
    pub fn ink(&self, ink: Ink, strength: f32) -> Option<Color> {
        self.level
            .colour(mix(self.rgb(ink), self.background, strength))
    }

    /// A style that writes in an ink; without colours neighbouring owners differ by modifiers.
    pub fn written(&self, ink: Ink, strength: f32) -> Style {
        match (self.ink(ink, strength), ink) {
            (Some(colour), _) => Style::new().fg(colour),
            (None, Ink::Owner(n)) if n % 2 == 1 => Style::new().add_modifier(Modifier::BOLD),
            (None, Ink::Shared | Ink::Nobody) => Style::new().add_modifier(Modifier::DIM),
            (None, _) => Style::new(),
        }
    }

    /// Whether one cell can show two colours well enough for half-blocks.
    pub fn half_blocks(&self) -> bool {
        self.symbols.unicode && self.level >= Level::Ansi256
    }
}

/// `share` of `a`, the rest of `b`.
fn mix(a: Rgb, b: Rgb, share: f32) -> Rgb {
    let one = |a: u8, b: u8| (f32::from(a) * share + f32::from(b) * (1.0 - share)).round() as u8;
    (one(a.0, b.0), one(a.1, b.1), one(a.2, b.2))
}

impl Level {
    /// What the environment says: `NO_COLOR` first, then `COLORTERM` and `TERM`.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name| variable(name).filter(|value| !value.is_empty());
        let term = set("TERM").unwrap_or_default();
        if set("NO_COLOR").is_some() || term == "dumb" {
            return Level::None;
        }
        match set("COLORTERM").as_deref() {
            Some("truecolor" | "24bit") => return Level::True,
            _ if set("WT_SESSION").is_some() => return Level::True,
            _ => {}
        }
        if term.contains("direct")
            || ["xterm-kitty", "alacritty", "wezterm", "xterm-ghostty"].contains(&term.as_str())
        {
            return Level::True;
        }
        if term.contains("256") {
            Level::Ansi256
        } else {
            Level::Ansi16
        }
    }

    fn colour(self, rgb: Rgb) -> Option<Color> {
        match self {
            Level::None => None,
            Level::True => Some(Color::Rgb(rgb.0, rgb.1, rgb.2)),
            Level::Ansi256 => Some(Color::Indexed(nearest_256(rgb))),
            Level::Ansi16 => Some(nearest_16(rgb)),
        }
    }
}

/// The nearest of the 6×6×6 cube and the 24 greys.
fn nearest_256((r, g, b): Rgb) -> u8 {
    const STEPS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let nearest = |v: u8| (0..6).min_by_key(|&i| STEPS[i].abs_diff(v)).unwrap_or(0);
    let (i, j, k) = (nearest(r), nearest(g), nearest(b));
    let cube = (STEPS[i], STEPS[j], STEPS[k]);
    let mean = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    let step = (mean.saturating_sub(8) / 10).min(23) as u8;
    let grey = 8 + 10 * step;
    if distance((r, g, b), (grey, grey, grey)) < distance((r, g, b), cube) {
        return 232 + step;
    }
    (16 + 36 * i + 6 * j + k) as u8
}

fn nearest_16(rgb: Rgb) -> Color {
    const NAMED: [(Rgb, Color); 14] = [
        ((0, 0, 0), Color::Black),
        ((205, 49, 49), Color::Red),
        ((13, 150, 80), Color::Green),
        ((190, 160, 40), Color::Yellow),
        ((36, 90, 200), Color::Blue),
        ((175, 60, 160), Color::Magenta),
        ((17, 140, 160), Color::Cyan),
        ((102, 108, 116), Color::DarkGray),
        ((240, 110, 110), Color::LightRed),
        ((110, 210, 120), Color::LightGreen),
        ((240, 190, 90), Color::LightYellow),
        ((100, 160, 245), Color::LightBlue),
        ((220, 130, 210), Color::LightMagenta),
        ((100, 205, 215), Color::LightCyan),
    ];
    let near = NAMED.iter().min_by_key(|(named, _)| distance(*named, rgb));
    near.map_or(Color::Reset, |(_, colour)| *colour)
}

fn distance(a: Rgb, b: Rgb) -> u32 {
    let one = |a: u8, b: u8| u32::from(a.abs_diff(b)).pow(2);
    one(a.0, b.0) + one(a.1, b.1) + one(a.2, b.2)
}

impl Symbols {
    /// Unicode unless the locale says another encoding or gives ambiguous-width characters two columns.
    pub fn detect(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .iter()
            .find_map(|name| variable(name).filter(|value| !value.is_empty()))
            .unwrap_or_default()
            .to_lowercase();
        let wide = ["zh", "ja", "ko"]
            .iter()
            .any(|language| locale.starts_with(language));
        let utf8 = locale.is_empty() || locale.contains("utf-8") || locale.contains("utf8");
        let console = variable("TERM").is_some_and(|term| term == "linux" || term == "dumb");
        Symbols {
            unicode: (utf8 && !wide && !console) || cfg!(windows),
        }
    }

    fn pick(self, unicode: &'static str, ascii: &'static str) -> &'static str {
        if self.unicode { unicode } else { ascii }
    }

    pub fn ellipsis(self) -> &'static str {
        self.pick("…", "~")
    }
    pub fn check(self, on: bool) -> &'static str {
        if on {
            self.pick("▣", "[x]")
        } else {
            self.pick("□", "[ ]")
        }
    }
    pub fn verdict(self, right: bool) -> &'static str {
        if right {
            self.pick("✓", "+")
        } else {
            self.pick("✗", "-")
        }
    }
    /// Marks a wording that the demo model was trained on for the fact at hand.
    pub fn trained(self) -> &'static str {
        self.pick("•", "*")
    }
    pub fn pointer(self) -> &'static str {
        self.pick("▸", ">")
    }
    pub fn mark(self) -> &'static str {
        self.pick("●", "*")
    }
    pub fn arrow(self) -> &'static str {
        self.pick("→", "->")
    }
    pub fn emits(self) -> &'static str {
        self.pick("→", ">")
    }
    pub fn dot(self) -> &'static str {
        self.pick("·", "|")
    }
    pub fn times(self) -> &'static str {
        self.pick("×", "x")
    }
    /// Levels of a small bar chart, lowest first.
    pub fn bars(self) -> [&'static str; 8] {
        if self.unicode {
            ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
        } else {
            ["_", "_", ".", ".", "-", "-", "=", "#"]
        }
    }
    pub fn gauge(self) -> (&'static str, &'static str) {
        if self.unicode {
            ("━", "─")
        } else {
            ("#", ".")
        }
    }
}

impl FromStr for ThemeName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "dark" => Ok(ThemeName::Dark),
            "light" => Ok(ThemeName::Light),
            "colour-blind" | "color-blind" => Ok(ThemeName::ColourBlind),
            _ => Err(format!(
                "theme `{text}` is not known: expected dark, light or colour-blind"
            )),
        }
    }
}

impl fmt::Display for ThemeName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            ThemeName::Dark => "dark",
            ThemeName::Light => "light",
            ThemeName::ColourBlind => "colour-blind",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn level(pairs: &[(&str, &str)]) -> Level {
        Level::detect(|name| {
            pairs
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn environment_decides_the_level() {
        assert_eq!(
            level(&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")]),
            Level::None
        );
        assert_eq!(
            level(&[("NO_COLOR", ""), ("COLORTERM", "truecolor")]),
            Level::True
        );
        assert_eq!(level(&[("TERM", "screen-256color")]), Level::Ansi256);
        assert_eq!(level(&[("TERM", "xterm")]), Level::Ansi16);
    }

    #[test]
    fn a_colourless_theme_names_no_colour() {
        let theme = Theme::new(ThemeName::Dark, Level::None, Symbols { unicode: true });
        for style in [
            theme.dim,
            theme.border,
            theme.focused,
            theme.cursor,
            theme.good,
            theme.bad,
            theme.warn,
            theme.key,
        ] {
            assert_eq!((style.fg, style.bg), (None, None));
        }
        assert_eq!(theme.written(Ink::Owner(3), 1.0).fg, None);
    }

    #[test]
    fn nearest_colours() {
        assert_eq!(nearest_256((255, 255, 255)), 231);
        assert_eq!(nearest_256((128, 128, 128)), 244);
        assert_eq!(nearest_16((94, 168, 240)), Color::LightBlue);
    }
}
