//! SVG to PNG.

use std::sync::Arc;

use resvg::{tiny_skia, usvg};

/// Latin letters, punctuation and arrows of DejaVu Sans: a picture looks the same on every machine.
const FONT: &[u8] = include_bytes!("../../../assets/font/DejaVuSans-latin.ttf");

/// Pixels per SVG unit.
const SCALE: f32 = 2.0;

/// Why a picture cannot be drawn.
#[derive(Debug, thiserror::Error)]
#[error("the picture cannot be drawn: {0}")]
pub struct PictureError(String);

/// Draws what [`svg`](super::svg()) gives. Letters that the font lacks (Chinese, Arabic) are empty boxes; the SVG has them.
pub fn png(svg: &str) -> Result<Vec<u8>, PictureError> {
    let mut fonts = usvg::fontdb::Database::new();
    fonts.load_font_data(FONT.to_vec());
    let options = usvg::Options {
        fontdb: Arc::new(fonts),
        font_family: super::svg::FONT_FAMILY.to_owned(),
        ..usvg::Options::default()
    };
    let wrong = |what: &dyn std::fmt::Display| PictureError(what.to_string());
    let tree = usvg::Tree::from_str(svg, &options).map_err(|e| wrong(&e))?;
    let size = tree.size().to_int_size().scale_by(SCALE);
    let size = size.ok_or_else(|| wrong(&"it has no size"))?;
    let mut pixels = tiny_skia::Pixmap::new(size.width(), size.height())
        .ok_or_else(|| wrong(&"it is too large"))?;
    let scale = tiny_skia::Transform::from_scale(SCALE, SCALE);
    resvg::render(&tree, scale, &mut pixels.as_mut());
    pixels.encode_png().map_err(|e| wrong(&e))
}
