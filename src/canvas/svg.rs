//! A canvas as SVG.

use std::fmt::Write;

use super::{Anchor, BLACK, Canvas, Colour, Element, Path, Step, Text};

/// Preferred by viewers that have it, as a PNG uses it.
const FONT_FAMILY: &str = "'DejaVu Sans', Verdana, sans-serif";

/// The whole file.
pub fn svg(canvas: &Canvas) -> String {
    let Canvas { width, height, .. } = canvas;
    let mut out = String::new();
    // Writing to a string cannot fail, here and below.
    let _ = writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
         height=\"{height}\" font-family=\"{FONT_FAMILY}\">\n<title>{}</title>",
        escaped(&canvas.title)
    );
    for element in &canvas.elements {
        match element {
            Element::Path(path) => write_path(&mut out, path),
            Element::Text(text) => write_text(&mut out, text),
        }
    }
    out.push_str("</svg>");
    out
}

fn write_path(out: &mut String, path: &Path) {
    let fill = path.fill.map_or("none".to_owned(), hex);
    let _ = write!(out, "<path fill=\"{fill}\"");
    if let Some((colour, width)) = path.stroke {
        let _ = write!(out, " stroke=\"{}\" stroke-width=\"{width}\"", hex(colour));
    }
    if path.crisp {
        out.push_str(" shape-rendering=\"crispEdges\"");
    }
    out.push_str(" d=\"");
    for step in &path.steps {
        let _ = match step {
            Step::Move(x, y) => write!(out, "M{} {}", rounded(*x), rounded(*y)),
            Step::Line(x, y) => write!(out, "L{} {}", rounded(*x), rounded(*y)),
            Step::Close => write!(out, "Z"),
        };
    }
    out.push_str("\"/>\n");
}

fn write_text(out: &mut String, text: &Text) {
    let (x, y) = (rounded(text.x), rounded(text.y));
    let _ = write!(out, "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\"", text.size);
    match text.anchor {
        Anchor::Start => {}
        Anchor::Middle => out.push_str(" text-anchor=\"middle\""),
        Anchor::End => out.push_str(" text-anchor=\"end\""),
    }
    if text.colour != BLACK {
        let _ = write!(out, " fill=\"{}\"", hex(text.colour));
    }
    if text.turned {
        let _ = write!(out, " transform=\"rotate(-90 {x} {y})\"");
    }
    let _ = writeln!(out, ">{}</text>", escaped(&text.text));
}

fn hex(colour: Colour) -> String {
    format!("#{colour:06X}")
}

/// To hundredths of a unit.
fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

/// Text without what XML reads as markup or forbids.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c if c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}') => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
