//! From what is chosen to what the engine is asked.

use std::sync::Arc;

use super::run::job_context;
use super::{App, Effect, Job, Model, Scope, ShotsFrom};
use crate::engine::Method;
use crate::evaluate::{Compared, Plan};
use crate::layout::{Options, Preset};
use crate::numbers::count;
use crate::prompt::Shots;

/// Why nothing is run yet.
pub(super) const MODEL_IS_LOADING: &str =
    "the model is still being loaded: try again when it is ready";

impl App {
    /// Facts of a scope, in data order.
    pub(super) fn facts_of(&self, scope: Scope) -> Vec<usize> {
        let Some(data) = self.data() else {
            return Vec::new();
        };
        match scope {
            Scope::Fact(fact) | Scope::Compare(fact) => vec![fact],
            Scope::Relation(relation) => self.facts_in(relation).to_vec(),
            Scope::Everything => (0..data.facts.len()).collect(),
            Scope::Selection => {
                let marks = &self.choice.marks;
                let marked = |&fact: &usize| {
                    marks.facts.contains(&fact)
                        || marks.relations.contains(&data.facts[fact].relation)
                };
                (0..data.facts.len()).filter(marked).collect()
            }
        }
    }

    /// Starts a run, or queues it behind the one that goes on; a message where it cannot be.
    pub(super) fn submit(&mut self, scope: Scope) -> Vec<Effect> {
        self.prepare_shots();
        match self.job(scope) {
            Ok(_) if !self.may_drop(scope.action()) => {}
            Ok(job) => {
                self.note_facts(&job);
                let job = Arc::new(job);
                self.run_top = 0;
                self.show_log = false;
                self.lower = super::Pane::Run;
                if self.runs.submit(&job) {
                    return vec![Effect::Start(job)];
                }
                self.say(format!("next: {}", job.title));
            }
            Err(message) => self.complain(message),
        }
        Vec::new()
    }

    /// Says what of a scope is not asked, and what has its answer in the prompt.
    fn note_facts(&mut self, job: &Job) {
        let plan = &job.plans[0].1;
        let asked = plan.facts.len();
        if job.left_out > 0 {
            let left_out = count(job.left_out, "fact");
            self.say(format!("{left_out} left out of the run: drawn as shots"));
        }
        if let Scope::Fact(fact) | Scope::Compare(fact) = job.scope {
            let question = plan.data.question(&plan.data.facts[fact], 0);
            if plan.shots.shots.iter().any(|(shot, _)| *shot == question) {
                self.say("this fact is one of the shots: its answer stands in the prompt".into());
            }
        }
        if asked < self.facts_of(job.scope).len() {
            self.note(format!("the run has {}", count(asked, "fact")));
        }
    }

    fn job(&mut self, scope: Scope) -> Result<Job, String> {
        let data = self
            .data()
            .ok_or("nothing to run: the data is still being read")?
            .clone();
        match &self.model {
            Model::Ready(_) => {}
            Model::Loading(_) => {
                return Err(MODEL_IS_LOADING.into());
            }
            Model::Failed(_) => {
                let key = |action| self.keymap.key(action);
                return Err(format!(
                    "no model to run: {} loads it again, {} loads the demo model",
                    key(crate::tui::keymap::Action::Reload),
                    key(crate::tui::keymap::Action::LoadDemo)
                ));
            }
        }
        let templates: Vec<Vec<usize>> = self
            .choice
            .picks
            .iter()
            .map(|picks| picks.chosen())
            .collect();
        let mut facts = self.facts_of(scope);
        if facts.is_empty() {
            return Err("nothing is marked: mark relations or facts first".into());
        }
        facts.retain(|&fact| !templates[data.facts[fact].relation].is_empty());
        if facts.is_empty() {
            return Err("no template is chosen: choose at least one".into());
        }
        let seed = match self.choice.shots {
            ShotsFrom::Drawn { seed, .. } => seed,
            ShotsFrom::Given(_) => self.start.shots.drawn().1,
        };
        let mut left_out = 0;
        let shots = match (&self.choice.shots, scope) {
            (
                ShotsFrom::Drawn { count, seed },
                Scope::Relation(_) | Scope::Selection | Scope::Everything,
            ) => {
                let (shots, drawn) = Shots::draw(&data, &mut facts, *count, *seed)
                    .map_err(|error| error.to_string())?;
                left_out = drawn;
                shots
            }
            _ => self
                .shots()
                .ok_or("no shots yet")?
                .map(|shots| (**shots).clone())?,
        };
        let plan = |method: Method, options: Options| {
            Arc::new(Plan {
                stream: true,
                data: data.clone(),
                facts: facts.clone(),
                templates: templates.clone(),
                shots: shots.clone(),
                method,
                options,
                max_new_tokens: self.choice.max_new_tokens,
                extract: self.choice.extract,
                confidences: None,
            })
        };
        let setting = setting(self.choice.method, &self.choice.options);
        let about = match scope {
            Scope::Fact(fact) | Scope::Compare(fact) => &data.facts[fact].subject,
            Scope::Relation(relation) => &data.relations[relation].id,
            Scope::Selection => "selection",
            Scope::Everything => "everything",
        };
        let asked = match scope {
            Scope::Compare(_) => &format!("all methods{}", cross(&self.choice.options)),
            _ => &setting,
        };
        let title = format!("{about} {} {asked}", self.theme.symbols.dot());
        let plans = match scope {
            Scope::Compare(_) => self
                .compared()
                .into_iter()
                .map(|(label, m, o)| (label, plan(m, o)))
                .collect(),
            _ => vec![(setting, plan(self.choice.method, self.choice.options))],
        };
        let settings = match scope {
            Scope::Compare(_) => self.comparison_settings(),
            _ => self.settings(),
        };
        Ok(Job {
            generation: self.runs.next_generation(),
            scope,
            title,
            plans,
            model: self.models,
            settings,
            seed,
            left_out,
        })
    }

    /// What `lamascope compare` puts side by side. Cross-attention as chosen, and the options on screen where no preset
    /// has them.
    fn compared(&self) -> Vec<(String, Method, Options)> {
        let cross = self.choice.options.manual_cross_attention;
        let options = |preset: Option<Preset>| match preset {
            Some(preset) => Options {
                manual_cross_attention: cross,
                ..preset.options()
            },
            None => self.choice.options,
        };
        let mut all: Vec<_> = Compared::list(&Compared::methods(), Preset::ALL)
            .into_iter()
            .map(|one| (one.to_string(), one.method, options(one.preset)))
            .collect();
        let setting = self.choice.options.setting();
        if !setting.on_top.is_empty() {
            let name = format!("{} {setting}", Method::Flex);
            all.push((name, Method::Flex, self.choice.options));
        }
        all
    }

    /// Hash under which single templates' answers count as made under what is on screen.
    pub fn own_settings(&self) -> Option<u64> {
        let shots = self.shots()?.ok()?;
        Some(job_context(
            self.models,
            &shots.context(),
            self.choice.max_new_tokens,
            self.choice.extract,
        ))
    }
}

/// `flex seed`, `avg`, `flex fused --bias -1`; with `+cross` where manual segments read each other.
pub fn setting(method: Method, options: &Options) -> String {
    if !method.has_layout() {
        return method.to_string();
    }
    format!("{method} {}{}", options.setting(), cross(options))
}

fn cross(options: &Options) -> &'static str {
    if options.manual_cross_attention {
        " +cross"
    } else {
        ""
    }
}
