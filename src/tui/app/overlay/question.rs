//! Questions that one line answers: what is asked, and what the answer does.

use std::path::PathBuf;

use ratatui::crossterm::event::KeyCode;
use tui_input::Input;

use super::{Overlay, line};
use crate::prompt::Shots;
use crate::tui::app::{App, Effect};
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
    /// The bias of fusing rows.
    Bias,
}

impl Question {
    pub fn title(self) -> &'static str {
        match self {
            Question::SavePath(_) => "Save results as (.feather)",
            Question::SetName => "Save the chosen templates as a set called",
            Question::FirstK => "Choose the first k templates: k",
            Question::RandomK => "Choose k templates at random: k, or k and a seed",
            Question::Bias => "Bias of fusing rows: a number or inverse-n",
        }
    }
}

impl App {
    pub(in crate::tui::app) fn ask(&mut self, question: Question, value: String) {
        self.overlay = Some(Overlay::Ask {
            question,
            input: Input::new(value),
        });
    }

    /// Asks where to save the results on screen, or says why there are none.
    pub(in crate::tui::app) fn ask_save(&mut self) {
        let run = match &self.runs.current {
            Some(run) if run.job.plans.len() > 1 => {
                let words = "a comparison is not saved: run a fact, a relation or a selection";
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

    /// What is to be done, and whether the overlay stays.
    pub(super) fn question_key(
        &mut self,
        key: Key,
        question: Question,
        input: &mut Input,
    ) -> (Vec<Effect>, bool) {
        match key.code {
            KeyCode::Esc => (Vec::new(), false),
            KeyCode::Enter => (self.answer(question, input.value().trim()), false),
            _ => {
                line::edit(input, key);
                (Vec::new(), true)
            }
        }
    }

    fn answer(&mut self, question: Question, answer: &str) -> Vec<Effect> {
        let effect = match question {
            Question::SavePath(generation) => self.save_results(generation, answer),
            Question::SetName => self.present_set(answer).map(Effect::WriteSet),
            Question::FirstK => {
                match answer.parse() {
                    Ok(count) => self.pick(|picks| picks.first(count)),
                    Err(_) => self.complain(format!(
                        "`{answer}` is no count: expected a number such as 3"
                    )),
                }
                None
            }
            Question::RandomK => {
                self.pick_at_random(answer);
                None
            }
            Question::Bias => {
                match answer.parse() {
                    Ok(bias) => self.change(|choice| choice.options.bias = bias),
                    Err(message) => self.complain(format!("bias `{answer}`: {message}")),
                }
                None
            }
        };
        effect.into_iter().collect()
    }

    /// Saves the results that the question was about, unless another run has taken their place.
    fn save_results(&mut self, generation: u64, path: &str) -> Option<Effect> {
        let run = self.runs.current.as_ref().filter(|_| !path.is_empty())?;
        let rows = run.columns.first()?.rows.clone();
        if run.job.generation != generation {
            self.complain("nothing is saved: the run that waited has begun".into());
            return None;
        }
        Some(Effect::Save {
            path: PathBuf::from(path),
            job: run.job.clone(),
            rows,
        })
    }

    /// Draws templates: `3`, or `3 42` with a seed.
    fn pick_at_random(&mut self, answer: &str) {
        let mut words = answer.split_whitespace();
        let count = words.next().and_then(|word| word.parse().ok());
        let seed = words
            .next()
            .map_or(Some(Shots::SEED), |word| word.parse().ok());
        match (count, seed, words.next()) {
            (Some(count), Some(seed), None) => {
                self.pick(|picks| picks.random(count, seed));
                self.say(format!("{count} templates drawn with seed {seed}"));
            }
            _ => self.complain(format!(
                "`{answer}`: expected a count, or a count and a seed, such as 3 42"
            )),
        }
    }
}
