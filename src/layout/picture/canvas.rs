//! Shapes and lines of text on a plane: what both SVG and PNG are written from.

/// Red, green and blue: `0xD55E00`.
pub type Colour = u32;

pub const BLACK: Colour = 0x00_0000;
pub const WHITE: Colour = 0xFF_FFFF;

/// A picture in units of which a PNG has [`super::png::SCALE`] pixels.
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
            turned: false,
            text: text.to_owned(),
        }
    }

    pub fn anchored(self, anchor: Anchor) -> Self {
        Text { anchor, ..self }
    }
}
