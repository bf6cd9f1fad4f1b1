//! One table of keys: dispatch, footer and help are all read from it.

use std::fmt;
use std::str::FromStr;

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::app::Pane;

/// One key press as a user names it: `a`, `A`, `ctrl-r`, `shift-up`, `space`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Key {
    pub code: KeyCode,
    pub modifiers: KeyModifiers,
}

/// Where a row of the table applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    Everywhere,
    /// Relations, facts and templates.
    Lists,
    Pane(Pane),
}

macro_rules! actions {
    ($($action:ident $name:literal $place:expr, $keys:literal, $rank:literal, $words:literal;)*) => {
        /// Everything that a key can do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Action { $($action,)* }

        /// The table: name for the configuration, place, keys (parted by spaces), rank in the footer
        /// (0: help only, 1 first), what it does.
        const TABLE: &[Entry] = &[$(Entry {
            action: Action::$action, name: $name, place: $place, keys: $keys, rank: $rank, words: $words,
        },)*];
    };
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    pub action: Action,
    pub name: &'static str,
    pub place: Place,
    keys: &'static str,
    pub rank: u8,
    pub words: &'static str,
}

use Place::{Everywhere, Lists};
const RELATIONS: Place = Place::Pane(Pane::Relations);
const FACTS: Place = Place::Pane(Pane::Facts);
const TEMPLATES: Place = Place::Pane(Pane::Templates);
const MASK: Place = Place::Pane(Pane::Mask);
const RUN: Place = Place::Pane(Pane::Run);

actions! {
    Help "help" Everywhere, "? f1", 90, "help";
    Quit "quit" Everywhere, "q ctrl-c", 91, "quit";
    NextPane "next-pane" Everywhere, "tab", 60, "next pane";
    PreviousPane "previous-pane" Everywhere, "backtab", 0, "previous pane";
    Pane1 "pane-relations" Everywhere, "1", 0, "go to relations";
    Pane2 "pane-facts" Everywhere, "2", 0, "go to facts";
    Pane3 "pane-templates" Everywhere, "3", 0, "go to templates";
    Pane4 "pane-mask" Everywhere, "4", 0, "go to the mask";
    Pane5 "pane-prompt" Everywhere, "5", 0, "go to the prompt";
    Pane6 "pane-run" Everywhere, "6", 0, "go to the run";
    Enlarge "enlarge" Everywhere, "enter", 65, "enlarge";
    Back "back" Everywhere, "esc", 0, "clear the filter, or back from the enlarged pane";
    Preset "preset" Everywhere, "p", 11, "preset";
    PresetBack "preset-back" Everywhere, "P", 0, "previous preset";
    Cross "cross" Everywhere, "x", 10, "cross";
    Method "method" Everywhere, "m", 22, "method";
    Options "options" Everywhere, "o", 21, "options";
    RunFact "run-fact" Everywhere, "r", 12, "run fact";
    RunRelation "run-relation" Everywhere, "R", 13, "run relation";
    RunSelection "run-selection" Everywhere, "v", 0, "run the marked relations and facts";
    RunEverything "run-everything" Everywhere, "E", 0, "run all facts of all relations";
    Compare "compare" Everywhere, "c", 14, "compare";
    Pause "pause" Everywhere, "w", 1, "pause";
    CancelRun "cancel-run" Everywhere, "X", 1, "cancel";
    SaveResults "save-results" Everywhere, "s", 20, "save";
    ZoomCycle "zoom" Everywhere, "z", 15, "zoom";
    Undo "undo" Everywhere, "u", 30, "undo";
    Redo "redo" Everywhere, "U ctrl-r", 31, "redo";
    Copy "copy-command" Everywhere, "y", 16, "copy command";
    Command "show-command" Everywhere, "Y", 0, "show the command line";
    Sets "sets" Everywhere, "S", 32, "sets";
    Shots "shots" Everywhere, "t", 33, "shots";
    NextTheme "theme" Everywhere, "T", 0, "next theme";
    Mouse "mouse" Everywhere, "f2", 0, "mouse capture on or off";
    Reload "reload-model" Everywhere, "L", 0, "load the model again";
    LoadDemo "load-demo" Everywhere, "D", 0, "load the demo model instead";
    Redraw "redraw" Everywhere, "ctrl-l", 0, "draw the screen again";
    Suspend "suspend" Everywhere, "ctrl-z", 0, "suspend (fg resumes)";
    Filter "filter" Lists, "/", 17, "filter";
    MarkRelation "mark-relation" RELATIONS, "space", 1, "mark";
    MarkFact "mark-fact" FACTS, "space", 1, "mark";
    Toggle "toggle" TEMPLATES, "space", 1, "toggle";
    AllAuto "all-auto" TEMPLATES, "a", 19, "all auto";
    AllManual "all-manual" TEMPLATES, "M", 18, "all manual";
    OnlyManual "only-manual" TEMPLATES, "O", 0, "only the manual templates";
    Invert "invert" TEMPLATES, "i", 24, "invert";
    FirstK "first-k" TEMPLATES, "f", 0, "choose the first k";
    RandomK "random-k" TEMPLATES, "F", 0, "choose k at random, with a seed";
    MoveUp "move-up" TEMPLATES, "K shift-up", 0, "move up within its kind";
    MoveDown "move-down" TEMPLATES, "J shift-down", 0, "move down within its kind";
    ZoomIn "zoom-in" MASK, "+ =", 2, "in";
    ZoomOut "zoom-out" MASK, "-", 3, "out";
    Fit "fit" MASK, "0", 0, "show the whole mask";
    PreviousSegment "previous-segment" MASK, "[", 0, "row: previous segment";
    NextSegment "next-segment" MASK, "]", 0, "row: next segment";
    PreviousKeySegment "previous-key-segment" MASK, "{", 0, "key: previous segment";
    NextKeySegment "next-key-segment" MASK, "}", 0, "key: next segment";
    Emitting "emitting-row" MASK, "e", 1, "first answer row";
    Log "log" RUN, "l", 1, "answers or log";
    Up "up" Everywhere, "up k", 0, "up";
    Down "down" Everywhere, "down j", 0, "down";
    Left "left" Everywhere, "left h", 0, "left";
    Right "right" Everywhere, "right", 0, "right";
    PageUp "page-up" Everywhere, "pageup", 0, "a page up";
    PageDown "page-down" Everywhere, "pagedown", 0, "a page down";
    Top "top" Everywhere, "home g", 0, "to the start";
    Bottom "bottom" Everywhere, "end G", 0, "to the end";
}

