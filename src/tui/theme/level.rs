//! How many colours the terminal shows, and the nearest of them.

use ratatui::style::Color;

use super::palette::Rgb;

/// How many colours the terminal shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    None,
    Ansi16,
    Ansi256,
    True,
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

    /// The nearest colour of this level; `None` without colours.
    pub(super) fn colour(self, rgb: Rgb) -> Option<Color> {
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
    fn nearest_colours() {
        assert_eq!(nearest_256((255, 255, 255)), 231);
        assert_eq!(nearest_256((128, 128, 128)), 244);
        assert_eq!(nearest_16((94, 168, 240)), Color::LightBlue);
    }
}
