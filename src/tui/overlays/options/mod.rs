//! The options of layout and run, one row each: its value, and what turns it.

mod view;

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::KeyCode;
use ratatui::layout::Rect;

use super::{Dialog, NARROW, Outcome, Question};
use crate::engine::Method;
use crate::layout::{LayoutOption, Preset};
use crate::named::Named;
use crate::prompt::Chat;
use crate::score::Extract;
use crate::tui::glossary;
use crate::tui::keymap::Key;
use crate::tui::widgets::rows::Rows;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::choice::{Choice, ShotsFrom, next_of};

/// A row of the options overlay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionRow {
    Preset,
    /// By index into [`LayoutOption::ALL`].
    Layout(usize),
    Method,
    NewTokens,
    Extract,
    Shots,
    Seed,
    Chat,
    Theme,
}

/// The rows below the layout options.
const BELOW: [OptionRow; 7] = [
    OptionRow::Chat,
    OptionRow::Method,
    OptionRow::NewTokens,
    OptionRow::Extract,
    OptionRow::Shots,
    OptionRow::Seed,
    OptionRow::Theme,
];

const COUNT: usize = 1 + LayoutOption::ALL.len() + BELOW.len();

impl OptionRow {
    /// Every row, from top to bottom.
    pub const ALL: [OptionRow; COUNT] = {
        let mut all = [OptionRow::Preset; COUNT];
        let layout = LayoutOption::ALL.len();
        let mut i = 0;
        while i < layout {
            all[1 + i] = OptionRow::Layout(i);
            i += 1;
        }
        let mut i = 0;
        while i < BELOW.len() {
            all[1 + layout + i] = BELOW[i];
            i += 1;
        }
        all
    };

    pub fn name(self) -> &'static str {
        match self {
            OptionRow::Preset => "preset",
            OptionRow::Layout(index) => LayoutOption::ALL[index].name,
            OptionRow::Method => "method",
            OptionRow::NewTokens => "new tokens",
            OptionRow::Extract => "extract",
            OptionRow::Shots => "shots",
            OptionRow::Seed => "seed",
            OptionRow::Chat => "chat",
            OptionRow::Theme => "theme",
        }
    }

    /// What the option decides, and what its present value means.
    pub fn what(self, choice: &Choice) -> String {
        match self {
            OptionRow::Preset => match Preset::of(&choice.options) {
                Some(preset) => explained("named sets of layout options", preset),
                None => "named sets of layout options".to_owned(),
            },
            OptionRow::Layout(index) => {
                let row = &LayoutOption::ALL[index];
                let value = row.get(&choice.options);
                let word = row.words.iter().find(|word| word.name == value);
                let typed = row.free.map(|free| format!(" (enter types {free})"));
                let meaning = word.map(|word| format!("; {value}: {}", word.meaning));
                [Some(row.what.to_owned()), typed, meaning]
                    .into_iter()
                    .flatten()
                    .collect()
            }
            OptionRow::Method => {
                explained("how several questions become one answer", choice.method)
            }
            OptionRow::NewTokens => "stop after so many".to_owned(),
            OptionRow::Extract => {
                "what of the answer counts: its line or its first word".to_owned()
            }
            OptionRow::Shots => {
                "how many are drawn: worked examples before the question".to_owned()
            }
            OptionRow::Seed => "of the draw of shots".to_owned(),
            OptionRow::Chat => explained(
                "the model's own chat template around the prompt",
                choice.chat,
            ),
            OptionRow::Theme => "dark, light, colour-blind".to_owned(),
        }
    }

    /// The layout option, where values without a name may be typed.
    fn typed(self) -> Option<usize> {
        match self {
            OptionRow::Layout(index) if LayoutOption::ALL[index].free.is_some() => Some(index),
            _ => None,
        }
    }

    /// Gives the option the value `by` places after its present one. `drawn` is the draw that the explorer began with.
    fn turn(self, choice: &mut Choice, by: isize, drawn: (usize, u64)) {
        let count = |n: usize| n.saturating_add_signed(by);
        match self {
            OptionRow::Preset => choice.turn_preset(by),
            OptionRow::Layout(index) => LayoutOption::ALL[index].turn(&mut choice.options, by),
            OptionRow::Method => choice.method = next_of(Method::ALL, choice.method, by),
            OptionRow::NewTokens => {
                choice.max_new_tokens = count(choice.max_new_tokens).clamp(1, 1_000);
            }
            OptionRow::Extract => choice.extract = next_of(&Extract::ALL, choice.extract, by),
            OptionRow::Shots => match &mut choice.shots {
                ShotsFrom::Drawn { count: n, .. } => *n = count(*n).min(100),
                // Turning it gives the shots written by hand away; undo brings them back.
                ShotsFrom::Given(_) => {
                    let (count, seed) = drawn;
                    choice.shots = ShotsFrom::Drawn { count, seed };
                }
            },
            OptionRow::Seed => {
                if let ShotsFrom::Drawn { seed, .. } = &mut choice.shots {
                    *seed = seed.saturating_add_signed(by as i64);
                }
            }
            OptionRow::Chat => choice.chat = next_of(Chat::ALL, choice.chat, by),
            // Of the screen, not of the choice.
            OptionRow::Theme => {}
        }
    }
}