impl Action {
    /// What goes to a pane.
    pub fn to(pane: Pane) -> Action {
        match pane {
            Pane::Relations => Action::Pane1,
            Pane::Facts => Action::Pane2,
            Pane::Templates => Action::Pane3,
            Pane::Mask => Action::Pane4,
            Pane::Prompt => Action::Pane5,
            Pane::Run => Action::Pane6,
        }
    }
}

/// The table with the user's keys in it.
#[derive(Debug, Clone)]
pub struct Keymap {
    keys: Vec<(Entry, Vec<Key>)>,
}

/// Two actions on one key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("key `{key}` is given to both `{first}` and `{second}`: choose another for one of them")]
pub struct Conflict {
    pub key: Key,
    pub first: &'static str,
    pub second: &'static str,
}

impl Default for Keymap {
    fn default() -> Self {
        let parse = |keys: &str| keys.split(' ').filter_map(|key| key.parse().ok()).collect();
        Keymap {
            keys: TABLE
                .iter()
                .map(|entry| (*entry, parse(entry.keys)))
                .collect(),
        }
    }
}

impl Keymap {
    /// Gives an action other keys. `false` where no action has that name.
    pub fn set(&mut self, name: &str, keys: Vec<Key>) -> bool {
        let row = self.keys.iter_mut().find(|(entry, _)| entry.name == name);
        row.map(|row| row.1 = keys).is_some()
    }

