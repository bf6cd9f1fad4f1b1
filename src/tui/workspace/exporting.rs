//! What the mask pane shows, taken out of the terminal.

use super::Workspace;
use super::studying::Portrait;
use crate::inspect::view::View;
use crate::layout::Layout;
use crate::layout::picture::Labels;

/// What a file is written from, whole whatever part of it is on screen.
#[derive(Debug, Clone)]
pub enum Exported {
    View(Portrait),
    /// Who may read whom.
    Mask(Box<Layout>, Labels),
}

impl Workspace {
    /// What the mask pane shows, or why it shows nothing.
    pub fn exported(&self) -> Result<Exported, String> {
        let (sequence, labels) = match (self.built(), self.labels()) {
            (Some(sequence), Some(labels)) => (sequence, labels),
            _ => return Err("there is no mask to save yet".into()),
        };
        if !self.looking.on {
            return Ok(Exported::Mask(
                Box::new(self.mask(sequence).clone()),
                labels,
            ));
        }
        // Layers are shown, and saved, without the lens where that is not known.
        let misses = matches!(
            self.looking.view,
            View::Questions | View::Between | View::Contrast
        );
        let why = self
            .unseen()
            .or_else(|| self.unstudied().filter(|_| misses));
        match (why, self.portrait()) {
            (None, Some(portrait)) => Ok(Exported::View(portrait)),
            (why, _) => Err(why.unwrap_or_default()),
        }
    }

    /// `P36-France-tokens.svg`.
    pub(in crate::tui) fn proposed_view(&self) -> String {
        let view = match self.looking.on {
            true => self.looking.view.name(),
            false => "mask",
        };
        let fact = self.browse.fact.zip(self.data());
        let about = fact.map_or(String::new(), |(fact, data)| {
            let fact = &data.facts[fact];
            format!("{} {}", data.relation_of(fact).id, fact.subject)
        });
        let words = about.split(|c: char| !c.is_alphanumeric());
        let mut parts: Vec<&str> = words.filter(|part| !part.is_empty()).collect();
        parts.push(view);
        format!("{}.svg", parts.join("-"))
    }
}
