//! Pictures of a mask: text, JSON, SVG and PNG.
//!
//! ```text
//! Layout::visible ─► Grid ─┬─► Glyph ─► text, the explorer
//!              │           └─► blocks ─► drawing ─► Canvas ─┬─► svg
//!              │                                            └─► png
//!              └─► json
//! ```
//!
//! Where a character has to stand for many tokens, they are folded into the cells of a [`Grid`], and a [`Glyph`] says
//! what a cell shows. What is drawn to scale comes from the mask's [`blocks`](blocks()), a few regions however long the
//! prompt is. Only JSON spells out every pair.

mod blocks;
mod drawing;
mod glyph;
mod grid;
mod json;
mod label_step;
mod text;

pub use blocks::{Block, End, blocks};
pub use drawing::{Shade, drawing, heat_drawing};
pub use glyph::Glyph;
pub use grid::{Axis, Cell, Grid, Level};
pub use json::{MOST_ROWS, write_json};
pub use label_step::label_step;
pub use text::text;

pub use crate::canvas::{self, PictureError, png, png_of_pixels, svg};

use super::{Layout, Window};
use crate::numbers::count;

/// What a picture says beside the mask.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Labels {
    /// What is asked: relation and subject.
    pub title: String,
    /// How: preset and options.
    pub subtitle: String,
    /// Template id and question of each segment.
    pub segments: Vec<(String, String)>,
    /// Text of the token in the last prompt row.
    pub last_token: String,
    /// Of the model, where some of its layers have a sliding window.
    pub window: Option<Window>,
}

impl Labels {
    /// ` in the 3 layers with a window of 20 tokens`, where a layout is seen through such ones or could be.
    fn kind(&self, layout: &Layout) -> String {
        match (self.window, layout.window()) {
            (None, _) => String::new(),
            (Some(window), Some(_)) => format!(" in the {}", window.describe()),
            (Some(window), None) => format!(" in the {}", window.describe_others()),
        }
    }

    /// `emits 1st answer token: row 374 ":" reads 3 of 3 questions: fused`.
    fn first_answer(&self, layout: &Layout) -> String {
        let row = layout.len() - 1;
        let (read, all) = (layout.segments_read(row, None), layout.segments().len());
        let (questions, mut verdict) = match all {
            1 => ("question", String::new()),
            _ if read == all => ("questions", ": fused".to_owned()),
            _ => ("questions", ": NOT fused".to_owned()),
        };
        if let Some(window) = self.window {
            let near = layout.segments_read(row, Some(window.tokens));
            if near < read {
                let fused = window.fused_layers(layout, row);
                let all_layers = count(window.all_layers, "layer");
                if all > 1 && fused > 0 {
                    verdict.push_str(&format!(" in {fused} of {all_layers}"));
                }
                verdict.push_str(&format!("; {near} in the {}", window.describe()));
            }
        }
        let token = &self.last_token;
        let emits = Glyph::Emits.describe();
        format!("{emits}: row {row} {token:?} reads {read} of {all} {questions}{verdict}")
    }
}
