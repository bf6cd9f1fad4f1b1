//! The template lab: which templates of the relation on screen to use, and whether that is real.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Case, Workspace};
use crate::data::TemplateId;
use crate::engine::Method;
use crate::evaluate::select::{Choice, Counted, FromAnswers, Matrix, Wanted};
use crate::evaluate::{Row, Tally};
use crate::figure::{Order, sorted};
use crate::numbers::count;
use crate::results::Configuration;
use crate::score::belief::Verdicts;
use crate::score::{Interval, wilson_interval};
use crate::tui::keymap::Action;
use crate::tui::message::Effect;
use crate::tui::workspace::choice::Picks;
use crate::tui::workspace::runs::{Run, Scope, Scored};

/// As `lamascope templates --answers` has them: sets that the search keeps of each size, random sets at most.
const WIDTH: usize = 10;
const RANDOM: usize = 50;

/// How templates are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    /// How many.
    pub k: usize,
    /// Draws the halves and the random sets.
    pub seed: u64,
}

impl Default for Wish {
    fn default() -> Self {
        Wish { k: 3, seed: 42 }
    }
}

/// Which answers are judged, and how.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabKey {
    /// The run that they are of, and which of its settings.
    pub generation: u64,
    pub column: usize,
    /// How many it has.
    pub rows: usize,
    /// Of the relation with this id.
    pub relation: String,
    pub wish: Wish,
}

/// All that is known of the templates of a relation. Templates and facts are known by their places in the matrix.
#[derive(Debug, Clone)]
pub struct Lab {
    pub matrix: Matrix,
    pub choice: Choice,
    /// Text of every template; empty where the run does not tell.
    pub texts: Vec<String>,
    /// Whom every fact is about.
    pub subjects: Vec<String>,
    /// Of every fact the different predictions, as the cells of the matrix number them.
    pub predictions: Vec<Vec<String>>,
    /// Facts and templates in order: by [`Order::Score`], by [`Order::Cluster`].
    by_score: (Vec<usize>, Vec<usize>),
    clustered: (Vec<usize>, Vec<usize>),
    /// Facts that the demo model was asked in wordings that it was trained in.
    pub trained: usize,
}

impl Lab {
    /// # Errors
    /// Too few facts or templates for any choice.
    pub fn new(key: &LabKey, rows: &[Scored], is_demo: bool) -> Result<Self, String> {
        let of = |scored: &&Scored| {
            scored.row.relation == key.relation && scored.row.templates.len() == 1
        };
        let mut rows: Vec<&Scored> = rows.iter().filter(of).collect();
        // As the data have them, not as they were answered: the halves are drawn by place.
        rows.sort_by_key(|scored| scored.fact.unwrap_or(usize::MAX));
        let rows: Vec<Row> = rows.into_iter().map(|scored| scored.row.clone()).collect();
        let matrix = Matrix::of(&rows);
        let (n, facts) = (matrix.templates.len(), matrix.facts.len());
        if facts < 2 || n < 2 {
            return Err(format!(
                "{} in {} leave no choice: ask more of them",
                count(facts, "fact"),
                count(n, "template")
            ));
        }
        let wanted = Wanted {
            k: key.wish.k.clamp(1, n - 1),
            width: WIDTH,
            seed: key.wish.seed,
            random: RANDOM,
            ordered: false,
        };
        let judge = FromAnswers {
            matrix: &matrix,
            counted: Counted::Majority,
        };
        let kind = |template: usize| matrix.templates[template].kind as usize;
        let Ok(choice) = Choice::search(judge, (n, facts), wanted, kind);
        let mut verdicts = Verdicts::new(n);
        for fact in 0..facts {
            verdicts.push((0..n).map(|template| matrix.cell(fact, template).right));
        }
        let mut tally = Tally::default();
        rows.chunk_by(|a, b| a.uuid == b.uuid)
            .for_each(|rows| tally.add(rows));
        let mut known: HashMap<&str, Vec<&Row>> = HashMap::new();
        for row in &rows {
            known.entry(&row.uuid).or_default().push(row);
        }
        let of_fact = |uuid: &String| known.get(uuid.as_str()).map_or(&[][..], Vec::as_slice);
        let subject = |uuid: &String| match of_fact(uuid).first() {
            Some(row) if !row.subject.is_empty() => row.subject.clone(),
            _ => uuid.clone(),
        };
        let text = |id: &TemplateId| {
            let row = rows.iter().find(|row| row.templates == [*id]);
            let text = row.and_then(|row| row.template_texts.first());
            text.cloned().unwrap_or_default()
        };
        let predictions = |(fact, uuid): (usize, &String)| {
            let mut said = vec![String::new(); n];
            for (template, id) in matrix.templates.iter().enumerate() {
                let row = of_fact(uuid).iter().find(|row| row.templates == [*id]);
                if let Some(row) = row {
                    said[matrix.cell(fact, template).prediction].clone_from(&row.prediction);
                }
            }
            said
        };
        Ok(Lab {
            texts: matrix.templates.iter().map(text).collect(),
            subjects: matrix.facts.iter().map(subject).collect(),
            predictions: matrix.facts.iter().enumerate().map(predictions).collect(),
            by_score: sorted(&verdicts, Order::Score),
            clustered: sorted(&verdicts, Order::Cluster),
            trained: if is_demo { tally.trained } else { 0 },
            choice,
            matrix,
        })
    }

    /// Facts and templates in order.
    pub fn in_order(&self, order: Order) -> (&[usize], &[usize]) {
        let (facts, templates) = match order {
            Order::Score => &self.by_score,
            Order::Cluster => &self.clustered,
        };
        (facts, templates)
    }

