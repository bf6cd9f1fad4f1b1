//! A run that is read from a file: one of those that are kept, or any result file.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::run::{Column, Run, Scored, Source, State};
use crate::data::Dataset;
use crate::evaluate::{Row, Tally};
use crate::results::Configuration;

/// What a result file holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// Its name among the kept runs; `None` for a file elsewhere.
    pub id: Option<String>,
    pub path: PathBuf,
    /// `P36 · flex fused`, or the name of the file.
    pub title: String,
    /// `None` where another program wrote the file.
    pub configuration: Option<Configuration>,
    /// Facts that were asked by uuid, where the relations alone do not tell them.
    pub asked: Option<Vec<String>>,
    pub rows: Vec<Row>,
}

impl Opened {
    /// Under which name it is saved elsewhere: that of the file, without the time.
    pub fn proposed(&self) -> String {
        let name = self.path.file_name().unwrap_or_default().to_string_lossy();
        let without_time = name.split_once('-').filter(|_| self.id.is_some());
        without_time.map_or(name.to_string(), |(_, rest)| rest.to_owned())
    }

    /// How many facts the run was to have, where some are missing.
    pub fn facts(&self) -> Option<usize> {
        let configuration = self.configuration.as_ref()?;
        configuration.finished?;
        Some(configuration.selection.facts)
    }
}

impl Run {
    /// The run of a file, its rows laid beside the facts of the data on screen by their uuids.
    pub(super) fn of_file(mut opened: Opened, generation: u64, data: Option<&Dataset>) -> Self {
        let facts = data.map_or(&[][..], |data| &data.facts);
        let known: HashMap<&str, usize> = (facts.iter().enumerate())
            .map(|(index, fact)| (fact.uuid.as_str(), index))
            .collect();
        let mut rows: Vec<Scored> = Vec::with_capacity(opened.rows.len());
        for mut row in std::mem::take(&mut opened.rows) {
            let fact = known.get(row.uuid.as_str()).copied();
            if let (true, Some(fact)) = (row.subject.is_empty(), fact) {
                row.subject.clone_from(&facts[fact].subject);
            }
            rows.push(Scored { fact, row });
        }
        let mut tally = Tally::default();
        let mut curve = Vec::new();
        // Rows of one fact stand together in files of this program; the originals scatter them by batches.
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut by_fact: Vec<Vec<&Row>> = Vec::new();
        for Scored { row, .. } in &rows {
            let place = *places.entry(&row.uuid).or_insert(by_fact.len());
            match by_fact.get_mut(place) {
                Some(known) => known.push(row),
                None => by_fact.push(vec![row]),
            }
        }
        for rows in &by_fact {
            tally.add(rows.iter().copied());
            curve.push(tally.total.accuracy() as f32);
        }
        let state = match opened.facts() {
            Some(_) => State::Cancelled,
            None => State::Done,
        };
        let id = opened.id.clone();
        Run {
            columns: vec![Column {
                label: opened.title.clone(),
                tally,
                rows: Arc::new(rows),
            }],
            curve,
            id,
            ..Run::empty(Source::File(Arc::new(opened)), generation, state)
        }
    }
}
