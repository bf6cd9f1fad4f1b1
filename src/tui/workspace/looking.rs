//! Attention of the answer on screen: what of it is known, whose is looked at, and what the engine is asked.
//!
//! ```text
//! Effect::Observe ─► worker: Attention and masses ─► Event::Observed     (once per answer)
//! Effect::Warm    ─► a thread: Heat of what is on screen ─► Event::Warmed (per step of layer, head, zoom or scroll)
//! ```
//!
//! Nothing is asked while the mask shows who may read whom. One picture at a time is computed: what is asked meanwhile
//! waits, and only the last of it is done.

use std::ops::Range;
use std::sync::Arc;

use super::contrasting::Rivals;
use super::runs::State;
use super::studying::Found;
use super::{Model, Workspace};
use crate::inspect::view::View;
use crate::inspect::{Attention, Heads, Heat, Mass};
use crate::layout::picture::Grid;
use crate::layout::{Bias, Layout};
use crate::tui::message::Effect;

/// What the engine is asked to look at.
#[derive(Debug, Clone, PartialEq)]
pub struct Observation {
    /// Which sequence this is; see [`Workspace::sequence_version`].
    pub version: u64,
    pub layout: Layout,
    pub answer: Vec<u32>,
}

/// What has been seen of one answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    pub version: u64,
    pub attention: Arc<Attention>,
    /// `[step][layer][head]`
    pub mass: Arc<Vec<Vec<Vec<Mass>>>>,
}

/// A picture that is wanted.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture {
    pub version: u64,
    pub heads: Heads,
    pub grid: Grid,
    pub rows: Range<usize>,
    pub keys: Range<usize>,
}

/// Whose attention the mask shows, and what of it there is.
#[derive(Debug, Clone, Default)]
pub struct Looking {
    /// The mask shows attention.
    pub on: bool,
    pub view: View,
    pub heads: Heads,
    seen: Option<Seen>,
    /// The sequence that the engine has been asked for last, or why there is nothing to see of it.
    asked: Option<(u64, Option<String>)>,
    /// What is being computed.
    under_way: Option<Picture>,
    warm: Option<(Picture, Arc<Heat>)>,
    /// Counts the pictures that were computed.
    pub warmed: u64,
    /// What has been studied of an answer.
    pub(super) found: Option<Arc<Found>>,
    /// As `asked`, of what is studied.
    pub(super) study_asked: Option<(u64, Option<String>)>,
    /// The answer that is held against the one on screen.
    pub(super) other: Option<String>,
    pub(super) rivals: Option<Arc<Rivals>>,
    /// As `asked`, of that answer.
    pub(super) rivals_asked: Option<(u64, String, Option<String>)>,
}

/// What an action of the mask does to whose attention is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    Layer(isize),
    Head(isize),
    /// The head that reads most of the question under the crosshair.
    Strongest,
}

impl Workspace {
    /// What has been seen of the answer on screen.
    pub fn seen(&self) -> Option<&Seen> {
        let version = self.sequence_version();
        self.looking
            .seen
            .as_ref()
            .filter(|seen| seen.version == version)
    }

    /// The picture that was computed last, where it is of the answer, layer and head on screen.
    pub fn heat(&self, grid: &Grid) -> Option<&Heat> {
        let (picture, heat) = self.looking.warm.as_ref()?;
        let fits =
            (picture.version, picture.heads) == (self.sequence_version(), self.looking.heads);
        (fits && picture.grid == *grid).then_some(heat)
    }

    /// Why the mask shows no attention although it should.
    pub fn unseen(&self) -> Option<String> {
        if self.seen().is_some() {
            return None;
        }
        let version = self.sequence_version();
        match &self.looking.asked {
            Some((asked, Some(why))) if *asked == version => Some(why.clone()),
            Some((asked, None)) if *asked == version => Some("attention is being read".into()),
            _ => Some(match self.observation() {
                Ok(_) => "attention is being read".into(),
                Err(why) => why,
            }),
        }
    }

    /// What the engine must be asked before attention can be shown, or why it cannot be.
    fn observation(&self) -> Result<Observation, String> {
        if !matches!(self.model, Model::Ready(_)) {
            return Err("attention: no model is ready".into());
        }
        let sequence = self.built().ok_or("attention: no prompt to look at")?;
        if self.runs.is_active() {
            return Err("attention: when the run is over".into());
        }
        let answer = self.answer_on_screen();
        if answer.is_empty() {
            return Err(format!(
                "attention is that of an answer: {}",
                self.way_to_answer()
            ));
        }
        if self.choice.method.blended().is_some() {
            let method = self.choice.method;
            return Err(format!(
                "attention: {method} mixes prompts inside the model; avg shows each one's"
            ));
        }
        if self.choice.options.bias == Bias::Weighted && self.choice.method.has_layout() {
            return Err("attention under bias weighted: `lamascope inspect` shows it".into());
        }
        Ok(Observation {
            version: self.sequence_version(),
            layout: sequence.layout.clone(),
            answer,
        })
    }

    /// Tokens of the answer to exactly what is on screen, where the run that gave it is over.
    pub(super) fn answer_on_screen(&self) -> Vec<u32> {
        let is_done = |run: &super::runs::Run| run.state == State::Done;
        let done = self.runs.current.as_ref().is_some_and(is_done);
        let answer = self.cache.generated().filter(|_| done);
        answer.map_or(Vec::new(), <[u32]>::to_vec)
    }

