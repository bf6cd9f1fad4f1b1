//! A screen as SVG and PNG, for pictures in the documentation and for looking at frames.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

const WIDTH: f32 = 8.4;
const HEIGHT: f32 = 17.0;
const FOREGROUND: (u8, u8, u8) = (208, 212, 220);
const BACKGROUND: (u8, u8, u8) = (18, 20, 26);

/// The buffer as an SVG document.
pub fn svg(buffer: &Buffer) -> String {
    let area = buffer.area;
    let mut out = open(area.width, area.height);
    for y in 0..area.height {
        draw_row(&mut out, buffer, y);
    }
    out.push_str("</g>\n</svg>\n");
    out
}

/// A screen of a recording, and what is said under it about the key that led there.
pub struct Shot {
    pub screen: Buffer,
    pub key: &'static str,
    pub words: &'static str,
}

/// Screens of one size after each other, each for so many seconds, for ever. A row that stays the same is drawn once.
pub fn recording(shots: &[Shot], seconds: f32) -> String {
    let area = shots[0].screen.area;
    let mut out = open(area.width, area.height + 2);
    let mut spans = Vec::new();
    let mut show = |out: &mut String, from: usize, to: usize, content: &str| {
        if !spans.contains(&(from, to)) {
            spans.push((from, to));
        }
        let _ = writeln!(out, "<g class=\"f{from}-{to}\">\n{content}</g>");
    };
    for y in 0..area.height {
        let row = |shot: &Shot| {
            let mut row = String::new();
            draw_row(&mut row, &shot.screen, y);
            row
        };
        let rows: Vec<String> = shots.iter().map(row).collect();
        let mut from = 0;
        for same in rows.chunk_by(|a, b| a == b) {
            show(&mut out, from, from + same.len(), &same[0]);
            from += same.len();
        }
    }
    let y = f32::from(area.height) * HEIGHT + 24.0;
    for (at, shot) in shots.iter().enumerate() {
        let said = format!(
            "<text x=\"10\" y=\"{y:.1}\" font-size=\"17\" fill=\"#ffd75f\" font-weight=\"bold\">{}</text>\n\
             <text x=\"120\" y=\"{y:.1}\" font-size=\"17\" fill=\"{}\">{}</text>\n",
            escaped(shot.key),
            hex(FOREGROUND),
            escaped(shot.words)
        );
        show(&mut out, at, at + 1, &said);
    }
    out.push_str("</g>\n<style>\n");
    let count = shots.len();
    for (from, to) in spans.into_iter().filter(|span| *span != (0, count)) {
        let percent = |at: usize| 100.0 * at as f32 / count as f32;
        let (start, end) = (percent(from), percent(to));
        let total = seconds * count as f32;
        let _ = writeln!(
            out,
            "@keyframes k{from}-{to} {{ 0% {{ visibility: {} }} {start:.3}% {{ visibility: visible }} \
             {end:.3}% {{ visibility: hidden }} 100% {{ visibility: hidden }} }}\n\
             .f{from}-{to} {{ visibility: hidden; animation: k{from}-{to} {total:.1}s step-end infinite }}",
            if from == 0 { "visible" } else { "hidden" },
        );
    }
    out.push_str("</style>\n</svg>\n");
    out
}

fn open(columns: u16, rows: u16) -> String {
    let (width, height) = (f32::from(columns) * WIDTH, f32::from(rows) * HEIGHT);
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n\
         <g font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\" xml:space=\"preserve\">\n",
        hex(BACKGROUND)
    )
}

/// How a cell is drawn: colours, and whether it is bold or underlined.
#[derive(Clone, Copy, PartialEq)]
struct Look {
    fg: (u8, u8, u8),
    bg: (u8, u8, u8),
    bold: bool,
    underlined: bool,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let (mut fg, mut bg) = (rgb(cell.fg, FOREGROUND), rgb(cell.bg, BACKGROUND));
        if cell.modifier.contains(Modifier::REVERSED) {
            std::mem::swap(&mut fg, &mut bg);
        }
        if cell.modifier.contains(Modifier::DIM) {
            let half = |a: u8, b: u8| ((u16::from(a) + u16::from(b)) / 2) as u8;
            fg = (half(fg.0, bg.0), half(fg.1, bg.1), half(fg.2, bg.2));
        }
        Look {
            fg,
            bg,
            bold: cell.modifier.contains(Modifier::BOLD),
            underlined: cell.modifier.contains(Modifier::UNDERLINED),
        }
    }
}

