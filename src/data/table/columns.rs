//! Which column of a table holds what, as `--columns` says it.

use std::fmt;
use std::str::FromStr;

use crate::data::did_you_mean::did_you_mean;
use crate::named::{Named, named};

named! {
    /// What a column can hold.
    pub enum Key {
        /// A question, or a list of its variants; several columns hold one variant each
        Question = "question",
        /// In place of a question: a template with [X] for the subject and [Y] for the answer
        Template = "template",
        /// What the template's [X] stands for; beside a question, a name for the fact
        Subject = "subject",
        /// Every accepted answer; of a choice its label, its index or its text
        Answers = "answers",
        /// What there is to choose from: a list, or several columns
        Choices = "choices",
        /// The table's own labels of the choices
        Labels = "labels",
        /// The fact: rows with one id hold variants of one question
        Id = "id",
        /// Relation, subject area or any other group of facts
        Relation = "relation",
        /// Whether a person wrote it: true or false, manual or auto
        Kind = "kind",
        /// Not a column: what stands between the answers in one text, as in split=;
        Split = "split",
        /// Not a column: the number of the first choice where answers are indices, 0 or 1
        First = "first",
    }
}

impl Key {
    /// Whether several columns may stand behind it.
    fn takes_many(self) -> bool {
        matches!(self, Key::Question | Key::Answers | Key::Choices)
    }
}

/// `question=q1+q2,answers=gold`: the columns of a table by what they hold.
///
/// `choices.text` is the field `text` of column `choices`. A backslash takes the character behind it as it stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Columns(Vec<(Key, Vec<String>)>);

impl Columns {
    /// The columns of a key, none where it is not given.
    pub(super) fn of(&self, key: Key) -> &[String] {
        let found = self.0.iter().find(|(known, _)| *known == key);
        found.map_or(&[], |(_, names)| names)
    }

    /// The column of a key that has one at most.
    pub(super) fn one(&self, key: Key) -> Option<&str> {
        self.of(key).first().map(String::as_str)
    }

    pub(super) fn has(&self, key: Key) -> bool {
        self.one(key).is_some()
    }

    /// Every column, with its key.
    pub(super) fn all(&self) -> impl Iterator<Item = (Key, &str)> {
        let columns = (self.0.iter()).filter(|(key, _)| !matches!(key, Key::Split | Key::First));
        columns.flat_map(|(key, names)| names.iter().map(|name| (*key, name.as_str())))
    }

    /// The number of the first choice.
    pub(super) fn first(&self) -> usize {
        usize::from(self.one(Key::First) == Some("1"))
    }

    /// What lacks or does not go together.
    fn check(&self) -> Result<(), String> {
        let both = |a: Key, b: Key| self.has(a) && self.has(b);
        let without = |a: Key, b: Key| self.has(a) && !self.has(b);
        let wrong = match self {
            _ if both(Key::Question, Key::Template) => {
                "question and template exclude each other: keep one of them"
            }
            _ if !self.has(Key::Question) && !self.has(Key::Template) => {
                "no question: say which column holds it, as in question=COLUMN"
            }
            _ if !self.has(Key::Answers) => {
                "no answers: say which column holds them, as in answers=COLUMN"
            }
            _ if without(Key::Template, Key::Subject) => {
                "template needs subject=COLUMN, which its [X] stands for"
            }
            _ if without(Key::Choices, Key::Question) => "choices goes with question",
            _ if without(Key::Labels, Key::Choices) => "labels goes with choices",
            _ if without(Key::First, Key::Choices) => "first goes with choices",
            _ if !["0", "1"].contains(&self.one(Key::First).unwrap_or("0")) => {
                "first is the number of the first choice: expected 0 or 1"
            }
            _ => return Ok(()),
        };
        Err(wrong.to_owned())
    }
}

