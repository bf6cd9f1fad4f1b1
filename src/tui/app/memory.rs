//! How the screen looked, taken to the next start.

use super::{App, Pane, Zoom};
use crate::tui::theme::ThemeName;
use crate::tui::workspace::memory::{Look, Memory};

impl App {
    /// What the next start needs, where the configuration names this theme.
    pub fn remember(&self, configured: ThemeName) -> Memory {
        let theme = self.work.theme.name;
        let turned = theme != configured;
        let look = Look {
            theme: turned.then(|| (configured.to_string(), theme.to_string())),
            focus: self.view.focus.title().to_owned(),
            lower: self.view.lower.title().to_owned(),
            enlarged: self.view.enlarged,
            sizes: self.view.sizes,
            zoom: match self.panes.mask.zoom {
                Zoom::Fit => None,
                Zoom::Tokens(tokens) => Some(tokens),
            },
        };
        self.work.memory(look)
    }

    /// Makes the screen look as it did.
    pub fn look_as(&mut self, look: &Look, configured: ThemeName) {
        let pane = |title: &str| Pane::ALL.iter().copied().find(|pane| pane.title() == title);
        if let Some(focus) = pane(&look.focus) {
            self.view.focus = focus;
        }
        if let Some(lower) = pane(&look.lower).filter(|pane| pane.slot().is_shared()) {
            self.view.lower = lower;
        }
        self.view.enlarged = look.enlarged;
        self.view.sizes = look.sizes;
        if let Some(tokens) = look.zoom.filter(|&tokens| tokens > 0) {
            self.panes.mask.zoom = Zoom::Tokens(tokens);
        }
        if let Some((before, chosen)) = &look.theme
            && *before == configured.to_string()
            && let Ok(name) = chosen.parse()
        {
            self.work.theme = self.work.theme.named(name);
        }
    }
}