    /// Names of all actions, as the configuration writes them.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().map(|(entry, _)| entry.name)
    }

    /// Finds a key that means two things in one place.
    pub fn check(&self) -> Result<(), Conflict> {
        let all = || {
            self.keys
                .iter()
                .flat_map(|(entry, keys)| keys.iter().map(move |key| (entry, key)))
        };
        for (i, (first, key)) in all().enumerate() {
            for (second, other) in all().skip(i + 1) {
                if key == other && first.place.meets(second.place) {
                    return Err(Conflict {
                        key: *key,
                        first: first.name,
                        second: second.name,
                    });
                }
            }
        }
        Ok(())
    }

    /// What a key does in a pane.
    pub fn action(&self, key: Key, pane: Pane) -> Option<Action> {
        let hit = self
            .keys
            .iter()
            .find(|(entry, keys)| entry.place.covers(pane) && keys.contains(&key));
        hit.map(|(entry, _)| entry.action)
    }

    /// The first key of an action, for messages; empty where it has none.
    pub fn key(&self, action: Action) -> String {
        let row = self.keys.iter().find(|(entry, _)| entry.action == action);
        row.and_then(|(_, keys)| keys.first())
            .map_or(String::new(), Key::to_string)
    }

    /// Rows for the footer of a pane, the most useful first. What holds and ends a run is among them while one goes on.
    pub fn footer(&self, pane: Pane, is_running: bool) -> Vec<(String, &'static str)> {
        let mut rows: Vec<_> = self
            .keys
            .iter()
            .filter(|(e, keys)| e.rank > 0 && e.place.covers(pane) && !keys.is_empty())
            .filter(|(e, _)| is_running || !matches!(e.action, Action::Pause | Action::CancelRun))
            .collect();
        rows.sort_by_key(|(entry, _)| entry.rank);
        rows.into_iter()
            .map(|(entry, keys)| (keys[0].to_string(), entry.words))
            .collect()
    }

    /// All rows for the help: place, keys, words.
    pub fn help(&self) -> impl Iterator<Item = (Place, String, &'static str)> {
        self.keys.iter().map(|(entry, keys)| {
            let keys: Vec<String> = keys.iter().map(Key::to_string).collect();
            let words = match entry.action {
                Action::Cross => "manual cross-attention on or off",
                Action::Preset => "next preset",
                Action::Method => "next method",
                Action::Options => "all options of layout and run",
                Action::RunFact => "run this fact, token by token",
                Action::RunRelation => "run all facts of this relation",
                Action::Pause => "pause the run, go on",
                Action::CancelRun => "cancel the run",
                Action::Compare => "compare all methods and presets on this fact",
                Action::SaveResults => "save the results as a Feather file",
                Action::Sets => "named sets of templates",
                Action::Shots => "look at and replace the few-shot examples",
                Action::Copy => "copy the equivalent command line",
                Action::ZoomCycle => "mask: whole, by the token, in between",
                Action::Emitting => "to the row that emits the first answer token",
                Action::Enlarge => "enlarge this pane, and back",
                Action::MarkRelation | Action::MarkFact => "mark for a run of the selection",
                _ => entry.words,
            };
            (entry.place, keys.join(" "), words)
        })
    }
}

impl Place {
    fn covers(self, pane: Pane) -> bool {
        match self {
            Place::Everywhere => true,
            Place::Lists => pane.is_list(),
            Place::Pane(one) => one == pane,
        }
    }

    fn meets(self, other: Place) -> bool {
        Pane::ALL
            .iter()
            .any(|&pane| self.covers(pane) && other.covers(pane))
    }

    pub fn title(self) -> &'static str {
        match self {
            Place::Everywhere => "Everywhere",
            Place::Lists => "In lists",
            Place::Pane(pane) => pane.title(),
        }
    }
}

impl Key {
    pub fn char(c: char) -> Self {
        Key {
            code: KeyCode::Char(c),
            modifiers: KeyModifiers::NONE,
        }
    }

    pub fn code(code: KeyCode) -> Self {
        Key {
            code,
            modifiers: KeyModifiers::NONE,
        }
    }
}

impl From<KeyEvent> for Key {
    fn from(event: KeyEvent) -> Self {
        let mut modifiers =
            event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        // The letter's case says it already, and BackTab is Shift with Tab.
        if matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab) {
            modifiers -= KeyModifiers::SHIFT;
        }
        Key {
            code: event.code,
            modifiers,
        }
    }
}

