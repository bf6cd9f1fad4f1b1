//! A chart as a picture: bars and maps in the colours of the questions, and what the colours mean.

use unicode_width::UnicodeWidthStr;

use super::{Body, Cell, Chart, Map, Unit};
use crate::layout::picture::Labels;
use crate::layout::picture::canvas::{Anchor, Canvas, Colour, Path, Text, WHITE};
use crate::text::harmless;

/// Of Okabe and Ito, told apart by people with any colour vision; further questions begin again.
const COLOURS: [Colour; 8] = [
    0x56_B4E9, 0xE6_9F00, 0x00_9E73, 0xCC_79A7, 0xF0_E442, 0xD5_5E00, 0x00_72B2, 0x8C_6D31,
];
/// Of what stands in front, and of the rest.
const FRONT: Colour = 0x88_8888;
const REST: Colour = 0xCC_CCCC;
/// Of what belongs to no question.
const PLAIN: Colour = 0x77_7777;

const LEFT: f64 = 30.0;
const TOP: f64 = 112.0;
const LINE: f64 = 24.0;
const GAP: f64 = 16.0;
const LARGE: u8 = 20;
const MEDIUM: u8 = 15;
const SMALL: u8 = 13;
/// Widths of bars.
const STACK: f64 = 380.0;
const BAR: f64 = 110.0;
/// Columns of a text that is longer, and of the last one of a line.
const SHORT: usize = 24;
const LONG: usize = 60;
/// Width that maps side by side take at most.
const ROOM: f64 = 1_250.0;

/// The picture of a chart. `labels` say what was asked.
pub fn chart_drawing(chart: &Chart, labels: &Labels) -> Canvas {
    let mut canvas = Canvas {
        width: 0.0,
        height: 0.0,
        title: labels.title.clone(),
        elements: Vec::new(),
    };
    let (width, bottom) = match &chart.body {
        Body::Lines { header, lines, .. } => draw_lines(&mut canvas, chart, header, lines),
        Body::Maps {
            maps,
            rows,
            columns,
            ..
        } => draw_maps(&mut canvas, chart, maps, (rows, columns)),
    };
    let right = legend(&mut canvas, chart, bottom + LINE);
    let head = [
        (34.0, LARGE, labels.title.as_str()),
        (60.0, MEDIUM, labels.subtitle.as_str()),
        (82.0, MEDIUM, chart.title.as_str()),
    ];
    let mut widest = width.max(right);
    for (y, size, text) in head {
        let text = harmless(text);
        widest = widest.max(LEFT + room(&text, size));
        canvas.add(Text::new(LEFT, y, size, &text));
    }
    canvas.width = (widest + LEFT).ceil();
    canvas.height = (bottom + 2.0 * LINE + 8.0).ceil();
    let ground = Path::rectangle(0.0, 0.0, canvas.width, canvas.height, WHITE);
    canvas.elements.insert(0, ground.into());
    canvas
}

fn colour(chart: &Chart, part: Option<usize>) -> Colour {
    let Some(part) = part else { return PLAIN };
    match chart.parts.len() - part.min(chart.parts.len()) {
        0 => PLAIN,
        1 => REST,
        2 => FRONT,
        _ => COLOURS[part % COLOURS.len()],
    }
}

/// `share` of a colour, the rest white.
fn mixed(colour: Colour, share: f64) -> Colour {
    let one = |shift: u32| {
        let part = f64::from(colour >> shift & 0xFF);
        ((255.0 + (part - 255.0) * share.clamp(0.0, 1.0)).round() as Colour) << shift
    };
    one(16) | one(8) | one(0)
}

/// About as wide as the text will be.
fn room(text: &str, size: u8) -> f64 {
    text.width() as f64 * f64::from(size) * 0.6
}

fn shortened(text: &str, columns: usize) -> String {
    let text = harmless(text);
    match text.chars().count() > columns {
        true => text.chars().take(columns - 1).chain(['…']).collect(),
        false => text.into_owned(),
    }
}

/// Lines of cells in columns; where they end at the right and below.
fn draw_lines(
    canvas: &mut Canvas,
    chart: &Chart,
    header: &[String],
    lines: &[Vec<Cell>],
) -> (f64, f64) {
    let mut x = LEFT;
    for (column, name) in header.iter().enumerate() {
        let cells = || lines.iter().filter_map(|line| line.get(column));
        let most = match column + 1 == header.len() {
            true => LONG,
            false => SHORT,
        };
        let wide = |cell: &Cell| match cell {
            Cell::Text(text) | Cell::Number(text) => room(&shortened(text, most), SMALL),
            Cell::Stack(_) => STACK,
            Cell::Bar { .. } => BAR,
        };
        let width = cells().map(wide).fold(room(name, SMALL), f64::max);
        let numbers = cells().any(|cell| matches!(cell, Cell::Number(_)));
        let at = |anchor| match anchor {
            Anchor::End => x + width,
            _ => x,
        };
        let anchor = if numbers { Anchor::End } else { Anchor::Start };
        let head = Text::new(at(anchor), TOP, SMALL, &harmless(name));
        canvas.add(head.anchored(anchor));
        let signed = cells().any(|cell| matches!(cell, Cell::Bar { value, .. } if *value < 0.0));
        for (line, cell) in cells().enumerate() {
            let y = TOP + (line + 1) as f64 * LINE;
            match cell {
                Cell::Text(text) => canvas.add(Text::new(x, y, SMALL, &shortened(text, most))),
                Cell::Number(text) => {
                    canvas.add(Text::new(x + width, y, SMALL, text).anchored(Anchor::End));
                }
                Cell::Stack(parts) => stack(canvas, chart, (x, y), parts),
                Cell::Bar { value, part } => {
                    let zero = if signed { x + BAR / 2.0 } else { x };
                    let long = value * if signed { BAR / 2.0 } else { BAR };
                    let (from, long) = (zero + long.min(0.0), long.abs());
                    let ink = colour(chart, *part);
                    canvas.add(Path::rectangle(from, y - 12.0, long, 15.0, ink));
                    canvas.add(Path::rectangle(zero - 0.5, y - 14.0, 1.0, 19.0, PLAIN));
                }
            }
        }
        x += width + GAP;
    }
    (x - GAP, TOP + lines.len() as f64 * LINE)
}

