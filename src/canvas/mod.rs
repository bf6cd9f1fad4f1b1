//! Shapes and lines of text on a plane: what both SVG and PNG are written from.

mod png;
mod svg;

pub use png::{PictureError, png, png_of_pixels, text_width};
pub use svg::svg;

/// Red, green and blue: `0xD55E00`.
pub type Colour = u32;

pub const BLACK: Colour = 0x00_0000;
pub const WHITE: Colour = 0xFF_FFFF;
/// Of axes, grids and what is said beside a picture.
pub const GREY: Colour = 0x66_6666;
pub const PALE: Colour = 0xDD_DDDD;

/// Colours of Okabe and Ito, told apart by people with any colour vision.
pub const BLUE: Colour = 0x00_72B2;
pub const VERMILION: Colour = 0xD5_5E00;
pub const GREEN: Colour = 0x00_9E73;
pub const ORANGE: Colour = 0xE6_9F00;
pub const SKY: Colour = 0x56_B4E9;
pub const PURPLE: Colour = 0xCC_79A7;

/// A picture in units of which a PNG has [`png::SCALE`] pixels.
#[derive(Debug, Clone, PartialEq)]
pub struct Canvas {
    pub width: f64,
    pub height: f64,
    /// What the picture is of, for readers that do not see it.
    pub title: String,
    /// Later ones lie over earlier ones.
    pub elements: Vec<Element>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Element {
    Path(Path),
    Text(Text),
}

/// An area, a line, or both.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Path {
    pub steps: Vec<Step>,
    pub fill: Option<Colour>,
    /// Colour and width.
    pub stroke: Option<(Colour, f64)>,
    /// Edges fall on whole pixels.
    pub crisp: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    Move(f64, f64),
    Line(f64, f64),
    Close,
}

/// One line of text.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    pub x: f64,
    /// Of the baseline.
    pub y: f64,
    pub size: u8,
    pub anchor: Anchor,
    pub colour: Colour,
    /// Read from bottom to top.
    pub turned: bool,
    pub text: String,
}

/// What of a text stands at its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

impl Canvas {
    pub fn add(&mut self, element: impl Into<Element>) {
        self.elements.push(element.into());
    }
}

impl From<Path> for Element {
    fn from(path: Path) -> Self {
        Element::Path(path)
    }
}

impl From<Text> for Element {
    fn from(text: Text) -> Self {
        Element::Text(text)
    }
}

impl Path {
    /// A closed area of one colour.
    pub fn area(points: &[(f64, f64)], fill: Colour) -> Self {
        let mut path = Path {
            fill: Some(fill),
            ..Path::default()
        };
        path.line(points);
        path.steps.push(Step::Close);
        path
    }

    pub fn rectangle(x: f64, y: f64, width: f64, height: f64, fill: Colour) -> Self {
        let (right, bottom) = (x + width, y + height);
        Path::area(&[(x, y), (right, y), (right, bottom), (x, bottom)], fill)
    }

    /// A line of one colour.
    pub fn stroke(points: &[(f64, f64)], colour: Colour, width: f64) -> Self {
        let mut path = Path {
            stroke: Some((colour, width)),
            ..Path::default()
        };
        path.line(points);
        path
    }

    /// A straight line of dashes.
    pub fn dashed(from: (f64, f64), to: (f64, f64), colour: Colour, width: f64) -> Self {
        const DASH: f64 = 4.0;
        let (right, down) = (to.0 - from.0, to.1 - from.1);
        let length = right.hypot(down);
        let at = |along: f64| {
            let part = (along / length).min(1.0);
            (from.0 + right * part, from.1 + down * part)
        };
        let mut path = Path {
            stroke: Some((colour, width)),
            ..Path::default()
        };
        for dash in 0..(length / (2.0 * DASH)).ceil() as usize {
            let start = 2.0 * DASH * dash as f64;
            path.line(&[at(start), at(start + DASH)]);
        }
        path
    }

    /// A regular polygon that stands on its side or, of many corners, a disc.
    pub fn polygon(x: f64, y: f64, radius: f64, corners: usize, fill: Colour) -> Self {
        let corner = |i: usize| {
            let turn = std::f64::consts::TAU * (i as f64 + 0.5) / corners as f64;
            (x + radius * turn.sin(), y + radius * turn.cos())
        };
        let points: Vec<(f64, f64)> = (0..corners).map(corner).collect();
        Path::area(&points, fill)
    }

    /// Adds a line through some points.
    pub fn line(&mut self, points: &[(f64, f64)]) {
        for (i, &(x, y)) in points.iter().enumerate() {
            self.steps.push(match i {
                0 => Step::Move(x, y),
                _ => Step::Line(x, y),
            });
        }
    }
}

impl Text {
    pub fn new(x: f64, y: f64, size: u8, text: &str) -> Self {
        Text {
            x,
            y,
            size,
            anchor: Anchor::Start,
            colour: BLACK,
            turned: false,
            text: text.to_owned(),
        }
    }

    pub fn anchored(self, anchor: Anchor) -> Self {
        Text { anchor, ..self }
    }

    pub fn coloured(self, colour: Colour) -> Self {
        Text { colour, ..self }
    }

    /// From bottom to top.
    pub fn upwards(self) -> Self {
        Text {
            turned: true,
            ..self
        }
    }
}
