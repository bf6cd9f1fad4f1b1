//! The other views of what an answer read: which of them is on screen, and what they need beyond attention.
//!
//! ```text
//! Effect::Study ─► worker: influence, lens, own answers ─► Event::Studied     (once per answer, when a view wants it)
//! ```
//!
//! A run that begins meanwhile goes first; what was studied is asked for again when it is over.

use std::sync::Arc;

use super::Workspace;
use super::contrasting::Rivals;
use super::looking::Seen;
use super::runs::Scope;
use crate::engine::Method;
use crate::evaluate::Plan;
use crate::inspect::view::{Sighted, Studied, View};
use crate::inspect::{Attention, Heads, Study};
use crate::layout::picture::Labels;
use crate::numbers::count;
use crate::prompt::Chat;
use crate::text::harmless;
use crate::tui::keymap::Action;
use crate::tui::message::Effect;

/// What the engine is asked to study.
#[derive(Debug, Clone)]
pub struct Wish {
    /// Which sequence this is; see [`Workspace::sequence_version`].
    pub version: u64,
    pub attention: Arc<Attention>,
    /// Tokens of the answer.
    pub answer: Vec<u32>,
    /// Asks every question of `fact` alone.
    pub plan: Plan,
    pub fact: usize,
    /// The answer that counts as right.
    pub gold: Option<String>,
}

/// What has come of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub version: u64,
    pub study: Study,
    /// Text of the best token, per step and layer.
    pub best: Vec<Vec<String>>,
    /// First token of the answer that counts as right.
    pub gold: Option<String>,
}

/// Everything that a view is made of, apart from the screen.
#[derive(Debug, Clone)]
pub struct Portrait {
    pub view: View,
    seen: Seen,
    found: Option<Arc<Found>>,
    rivals: Option<Arc<Rivals>>,
    labels: Labels,
    tokens: Vec<String>,
    heads: Heads,
    step: usize,
}

impl Portrait {
    pub fn sighted(&self) -> Sighted<'_> {
        let found = self.found.as_deref();
        Sighted {
            attention: &self.seen.attention,
            mass: &self.seen.mass,
            studied: found.map(|found| Studied {
                between: &found.study.between,
                values: &found.study.values,
                shapley: &found.study.shapley,
                lens: &found.study.lens,
                alone: &found.study.alone,
                best: &found.best,
            }),
            labels: &self.labels,
            tokens: &self.tokens,
            contrast: self.rivals.as_deref().map(Rivals::contrasted),
            gold: found.and_then(|found| found.gold.as_deref()),
            heads: self.heads,
            step: self.step,
        }
    }
}

impl Workspace {
    /// The view on screen, where it is not the mask with or without attention.
    pub fn charted(&self) -> Option<View> {
        let view = self.looking.view;
        (self.looking.on && view != View::Attention).then_some(view)
    }

    /// Shows the next view; from the mask, what each token of the answer read.
    pub(in crate::tui) fn turn_view(&mut self) {
        let views = self.views();
        let looking = &mut self.looking;
        let at = views.iter().position(|view| *view == looking.view);
        looking.view = match looking.on {
            true => views[(at.unwrap_or_default() + 1) % views.len()],
            false => View::Tokens,
        };
        looking.on = true;
    }

    /// The token of the answer that the crosshair's row makes, or the first one.
    pub fn step_on_screen(&self) -> usize {
        let (Some(sequence), Some(seen)) = (self.built(), self.seen()) else {
            return 0;
        };
        let step = self.crosshair.row.checked_sub(sequence.emitting());
        step.filter(|step| *step < seen.mass.len()).unwrap_or(0)
    }

    /// Moves the crosshair to the row that makes another token of the answer.
    pub(in crate::tui) fn step_token(&mut self, by: isize) {
        let (Some(sequence), Some(seen)) = (self.built(), self.seen()) else {
            return;
        };
        let (first, last) = (sequence.emitting(), seen.mass.len().saturating_sub(1));
        let step = self.step_on_screen().saturating_add_signed(by).min(last);
        self.crosshair.row = first + step;
        self.crosshair.follow = true;
    }

    /// What the view on screen is made of.
    pub fn portrait(&self) -> Option<Portrait> {
        let (sequence, seen) = (self.built()?, self.seen()?);
        let tokens = sequence.texts[sequence.layout.len()..].iter();
        Some(Portrait {
            view: self.looking.view,
            seen: seen.clone(),
            found: self.found().cloned(),
            rivals: self.rivals().cloned(),
            labels: self.labels()?,
            tokens: tokens.map(|text| text.to_string()).collect(),
            heads: self.looking.heads,
            step: self.step_on_screen(),
        })
    }

