//! Questions that one line answers. A box stays open until its answer is taken or left.

mod answer;

use std::borrow::Cow;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;
use tui_input::Input;

use super::{Dialog, NARROW, Outcome, Overlay, frame, overlay_box};
use crate::layout::LayoutOption;
use crate::tui::keymap::{Action, Key};
use crate::tui::text::{visible, wrap};
use crate::tui::widgets::cells::put;
use crate::tui::widgets::line_input;
use crate::tui::workspace::runs::Source;
use crate::tui::workspace::status::Notice;
use crate::tui::workspace::{Workspace, proposed};

/// A question that one line answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Where to write the results of the run with this generation.
    SavePath(u64),
    /// Where to write what the mask pane shows.
    ViewPath,
    SetName,
    /// Which other answer is held against the one on screen.
    WhyNot,
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
            Question::ViewPath => "Save what is shown as (.svg .png .csv .feather)",
            Question::SetName => "Save the chosen templates as a set called",
            Question::WhyNot => "Why not (another answer)",
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

/// The box of a question.
#[derive(Debug, Clone)]
pub struct QuestionBox {
    pub question: Question,
    pub answer: Input,
    /// What is wrong with the answer, or to be confirmed: until the next key.
    pub says: Option<Notice>,
    /// The overlay that asked.
    pub under: Option<Box<Overlay>>,
}

impl QuestionBox {
    pub fn new(question: Question, answer: String) -> Self {
        QuestionBox {
            question,
            answer: Input::new(answer),
            says: None,
            under: None,
        }
    }

    /// What is said about the answer, in lines of the box.
    pub fn says_lines(&self, work: &Workspace) -> Vec<String> {
        let Some(notice) = &self.says else {
            return Vec::new();
        };
        let columns = overlay_box((NARROW, 5), work.size).1.width;
        wrap(
            &visible(&notice.text, work.theme.symbols),
            usize::from(columns),
        )
    }
}

impl Dialog for QuestionBox {
    fn size(&self, work: &Workspace) -> (u16, u16) {
        (NARROW, super::lines(4 + self.says_lines(work).len().max(1)))
    }

    fn keys(&self, _: &Workspace) -> Vec<(&'static str, &'static str)> {
        vec![("enter", "do it"), ("esc", "leave it")]
    }

    fn key(&mut self, work: &mut Workspace, key: Key) -> Outcome {
        if let Some(notice) = self.says.take() {
            work.status.asked = notice.asks;
        }
        match key.code {
            KeyCode::Esc => return (Vec::new(), false),
            KeyCode::Enter => match work.answer(self.question, self.answer.value().trim()) {
                Ok(effects) => return (effects, false),
                Err(notice) => {
                    if notice.is_error {
                        work.note(notice.text.clone());
                    }
                    self.says = Some(notice);
                }
            },
            _ => line_input::edit(&mut self.answer, key),
        }
        (Vec::new(), true)
    }

    fn holds_text(&self) -> bool {
        true
    }

    /// What was said about the answer counts no more: it is being changed.
    fn input(&mut self) -> Option<&mut Input> {
        self.says = None;
        Some(&mut self.answer)
    }

    fn draw(&self, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
        let keys = self.keys(work);
        let title = self.question.title();
        frame::open(work, buf, (area, inner), &title, &keys, 0);
        line_input::draw(&work.theme, &self.answer, inner, 0, buf);
        let style = match &self.says {
            Some(notice) => notice.style(&work.theme),
            None => work.theme.text,
        };
        for (line, text) in (1..).zip(self.says_lines(work)) {
            put(buf, inner, line, &[(&text, style)]);
        }
    }
}

impl Workspace {
    /// Opens the box of a question.
    pub(in crate::tui) fn ask(&mut self, question: Question, answer: String) {
        self.opens = Some(Overlay::Question(QuestionBox::new(question, answer)));
    }

    /// Asks where to save what the mask pane shows, or says why nothing can be.
    pub(in crate::tui) fn ask_view(&mut self) {
        let words = match self.exported() {
            Ok(_) => return self.ask(Question::ViewPath, self.proposed_view()),
            Err(why) => why,
        };
        self.say(words);
    }

    /// Asks where to save the results on screen, or says why there are none.
    pub(in crate::tui) fn ask_save(&mut self) {
        let run = match &self.runs.current {
            Some(run) if run.compares() && run.is_evaluation() => {
                let key = self.keymap.key(Action::Runs);
                return self.say(format!(
                    "the settings of a comparison are kept one by one: {key} lists them"
                ));
            }
            Some(run) if run.compares() => {
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
        let name = match &run.source {
            Source::Asked(job) => proposed(job, 0),
            Source::File(opened) => opened.proposed(),
        };
        self.ask(Question::SavePath(run.generation), name);
    }
}
