//! The keys of the table of actions, from which dispatch, footer and help are read.

mod key;
mod table;

use super::panes::Pane;

pub use key::Key;
pub use table::{Action, Area, Entry};

use table::table;

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
            keys: table().map(|entry| (entry, parse(entry.keys))).collect(),
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
        let means = self.keys.iter().filter(|(_, keys)| keys.contains(&key));
        let here = means
            .map(|(entry, _)| entry)
            .filter(|entry| entry.place.covers(pane));
        here.max_by_key(|entry| entry.place.precedence())
            .map(|entry| entry.action)
    }

    /// Every action with its keys.
    pub fn rows(&self) -> impl Iterator<Item = (&Entry, String)> {
        self.keys.iter().map(|(entry, keys)| {
            let keys: Vec<String> = keys.iter().map(Key::to_string).collect();
            (entry, keys.join(" "))
        })
    }

    /// Where an action applies.
    pub fn place(&self, action: Action) -> Option<Area> {
        let row = self.keys.iter().find(|(entry, _)| entry.action == action);
        row.map(|(entry, _)| entry.place)
    }

    /// The first key of an action, for messages; the action's name where it has none.
    pub fn key(&self, action: Action) -> String {
        let row = self.keys.iter().find(|(entry, _)| entry.action == action);
        row.map_or_else(String::new, |(entry, keys)| {
            let first = keys.first().map(Key::to_string);
            first.unwrap_or_else(|| entry.name.to_owned())
        })
    }

    /// The panes in which a key does something.
    pub fn panes(&self, key: Key) -> Vec<Pane> {
        let does = |pane: &Pane| self.action(key, *pane).is_some();
        Pane::ALL.iter().copied().filter(does).collect()
    }

    /// Rows for the footer of a pane, the most useful first: action, key, words.
    pub fn footer(&self, pane: Pane) -> Vec<(Action, String, &'static str)> {
        let mut rows: Vec<_> = self
            .keys
            .iter()
            .filter(|(e, keys)| e.rank > 0 && e.place.covers(pane) && !keys.is_empty())
            .collect();
        rows.sort_by_key(|(entry, _)| entry.rank);
        rows.into_iter()
            .map(|(entry, keys)| (entry.action, keys[0].to_string(), entry.words))
            .collect()
    }

    /// All rows for the help: place, keys, words.
    pub fn help(&self) -> impl Iterator<Item = (Area, String, &'static str)> {
        self.rows()
            .map(|(entry, keys)| (entry.place, keys, entry.help))
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
