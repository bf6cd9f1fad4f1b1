//! Pictures of a mask: text, JSON, SVG and PNG.
//!
//! ```text
//! Layout::visible ─► Grid ───► text, the explorer
//!              └───► blocks ─► svg ─► png
//! ```
//!
//! Where a character or a pixel has to stand for many tokens, they are folded into the cells of a [`Grid`]. What is drawn
//! to scale comes from the mask's [`blocks`], a few regions however long the prompt is. Only JSON spells out every pair.

mod blocks;
mod grid;
mod json;
mod png;
mod svg;
mod text;

pub use blocks::{Block, End, Kind, blocks};
pub use grid::{Axis, Cell, Grid, Level};
pub use json::write_json;
pub use png::{PictureError, png};
pub use svg::svg;
pub use text::text;

use super::Layout;

/// What the arrow of a picture says.
const EMITS: &str = "emits 1st answer token";

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
}

impl Labels {
    /// What the row that emits the first answer token reads, in words.
    fn first_answer(&self, layout: &Layout) -> String {
        let Some(row) = layout.len().checked_sub(1) else {
            return "no prompt".to_owned();
        };
        let keys = layout.visible(row);
        let all = layout.segments().len();
        let read = layout
            .segments()
            .iter()
            .filter(|segment| keys.overlap(segment) > 0)
            .count();
        let (questions, verdict) = match all {
            1 => ("question", ""),
            _ if read == all => ("questions", ": fused"),
            _ => ("questions", ": NOT fused"),
        };
        let token = &self.last_token;
        format!("row {row} {token:?} reads {read} of {all} {questions}{verdict}")
    }
}
