//! BELIEF's figures of the run on screen: what its accuracy owes to templates, and what its probabilities are worth.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Case, Workspace};
use crate::evaluate::Row;
use crate::results::{Belief, Several, Summary};
use crate::score::Calibration;
use crate::tui::message::Effect;
use crate::tui::workspace::runs::Scored;

/// Which run, and how many answers it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunKey {
    pub generation: u64,
    pub rows: usize,
}

/// As `lamascope report` tells them.
#[derive(Debug, Clone)]
pub struct Figures {
    /// `None` where no relation was asked through several templates, each alone.
    pub belief: Option<Belief>,
    pub several: Several,
    pub calibration: Option<Calibration>,
    /// By answers that were drawn, where any were.
    pub sampled: Option<Calibration>,
    pub one_word: Option<f64>,
}

impl Figures {
    pub fn new(rows: &[Scored]) -> Self {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut facts: Vec<Vec<Row>> = Vec::new();
        for Scored { row, .. } in rows {
            let place = *places.entry(&row.uuid).or_insert(facts.len());
            match facts.get_mut(place) {
                Some(rows) => rows.push(row.clone()),
                None => facts.push(vec![row.clone()]),
            }
        }
        let mut summary = Summary::default();
        for rows in &facts {
            summary.add(rows);
        }
        Figures {
            belief: summary.belief(),
            calibration: summary.calibration(),
            sampled: summary.sampled(),
            one_word: summary.one_word(),
            several: summary.several,
        }
    }
}

impl Workspace {
    fn run_key(&self) -> Option<RunKey> {
        let run = self.runs.current.as_ref().filter(|run| !run.is_active())?;
        let [only] = &run.columns[..] else {
            return None;
        };
        Some(RunKey {
            generation: run.generation,
            rows: only.rows.len(),
        })
    }

    /// Those of the run on screen, once they have been counted.
    pub fn run_figures(&self) -> Option<&Arc<Figures>> {
        self.judging.run.get(&self.run_key()?)?.as_ref()
    }

    /// What must be counted for them.
    pub(in crate::tui) fn judge_run(&mut self) -> Option<Effect> {
        let key = self.run_key()?;
        let rows = self.runs.current.as_ref()?.columns.first()?.rows.clone();
        let wants = self.judging.run.wants(&key);
        wants.then(|| Effect::Judge(Box::new(Case::Run { key, rows })))
    }
}
