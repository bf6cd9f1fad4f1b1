//! From what is chosen to what the engine is asked.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::choice::ShotsFrom;
use super::runs::{AloneSettings, Job, Scope, Settings};
use super::{Model, Workspace};
use crate::data::Dataset;
use crate::engine::{About, Blend, Method, Reads};
use crate::evaluate::{Compared, Plan};
use crate::layout::{Isolation, Options, Preset};
use crate::numbers::count;
use crate::prompt::Shots;
use crate::tui::keymap::Action;
use crate::tui::message::Effect;

/// Why nothing is run yet.
pub(in crate::tui) const MODEL_IS_LOADING: &str =
    "the model is still being loaded: try again when it is ready";

impl Workspace {
    /// Facts of a scope, in data order.
    pub(in crate::tui) fn facts_of(&self, scope: Scope) -> Vec<usize> {
        let Some(data) = self.data() else {
            return Vec::new();
        };
        match scope.facts() {
            Scope::Fact(fact) => vec![fact],
            Scope::Relation(relation) => self.browse.facts_in(relation).to_vec(),
            Scope::Everything => (0..data.facts.len()).collect(),
            _ => {
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
    pub(in crate::tui) fn submit(&mut self, scope: Scope) -> Vec<Effect> {
        self.prepare_shots();
        match self.job(scope) {
            Ok(job) => {
                self.note_facts(&job);
                self.enqueue(job)
            }
            Err(message) => {
                self.complain(message);
                Vec::new()
            }
        }
    }

    /// Starts a job, or lets it wait for the end of the run that goes on.
    pub(super) fn enqueue(&mut self, job: Job) -> Vec<Effect> {
        let job = Arc::new(job);
        let goes_on = self.runs.active().and_then(|run| run.job());
        if goes_on.is_some_and(|same| same.asks_as(&job)) {
            self.say(format!("goes on already: {}", job.title));
            return Vec::new();
        }
        if self.runs.submit(&job) {
            return vec![Effect::Start(job)];
        }
        self.say(format!("next: {}", job.title));
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
        if let Scope::Fact(fact) = job.scope.facts() {
            let question = plan.data.first_question(&plan.data.facts[fact]);
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
        self.ready()?;
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
        facts.retain(|&fact| {
            let fact = &data.facts[fact];
            let mut chosen = templates[fact.relation].iter();
            chosen.any(|&template| data.asks(fact, template))
        });
        if facts.is_empty() {
            return Err("no template is chosen: choose at least one".into());
        }
        let seed = match self.choice.shots {
            ShotsFrom::Drawn { seed, .. } => seed,
            ShotsFrom::Given(_) => self.start.shots.drawn().1,
        };
        let mut left_out = 0;
        let shots = match (&self.choice.shots, scope.facts()) {
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
                chat: self.choice.chat,
                method,
                options,
                blend: Blend::default(),
                max_new_tokens: self.choice.max_new_tokens,
                extract: self.choice.extract,
                confidence: Default::default(),
                thinking: None,
            })
        };
        let setting = setting(self.choice.method, &self.choice.options);
        let about = match scope.facts() {
            Scope::Fact(fact) => &data.facts[fact].subject,
            Scope::Relation(relation) => &data.relations[relation].id,
            Scope::Everything => "everything",
            _ => "selection",
        };
        let asked = match scope.compares() {
            true => "all methods",
            false => &setting,
        };
        let title = format!("{about} {} {asked}", self.theme.symbols.dot());
        let plans = match scope.compares() {
            true => self
                .compared(several_manual(&data, &facts, &templates))
                .into_iter()
                .map(|(label, m, o)| (label, plan(m, o)))
                .collect(),
            false => vec![(
                setting,
                plan(self.choice.method, self.choice.options.clone()),
            )],
        };
        let settings = self.settings(scope);
        Ok(Job {
            generation: self.runs.next_generation(),
            scope,
            about: about.to_owned(),
            title,
            plans,
            model: self.models,
            is_demo: self.is_demo(),
            settings,
            seed,
            left_out,
            continues: None,
        })
    }

    /// Whether a model waits for questions, or why not.
    pub(super) fn ready(&self) -> Result<&About, String> {
        match &self.model {
            Model::Ready(about) => Ok(about),
            Model::Loading(_) => Err(MODEL_IS_LOADING.into()),
            Model::Failed(_) => {
                let key = |action| self.keymap.key(action);
                Err(format!(
                    "no model to run: {} loads it again, {} loads the demo model",
                    key(Action::Reload),
                    key(Action::LoadDemo)
                ))
            }
        }
    }

    /// What `lamascope compare` puts side by side: every method and preset, where manual questions can read each other
    /// (`crosses`) without and with it, and the options on screen where no preset has them.
    fn compared(&self, crosses: bool) -> Vec<(String, Method, Options)> {
        let mut all = Vec::new();
        for one in Compared::list(&Compared::methods(), Preset::ALL) {
            let Some(preset) = one.preset else {
                all.push((one.to_string(), one.method, self.choice.options.clone()));
                continue;
            };
            let options = preset.options();
            // Without isolation every token is read anyway.
            let both = crosses && options.isolation != Isolation::None;
            for manual_cross_attention in [false, true].into_iter().take(1 + usize::from(both)) {
                let options = Options {
                    manual_cross_attention,
                    ..options.clone()
                };
                let label = format!("{one}{}", cross(&options));
                all.push((label, one.method, options));
            }
        }
        let setting = self.choice.options.setting();
        if !setting.on_top.is_empty() {
            let name = format!("{} {setting}{}", Method::Flex, cross(&self.choice.options));
            all.push((name, Method::Flex, self.choice.options.clone()));
        }
        all
    }

    /// What decides the answers to a scope under the present choice.
    pub fn settings(&self, scope: Scope) -> Settings {
        let choice = &self.choice;
        let compares = scope.compares();
        let asked = |relation: usize| {
            let mut chosen = choice.picks[relation].chosen();
            if choice.method.reads() == Reads::First && !compares {
                chosen.truncate(1);
            }
            (relation, chosen)
        };
        let known = |relation: &usize| *relation < choice.picks.len();
        let relations = self.relations_of(scope).into_iter().filter(known);
        let reads_layout = compares || choice.method.has_layout();
        let options = match Preset::of(&choice.options) {
            // A comparison goes through all presets.
            Some(_) if compares => Preset::default().options(),
            _ => Options {
                // Where it changes no answer, two runs are the same with it and without.
                manual_cross_attention: choice.options.manual_cross_attention
                    && choice.options.isolation == Isolation::Segments,
                ..choice.options.clone()
            },
        };
        Settings {
            model: self.models,
            templates: relations.map(asked).collect(),
            marks: (scope.facts() == Scope::Selection).then(|| choice.marks.clone()),
            method: (!compares).then_some(choice.method),
            options: reads_layout.then_some(options),
            shots: choice.shots.clone(),
            chat: choice.chat,
            max_new_tokens: choice.max_new_tokens,
            extract: choice.extract,
        }
    }

    fn relations_of(&self, scope: Scope) -> BTreeSet<usize> {
        let Some(data) = self.data() else {
            return BTreeSet::new();
        };
        match scope.facts() {
            Scope::Fact(fact) => [data.facts[fact].relation].into(),
            Scope::Relation(relation) => [relation].into(),
            Scope::Everything => (0..data.relations.len()).collect(),
            _ => {
                let marks = &self.choice.marks;
                let of_facts = marks.facts.iter().map(|&fact| data.facts[fact].relation);
                marks.relations.iter().copied().chain(of_facts).collect()
            }
        }
    }

    /// Under which single templates' answers count as made under what is on screen.
    pub fn alone_settings(&self) -> Option<AloneSettings> {
        Some(AloneSettings {
            model: self.models,
            context: self.shots_context()?,
            max_new_tokens: self.choice.max_new_tokens,
            extract: self.choice.extract,
        })
    }
}

/// Whether some fact is asked in two manual templates, which can read each other.
fn several_manual(data: &Dataset, facts: &[usize], templates: &[Vec<usize>]) -> bool {
    let relations: BTreeSet<usize> = facts
        .iter()
        .map(|&fact| data.facts[fact].relation)
        .collect();
    relations.into_iter().any(|relation| {
        let known = &data.relations[relation].templates;
        let chosen = templates[relation].iter();
        chosen
            .filter(|&&template| known[template].is_manual())
            .count()
            > 1
    })
}

/// `flex seed`, `avg`, `flex fused --bias -1`; with `+cross` where manual segments read each other.
pub fn setting(method: Method, options: &Options) -> String {
    if !method.has_layout() {
        return method.to_string();
    }
    format!("{method} {}{}", options.setting(), cross(options))
}

fn cross(options: &Options) -> &'static str {
    // Without isolation every token is read anyway.
    if options.manual_cross_attention && options.isolation == Isolation::Segments {
        " +cross"
    } else {
        ""
    }
}