const NAMED: [(&str, KeyCode); 15] = [
    ("space", KeyCode::Char(' ')),
    ("enter", KeyCode::Enter),
    ("esc", KeyCode::Esc),
    ("tab", KeyCode::Tab),
    ("backtab", KeyCode::BackTab),
    ("backspace", KeyCode::Backspace),
    ("delete", KeyCode::Delete),
    ("insert", KeyCode::Insert),
    ("up", KeyCode::Up),
    ("down", KeyCode::Down),
    ("left", KeyCode::Left),
    ("right", KeyCode::Right),
    ("pageup", KeyCode::PageUp),
    ("pagedown", KeyCode::PageDown),
    ("home", KeyCode::Home),
];

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut modifiers = KeyModifiers::NONE;
        let mut rest = text;
        for (word, modifier) in [
            ("ctrl-", KeyModifiers::CONTROL),
            ("alt-", KeyModifiers::ALT),
            ("shift-", KeyModifiers::SHIFT),
        ] {
            if let Some(after) = rest.strip_prefix(word).filter(|after| !after.is_empty()) {
                modifiers |= modifier;
                rest = after;
            }
        }
        let mut chars = rest.chars();
        let code = match (
            NAMED.iter().find(|(name, _)| *name == rest),
            chars.next(),
            chars.next(),
        ) {
            (Some((_, code)), ..) => *code,
            (None, Some(c), None) if !c.is_control() => KeyCode::Char(c),
            _ if rest == "end" => KeyCode::End,
            (None, Some('f'), Some(_)) => match rest[1..].parse() {
                Ok(n @ 1..=24) => KeyCode::F(n),
                _ => return Err(unknown(text)),
            },
            _ => return Err(unknown(text)),
        };
        if matches!(code, KeyCode::Char(_)) && modifiers.contains(KeyModifiers::SHIFT) {
            return Err(format!(
                "key `{text}`: write the capital letter instead of shift-"
            ));
        }
        Ok(Key { code, modifiers })
    }
}

fn unknown(text: &str) -> String {
    format!(
        "key `{text}` is not known: expected one character, or a name such as space, enter, f5, ctrl-r, shift-up"
    )
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, word) in [
            (KeyModifiers::CONTROL, "ctrl-"),
            (KeyModifiers::ALT, "alt-"),
            (KeyModifiers::SHIFT, "shift-"),
        ] {
            if self.modifiers.contains(modifier) {
                f.write_str(word)?;
            }
        }
        if let Some((name, _)) = NAMED.iter().find(|(_, code)| *code == self.code) {
            return f.write_str(name);
        }
        match self.code {
            KeyCode::Char(c) => write!(f, "{c}"),
            KeyCode::F(n) => write!(f, "f{n}"),
            KeyCode::End => f.write_str("end"),
            // Reachable only for keys that the table cannot name.
            code => write!(f, "{code:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_no_conflicts_and_every_key_parses() {
        let keymap = Keymap::default();
        assert_eq!(keymap.check(), Ok(()));
        for (entry, keys) in &keymap.keys {
            assert_eq!(keys.len(), entry.keys.split(' ').count(), "{}", entry.name);
        }
    }

    #[test]
    fn keys_read_back_as_written() {
        for text in [
            "a", "A", "?", "ctrl-r", "alt-x", "shift-up", "space", "f12", "end", "-", "ctrl--",
        ] {
            assert_eq!(
                text.parse::<Key>().map(|key| key.to_string()),
                Ok(text.to_owned())
            );
        }
        assert!("shift-a".parse::<Key>().is_err());
        assert!("hyper-a".parse::<Key>().is_err());
        assert!("f99".parse::<Key>().is_err());
    }

    #[test]
    fn a_second_meaning_is_found() {
        let mut keymap = Keymap::default();
        assert!(keymap.set("quit", vec![Key::char('z')]));
        let conflict = keymap
            .check()
            .map_err(|conflict| (conflict.first, conflict.second));
        assert_eq!(conflict, Err(("quit", "zoom")));
        assert!(!keymap.set("no-such-action", Vec::new()));
    }
}
