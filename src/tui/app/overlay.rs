//! What lies over the panes: help, options, shots, sets, the command line, and questions to the user.

use std::sync::Arc;

use tui_input::Input;

use crate::prompt::Shots;

/// What lies over the panes; at most one at a time.
#[derive(Debug, Clone)]
pub enum Overlay {
    /// Scrolled by so many lines.
    Help {
        top: usize,
    },
    Options {
        cursor: usize,
    },
    Shots(ShotsEditor),
    Sets {
        cursor: usize,
    },
    Command {
        top: usize,
    },
    Ask {
        question: Question,
        input: Input,
    },
}

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

/// The few-shot examples with one line under the cursor, perhaps being rewritten.
#[derive(Debug, Clone)]
pub struct ShotsEditor {
    pub shots: Arc<Shots>,
    /// Line 0 is the instruction, then question and answer of each shot.
    pub cursor: usize,
    pub input: Option<Input>,
}

impl ShotsEditor {
    pub fn new(shots: Arc<Shots>) -> Self {
        ShotsEditor {
            shots,
            cursor: 0,
            input: None,
        }
    }

    /// Instruction, question, answer, question, answer, …
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        let pairs = self
            .shots
            .shots
            .iter()
            .flat_map(|(question, answer)| [question.as_str(), answer.as_str()]);
        std::iter::once(self.shots.instruction.as_str()).chain(pairs)
    }

    pub fn count(&self) -> usize {
        1 + 2 * self.shots.shots.len()
    }

    pub fn current(&self) -> &str {
        self.lines().nth(self.cursor).unwrap_or_default()
    }

    /// Puts a text on the line under the cursor.
    pub fn replace(&mut self, text: String) {
        let shots = Arc::make_mut(&mut self.shots);
        match self.cursor.checked_sub(1) {
            None => shots.instruction = text,
            Some(line) => {
                if let Some((question, answer)) = shots.shots.get_mut(line / 2) {
                    *(if line % 2 == 0 { question } else { answer }) = text;
                }
            }
        }
    }

    /// Removes the shot under the cursor.
    pub fn remove(&mut self) -> bool {
        let Some(line) = self.cursor.checked_sub(1) else {
            return false;
        };
        if line / 2 < self.shots.shots.len() {
            Arc::make_mut(&mut self.shots).shots.remove(line / 2);
        }
        self.cursor = self.cursor.min(self.count() - 1);
        true
    }

    /// Adds an empty shot and goes there.
    pub fn add(&mut self) {
        Arc::make_mut(&mut self.shots)
            .shots
            .push((String::new(), String::new()));
        self.cursor = self.count() - 2;
    }
}
