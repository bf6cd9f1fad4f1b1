//! What is known of the kept runs, and going on with one that was interrupted.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::Workspace;
use super::jobs::setting;
use super::runs::{Continued, Job, Opened, Run, Scope, State};
use crate::data::Dataset;
use crate::evaluate::{Confidence, Plan, Row};
use crate::numbers::count;
use crate::prompt::Shots;
use crate::results::{Asked, Configuration};
use crate::tui::archive::{Change, Compared, Listing, News, ids};
use crate::tui::message::Effect;

/// The kept runs as they were last listed, and how they compare with the pinned one.
#[derive(Debug, Clone, Default)]
pub struct Kept {
    pub listing: Listing,
    /// By run and pinned run; `None` where they have no fact in common.
    compared: HashMap<(String, String), Option<Compared>>,
}

impl Kept {
    /// How a run compares with the pinned one, where that was asked.
    pub fn comparison(&self, id: &str) -> Option<&Option<Compared>> {
        let pinned = self.listing.pinned.as_ref()?;
        self.compared.get(&(id.to_owned(), pinned.id.clone()))
    }
}

impl Workspace {
    /// What has become of an answer since the pinned run.
    pub(in crate::tui) fn change_of(&self, row: &Row) -> Option<Change> {
        self.kept.listing.pinned.as_ref()?.change(row)
    }
}

impl Job {
    /// Uuids of a plan's facts, where the relations do not tell them.
    pub(in crate::tui) fn asked_by_uuid(&self, plan: usize) -> Option<Vec<String>> {
        let plan = &self.plans[plan].1;
        let uuid = |&fact: &usize| plan.data.facts[fact].uuid.clone();
        let is_own = matches!(self.scope, Scope::Sweep(_));
        let is_selection = self.scope.facts() == Scope::Selection;
        (is_selection || is_own).then(|| plan.facts.iter().map(uuid).collect())
    }

    /// The part of a plan that is still to be asked.
    pub(in crate::tui) fn rest(&self, plan: &Arc<Plan>) -> Arc<Plan> {
        let Some(continued) = &self.continues else {
            return plan.clone();
        };
        let known: HashSet<usize> = continued.rows.iter().filter_map(|row| row.fact).collect();
        let facts = plan.facts.iter().copied();
        Arc::new(Plan {
            facts: facts.filter(|fact| !known.contains(fact)).collect(),
            ..(**plan).clone()
        })
    }
}

impl Run {
    /// Effects that keep what has come back, if it is an evaluation that was asked here.
    pub(in crate::tui) fn keep(&self) -> Vec<Effect> {
        let Some(job) = self.job().filter(|_| self.is_evaluation()) else {
            return Vec::new();
        };
        let new = job.continues.as_ref().map_or(0, |one| one.rows.len());
        let columns = self.columns.iter().enumerate();
        let filled = columns.filter(|(_, column)| column.rows.len() > new);
        filled
            .map(|(plan, column)| Effect::Keep {
                job: job.clone(),
                plan,
                rows: column.rows.clone(),
            })
            .collect()
    }
}

impl Workspace {
    /// Effects that stop the run that goes on and keep what has come back of it.
    pub(in crate::tui) fn stop(&self) -> Vec<Effect> {
        let active = self.runs.active();
        let mut effects = vec![Effect::Cancel];
        effects.extend(active.map_or(Vec::new(), Run::keep));
        effects
    }

    pub(in crate::tui) fn take_news(&mut self, news: News) {
        match news {
            News::Listed(listing) => self.kept.listing = listing,
            News::Opened(opened) => {
                let data = self.browse.data().cloned();
                let title = opened.title.clone();
                self.runs.open(*opened, data.as_deref());
                self.say(format!("opened: {title}"));
            }
            News::Compared { id, with, outcome } => {
                if outcome.is_none() {
                    self.say("the two runs have no fact in common".into());
                }
                self.kept.compared.insert((id, with), outcome);
            }
            News::Kept { generation, id } => self.runs.kept(generation, &id),
            News::Failed(message) => self.complain(message),
        }
    }

    /// Shows the run behind the one on screen.
    pub(in crate::tui) fn turn_run(&mut self) {
        if self.runs.turn() {
            let title = self.runs.current.as_ref().map_or("", Run::title).to_owned();
            self.say(format!("on screen: {title}"));
        } else {
            self.say("no other run of this session".into());
        }
    }

    /// Goes on with the interrupted run on screen: only what is missing is asked.
    pub(in crate::tui) fn continue_run(&mut self) -> Vec<Effect> {
        match self.continued() {
            Ok(job) => {
                let Some(continued) = &job.continues else {
                    return Vec::new();
                };
                let missing = job.plans[0].1.facts.len() - continued.facts();
                self.say(format!("{} of this run to go", count(missing, "fact")));
                self.enqueue(job)
            }
            Err(message) => {
                self.complain(message);
                Vec::new()
            }
        }
    }