impl FromStr for Columns {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut all: Vec<(Key, Vec<String>)> = Vec::new();
        for part in pieces(text, ',') {
            let (name, names) = split_at(part, '=').ok_or_else(|| {
                format!("`{part}` names no column: expected KEY=COLUMN, as in question=q1+q2,answers=gold")
            })?;
            let name = name.trim();
            let key = Key::from_name(name).ok_or_else(|| {
                let known = Key::ALL.iter().map(|key| key.name());
                let names: Vec<&str> = known.clone().collect();
                format!(
                    "`{name}` is no key: {}expected {}",
                    did_you_mean(name, known),
                    names.join(", ")
                )
            })?;
            if all.iter().any(|(known, _)| *known == key) {
                let join = if key.takes_many() {
                    ": join columns with +"
                } else {
                    ""
                };
                return Err(format!("{key} is given twice{join}"));
            }
            let names: Vec<String> = match key {
                Key::Split => vec![plain(names)],
                _ => pieces(names, '+').map(|name| plain(name.trim())).collect(),
            };
            if names.iter().any(String::is_empty) {
                return Err(format!("{key} names no column: expected {key}=COLUMN"));
            }
            if names.len() > 1 && !key.takes_many() {
                return Err(format!("{key} takes one column, found {}", names.len()));
            }
            all.push((key, names));
        }
        let columns = Columns(all);
        columns.check().map(|()| columns)
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (key, names)) in self.0.iter().enumerate() {
            let names: Vec<String> = names.iter().map(|name| escaped(name)).collect();
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{key}={}", names.join("+"))?;
        }
        Ok(())
    }
}

/// Cuts at a character that no backslash stands before.
fn pieces(text: &str, at: char) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (piece, behind) = match split_at(text, at) {
            Some((piece, behind)) => (piece, Some(behind)),
            None => (text, None),
        };
        rest = behind;
        Some(piece)
    })
}

fn split_at(text: &str, at: char) -> Option<(&str, &str)> {
    let mut escaped = false;
    for (index, c) in text.char_indices() {
        if c == at && !escaped {
            return Some((&text[..index], &text[index + c.len_utf8()..]));
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

/// Without the backslashes.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.extend(match c {
            '\\' => chars.next(),
            c => Some(c),
        });
    }
    plain
}

fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    for c in name.chars() {
        if [',', '+', '=', '\\'].contains(&c) {
            text.push('\\');
        }
        text.push(c);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_read_and_written_alike() {
        for text in [
            "question=q1+q2,answers=gold",
            r"question=What\, when?,answers=a\+b\=c+d\\",
            r"question=q,answers=a,split=\,",
            "question=q,choices=choices.text,labels=choices.label,answers=key,first=1",
            "template=t,subject=s,answers=o,relation=r,id=i,kind=k",
        ] {
            let columns: Columns = text.parse().expect(text);
            assert_eq!(columns.to_string(), text);
        }
        let columns: Columns = r" question = a\+b + c , answers = d"
            .parse()
            .expect("spaces");
        assert_eq!(columns.of(Key::Question), ["a+b", "c"]);
        assert_eq!(columns.one(Key::Answers), Some("d"));
    }

    #[test]
    fn what_lacks_or_contradicts_is_said() {
        for (text, said) in [
            ("", "names no column"),
            ("question", "expected KEY=COLUMN"),
            ("questions=q,answers=a", "did you mean `question`?"),
            ("question=q", "no answers"),
            ("answers=a", "no question"),
            (
                "question=q,question=r,answers=a",
                "twice: join columns with +",
            ),
            ("question=q,answers=", "answers names no column"),
            (
                "question=q,id=a+b,answers=a",
                "id takes one column, found 2",
            ),
            ("question=q,template=t,subject=s,answers=a", "exclude"),
            ("template=t,answers=a", "subject=COLUMN"),
            ("question=q,labels=l,answers=a", "labels goes with choices"),
            ("question=q,choices=c,first=2,answers=a", "expected 0 or 1"),
        ] {
            let why = text.parse::<Columns>().expect_err(text);
            assert!(why.contains(said), "{text}: {why}");
        }
    }
}
