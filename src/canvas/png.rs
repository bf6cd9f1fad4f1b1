//! A canvas as PNG.
//!
//! Areas and lines are drawn by tiny-skia, text as the outlines of one embedded font. `resvg`, which reads any SVG with
//! any font, would bring two dozen more crates for the same picture.

use tiny_skia::{FillRule, Paint, PathBuilder, Pixmap, Stroke, Transform};
use ttf_parser::{Face, GlyphId, OutlineBuilder};

use super::{Anchor, Canvas, Colour, Element, Path, Step, Text};

/// Latin letters, punctuation and arrows of DejaVu Sans: a picture looks the same on every machine.
const FONT: &[u8] = include_bytes!("../../assets/font/DejaVuSans-latin.ttf");

/// Pixels per unit.
pub const SCALE: f32 = 2.0;

/// Why a picture cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the picture cannot be drawn: {0}")]
pub struct PictureError(String);

/// The whole file. Letters that the font lacks (Chinese, Arabic) are empty boxes; an SVG has them.
pub fn png(canvas: &Canvas) -> Result<Vec<u8>, PictureError> {
    let wrong = |what: &dyn std::fmt::Display| PictureError(what.to_string());
    let face = Face::parse(FONT, 0).map_err(|e| wrong(&e))?;
    let pixels = |units: f64| (units as f32 * SCALE).ceil() as u32;
    let mut pixmap = Pixmap::new(pixels(canvas.width), pixels(canvas.height))
        .ok_or_else(|| wrong(&"it has no size, or is too large"))?;
    for element in &canvas.elements {
        match element {
            Element::Path(path) => draw_path(&mut pixmap, path),
            Element::Text(text) => draw_text(&mut pixmap, &face, text),
        }
    }
    pixmap.encode_png().map_err(|e| wrong(&e))
}

/// A file of so many pixels: red, green, blue, and 0 or 255 for what is left out or shown, row by row.
pub fn png_of_pixels(width: usize, height: usize, rgba: Vec<u8>) -> Result<Vec<u8>, PictureError> {
    let size = tiny_skia::IntSize::from_wh(width as u32, height as u32);
    let pixmap = size.and_then(|size| Pixmap::from_vec(rgba, size));
    let pixmap = pixmap.ok_or_else(|| PictureError("it has no size".into()))?;
    pixmap.encode_png().map_err(|e| PictureError(e.to_string()))
}

/// How wide a text is in the embedded font, in units; an SVG's viewer may have another one.
pub fn text_width(text: &str, size: u8) -> f64 {
    let Ok(face) = Face::parse(FONT, 0) else {
        // The font is embedded and can be read.
        return 0.0;
    };
    let advance = |c: char| {
        let glyph = face.glyph_index(c).unwrap_or_default();
        f64::from(face.glyph_hor_advance(glyph).unwrap_or(0))
    };
    text.chars().map(advance).sum::<f64>() * f64::from(size) / f64::from(face.units_per_em())
}

fn paint(colour: Colour, smooth: bool) -> Paint<'static> {
    let [_, red, green, blue] = colour.to_be_bytes();
    let mut paint = Paint {
        anti_alias: smooth,
        ..Paint::default()
    };
    paint.set_color_rgba8(red, green, blue, 255);
    paint
}

fn draw_path(pixmap: &mut Pixmap, path: &Path) {
    let mut builder = PathBuilder::new();
    for step in &path.steps {
        match *step {
            Step::Move(x, y) => builder.move_to(x as f32, y as f32),
            Step::Line(x, y) => builder.line_to(x as f32, y as f32),
            Step::Close => builder.close(),
        }
    }
    // A path without area or length draws nothing.
    let Some(outline) = builder.finish() else {
        return;
    };
    let scale = Transform::from_scale(SCALE, SCALE);
    if let Some(fill) = path.fill {
        let paint = paint(fill, !path.crisp);
        pixmap.fill_path(&outline, &paint, FillRule::Winding, scale, None);
    }
    if let Some((colour, width)) = path.stroke {
        let stroke = Stroke {
            width: width as f32,
            ..Stroke::default()
        };
        pixmap.stroke_path(&outline, &paint(colour, !path.crisp), &stroke, scale, None);
    }
}

fn draw_text(pixmap: &mut Pixmap, face: &Face<'_>, text: &Text) {
    let size = f32::from(text.size) / f32::from(face.units_per_em());
    let glyphs: Vec<GlyphId> = text
        .text
        .chars()
        .map(|c| face.glyph_index(c).unwrap_or_default())
        .collect();
    let advance = |glyph: GlyphId| size * f32::from(face.glyph_hor_advance(glyph).unwrap_or(0));
    let width: f32 = glyphs.iter().map(|&glyph| advance(glyph)).sum();
    let mut pen = match text.anchor {
        Anchor::Start => 0.0,
        Anchor::Middle => -width / 2.0,
        Anchor::End => -width,
    };
    let mut outline = Outline {
        path: PathBuilder::new(),
        scale: size,
        pen: 0.0,
    };
    for glyph in glyphs {
        outline.pen = pen;
        // A glyph without an outline is a space.
        let _ = face.outline_glyph(glyph, &mut outline);
        pen += advance(glyph);
    }
    let Some(path) = outline.path.finish() else {
        return;
    };
    let turn = if text.turned { -90.0 } else { 0.0 };
    let place = Transform::from_rotate(turn)
        .post_translate(text.x as f32, text.y as f32)
        .post_scale(SCALE, SCALE);
    pixmap.fill_path(
        &path,
        &paint(text.colour, true),
        FillRule::Winding,
        place,
        None,
    );
}

/// Collects outlines: units of the canvas per unit of the font, and where the glyph stands on the line.
struct Outline {
    path: PathBuilder,
    scale: f32,
    pen: f32,
}

impl Outline {
    /// The font's y points up, the canvas's down.
    fn at(&self, x: f32, y: f32) -> (f32, f32) {
        (self.pen + x * self.scale, -y * self.scale)
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.at(x, y);
        self.path.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.at(x1, y1), self.at(x, y));
        self.path.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2), (x, y)) = (self.at(x1, y1), self.at(x2, y2), self.at(x, y));
        self.path.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.path.close();
    }
}