    fn continued(&mut self) -> Result<Job, String> {
        let run = self.runs.current.as_ref().ok_or("no run is on screen")?;
        let over = matches!(run.state, State::Cancelled | State::Failed(_));
        let (done, all) = run.progress();
        if !over || done == all || run.compares() || !run.is_evaluation() {
            return Err(
                "this run is not an interrupted evaluation: nothing of it is missing".into(),
            );
        }
        let id = run
            .id
            .clone()
            .ok_or("this run is not among the kept ones")?;
        let rows = run.columns[0].rows.clone();
        let (mut job, old) = match (run.job().cloned(), run.file().cloned()) {
            (Some(job), _) => ((*job).clone(), None),
            (_, Some(opened)) => {
                let old = opened.configuration.clone();
                (self.asked_again(&opened)?, old)
            }
            (None, None) => return Err("this run cannot be asked again".into()),
        };
        let about = self.ready()?;
        if job.model != self.models {
            return Err("another model has been loaded since: load that of this run first".into());
        }
        if let Some(old) = old {
            let plan = &job.plans[0].1;
            let now = Configuration::new(about, plan, as_asked(&old));
            let old = Configuration {
                finished: None,
                no_answer: Vec::new(),
                version: now.version.clone(),
                ..old
            };
            if let Some((key, then, now)) = old.difference(&now) {
                return Err(format!(
                    "cannot go on: `{key}` of this run was {then} and is {now} here"
                ));
            }
        }
        job.generation = self.runs.next_generation();
        job.continues = Some(Continued { id, rows });
        Ok(job)
    }

    /// The job of a run from a file, on the data and the model that are loaded.
    fn asked_again(&self, opened: &Opened) -> Result<Job, String> {
        let data = self.data().ok_or("the data is still being read")?.clone();
        let configuration = opened.configuration.as_ref();
        let old = configuration.ok_or("this file does not say what was asked")?;
        let method = old.method.parse()?;
        let extract = old.extract.parse().map_err(|e| format!("{e}"))?;
        let options = old.options.clone().unwrap_or_default();
        let label = setting(method, &options);
        let facts = facts(&data, old, opened.asked.as_deref());
        let plan = Plan {
            stream: true,
            facts,
            templates: templates(&data, old)?,
            data,
            shots: old.shots.clone(),
            chat: old.chat,
            method,
            options,
            blend: old.blend.unwrap_or_default(),
            max_new_tokens: old.max_new_tokens,
            extract,
            confidence: old
                .sampled
                .map_or_else(Confidence::default, Confidence::Sampled),
            thinking: old.thinking,
        };
        let about = opened.title.split(" · ").next().unwrap_or_default();
        let scope = match &old.selection.relations[..] {
            _ if opened.asked.is_some() => Scope::Selection,
            [one] => {
                let relation = plan.data.relation(one).map_err(|error| error.to_string())?;
                Scope::Relation(relation)
            }
            _ => Scope::Everything,
        };
        Ok(Job {
            generation: 0,
            scope,
            about: about.to_owned(),
            title: opened.title.clone(),
            plans: vec![(label, Arc::new(plan))],
            model: self.models,
            is_demo: self.is_demo(),
            settings: self.settings(scope),
            seed: old.seed,
            left_out: old.left_out,
            continues: None,
        })
    }
}

/// The facts that a run asked, in data order.
fn facts(data: &Dataset, old: &Configuration, asked: Option<&[String]>) -> Vec<usize> {
    let named: Option<HashSet<&String>> = asked.map(|uuids| uuids.iter().collect());
    let relations: HashSet<&String> = old.selection.relations.iter().collect();
    let is_shot = |fact: &crate::data::Fact| {
        let question = data.first_question(fact);
        old.left_out > 0 && is_among(&old.shots, &question)
    };
    let facts = data.facts.iter().enumerate();
    facts
        .filter(|(_, fact)| match &named {
            Some(named) => named.contains(&fact.uuid),
            None => relations.contains(&data.relations[fact.relation].id) && !is_shot(fact),
        })
        .map(|(index, _)| index)
        .collect()
}

fn is_among(shots: &Shots, question: &str) -> bool {
    shots.shots.iter().any(|(shot, _)| shot == question)
}

/// The templates that a run asked, per relation of the data.
fn templates(data: &Dataset, old: &Configuration) -> Result<Vec<Vec<usize>>, String> {
    let of = |relation: &crate::data::Relation| {
        let Some(asked) = old.selection.asked.get(&relation.id) else {
            return Ok(Vec::new());
        };
        let lacks = || format!("relation {} has not all of {asked} here", relation.id);
        let ids = ids(asked).ok_or_else(lacks)?;
        let find = |&id| relation.find_template(id).ok_or_else(lacks);
        ids.iter().map(find).collect()
    };
    data.relations.iter().map(of).collect()
}

/// What a configuration says beside its plan and model.
fn as_asked(old: &Configuration) -> Asked {
    Asked {
        data: old.data.clone(),
        relations: old.selection.relations.clone(),
        uuids: old.selection.uuids.clone(),
        templates: old.selection.templates.clone(),
        max_samples: old.selection.max_samples,
        path: old.path.clone(),
        confidence: old.confidence.clone(),
        seed: old.seed,
        left_out: old.left_out,
    }
}
