//! What was seen, from several sides: each view can be drawn on screen and as a picture, and written as a table.
//!
//! ```text
//!               ┌─► chart ──┬─► the explorer
//! Sight of one ─┤           └─► drawing ─► Canvas ─► SVG, PNG
//! answer        └─► columns ──────────────────────► CSV, Feather
//! ```

mod attention;
mod chart;
mod columns;
mod drawing;

pub use attention::attention_drawing;
pub use chart::{Body, Cell, Chart, Map, Unit, chart};
pub use columns::{Column, Columns, columns, mask_columns};
pub use drawing::chart_drawing;

use super::attention::{Attention, Heads};
use super::contrast::Contrast;
use super::lens::Sight;
use super::mass::Mass;
use super::shapley::Shapley;
use super::value::Values;
use crate::engine::Answer;
use crate::layout::picture::Labels;
use crate::named::named;
use crate::numbers::count;

named! {
    /// What of an answer is looked at.
    #[derive(Default)]
    pub enum View {
        /// Attention on the mask
        #[default]
        Attention = "attention",
        /// What each token of the answer read
        Tokens = "tokens",
        /// What each layer read, and what the model would say after it
        Layers = "layers",
        /// What each head read
        Heads = "heads",
        /// What each question did
        Questions = "questions",
        /// What each question read of the others
        Between = "between",
        /// Why the answer and not another one
        Contrast = "contrast",
    }
}

/// One answer and what is known of it.
#[derive(Debug, Clone, Copy)]
pub struct Sighted<'a> {
    pub attention: &'a Attention,
    /// `[step][layer][head]`
    pub mass: &'a [Vec<Vec<Mass>>],
    /// What has to be computed first; views do without.
    pub studied: Option<Studied<'a>>,
    pub labels: &'a Labels,
    /// Texts of the generated tokens.
    pub tokens: &'a [String],
    /// Another answer beside it, where one is named.
    pub contrast: Option<Contrasted<'a>>,
    /// Text of the other token that the lens follows.
    pub gold: Option<&'a str>,
    /// Whose attention.
    pub heads: Heads,
    /// Which generated token, where a view is of one.
    pub step: usize,
}

/// The sign of a part where there are no colours: of a question, of what stands in front, of the rest.
pub fn part_sign(part: usize, parts: usize) -> char {
    const SIGNS: &[u8] = b"123456789abcdefghijklmnopqrstuvwxyz";
    match parts - part {
        1 => '.',
        2 => '=',
        _ => SIGNS[part % SIGNS.len()].into(),
    }
}

/// What each question did, as [`Inside`](super::Inside) or [`Study`](super::Study) holds it.
#[derive(Debug, Clone, Copy)]
pub struct Studied<'a> {
    pub between: &'a [Vec<Vec<f32>>],
    pub values: &'a Values,
    pub shapley: &'a Shapley,
    /// `[step][layer]`
    pub lens: &'a [Vec<Sight>],
    pub alone: &'a [Answer],
    /// Text of the best token, per step and layer.
    pub best: &'a [Vec<String>],
}

/// Two answers to one prompt.
#[derive(Debug, Clone, Copy)]
pub struct Contrasted<'a> {
    pub contrast: &'a Contrast,
    /// Texts of both, and of the tokens at which they part.
    pub answers: [&'a str; 2],
    pub tokens: [&'a str; 2],
    /// Text of the best token, per layer.
    pub best: &'a [String],
}

impl View {
    /// What it shows, in one line for who sees it for the first time.
    pub const fn explained(self) -> &'static str {
        match self {
            View::Attention => "attention: bright cells are read most; blank ones may not be read",
            View::Tokens => "tokens: a bar is all attention of a row, by what it was spent on",
            View::Layers => "layers: what each read, and p of the token if it were the last (lens)",
            View::Heads => "heads: a map per question, layers down, heads across: its share",
            View::Questions => {
                "questions: nats of ln p lost without it (left out); its share (Shapley)"
            }
            View::Between => "between: what rows of one question read of another, mean over heads",
            View::Contrast => {
                "contrast: bars to the right speak for the answer, to the left for the other"
            }
        }
    }

    /// Whether it shows more where [`Studied`] is known.
    pub const fn wants_study(self) -> bool {
        matches!(self, View::Layers | View::Questions | View::Between)
    }
}

impl Sighted<'_> {
    /// Names of the parts: templates, `front`, `rest`.
    pub fn parts(&self) -> Vec<String> {
        let names = self.labels.segments.iter().map(|(name, _)| name.clone());
        names.chain(["front", "rest"].map(str::to_owned)).collect()
    }

    /// `layer 3 of 6, mean of 4 heads`.
    pub fn whose(&self) -> String {
        let shape = self.attention.shape();
        self.heads.in_words(shape.layers, shape.heads)
    }

    /// The generated token that is looked at.
    fn token(&self) -> &str {
        self.tokens.get(self.step).map_or("", String::as_str)
    }
}

impl Heads {
    /// `layer 3 of 6, mean of 4 heads`.
    pub fn in_words(self, layers: usize, heads: usize) -> String {
        let of = |at: Option<usize>, all: usize, what: &str| match at {
            Some(at) => format!("{what} {} of {all}", at + 1),
            None => format!("mean of {}", count(all, what)),
        };
        [
            of(self.layer, layers, "layer"),
            of(self.head, heads, "head"),
        ]
        .join(", ")
    }
}