/// How a character is drawn.
#[derive(Clone, Copy, PartialEq)]
enum Shape {
    Blank,
    Word,
    /// Rectangles: left, top, width and height in parts of a cell.
    Rects(&'static [[f32; 4]]),
}

impl Shape {
    /// Blocks and borders are rectangles, so that no font can tear them.
    fn of(symbol: &str) -> Self {
        const LINE: f32 = 0.06;
        const RIGHT: [f32; 4] = [0.5, 0.5, 0.5, LINE];
        const LEFT: [f32; 4] = [0.0, 0.5, 0.5, LINE];
        const UP: [f32; 4] = [0.5, 0.0, 0.12, 0.5];
        const DOWN: [f32; 4] = [0.5, 0.5, 0.12, 0.52];
        Shape::Rects(match symbol {
            " " => return Shape::Blank,
            "█" => &[[0.0, 0.0, 1.0, 1.02]],
            "▀" => &[[0.0, 0.0, 1.0, 0.5]],
            "▄" => &[[0.0, 0.5, 1.0, 0.52]],
            "─" => &[[0.0, 0.5, 1.0, LINE]],
            "│" => &[UP, DOWN],
            "┌" => &[RIGHT, DOWN],
            "┐" => &[LEFT, DOWN],
            "└" => &[RIGHT, UP],
            "┘" => &[LEFT, UP],
            _ => return Shape::Word,
        })
    }

    /// Whether neighbours of this shape are one wider rectangle.
    fn joins(self) -> bool {
        matches!(self, Shape::Rects([[left, _, width, _]]) if *left == 0.0 && *width == 1.0)
    }
}

/// Draws a row: neighbours that look alike together, and words as one text each, which stays in its columns whatever
/// width a font has.
fn draw_row(out: &mut String, buffer: &Buffer, y: u16) {
    let area = buffer.area;
    let cells: Vec<&Cell> = (0..area.width)
        .map(|x| &buffer[(area.x + x, area.y + y)])
        .collect();
    // A cell that a wide character covers belongs to that one, whatever it holds.
    let alike = |a: &&Cell, b: &&Cell| {
        let shape = Shape::of(a.symbol());
        Look::of(a) == Look::of(b)
            && shape == Shape::of(b.symbol())
            && (shape.joins() || !matches!(shape, Shape::Rects(_)))
            && a.symbol().width() <= 1
            && b.symbol().width() <= 1
    };
    let mut x = 0;
    for run in cells.chunk_by(alike) {
        draw_run(out, run, f32::from(x) * WIDTH, f32::from(y) * HEIGHT);
        x += run.len() as u16;
    }
}

fn draw_run(out: &mut String, run: &[&Cell], x: f32, y: f32) {
    let look = Look::of(run[0]);
    let columns = run.len().max(run[0].symbol().width()) as f32;
    let mut rect = |[left, top, width, height]: [f32; 4], colour: (u8, u8, u8)| {
        // A hair wider than the cells: no seams between neighbours.
        let _ = writeln!(
            out,
            "<rect x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\" fill=\"{}\"/>",
            x + left * WIDTH,
            y + top * HEIGHT,
            width * columns * WIDTH + if width == 1.0 { 0.3 } else { 0.0 },
            height * HEIGHT,
            hex(colour)
        );
    };
    if look.bg != BACKGROUND {
        rect([0.0, 0.0, 1.0, 1.02], look.bg);
    }
    if look.underlined {
        rect([0.0, 0.88, 1.0, 0.06], look.fg);
    }
    match Shape::of(run[0].symbol()) {
        Shape::Blank => {}
        Shape::Rects(rects) => rects.iter().for_each(|&one| rect(one, look.fg)),
        Shape::Word => {
            let weight = if look.bold {
                " font-weight=\"bold\""
            } else {
                ""
            };
            let text: String = run.iter().map(|cell| cell.symbol()).collect();
            let _ = writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{:.1}\" fill=\"{}\"{weight}>{}</text>",
                y + 13.0,
                hex(look.fg),
                escaped(&text)
            );
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn hex((r, g, b): (u8, u8, u8)) -> String {
    format!("#{r:02x}{g:02x}{b:02x}")
}

fn rgb(colour: Color, default: (u8, u8, u8)) -> (u8, u8, u8) {
    match colour {
        Color::Rgb(r, g, b) => (r, g, b),
        Color::Indexed(index @ 16..=231) => {
            let part = |n: u8| if n == 0 { 0 } else { 55 + 40 * n };
            let index = index - 16;
            (part(index / 36), part(index / 6 % 6), part(index % 6))
        }
        Color::Indexed(index @ 232..) => (
            8 + 10 * (index - 232),
            8 + 10 * (index - 232),
            8 + 10 * (index - 232),
        ),
        _ => default,
    }
}
