//! The options of layout and run, one row each: its value, and what turns it.

use clap::ValueEnum;
use ratatui::crossterm::event::KeyCode;

use super::{Question, Rows};
use crate::engine::Method;
use crate::layout::{Bias, Cue, Fusion, Glue, Isolation, Positions, Prefix};
use crate::score::Extract;
use crate::tui::app::choice::next_of;
use crate::tui::app::{App, Choice, Effect, ShotsFrom};
use crate::tui::keymap::{Action, Key};
use crate::tui::theme::ThemeName;

/// A row of the options overlay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OptionRow {
    Preset,
    Prefix,
    Cue,
    Glue,
    Positions,
    Isolation,
    Fusion,
    Bias,
    CrossAttention,
    Method,
    NewTokens,
    Extract,
    Shots,
    Seed,
    Theme,
}

impl OptionRow {
    /// Every row, from top to bottom.
    pub const ALL: [OptionRow; 15] = [
        OptionRow::Preset,
        OptionRow::Prefix,
        OptionRow::Cue,
        OptionRow::Glue,
        OptionRow::Positions,
        OptionRow::Isolation,
        OptionRow::Fusion,
        OptionRow::Bias,
        OptionRow::CrossAttention,
        OptionRow::Method,
        OptionRow::NewTokens,
        OptionRow::Extract,
        OptionRow::Shots,
        OptionRow::Seed,
        OptionRow::Theme,
    ];

    pub fn name(self) -> &'static str {
        match self {
            OptionRow::Preset => "preset",
            OptionRow::Prefix => "prefix",
            OptionRow::Cue => "cue",
            OptionRow::Glue => "glue",
            OptionRow::Positions => "positions",
            OptionRow::Isolation => "isolation",
            OptionRow::Fusion => "fusion",
            OptionRow::Bias => "bias",
            OptionRow::CrossAttention => "cross-attention",
            OptionRow::Method => "method",
            OptionRow::NewTokens => "new tokens",
            OptionRow::Extract => "extract",
            OptionRow::Shots => "shots",
            OptionRow::Seed => "seed",
            OptionRow::Theme => "theme",
        }
    }

    /// What the option decides.
    pub fn what(self) -> &'static str {
        match self {
            OptionRow::Preset => "named sets of layout options",
            OptionRow::Prefix => {
                "repeated: every segment carries the context; shared: it stands once in front"
            }
            OptionRow::Cue => "segment: \"A:\" ends each segment; tail: it stands once at the end",
            OptionRow::Glue => {
                "whom BOS and separators belong to: shared/segment before, nobody, or shifted by one"
            }
            OptionRow::Positions => {
                "continuous: position = index; restart: every segment starts at the same position"
            }
            OptionRow::Isolation => {
                "segments: questions do not read each other; none: plain causal"
            }
            OptionRow::Fusion => {
                "last-token: the first answer token reads all questions; generated: only later ones do"
            }
            OptionRow::Bias => {
                "added to the scores of fusing rows on keys in segments (enter types a number)"
            }
            OptionRow::CrossAttention => "manual questions read each other",
            OptionRow::Method => "how several questions become one answer",
            OptionRow::NewTokens => "stop after so many",
            OptionRow::Extract => "what of the answer counts: its line or its first word",
            OptionRow::Shots => "how many are drawn: worked examples before the question",
            OptionRow::Seed => "of the draw of shots",
            OptionRow::Theme => "dark, light, colour-blind",
        }
    }

    /// Gives the option the value `by` places after its present one. `drawn` is the draw that the explorer began with.
    fn turn(self, choice: &mut Choice, by: isize, drawn: (usize, u64)) {
        let options = &mut choice.options;
        let count = |n: usize| n.saturating_add_signed(by);
        match self {
            OptionRow::Preset => choice.turn_preset(by),
            OptionRow::Prefix => {
                options.prefix = next_of(Prefix::value_variants(), options.prefix, by)
            }
            OptionRow::Cue => options.cue = next_of(Cue::value_variants(), options.cue, by),
            OptionRow::Glue => options.glue = next_of(Glue::value_variants(), options.glue, by),
            OptionRow::Positions => {
                options.positions = next_of(Positions::value_variants(), options.positions, by);
            }
            OptionRow::Isolation => {
                options.isolation = next_of(Isolation::value_variants(), options.isolation, by);
            }
            OptionRow::Fusion => {
                options.fusion = next_of(Fusion::value_variants(), options.fusion, by)
            }
            OptionRow::Bias => {
                options.bias = match options.bias {
                    Bias::InverseN => Bias::Number(0.0),
                    Bias::Number(_) => Bias::InverseN,
                }
            }
            OptionRow::CrossAttention => {
                options.manual_cross_attention = !options.manual_cross_attention;
            }
            OptionRow::Method => {
                choice.method = next_of(Method::value_variants(), choice.method, by)
            }
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
            // Of the screen, not of the choice.
            OptionRow::Theme => {}
        }
    }
}

impl App {
    /// Present value of a row.
    pub fn option_value(&self, row: OptionRow) -> String {
        let (choice, options) = (&self.choice, &self.choice.options);
        match row {
            OptionRow::Preset => options.preset_name(),
            OptionRow::Prefix => options.prefix.to_string(),
            OptionRow::Cue => options.cue.to_string(),
            OptionRow::Glue => options.glue.to_string(),
            OptionRow::Positions => options.positions.to_string(),
            OptionRow::Isolation => options.isolation.to_string(),
            OptionRow::Fusion => options.fusion.to_string(),
            OptionRow::Bias => options.bias.to_string(),
            OptionRow::CrossAttention => options.cross().to_owned(),
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
            OptionRow::Theme => self.theme.name.to_string(),
        }
    }

    pub(in crate::tui::app) fn turn_theme(&mut self, by: isize) {
        let name = next_of(&ThemeName::ALL, self.theme.name, by);
        self.theme = self.theme.named(name);
    }

    fn turn_option(&mut self, row: OptionRow, by: isize) {
        let drawn = self.start.shots.drawn();
        match row {
            OptionRow::Theme => self.turn_theme(by),
            row => self.change(|choice| row.turn(choice, by, drawn)),
        }
    }

    /// What is to be done, and whether the overlay stays.
    pub(super) fn options_key(&mut self, key: Key, rows: &mut Rows) -> (Vec<Effect>, bool) {
        if rows.step(key, OptionRow::ALL.len()) {
            return (Vec::new(), true);
        }
        let row = OptionRow::ALL[rows.cursor];
        match key.code {
            KeyCode::Enter if row == OptionRow::Bias => {
                let value = self.option_value(row);
                self.ask(Question::Bias, value);
            }
            KeyCode::Left | KeyCode::Char('h') => self.turn_option(row, -1),
            KeyCode::Right | KeyCode::Char('l' | ' ') => self.turn_option(row, 1),
            KeyCode::Char('u') => return (self.act(Action::Undo), true),
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q' | 'o') => return (Vec::new(), false),
            _ => {}
        }
        (Vec::new(), true)
    }
}
