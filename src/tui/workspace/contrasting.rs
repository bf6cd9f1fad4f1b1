//! Why the answer on screen and not another one: what is asked of the engine, and what has come of it.
//!
//! ```text
//! Effect::Contrast ─► worker: inspect::Contrast ─► Event::Contrasted     (once per pair of answers)
//! ```
//!
//! A run that begins meanwhile goes first; the contrast is asked for again when it is over.

use std::sync::Arc;

use super::Workspace;
use crate::engine::{Cancel, Engine, EngineError};
use crate::inspect::view::{Contrasted, View};
use crate::inspect::{Attention, Contrast, LookError, Wanted};
use crate::prompt::Context;
use crate::tui::keymap::Action;
use crate::tui::message::Effect;
use crate::tui::overlays::Question;
use crate::tui::workspace::status::Notice;

/// What the engine is asked to compare.
#[derive(Debug, Clone)]
pub struct Rival {
    /// Which sequence this is; see [`Workspace::sequence_version`].
    pub version: u64,
    pub attention: Arc<Attention>,
    /// What stands around its questions.
    pub context: Context,
    /// Tokens of the answer on screen.
    pub answer: Vec<u32>,
    /// The other answer, as the user typed it.
    pub other: String,
}

/// What has come of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Rivals {
    pub version: u64,
    pub other: String,
    pub contrast: Contrast,
    /// Both answers, and the tokens at which they part.
    pub answers: [String; 2],
    pub tokens: [String; 2],
    /// The best token after each layer.
    pub best: Vec<String>,
}

impl Rivals {
    /// Asks the engine; `None` where it was cancelled.
    pub fn compute(
        engine: &mut Engine,
        rival: Rival,
        cancel: &Cancel,
    ) -> Option<Result<Box<Self>, String>> {
        let tokenizer = engine.tokenizer().clone();
        let one = engine.without_end(&rival.answer).to_vec();
        let frame = match rival.context.frame(&tokenizer) {
            Ok(frame) => frame,
            Err(error) => return Some(Err(error.to_string())),
        };
        let other = frame.answer(&tokenizer, &rival.other);
        if one == other {
            return Some(Err(format!(
                "{} is the answer already: name another one",
                rival.other
            )));
        }
        let Wanted { orders, seed, .. } = Wanted::default();
        let (layout, answers) = (rival.attention.layout(), [&*one, &*other]);
        let found = Contrast::compute(engine, layout, answers, (orders, seed), cancel);
        let contrast = match found {
            Ok(contrast) => contrast,
            Err(LookError::Engine(EngineError::Cancelled)) => return None,
            Err(error) => return Some(Err(error.to_string())),
        };
        let best = contrast.lens.iter().map(|sight| tokenizer.text(sight.best));
        let said = |answer: &Vec<u32>| tokenizer.decode(answer).trim().to_owned();
        let parts = |answer: &Vec<u32>| tokenizer.text(answer[contrast.part]);
        Some(Ok(Box::new(Rivals {
            version: rival.version,
            best: best.collect(),
            answers: contrast.answers.each_ref().map(said),
            tokens: contrast.answers.each_ref().map(parts),
            other: rival.other,
            contrast,
        })))
    }

    pub fn contrasted(&self) -> Contrasted<'_> {
        Contrasted {
            contrast: &self.contrast,
            answers: self.answers.each_ref().map(String::as_str),
            tokens: self.tokens.each_ref().map(String::as_str),
            best: &self.best,
        }
    }
}

impl Workspace {
    /// Asks for another answer; the expected one is proposed.
    pub(in crate::tui) fn ask_why_not(&mut self) {
        self.prepare();
        if self
            .built()
            .is_some_and(|sequence| sequence.alone.is_some())
        {
            return self.say(self.needs_all_questions());
        }
        if self.answer_on_screen().is_empty() {
            let way = self.way_to_answer();
            return self.say(format!("\"why not\" is asked of an answer: {way}"));
        }
        let fact = self.browse.fact.zip(self.data());
        let gold = fact.and_then(|(fact, data)| data.facts[fact].answers.first().cloned());
        // What the model said is nothing to hold against it.
        let said = self
            .runs
            .current
            .as_ref()
            .and_then(|run| run.columns.first());
        let said = said.and_then(|column| column.rows.first());
        let gold = gold.filter(|_| said.is_none_or(|said| !said.row.verdict.correct));
        let asked = self.looking.other.clone();
        self.ask(Question::WhyNot, asked.or(gold).unwrap_or_default());
    }

