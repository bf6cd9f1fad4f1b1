//! Keys of the overlays. Every overlay says its keys in its last line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::ValueEnum;
use ratatui::crossterm::event::{KeyCode, KeyModifiers};
use tui_input::{Input, InputRequest};

use super::actions::next_of;
use super::{App, Doubt, Effect, Overlay, Question, ShotsEditor, ShotsFrom};
use crate::engine::Method;
use crate::layout::{Bias, Cue, Fusion, Glue, Isolation, Options, Positions, Prefix, Preset};
use crate::score::Extract;
use crate::sets::TemplateSet;
use crate::tui::keymap::Key;

/// Rows of the options overlay: name and what it decides.
pub const OPTIONS: [(&str, &str); 15] = [
    ("preset", "named sets of layout options"),
    (
        "prefix",
        "repeated: every segment carries the context; shared: it stands once in front",
    ),
    (
        "cue",
        "segment: \"A:\" ends each segment; tail: it stands once at the end",
    ),
    (
        "glue",
        "whom BOS and separators belong to: shared/segment before, nobody, or shifted by one",
    ),
    (
        "positions",
        "continuous: position = index; restart: every segment starts at the same position",
    ),
    (
        "isolation",
        "segments: questions do not read each other; none: plain causal",
    ),
    (
        "fusion",
        "last-token: the first answer token reads all questions; generated: only later ones do",
    ),
    (
        "bias",
        "added to the scores of fusing rows on keys in segments (enter types a number)",
    ),
    ("cross-attention", "manual questions read each other"),
    ("method", "how several questions become one answer"),
    ("new tokens", "stop after so many"),
    (
        "extract",
        "what of the answer counts: its line or its first word",
    ),
    ("few-shot", "how many examples are drawn"),
    ("seed", "of the draw"),
    ("theme", "dark, light, colour-blind"),
];

impl App {
    /// Present value of a row of [`OPTIONS`].
    pub fn option_value(&self, row: usize) -> String {
        let (choice, options) = (&self.choice, &self.choice.options);
        match OPTIONS.get(row).map_or("", |(name, _)| name) {
            "preset" => Preset::of(options).map_or("custom".into(), |preset| preset.to_string()),
            "prefix" => options.prefix.to_string(),
            "cue" => options.cue.to_string(),
            "glue" => options.glue.to_string(),
            "positions" => options.positions.to_string(),
            "isolation" => options.isolation.to_string(),
            "fusion" => options.fusion.to_string(),
            "bias" => options.bias.to_string(),
            "cross-attention" => if options.manual_cross_attention {
                "on"
            } else {
                "off"
            }
            .into(),
            "method" => choice.method.to_string(),
            "new tokens" => choice.max_new_tokens.to_string(),
            "extract" => if choice.extract == Extract::Line {
                "line"
            } else {
                "word"
            }
            .into(),
            "few-shot" => match &choice.shots {
                ShotsFrom::Drawn { count, .. } => count.to_string(),
                ShotsFrom::Given(shots) => format!("{} by hand", shots.shots.len()),
            },
            "seed" => match &choice.shots {
                ShotsFrom::Drawn { seed, .. } => seed.to_string(),
                ShotsFrom::Given(_) => "-".into(),
            },
            "theme" => self.theme.name.to_string(),
            _ => String::new(),
        }
    }

    fn turn_option(&mut self, row: usize, by: isize) {
        let name = OPTIONS.get(row).map_or("", |(name, _)| *name);
        if name == "theme" {
            self.theme = self.theme.next();
            return;
        }
        self.change(|choice| {
            let options = &mut choice.options;
            let count = |n: usize| n.saturating_add_signed(by);
            match name {
                "preset" => {
                    let preset = Preset::of(options).map_or(Preset::default(), |p| {
                        next_of(Preset::value_variants(), p, by)
                    });
                    let cross = options.manual_cross_attention;
                    *options = Options {
                        manual_cross_attention: cross,
                        ..preset.options()
                    };
                }
                "prefix" => options.prefix = next_of(Prefix::value_variants(), options.prefix, by),
                "cue" => options.cue = next_of(Cue::value_variants(), options.cue, by),
                "glue" => options.glue = next_of(Glue::value_variants(), options.glue, by),
                "positions" => {
                    options.positions = next_of(Positions::value_variants(), options.positions, by)
                }
                "isolation" => {
                    options.isolation = next_of(Isolation::value_variants(), options.isolation, by)
                }
                "fusion" => options.fusion = next_of(Fusion::value_variants(), options.fusion, by),
                "bias" => {
                    options.bias = match options.bias {
                        Bias::InverseN => Bias::Number(0.0),
                        Bias::Number(_) => Bias::InverseN,
                    }
                }
                "cross-attention" => {
                    options.manual_cross_attention = !options.manual_cross_attention
                }
                "method" => choice.method = next_of(Method::value_variants(), choice.method, by),
                "new tokens" => {
                    choice.max_new_tokens = count(choice.max_new_tokens).clamp(1, 1_000)
                }
                "extract" => {
                    choice.extract = if choice.extract == Extract::Line {
                        Extract::Word
                    } else {
                        Extract::Line
                    };
                }
                "few-shot" => match &mut choice.shots {
                    ShotsFrom::Drawn { count: n, .. } => *n = count(*n).min(100),
                    // Turning it gives the examples written by hand away; undo brings them back.
                    ShotsFrom::Given(_) => choice.shots = ShotsFrom::Drawn { count: 5, seed: 42 },
                },
                "seed" => {
                    if let ShotsFrom::Drawn { seed, .. } = &mut choice.shots {
                        *seed = seed.saturating_add_signed(by as i64);
                    }
                }
                _ => {}
            }
        });
    }