    /// What pictures of the prompt on screen say beside it.
    pub fn labels(&self) -> Option<Labels> {
        let (data, fact, sequence) = (self.data()?, self.browse.fact?, self.built()?);
        let fact = &data.facts[fact];
        let relation = data.relation_of(fact);
        let title = [relation.id.as_str(), relation.label.as_str()].join(" ");
        let shots = self.shots()?.ok()?.shots.len();
        let chat = match self.choice.chat {
            Chat::Off => String::new(),
            chat => format!(", chat {chat}"),
        };
        let how = match sequence.alone {
            Some(_) => format!("method {}, each question alone", self.choice.method),
            None => format!("preset {}", self.choice.options.describe()),
        };
        let clean = |text: &str| harmless(text).into_owned();
        let questions = self.cache.questions();
        Some(Labels {
            title: clean(&format!("{} · {}", title.trim(), fact.subject)),
            subtitle: format!("{how}, {}{chat}", count(shots, "shot")),
            window: self.window(),
            segments: (sequence.names.iter())
                .zip(questions)
                .map(|(name, question)| (name.clone(), clean(question)))
                .collect(),
            last_token: clean(&sequence.texts[sequence.emitting()]),
        })
    }

    fn found(&self) -> Option<&Arc<Found>> {
        let version = self.sequence_version();
        let found = self.looking.found.as_ref();
        found.filter(|found| found.version == version)
    }

    /// Why the view on screen is not whole.
    pub fn unstudied(&self) -> Option<String> {
        if self.charted() == Some(View::Contrast) {
            return self.uncontrasted();
        }
        if self.found().is_some() || !self.charted()?.wants_study() {
            return None;
        }
        let version = self.sequence_version();
        match &self.looking.study_asked {
            Some((asked, Some(why))) if *asked == version => return Some(why.clone()),
            Some((asked, None)) if *asked == version => {}
            _ => {
                if let Err(why) = self.wish() {
                    return Some(why);
                }
            }
        }
        Some("what each question did is being computed".into())
    }

    fn wish(&self) -> Result<Wish, String> {
        let (Some(sequence), Some(seen)) = (self.built(), self.seen()) else {
            return Err("no answer to look at".into());
        };
        if self.runs.is_active() {
            return Err("what each question did: when the run is over".into());
        }
        if sequence.alone.is_some() {
            let key = self.keymap.key(Action::Method);
            return Err(format!(
                "what each question did is told of method flex, which reads all of them ({key})"
            ));
        }
        let job = self.runs.current.as_ref().and_then(|run| run.job());
        let (Some(job), Some(fact)) = (job, self.browse.fact) else {
            return Err("what each question did: run this fact again".into());
        };
        debug_assert_eq!(job.scope, Scope::Fact(fact));
        let plan = Plan {
            method: Method::PerPrompt,
            facts: vec![fact],
            stream: false,
            ..(*job.plans[0].1).clone()
        };
        Ok(Wish {
            version: self.sequence_version(),
            attention: seen.attention.clone(),
            answer: self.answer_on_screen(),
            gold: plan.data.facts[fact].answers.first().cloned(),
            plan,
            fact,
        })
    }

    /// What must be asked for the view on screen.
    pub(super) fn study(&mut self) -> Vec<Effect> {
        let version = self.sequence_version();
        let wants = self.charted().is_some_and(View::wants_study);
        let asked = self.looking.study_asked.as_ref();
        let is_asked = asked.is_some_and(|(asked, _)| *asked == version);
        if !wants || is_asked || self.found().is_some() {
            return Vec::new();
        }
        let Ok(wish) = self.wish() else {
            return Vec::new();
        };
        self.looking.study_asked = Some((version, None));
        vec![Effect::Study(Box::new(wish))]
    }

    /// Takes what was found; `None` where something else went first.
    pub(in crate::tui) fn take_found(
        &mut self,
        version: u64,
        found: Option<Result<Box<Found>, String>>,
    ) {
        match found {
            None => {
                let asked = &mut self.looking.study_asked;
                asked.take_if(|(asked, _)| *asked == version);
            }
            Some(Ok(found)) => self.looking.found = Some(Arc::new(*found)),
            Some(Err(why)) => self.looking.study_asked = Some((version, Some(why))),
        }
    }
}