    /// Holds another answer against the one on screen.
    pub(in crate::tui) fn why_not(&mut self, other: &str) -> Result<(), Notice> {
        if other.is_empty() {
            return Err(Notice::error("expected another answer, such as Lyon"));
        }
        self.looking.other = Some(other.to_owned());
        self.looking.view = View::Contrast;
        self.looking.on = true;
        Ok(())
    }

    /// The views that there are: that of two answers once another one was named.
    pub fn views(&self) -> &'static [View] {
        match self.looking.other {
            Some(_) => View::ALL,
            None => &View::ALL[..View::ALL.len() - 1],
        }
    }

    /// The two answers, once they have been compared.
    pub(super) fn rivals(&self) -> Option<&Arc<Rivals>> {
        let version = self.sequence_version();
        let rivals = self.looking.rivals.as_ref()?;
        let fits = rivals.version == version && Some(&rivals.other) == self.looking.other.as_ref();
        fits.then_some(rivals)
    }

    /// Why the view of two answers shows nothing.
    pub(super) fn uncontrasted(&self) -> Option<String> {
        if self.rivals().is_some() {
            return None;
        }
        match &self.looking.rivals_asked {
            Some((version, other, Some(why))) if self.is_about(*version, other) => {
                Some(why.clone())
            }
            _ => Some(match self.rival() {
                Ok(rival) => format!("{} is being held against the answer", rival.other),
                Err(why) => why,
            }),
        }
    }

    fn needs_all_questions(&self) -> String {
        let key = self.keymap.key(Action::Method);
        format!("two answers are compared under method flex, which reads all questions ({key})")
    }

    fn is_about(&self, version: u64, other: &str) -> bool {
        version == self.sequence_version() && Some(other) == self.looking.other.as_deref()
    }

    fn rival(&self) -> Result<Rival, String> {
        let (Some(sequence), Some(seen), Some(other)) =
            (self.built(), self.seen(), &self.looking.other)
        else {
            return Err("no answer to look at".into());
        };
        if self.runs.is_active() {
            return Err("two answers are compared when the run is over".into());
        }
        if sequence.alone.is_some() {
            return Err(self.needs_all_questions());
        }
        Ok(Rival {
            version: self.sequence_version(),
            attention: seen.attention.clone(),
            context: self.cache.context().ok_or("no answer to look at")?.clone(),
            answer: self.answer_on_screen(),
            other: other.clone(),
        })
    }

    /// What must be asked for the view of two answers.
    pub(super) fn contrast(&mut self) -> Vec<Effect> {
        let asked = self.looking.rivals_asked.as_ref();
        let is_asked = asked.is_some_and(|(version, other, _)| self.is_about(*version, other));
        if is_asked || self.rivals().is_some() {
            return Vec::new();
        }
        let Ok(rival) = self.rival() else {
            return Vec::new();
        };
        self.looking.rivals_asked = Some((rival.version, rival.other.clone(), None));
        vec![Effect::Contrast(Box::new(rival))]
    }

    /// Takes what was compared; `None` where something else went first.
    pub(in crate::tui) fn take_rivals(
        &mut self,
        (version, other): (u64, String),
        found: Option<Result<Box<Rivals>, String>>,
    ) {
        match found {
            None => {
                let asked = &mut self.looking.rivals_asked;
                asked.take_if(|(v, o, _)| (*v, &*o) == (version, &other));
            }
            Some(Ok(rivals)) => self.looking.rivals = Some(Arc::new(*rivals)),
            // Another one may have been asked since.
            Some(Err(why)) if self.is_about(version, &other) => {
                self.looking.rivals_asked = Some((version, other, Some(why)));
            }
            Some(Err(_)) => {}
        }
    }
}
