//! A screen as SVG and PNG, for pictures in the documentation and for looking at frames.

use std::fmt::Write;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use unicode_width::UnicodeWidthStr;

const WIDTH: f32 = 8.4;
const HEIGHT: f32 = 17.0;
const FOREGROUND: (u8, u8, u8) = (208, 212, 220);
const BACKGROUND: (u8, u8, u8) = (18, 20, 26);

/// The buffer as an SVG document. Block characters are drawn as rectangles, so that no font can tear them.
pub fn svg(buffer: &Buffer) -> String {
    let area = buffer.area;
    let (width, height) = (
        f32::from(area.width) * WIDTH,
        f32::from(area.height) * HEIGHT,
    );
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n\
         <g font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\" xml:space=\"preserve\">\n",
        hex(BACKGROUND)
    );
    for y in 0..area.height {
        for x in 0..area.width {
            draw_cell(
                &mut out,
                &buffer[(area.x + x, area.y + y)],
                f32::from(x) * WIDTH,
                f32::from(y) * HEIGHT,
            );
        }
    }
    out.push_str("</g>\n</svg>\n");
    out
}

fn draw_cell(out: &mut String, cell: &Cell, x: f32, y: f32) {
    let (mut fg, mut bg) = (rgb(cell.fg, FOREGROUND), rgb(cell.bg, BACKGROUND));
    if cell.modifier.contains(Modifier::REVERSED) {
        std::mem::swap(&mut fg, &mut bg);
    }
    if cell.modifier.contains(Modifier::DIM) {
        let half = |a: u8, b: u8| ((u16::from(a) + u16::from(b)) / 2) as u8;
        fg = (half(fg.0, bg.0), half(fg.1, bg.1), half(fg.2, bg.2));
    }
    let symbol = cell.symbol();
    let columns = symbol.width().max(1) as f32;
    let mut rect = |y: f32, height: f32, colour: (u8, u8, u8)| {
        // A hair wider than the cell: no seams between neighbours.
        let width = columns * WIDTH + 0.3;
        let _ = writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{}\"/>",
            hex(colour)
        );
    };
    if bg != BACKGROUND {
        rect(y, HEIGHT + 0.3, bg);
    }
    match symbol {
        " " => {}
        "█" => rect(y, HEIGHT + 0.3, fg),
        "▀" => rect(y, HEIGHT / 2.0, fg),
        "▄" => rect(y + HEIGHT / 2.0, HEIGHT / 2.0 + 0.3, fg),
        _ => {
            let weight = if cell.modifier.contains(Modifier::BOLD) {
                " font-weight=\"bold\""
            } else {
                ""
            };
            let escaped = symbol.replace('&', "&amp;").replace('<', "&lt;");
            let _ = writeln!(
                out,
                "<text x=\"{x:.1}\" y=\"{:.1}\" fill=\"{}\"{weight}>{escaped}</text>",
                y + 13.0,
                hex(fg)
            );
        }
    }
    if cell.modifier.contains(Modifier::UNDERLINED) {
        let _ = writeln!(
            out,
            "<rect x=\"{x:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"1\" fill=\"{}\"/>",
            y + HEIGHT - 2.0,
            columns * WIDTH,
            hex(fg)
        );
    }
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
