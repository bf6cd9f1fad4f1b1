//! The colours of the three themes, and what each of them colours.

use std::fmt;
use std::str::FromStr;

/// Red, green and blue.
pub(super) type Rgb = (u8, u8, u8);

/// The colours of a theme; each terminal shows the nearest that it has.
#[derive(Debug, PartialEq)]
pub(super) struct Palette {
    pub dim: Rgb,
    pub border: Rgb,
    pub focused: Rgb,
    pub cursor: Rgb,
    pub cursor_away: Rgb,
    pub accent: Rgb,
    pub good: Rgb,
    pub bad: Rgb,
    pub warn: Rgb,
    pub owners: [Rgb; 8],
    pub shared: Rgb,
    pub cross: Rgb,
    pub fuse: Rgb,
    pub background: Rgb,
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

impl Palette {
    /// The colour of an ink at a strength from 0 (background) to 1.
    pub fn ink(&self, ink: Ink, strength: f32) -> Rgb {
        let full = match ink {
            Ink::Owner(segment) => self.owners[segment % self.owners.len()],
            Ink::Shared => self.shared,
            Ink::Cross => self.cross,
            Ink::Fuse => self.fuse,
            Ink::Nobody => mix(self.shared, self.background, 0.5),
        };
        mix(full, self.background, strength)
    }
}

/// `share` of `a`, the rest of `b`.
fn mix(a: Rgb, b: Rgb, share: f32) -> Rgb {
    let one = |a: u8, b: u8| (f32::from(a) * share + f32::from(b) * (1.0 - share)).round() as u8;
    (one(a.0, b.0), one(a.1, b.1), one(a.2, b.2))
}

/// A named set of colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ThemeName {
    #[default]
    Dark,
    Light,
    /// Okabe and Ito's eight colours, which stay apart for colour-blind eyes.
    ColourBlind,
}

impl ThemeName {
    pub const ALL: [ThemeName; 3] = [ThemeName::Dark, ThemeName::Light, ThemeName::ColourBlind];

    pub(super) fn palette(self) -> &'static Palette {
        match self {
            ThemeName::Dark => &DARK,
            ThemeName::Light => &LIGHT,
            ThemeName::ColourBlind => &COLOUR_BLIND,
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
