//! Layers of two kinds: those that reach every earlier token, and those with a sliding window.

use super::Layout;
use crate::named::named;
use crate::numbers::count;

named! {
    /// Through which layers' eyes a mask is seen.
    #[derive(Default)]
    pub enum Layers {
        /// Layers that reach every earlier token
        #[default]
        Full = "full",
        /// Layers with a sliding window
        Window = "window",
    }
}

/// The sliding window of some layers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Window {
    /// Tokens that a row reaches, itself included.
    pub tokens: usize,
    /// Layers that have it, of all.
    pub layers: usize,
    pub all_layers: usize,
}

impl Window {
    /// `3 layers with a window of 20 tokens`.
    pub fn describe(self) -> String {
        let (layers, tokens) = (count(self.layers, "layer"), count(self.tokens, "token"));
        format!("{layers} with a window of {tokens}")
    }

    /// `1 layer without a window`.
    pub fn describe_others(self) -> String {
        let full = count(self.all_layers - self.layers, "layer");
        format!("{full} without a window")
    }

    /// The layers whose mask is shown where nothing else is asked for.
    pub fn usual(self) -> Layers {
        match self.layers == self.all_layers {
            true => Layers::Window,
            false => Layers::Full,
        }
    }

    /// In how many layers a row reads every question.
    pub fn fused_layers(self, layout: &Layout, row: usize) -> usize {
        let all = layout.segments().len();
        let full = self.all_layers - self.layers;
        match (
            layout.segments_read(row, None) == all,
            layout.segments_read(row, Some(self.tokens)) == all,
        ) {
            (true, true) => self.all_layers,
            (true, false) => full,
            (false, _) => 0,
        }
    }
}
