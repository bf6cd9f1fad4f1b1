//! What is counted from the answers of a run, on a thread of its own: screen and engine go on meanwhile.
//!
//! ```text
//! Effect::Judge ─► a thread: Case::judge ─► Event::Judged     (one of a kind at a time, the last that is wanted next)
//! ```

mod figures;
mod templates;

use std::sync::Arc;

pub use figures::{Figures, RunKey};
pub use templates::{Lab, LabKey, Standing, Wish};

use super::Workspace;
use super::runs::Scored;

/// What is to be counted.
#[derive(Debug, Clone)]
pub enum Case {
    /// Which templates of a relation to use.
    Templates {
        key: LabKey,
        rows: Arc<Vec<Scored>>,
        /// Answers of the demo model, of which it is known what it was trained on.
        is_demo: bool,
    },
    /// BELIEF's figures of a run.
    Run { key: RunKey, rows: Arc<Vec<Scored>> },
}

/// What has come of it; without a value where it could not be counted.
#[derive(Debug, Clone)]
pub enum Judged {
    Templates(LabKey, Option<Result<Arc<Lab>, String>>),
    Run(RunKey, Option<Arc<Figures>>),
}

impl Case {
    /// Counts.
    pub fn judge(&self) -> Judged {
        match self {
            Case::Templates { key, rows, is_demo } => {
                let lab = Lab::new(key, rows, *is_demo);
                Judged::Templates(key.clone(), Some(lab.map(Arc::new)))
            }
            Case::Run { key, rows } => Judged::Run(*key, Some(Arc::new(Figures::new(rows)))),
        }
    }

    /// That nothing was counted.
    pub fn unjudged(&self) -> Judged {
        match self {
            Case::Templates { key, .. } => Judged::Templates(key.clone(), None),
            Case::Run { key, .. } => Judged::Run(*key, None),
        }
    }
}

/// What was counted last and of what, and what is being counted.
#[derive(Debug, Clone)]
struct Slot<K, V> {
    under_way: Option<K>,
    found: Option<(K, V)>,
}

impl<K, V> Default for Slot<K, V> {
    fn default() -> Self {
        Slot {
            under_way: None,
            found: None,
        }
    }
}

impl<K: PartialEq + Clone, V> Slot<K, V> {
    /// Whether this is to be counted now.
    fn wants(&mut self, key: &K) -> bool {
        let wants = self.under_way.is_none() && self.get(key).is_none();
        if wants {
            self.under_way = Some(key.clone());
        }
        wants
    }

    fn take(&mut self, key: K, value: V) {
        self.under_way = None;
        self.found = Some((key, value));
    }

    fn get(&self, key: &K) -> Option<&V> {
        let found = self.found.as_ref().filter(|(known, _)| known == key);
        found.map(|(_, value)| value)
    }
}

/// What is wanted, and what has been counted.
#[derive(Debug, Clone, Default)]
pub struct Judging {
    /// How templates are chosen.
    pub wish: Wish,
    templates: Slot<LabKey, Result<Arc<Lab>, String>>,
    run: Slot<RunKey, Option<Arc<Figures>>>,
}

impl Workspace {
    pub(in crate::tui) fn take_judged(&mut self, judged: Judged) {
        let failed = || Err("counting failed: the log says why".to_owned());
        match judged {
            Judged::Templates(key, lab) => {
                let lab = lab.unwrap_or_else(failed);
                self.judging.templates.take(key, lab);
            }
            Judged::Run(key, figures) => self.judging.run.take(key, figures),
        }
    }
}