/// `positions; restart: each segment starts where the shared part ends`.
fn explained<T: Named + std::fmt::Display>(what: &str, value: T) -> String {
    let at = T::ALL.iter().position(|other| *other == value);
    let meaning = at.map_or("", |at| T::WORDS[at].meaning);
    format!("{what}; {value}: {meaning}")
}

impl OptionRow {
    /// Why its present value changes nothing, where it does not.
    pub fn idle(self, work: &Workspace) -> Option<String> {
        match self {
            OptionRow::Preset | OptionRow::Layout(_) => work.idle(self.name()),
            _ => None,
        }
    }
}

impl OptionRow {
    /// Present value of a row.
    pub fn value(self, work: &Workspace) -> String {
        let (choice, options) = (&work.choice, &work.choice.options);
        match self {
            OptionRow::Preset => options.setting().to_string(),
            OptionRow::Layout(index) => LayoutOption::ALL[index].get(options),
            OptionRow::Method => choice.method.to_string(),
            OptionRow::NewTokens => choice.max_new_tokens.to_string(),
            OptionRow::Extract => choice.extract.to_string(),
            OptionRow::Shots => match &choice.shots {
                ShotsFrom::Drawn { count, .. } => count.to_string(),
                ShotsFrom::Given(shots) => format!("{} by hand", shots.shots.len()),
            },
            OptionRow::Seed => match &choice.shots {
                ShotsFrom::Drawn { seed, .. } => seed.to_string(),
                ShotsFrom::Given(_) => "-".into(),
            },
            OptionRow::Chat => choice.chat.to_string(),
            OptionRow::Theme => work.theme.name.to_string(),
        }
    }

    /// Turns the option to the value `by` places after its present one.
    fn turn_in(self, work: &mut Workspace, by: isize) {
        let drawn = work.start.shots.drawn();
        match self {
            OptionRow::Theme => work.turn_theme(by),
            row => work.change(|choice| row.turn(choice, by, drawn)),
        }
    }
}

/// The options with a cursor.
#[derive(Debug, Clone, Copy, Default)]
pub struct OptionsList {
    pub rows: Rows,
}

/// Lines for what an option means: a blank one, and room for the longest refusal.
const WORDS: u16 = 4;

impl OptionsList {
    /// Lines of the box that hold rows.
    fn height(inner: Rect) -> u16 {
        match inner.height {
            height @ 0..=8 => height,
            height => height - WORDS,
        }
    }
}

impl Dialog for OptionsList {
    fn size(&self, _: &Workspace) -> (u16, u16) {
        (NARROW, super::lines(OptionRow::ALL.len() + 7))
    }

    fn keys(&self, _: &Workspace) -> Vec<(&'static str, &'static str)> {
        vec![("left/right", "change"), ("u", "undo"), ("esc", "close")]
    }

    fn key(&mut self, work: &mut Workspace, key: Key) -> Outcome {
        if self.rows.step(key, OptionRow::ALL.len()) {
            return (Vec::new(), true);
        }
        let row = OptionRow::ALL[self.rows.cursor];
        if let (KeyCode::Enter, Some(index)) = (key.code, row.typed()) {
            let value = row.value(work);
            work.ask(Question::LayoutOption(index), value);
            return (Vec::new(), true);
        }
        match key.code {
            KeyCode::Left | KeyCode::Char('h') => row.turn_in(work, -1),
            KeyCode::Right | KeyCode::Char('l' | ' ') => row.turn_in(work, 1),
            KeyCode::Char('u') => work.time_travel(true),
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q' | 'o') => return (Vec::new(), false),
            _ => {}
        }
        (Vec::new(), true)
    }

    fn hint(&self, _: &Workspace) -> Option<String> {
        glossary::explained(match OptionRow::ALL[self.rows.cursor].name() {
            "manual-cross-attention" => "cross",
            "fusion" => "fuse",
            "groups" => "group",
            "prefix" => "shared",
            name => name,
        })
    }

    fn prepare(&mut self, _: &Workspace, inner: Rect) {
        let height = OptionsList::height(inner);
        self.rows.follow(height.into(), OptionRow::ALL.len());
    }

    fn press(&mut self, _: &Workspace, inner: Rect, line: usize) {
        if line < usize::from(OptionsList::height(inner)) {
            self.rows.point(line, OptionRow::ALL.len());
        }
    }

    fn wheel(&mut self, _: &Workspace, by: isize) -> bool {
        self.rows.shift(by, OptionRow::ALL.len());
        true
    }

    fn draw(&self, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
        view::draw(self, work, buf, area, inner);
    }
}