    pub(super) fn overlay_key(&mut self, key: Key) -> Vec<Effect> {
        let Some(mut overlay) = self.overlay.take() else {
            return Vec::new();
        };
        let (effects, stays) = match &mut overlay {
            Overlay::Help { top } => (Vec::new(), scroll(key, top)),
            Overlay::Command { .. } if key == Key::char('y') => (self.copy_command(), false),
            Overlay::Command { top } => (Vec::new(), scroll(key, top)),
            Overlay::Options { cursor } => self.options_key(key, cursor),
            Overlay::Shots(editor) => (Vec::new(), self.shots_key(key, editor)),
            Overlay::Sets { cursor } => self.sets_key(key, cursor),
            Overlay::Ask { question, input } => match key.code {
                KeyCode::Esc => (Vec::new(), false),
                KeyCode::Enter => (self.answer(*question, input.value().trim()), false),
                _ => {
                    edit(input, key);
                    (Vec::new(), true)
                }
            },
        };
        // A key may have opened another overlay.
        if stays && self.overlay.is_none() {
            self.overlay = Some(overlay);
        }
        effects
    }

    fn options_key(&mut self, key: Key, cursor: &mut usize) -> (Vec<Effect>, bool) {
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => *cursor = cursor.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => *cursor = (*cursor + 1).min(OPTIONS.len() - 1),
            KeyCode::Enter if OPTIONS[*cursor].0 == "bias" => {
                let value = self.option_value(*cursor);
                self.ask(Question::Bias, value);
                return (Vec::new(), false);
            }
            KeyCode::Left | KeyCode::Char('h') => self.turn_option(*cursor, -1),
            KeyCode::Right | KeyCode::Char('l' | ' ') => self.turn_option(*cursor, 1),
            KeyCode::Char('u') => return (self.act(crate::tui::keymap::Action::Undo), true),
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q' | 'o') => return (Vec::new(), false),
            _ => {}
        }
        (Vec::new(), true)
    }

    /// Whether the overlay stays.
    fn shots_key(&mut self, key: Key, editor: &mut ShotsEditor) -> bool {
        if let Some(mut input) = editor.input.take() {
            match key.code {
                KeyCode::Esc => {}
                KeyCode::Enter => editor.replace(input.value().to_owned()),
                _ => {
                    edit(&mut input, key);
                    editor.input = Some(input);
                }
            }
            return true;
        }
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => editor.cursor = editor.cursor.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => {
                editor.cursor = (editor.cursor + 1).min(editor.count() - 1)
            }
            KeyCode::Char('e' | ' ') => {
                editor.input = Some(Input::new(editor.current().to_owned()))
            }
            KeyCode::Char('d') => {
                editor.remove();
            }
            KeyCode::Char('a') => editor.add(),
            KeyCode::Char('D') => {
                self.change(|choice| choice.shots = ShotsFrom::Drawn { count: 5, seed: 42 });
                self.say("five examples are drawn with seed 42".into());
                return false;
            }
            KeyCode::Enter => {
                let same = self
                    .shots()
                    .and_then(Result::ok)
                    .is_some_and(|shots| **shots == *editor.shots);
                if !same {
                    let shots = editor.shots.clone();
                    self.change(|choice| choice.shots = ShotsFrom::Given(shots));
                    self.say("the examples are used from now on".into());
                }
                return false;
            }
            KeyCode::Esc | KeyCode::Char('q') => return false,
            _ => {}
        }
        true
    }

    fn sets_key(&mut self, key: Key, cursor: &mut usize) -> (Vec<Effect>, bool) {
        let last = self.sets.len().saturating_sub(1);
        *cursor = (*cursor).min(last);
        match key.code {
            KeyCode::Up | KeyCode::Char('k') => *cursor = cursor.saturating_sub(1),
            KeyCode::Down | KeyCode::Char('j') => *cursor = (*cursor + 1).min(last),
            KeyCode::Char('s') => {
                self.ask(Question::SetName, String::new());
                return (Vec::new(), false);
            }
            KeyCode::Char('d') => {
                let Some(name) = self.sets.get(*cursor).map(|set| set.name.clone()) else {
                    return (Vec::new(), true);
                };
                let question = format!("d again deletes the set {name}");
                let sure = self.is_sure(Doubt::DeleteSet(name.clone()), question);
                return (
                    sure.then_some(Effect::DeleteSet(name))
                        .into_iter()
                        .collect(),
                    true,
                );
            }
            KeyCode::Enter => {
                if let Some(set) = self.sets.get(*cursor).cloned() {
                    self.use_set(&set);
                }
                return (Vec::new(), false);
            }
            KeyCode::Esc | KeyCode::Char('q') => return (Vec::new(), false),
            _ => {}
        }
        (Vec::new(), true)
    }

    fn use_set(&mut self, set: &TemplateSet) {
        let Some(data) = self.data().cloned() else {
            return;
        };
        self.change(|choice| {
            let chosen = data
                .relations
                .iter()
                .zip(set.resolve(&data))
                .zip(&mut choice.picks);
            for ((relation, templates), picks) in chosen {
                if let Some(templates) = templates {
                    *picks = super::Picks::of(relation, &templates).into();
                }
            }
        });
        self.say(format!(
            "set {}: templates of {} relations",
            set.name,
            set.templates.len()
        ));
    }

    fn answer(&mut self, question: Question, answer: &str) -> Vec<Effect> {
        match question {
            Question::SavePath(generation) => {
                let run = self.runs.current.as_ref().zip(
                    self.runs
                        .current
                        .as_ref()
                        .and_then(|run| run.columns.first()),
                );
                let Some((run, column)) = run.filter(|_| !answer.is_empty()) else {
                    return Vec::new();
                };
                if run.job.generation != generation {
                    self.complain("nothing is saved: the run that waited has begun".into());
                    return Vec::new();
                }
                let job = run.job.clone();
                return vec![Effect::Save {
                    path: PathBuf::from(answer),
                    job,
                    rows: column.rows.clone(),
                }];
            }
            Question::SetName => {
                let Some(data) = self.data() else {
                    return Vec::new();
                };
                let chosen = data
                    .relations
                    .iter()
                    .enumerate()
                    .map(|(i, r)| (r.id.clone(), self.chosen_ids(i)));
                let templates: BTreeMap<_, _> = chosen.filter(|(_, ids)| !ids.is_empty()).collect();
                return vec![Effect::WriteSet(TemplateSet {
                    name: answer.to_owned(),
                    templates,
                })];
            }
            Question::FirstK => match answer.parse() {
                Ok(count) => self.pick(|picks| picks.first(count)),
                Err(_) => self.complain(format!(
                    "`{answer}` is no count: expected a number such as 3"
                )),
            },
            Question::RandomK => {
                let mut words = answer.split_whitespace();
                let count = words.next().and_then(|word| word.parse().ok());
                let seed = words.next().map_or(Some(42), |word| word.parse().ok());
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
            Question::Bias => match answer.parse() {
                Ok(bias) => self.change(|choice| choice.options.bias = bias),
                Err(message) => self.complain(format!("bias `{answer}`: {message}")),
            },
        }
        Vec::new()
    }
}

