//! Series of a figure: their colours, marks and names.

use super::{LINE, SMALL, TEXT};
use crate::canvas::{
    BLACK, BLUE, Canvas, Colour, GREEN, GREY, ORANGE, PURPLE, Path, SKY, Text, VERMILION,
    text_width,
};

/// Told apart by colour and by shape.
const LOOKS: [(Colour, usize); 8] = [
    (BLUE, 24),
    (VERMILION, 4),
    (GREEN, 3),
    (ORANGE, 5),
    (PURPLE, 6),
    (SKY, 24),
    (BLACK, 4),
    (GREY, 3),
];

/// How many series can be told apart.
pub const MOST: usize = LOOKS.len();

/// One series.
#[derive(Debug, Clone)]
pub struct Entry {
    pub name: String,
    /// Below the name.
    pub figures: Vec<String>,
}

pub fn colour(series: usize) -> Colour {
    LOOKS[series % MOST].0
}

/// The mark of a series.
pub fn mark(canvas: &mut Canvas, series: usize, x: f64, y: f64) {
    let (colour, corners) = LOOKS[series % MOST];
    let radius = match corners {
        24 => 4.5,
        _ => 5.5,
    };
    canvas.add(Path::polygon(x, y, radius, corners, colour));
}

/// What a legend takes to the right.
pub fn width(entries: &[Entry]) -> f64 {
    let of = |entry: &Entry| {
        let figures = entry.figures.iter().map(|text| text_width(text, SMALL));
        figures.fold(text_width(&entry.name, TEXT), f64::max)
    };
    26.0 + entries.iter().map(of).fold(0.0, f64::max)
}

pub fn height(entries: &[Entry]) -> f64 {
    let lines: usize = entries.iter().map(|entry| 1 + entry.figures.len()).sum();
    LINE * lines as f64 + 6.0 * entries.len() as f64
}

/// Entries one below the other, from a corner on.
pub fn draw(canvas: &mut Canvas, x: f64, mut y: f64, entries: &[Entry]) {
    for (series, entry) in entries.iter().enumerate() {
        mark(canvas, series, x + 8.0, y + 8.0);
        canvas.add(Text::new(x + 24.0, y + 12.5, TEXT, &entry.name));
        y += LINE;
        for text in &entry.figures {
            canvas.add(Text::new(x + 24.0, y + 11.0, SMALL, text).coloured(GREY));
            y += LINE;
        }
        y += 6.0;
    }
}