/// The parts of 1 side by side, named where there is room.
fn stack(canvas: &mut Canvas, chart: &Chart, (x, y): (f64, f64), parts: &[f32]) {
    let mut from = x;
    for (part, share) in parts.iter().enumerate() {
        let width = STACK * f64::from(*share);
        let ink = colour(chart, Some(part));
        canvas.add(Path::rectangle(from, y - 13.0, width, 18.0, ink));
        let name = format!("{} {:.0}%", chart.parts[part], 100.0 * share);
        let forms = [name, chart.parts[part].clone()];
        if let Some(name) = forms.iter().find(|name| room(name, SMALL) + 6.0 < width) {
            canvas.add(Text::new(from + 4.0, y, SMALL, name));
        }
        from += width;
    }
}

/// Maps side by side, as many to a line as have room; where they end at the right and below.
fn draw_maps(
    canvas: &mut Canvas,
    chart: &Chart,
    maps: &[Map],
    (rows, columns): (&[String], &[String]),
) -> (f64, f64) {
    let names = |of: &[String]| of.iter().map(|name| room(name, SMALL)).fold(0.0, f64::max);
    let side = (260.0 / rows.len().max(columns.len()).max(1) as f64).clamp(7.0, 42.0);
    let side = side.max(if side > 24.0 {
        names(columns) + 4.0
    } else {
        0.0
    });
    let (label, width) = (names(rows) + 6.0, side * columns.len() as f64);
    let whole = (label + width + GAP, side * rows.len() as f64 + 2.4 * LINE);
    let per_line = ((ROOM / whole.0) as usize).clamp(1, maps.len().max(1));
    // Labels of every n-th row and column where they would stand on each other.
    let step = (f64::from(SMALL) / side).ceil().max(1.0) as usize;
    let across = (names(columns) / side).ceil().max(1.0) as usize;
    for (at, map) in maps.iter().enumerate() {
        let left = LEFT + (at % per_line) as f64 * whole.0 + label;
        let top = TOP + (at / per_line) as f64 * whole.1 + LINE;
        canvas.add(Text::new(
            left,
            top - LINE + 4.0,
            MEDIUM,
            &harmless(&map.name),
        ));
        let middle = |at: usize| (at as f64 + 0.5) * side;
        for (column, name) in columns.iter().enumerate().step_by(across) {
            let text = Text::new(left + middle(column), top - 4.0, SMALL, name);
            canvas.add(text.anchored(Anchor::Middle));
        }
        for (row, name) in rows.iter().enumerate().step_by(step) {
            let text = Text::new(left - 5.0, top + middle(row) + 4.5, SMALL, name);
            canvas.add(text.anchored(Anchor::End));
        }
        let most = map.most();
        for (row, values) in map.values.iter().enumerate() {
            for (column, value) in values.iter().enumerate() {
                let (x, y) = (left + side * column as f64, top + side * row as f64);
                let part = map.part.or((map.unit == Unit::Share).then_some(column));
                let share = f64::from(value / most).clamp(0.0, 1.0).sqrt();
                let share = match map.unit {
                    Unit::Share => share,
                    // The number on it stays black.
                    Unit::Nats => 0.6 * share,
                };
                let ink = mixed(colour(chart, part), share);
                canvas.add(Path {
                    crisp: true,
                    stroke: Some((0xDD_DDDD, 0.5)),
                    ..Path::rectangle(x, y, side, side, ink)
                });
                if side > 24.0 {
                    let text = map.written(*value);
                    let text = Text::new(x + side / 2.0, y + side / 2.0 + 4.5, SMALL, &text);
                    canvas.add(text.anchored(Anchor::Middle));
                }
            }
        }
    }
    let lines = maps.len().div_ceil(per_line);
    let right = LEFT + per_line as f64 * whole.0 - GAP;
    (right, TOP + lines as f64 * whole.1 - 1.4 * LINE)
}

impl Map {
    /// What is drawn in full colour.
    pub fn most(&self) -> f32 {
        match self.unit {
            Unit::Share => 1.0,
            Unit::Nats => {
                let all = self.values.iter().flatten();
                all.fold(f32::MIN_POSITIVE, |most, value| most.max(*value))
            }
        }
    }

    /// Of a cell: `37` (per cent), `2.1` (nats).
    pub fn written(&self, value: f32) -> String {
        match self.unit {
            Unit::Share => format!("{:.0}", 100.0 * value),
            Unit::Nats => format!("{value:.1}"),
        }
    }
}

/// What the colours mean; where it ends at the right.
fn legend(canvas: &mut Canvas, chart: &Chart, y: f64) -> f64 {
    let mut x = LEFT;
    for (part, name) in chart.parts.iter().enumerate() {
        let ink = colour(chart, Some(part));
        canvas.add(Path::rectangle(x, y - 11.0, 13.0, 13.0, ink));
        canvas.add(Text::new(x + 18.0, y, SMALL, name));
        x += 18.0 + room(name, SMALL) + GAP;
    }
    x
}
