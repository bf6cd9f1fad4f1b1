//! Of which layers the mask is shown, of a model where some have a sliding window.

use super::sequence::Sequence;
use super::{Model, Workspace};
use crate::layout::{Layers, Layout, Window};

impl Workspace {
    /// The sliding window of the model that is loaded.
    pub fn window(&self) -> Option<Window> {
        match &self.model {
            Model::Ready(about) => about.window,
            _ => None,
        }
    }

    /// The window through which the mask is shown.
    pub fn window_shown(&self) -> Option<Window> {
        self.window().filter(|_| self.layers == Layers::Window)
    }

    /// The mask of the layers that are chosen, or of the layer whose attention is shown.
    pub fn mask<'a>(&self, sequence: &'a Sequence) -> &'a Layout {
        let seen = self.seen().filter(|_| self.looking.on);
        let slides = match seen {
            Some(seen) => seen.attention.window(self.looking.heads).is_some(),
            None => self.window_shown().is_some(),
        };
        let near = sequence.near.as_deref().filter(|_| slides);
        near.unwrap_or(&sequence.layout)
    }

    /// Goes on to the other kind of layers.
    pub(in crate::tui) fn turn_layers(&mut self) {
        let Some(window) = self.window() else {
            self.say("no layer of this model has a sliding window: all reach every token".into());
            return;
        };
        self.layers = match self.layers {
            Layers::Full => Layers::Window,
            Layers::Window => Layers::Full,
        };
        let shown = match self.layers {
            Layers::Window => window.describe(),
            Layers::Full => window.describe_others(),
        };
        self.say(format!("mask of {shown}"));
    }
}
