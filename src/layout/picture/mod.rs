//! Pictures of a mask: text, JSON, SVG and PNG.
//!
//! ```text
//! Layout::visible ─► blocks ─► grid ─► text
//!                       └────► svg ──► png
//! ```
//!
//! A mask is drawn from its [`blocks`], a few regions however long the prompt is; only JSON spells out every cell.

mod blocks;
mod grid;
mod json;
mod png;
mod svg;
mod text;

pub use blocks::{Block, End, Kind, blocks};
pub use json::write_json;
pub use png::{PictureError, png};
pub use svg::svg;
pub use text::text;

use super::Layout;

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
        let verdict = if read == all { "fused" } else { "not fused" };
        let token = &self.last_token;
        format!(
            "row {row} {token:?} emits the first answer token and reads {read} of {all} questions: {verdict}"
        )
    }
}