    /// `m1,m3,a2`.
    pub fn chosen(&self) -> String {
        let id = |&template: &usize| self.matrix.templates[template].to_string();
        self.choice.set.iter().map(id).collect::<Vec<_>>().join(",")
    }

    pub fn accuracy(&self, template: usize) -> f64 {
        self.matrix.right(template) as f64 / self.matrix.facts.len() as f64
    }

    pub fn interval(&self, template: usize) -> Option<Interval> {
        let facts = self.matrix.facts.len() as u64;
        wilson_interval(self.matrix.right(template) as u64, facts)
    }

    /// How often the other templates predict the same, mean over them.
    pub fn agrees(&self, template: usize) -> f64 {
        let n = self.matrix.templates.len();
        let others = (0..n).filter(|&other| other != template);
        let sum: f64 = others
            .map(|other| self.matrix.agreement(template, other))
            .sum();
        sum / (n - 1) as f64
    }
}

/// How far the lab of the relation on screen is.
#[derive(Debug, Clone)]
pub enum Standing {
    /// No template was asked alone.
    Unasked,
    /// Templates are being asked alone: facts done, of how many.
    Asking(usize, usize),
    Counting,
    /// Of the run with this title.
    Ready(String, Result<Arc<Lab>, String>),
}

impl Workspace {
    /// The answers of single templates of the relation on screen: the run on screen first, then those behind it.
    fn answers_alone(&self) -> Option<(&Run, usize)> {
        let relation = &self.data()?.relations.get(self.browse.relation)?.id;
        let several = |tally: &Tally| {
            let mut relations = tally.relations.iter();
            relations.any(|of| of.id == *relation && of.templates.len() > 1)
        };
        self.runs.all().find_map(|run| {
            let mut columns = run.columns.iter();
            let column = columns.position(|column| several(&column.tally))?;
            Some((run, column))
        })
    }

    /// The run that is asking templates of the relation on screen alone.
    fn asking_alone(&self) -> Option<&Run> {
        let run = self.runs.active()?;
        let mut plans = run.job()?.plans.iter();
        let asks = plans.any(|(_, plan)| {
            let mut facts = plan.facts.iter();
            plan.method == Method::PerPrompt
                && facts.any(|&fact| plan.data.facts[fact].relation == self.browse.relation)
        });
        asks.then_some(run)
    }

    fn lab_key(&self) -> Option<(LabKey, &Run, usize)> {
        let (run, column) = self.answers_alone().filter(|(run, _)| !run.is_active())?;
        let key = LabKey {
            generation: run.generation,
            column,
            rows: run.columns[column].rows.len(),
            relation: self.data()?.relations[self.browse.relation].id.clone(),
            wish: self.judging.wish,
        };
        Some((key, run, column))
    }

    pub fn lab(&self) -> Standing {
        if let Some(run) = self.asking_alone() {
            let (done, all) = run.progress();
            return Standing::Asking(done, all);
        }
        let Some((key, run, _)) = self.lab_key() else {
            return Standing::Unasked;
        };
        match self.judging.templates.get(&key) {
            Some(lab) => Standing::Ready(run.title().to_owned(), lab.clone()),
            None => Standing::Counting,
        }
    }

    /// What must be counted for the lab.
    pub(in crate::tui) fn judge_templates(&mut self) -> Option<Effect> {
        if self.asking_alone().is_some() {
            return None;
        }
        let (key, run, column) = self.lab_key()?;
        let is_demo = match run.file() {
            Some(file) => (file.configuration.as_ref()).is_some_and(Configuration::is_demo),
            None => self.is_demo(),
        };
        let rows = run.columns[column].rows.clone();
        let wants = self.judging.templates.wants(&key);
        wants.then(|| Effect::Judge(Box::new(Case::Templates { key, rows, is_demo })))
    }

    /// How many templates would be asked: those chosen, all that are listed.
    pub fn askable(&self) -> (usize, usize) {
        let counts = self
            .picks()
            .map(|picks| (picks.chosen().len(), picks.order().len()));
        counts.unwrap_or_default()
    }

    /// Asks the chosen templates of the relation on screen, or all of them, each alone. The choice stays as it is.
    pub(in crate::tui) fn ask_alone(&mut self, all: bool) -> Vec<Effect> {
        let relation = self.browse.relation;
        let kept = self.choice.clone();
        self.choice.method = Method::PerPrompt;
        if let Some(picks) = self.choice.picks.get_mut(relation).filter(|_| all) {
            let picks = Arc::make_mut(picks);
            let every = picks.order().to_vec();
            picks.first(every.len(), &every);
        }
        let effects = self.submit(Scope::Relation(relation));
        self.choice = kept;
        effects
    }

    /// Takes the set over as the choice; whether its templates are there.
    pub(in crate::tui) fn use_chosen(&mut self, lab: &Lab) -> bool {
        let relation = self.browse.relation;
        let Some(known) = self.data().map(|data| &data.relations[relation]) else {
            return false;
        };
        let ids = lab.choice.set.iter().map(|&at| lab.matrix.templates[at]);
        let found: Result<Vec<usize>, TemplateId> =
            ids.map(|id| known.find_template(id).ok_or(id)).collect();
        let (id, templates) = match found {
            Ok(templates) => (known.id.clone(), templates),
            Err(id) => {
                let words = format!("the data on screen have no template {id} of {}", known.id);
                self.complain(words);
                return false;
            }
        };
        let mut picks = Picks::of(known, &templates);
        self.change(|choice| {
            picks.keep_wordings(&choice.picks[relation]);
            choice.picks[relation] = picks.into();
        });
        let undo = self.keymap.key(Action::Undo);
        self.say(format!("{id}: {} chosen ({undo}: undo)", lab.chosen()));
        true
    }
}
