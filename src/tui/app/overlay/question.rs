//! Questions that one line answers. A box stays open until its answer is taken or left.

use std::borrow::Cow;

use ratatui::crossterm::event::KeyCode;
use tui_input::Input;

use super::{Overlay, line};
use crate::layout::LayoutOption;
use crate::tui::app::{App, Effect, Notice};
use crate::tui::keymap::Key;

/// A question that one line answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Where to write the results of the run with this generation.
    SavePath(u64),
    SetName,
    /// How many templates.
    FirstK,
    /// How many templates, and a seed.
    RandomK,
    /// The value of a layout option, by index into its table.
    LayoutOption(usize),
}

/// Why an answer could not be carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// There is something of this name, and nobody said that it may be replaced.
    Exists,
    Failed(String),
}

impl Question {
    pub fn title(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Question::SavePath(_) => "Save results as (.feather)",
            Question::SetName => "Save the chosen templates as a set called",
            Question::FirstK => "Choose the first k templates: k",
            Question::RandomK => "Choose k templates at random: k, or k and a seed",
            Question::LayoutOption(index) => {
                let row = &LayoutOption::ALL[index];
                let names = row.words.iter().map(|word| word.name);
                let all: Vec<&str> = row.free.into_iter().chain(names).collect();
                return Cow::Owned(format!("{}: {}", row.name, all.join(", ")));
            }
        })
    }
}

impl App {
    pub(in crate::tui::app) fn ask(&mut self, question: Question, value: String) {
        self.overlay = Some(Overlay::Ask {
            question,
            input: Input::new(value),
            says: None,
            under: None,
        });
    }

    /// Asks where to save the results on screen, or says why there are none.
    pub(in crate::tui::app) fn ask_save(&mut self) {
        let run = match &self.runs.current {
            Some(run) if run.job.plans.len() > 1 => {
                let words =
                    "a comparison is not saved here: its command line does it with --out-dir";
                return self.say(words.into());
            }
            Some(run) if run.progress().0 > 0 => run,
            _ => {
                let words = "nothing to save yet: run a fact, a relation or a selection first";
                return self.say(words.into());
            }
        };
        let title = run.job.title.split(|c: char| !c.is_ascii_alphanumeric());
        let parts: Vec<&str> = title.filter(|part| !part.is_empty()).collect();
        let name = format!("{}.feather", parts.join("-"));
        self.ask(Question::SavePath(run.job.generation), name);
    }

    /// What is to be done, and whether the box stays.
    pub(super) fn question_key(
        &mut self,
        key: Key,
        question: Question,
        input: &mut Input,
        says: &mut Option<Notice>,
    ) -> (Vec<Effect>, bool) {
        if let Some(notice) = says.take() {
            self.asked = notice.asks;
        }
        match key.code {
            KeyCode::Esc => return (Vec::new(), false),
            KeyCode::Enter => match self.answer(question, input.value().trim()) {
                Ok(effects) => return (effects, false),
                Err(notice) => {
                    if notice.is_error {
                        self.note(notice.text.clone());
                    }
                    *says = Some(notice);
                }
            },
            _ => line::edit(input, key),
        }
        (Vec::new(), true)
    }

    /// What was said about an answer counts no more: it is being changed.
    pub(in crate::tui::app) fn unsay(&mut self) {
        if let Some(Overlay::Ask { says, .. }) = &mut self.overlay {
            *says = None;
        }
    }

    /// An answer could not be carried out: the box comes back with it and the reason. The reason alone is said where
    /// the user is at something else by now.
    pub(in crate::tui::app) fn take_refusal(
        &mut self,
        question: Question,
        answer: String,
        refusal: Refusal,
    ) {
        let is_current = match question {
            Question::SavePath(generation) => {
                let current = self.runs.current.as_ref();
                current.is_some_and(|run| run.job.generation == generation)
            }
            _ => true,
        };
        let is_free = match &self.overlay {
            None => self.filtering.is_none(),
            Some(Overlay::Sets(_)) => question == Question::SetName,
            Some(_) => false,
        };
        if !(is_current && is_free) {
            return self.complain(match refusal {
                Refusal::Exists => format!("{answer} exists already: save under another name"),
                Refusal::Failed(message) => message,
            });
        }
        let notice = match refusal {
            Refusal::Exists => Notice::replaces(question, &answer),
            Refusal::Failed(message) => Notice::error(message),
        };
        if notice.is_error {
            self.note(notice.text.clone());
        }
        let under = self.overlay.take().map(Box::new);
        self.overlay = Some(Overlay::Ask {
            question,
            input: Input::new(answer),
            says: Some(notice),
            under,
        });
    }
}