/// Moves a scroll offset; `false` for keys that close the overlay.
fn scroll(key: Key, top: &mut usize) -> bool {
    *top = match key.code {
        KeyCode::Up | KeyCode::Char('k') => top.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => *top + 1,
        KeyCode::PageUp => top.saturating_sub(10),
        KeyCode::PageDown | KeyCode::Char(' ') => *top + 10,
        KeyCode::Home | KeyCode::Char('g') => 0,
        // The next frame takes it back to where the text ends.
        KeyCode::End | KeyCode::Char('G') => usize::MAX / 2,
        _ => return false,
    };
    true
}

/// Edits a line.
fn edit(input: &mut Input, key: Key) {
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let request = match key.code {
        KeyCode::Char('u') if ctrl => InputRequest::DeleteLine,
        KeyCode::Char('w') if ctrl => InputRequest::DeletePrevWord,
        KeyCode::Char('a') if ctrl => InputRequest::GoToStart,
        KeyCode::Char('e') if ctrl => InputRequest::GoToEnd,
        KeyCode::Char(c) if !ctrl => InputRequest::InsertChar(c),
        KeyCode::Backspace => InputRequest::DeletePrevChar,
        KeyCode::Delete => InputRequest::DeleteNextChar,
        KeyCode::Left => InputRequest::GoToPrevChar,
        KeyCode::Right => InputRequest::GoToNextChar,
        KeyCode::Home => InputRequest::GoToStart,
        KeyCode::End => InputRequest::GoToEnd,
        _ => return,
    };
    input.handle(request);
}
