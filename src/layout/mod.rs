//! One sequence from N questions, and who may read whom in it.
//!
//! A [`Layout`] is a list of tokens with an owner, a role and a position. [`Layout::visible`] is the only
//! place that knows which keys a row may read; screen, pictures and both engines ask it.

mod build;
mod options;
pub mod picture;
mod preset;
mod reason;
mod value;
mod visible;
mod window;

pub use build::{LayoutError, Source};
pub use options::{Cue, Fusion, Glue, Isolation, LayoutOption, Options, Positions, Prefix};
pub use preset::{Preset, Setting};
pub use reason::Reason;
pub use value::{Bias, Factor, Groups};
pub use visible::Intervals;
pub(crate) use visible::first_in_window;
pub use window::{Layers, Window};

use serde::Serialize;

/// The tokens of one prompt with everything that the mask and the model need to know about them.
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Token ids of the prompt.
    pub tokens: Vec<u32>,
    /// Segment that each token belongs to.
    pub owner: Vec<Option<u32>>,
    pub role: Vec<Role>,
    /// Position ids for rotary embedding.
    pub positions: Vec<u32>,
    /// Token range of each segment, in order.
    segments: Vec<std::ops::Range<usize>>,
    /// How many tokens in front are *shared*.
    shared: usize,
    /// How many tokens in front are *shared* or *context*.
    front: usize,
    /// First segment of the group that each segment belongs to.
    group_starts: Vec<usize>,
    /// What fusing rows add to the scores of each segment's keys.
    biases: Vec<f32>,
    /// Under manual cross-attention, the last token of the last manual segment.
    last_manual: Option<usize>,
    /// Questions whose keys no fusing row reads, ascending, and the ranges of keys that fusing rows then read.
    hidden: Vec<usize>,
    open: Vec<std::ops::Range<usize>>,
    /// Of the layers through whose eyes it is seen.
    window: Option<usize>,
    options: Options,
}

/// What a token is to the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// In front, read by every later token.
    Shared,
    /// In front, read by itself and by rows that fuse.
    Context,
    /// Inside a segment.
    Segment,
    /// In no segment.
    Orphan,
    /// After the segments; reads everything.
    Tail,
    /// The last prompt token, which stands in a segment but reads everything.
    TailInSegment,
}

impl Layout {
    /// Number of prompt tokens.
    pub fn len(&self) -> usize {
        self.tokens.len()
    }

    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    pub fn options(&self) -> &Options {
        &self.options
    }

    /// Token range of each segment.
    pub fn segments(&self) -> &[std::ops::Range<usize>] {
        &self.segments
    }

    /// How many tokens in front are *shared*.
    pub fn shared_tokens(&self) -> usize {
        self.shared
    }

    /// Position of the first generated token; the next ones follow it.
    pub fn next_position(&self) -> u32 {
        self.positions.iter().max().map_or(0, |last| last + 1)
    }

    /// How many tokens in front are *shared* or *context*.
    pub fn front_tokens(&self) -> usize {
        self.front
    }

    /// What fusing rows add to the scaled scores of each segment's keys, once these are divided by the temperature.
    pub fn biases(&self) -> &[f32] {
        &self.biases
    }

    /// What fusing rows add to the scaled scores of every key in a segment, where that says all: one number for all
    /// segments, neither temperature nor scale.
    pub fn one_bias(&self) -> Option<f32> {
        let Options {
            temperature, scale, ..
        } = self.options;
        let first = self.biases.first().copied().unwrap_or(0.0);
        let same = self.biases.iter().all(|bias| *bias == first);
        let plain = (temperature, scale) == (Factor::ONE, Factor::ONE);
        (same && plain).then_some(first)
    }

    /// Whether a row reads everything before it: generated, *tail*, or the last prompt token.
    pub fn fuses(&self, row: usize) -> bool {
        self.role
            .get(row)
            .is_none_or(|role| matches!(role, Role::Tail | Role::TailInSegment))
    }
}

impl Role {
    /// The word that traces and screens use.
    pub fn name(self) -> &'static str {
        match self {
            Role::Shared => "shared",
            Role::Context => "context",
            Role::Segment => "segment",
            Role::Orphan => "orphan",
            Role::Tail => "tail",
            Role::TailInSegment => "tail-in-segment",
        }
    }
}