    /// How an answer comes to be on screen.
    pub(super) fn way_to_answer(&self) -> String {
        use crate::tui::keymap::Action;
        let key = |action| self.keymap.key(action);
        let alone = self.built().and_then(|sequence| sequence.alone);
        let several = alone.is_some_and(|alone| alone.count > 1);
        match self.choice.method.answers_each() && several {
            true => format!(
                "{} has one each, avg or origin shows one ({})",
                self.choice.method,
                key(Action::Method)
            ),
            false => format!("run this fact ({})", key(Action::RunFact)),
        }
    }

    /// What must be asked now: of the engine, or of a thread. `picture` is what the mask has on screen.
    pub(in crate::tui) fn look(
        &mut self,
        picture: Option<(Grid, Range<usize>, Range<usize>)>,
    ) -> Vec<Effect> {
        if !self.looking.on {
            return Vec::new();
        }
        let version = self.sequence_version();
        if self.seen().is_none() {
            let asked = self.looking.asked.as_ref();
            if asked.is_some_and(|(asked, _)| *asked == version) {
                return Vec::new();
            }
            let Ok(observation) = self.observation() else {
                return Vec::new();
            };
            self.looking.asked = Some((version, None));
            return vec![Effect::Observe(Box::new(observation))];
        }
        match self.charted() {
            Some(View::Contrast) => return self.contrast(),
            Some(_) => return self.study(),
            None => {}
        }
        let Some((grid, rows, keys)) = picture else {
            return Vec::new();
        };
        let Some(seen) = self.seen() else {
            return Vec::new();
        };
        let attention = seen.attention.clone();
        let wanted = Picture {
            version,
            heads: self.looking.heads,
            grid,
            rows,
            keys,
        };
        let is_there = self
            .looking
            .warm
            .as_ref()
            .is_some_and(|(there, _)| *there == wanted);
        if is_there || self.looking.under_way.is_some() {
            return Vec::new();
        }
        self.looking.under_way = Some(wanted.clone());
        vec![Effect::Warm(attention, Box::new(wanted))]
    }

    /// Takes what the engine has seen.
    pub(in crate::tui) fn take_seen(&mut self, version: u64, seen: Result<Seen, String>) {
        match seen {
            Ok(seen) => {
                let shape = seen.attention.shape();
                let within = |at: Option<usize>, all: usize| at.filter(|at| *at < all);
                let Heads { layer, head } = self.looking.heads;
                self.looking.heads = Heads {
                    layer: within(layer, shape.layers),
                    head: within(head, shape.heads),
                };
                self.looking.seen = Some(seen);
            }
            // Another sequence may have been asked since.
            Err(why) if version == self.sequence_version() => {
                self.looking.asked = Some((version, Some(why)));
            }
            Err(_) => {}
        }
    }

    /// Takes a picture; without one, it could not be computed.
    pub(in crate::tui) fn take_heat(&mut self, picture: Picture, heat: Option<Heat>) {
        self.looking.under_way = None;
        if let Some(heat) = heat {
            self.looking.warm = Some((picture, Arc::new(heat)));
            self.looking.warmed += 1;
        }
    }

    /// Shows attention on the mask, or who may read whom.
    pub(in crate::tui) fn turn_attention(&mut self) {
        let looking = &mut self.looking;
        looking.on = !looking.on;
        if !looking.on {
            // Some megabytes.
            *looking = Looking {
                heads: looking.heads,
                under_way: looking.under_way.take(),
                warmed: looking.warmed,
                ..Looking::default()
            };
        }
    }

    /// Chooses whose attention is shown.
    pub(in crate::tui) fn step_heads(&mut self, step: Step) {
        self.looking.on = true;
        let Some(seen) = self.seen() else { return };
        let shape = seen.attention.shape();
        // Mean, then one after the other.
        let turned = |at: Option<usize>, by: isize, all: usize| {
            let place = at.map_or(0, |at| at + 1) as isize + by;
            (place.rem_euclid(all as isize + 1) as usize).checked_sub(1)
        };
        let Heads { layer, head } = self.looking.heads;
        self.looking.heads = match step {
            Step::Layer(by) => Heads {
                layer: turned(layer, by, shape.layers),
                head,
            },
            Step::Head(by) => Heads {
                layer,
                head: turned(head, by, shape.heads),
            },
            Step::Strongest => match self.strongest() {
                Some(heads) => heads,
                None => return self.say("the crosshair's key belongs to no question".into()),
            },
        };
    }

    /// The head that, where the first token is made, reads most of the question under the crosshair's key.
    fn strongest(&self) -> Option<Heads> {
        let (seen, sequence) = (self.seen()?, self.built()?);
        let question = sequence.layout.owner.get(self.crosshair.key).copied()??;
        let heads = seen
            .mass
            .first()?
            .iter()
            .enumerate()
            .flat_map(|(layer, heads)| {
                let heads = heads.iter().enumerate();
                heads.map(move |(head, mass)| (layer, head, mass.parts[question as usize]))
            });
        let (layer, head, _) = heads.max_by(|a, b| a.2.total_cmp(&b.2))?;
        Some(Heads {
            layer: Some(layer),
            head: Some(head),
        })
    }

    /// `layer 3 of 6, mean of 4 heads`.
    pub fn whose_attention(&self) -> String {
        let Some(seen) = self.seen() else {
            return String::new();
        };
        let shape = seen.attention.shape();
        self.looking.heads.in_words(shape.layers, shape.heads)
    }
}
