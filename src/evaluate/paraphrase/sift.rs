//! Which drawn texts are variants of a question.

use std::collections::HashMap;
use std::fmt;

use crate::data::own_wording;
use crate::score::{Extract, lemmas, matches_one_way};

const MASK: &str = "[MASK]";

/// A question and what its variants must hold.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Asked {
    pub question: String,
    /// Names that every variant keeps as they stand, the subject before all.
    pub keep: Vec<String>,
    /// Accepted answers, which no variant may give away.
    pub answers: Vec<String>,
}

/// A text that asks the same, as far as can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variant {
    pub text: String,
    /// How often it was drawn, counting texts that differ in case, blanks and the sign at their end alone.
    pub times: usize,
}

/// What was drawn, sifted; both parts begin with what was drawn most often, of equals with what was drawn first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sifted {
    pub kept: Vec<Variant>,
    pub dropped: Vec<(Variant, Dropped)>,
}

/// Why a text is no variant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Dropped {
    Empty,
    /// It is the question again.
    Same,
    /// So often it holds the gap, where once is right.
    Masks(usize),
    /// A name that it lacks.
    Lost(String),
    /// An answer that it gives away.
    Answers(String),
    /// More than twice as long as the question and some.
    Long,
    /// A template of the data, or a variant of another one.
    Known,
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Dropped::Empty => f.write_str("empty"),
            Dropped::Same => f.write_str("the question again"),
            Dropped::Masks(0) => write!(f, "lost {MASK}"),
            Dropped::Masks(times) => write!(f, "{MASK} {times} times"),
            Dropped::Lost(name) => write!(f, "lost {name}"),
            Dropped::Answers(answer) => write!(f, "gives the answer {answer} away"),
            Dropped::Long => f.write_str("much longer than the question"),
            Dropped::Known => f.write_str("a template already"),
        }
    }
}

impl Asked {
    /// A question whose names are not known: words with a capital letter behind the first, and numbers.
    pub fn with_names(question: &str, answers: &[String]) -> Self {
        let bare = |word: &str| {
            let word = word.strip_suffix("'s").unwrap_or(word);
            word.trim_matches(|c: char| !c.is_alphanumeric()).to_owned()
        };
        let is_name = |(at, word): &(usize, String)| {
            let capital = *at > 0 && word.starts_with(char::is_uppercase) && word != "I";
            capital || word.starts_with(|c: char| c.is_ascii_digit())
        };
        let text = question.replace(MASK, " ");
        let words = text.split_whitespace().map(bare).enumerate();
        Asked {
            question: question.to_owned(),
            keep: words.filter(is_name).map(|(_, word)| word).collect(),
            answers: answers.to_vec(),
        }
    }

    pub fn has_mask(&self) -> bool {
        self.question.contains(MASK)
    }

    /// Sorts drawn texts into variants and others.
    pub fn sift<'a>(&self, drawn: impl Iterator<Item = &'a str>) -> Sifted {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut variants: Vec<Variant> = Vec::new();
        for generation in drawn {
            let text = unquoted(Extract::Line.prediction(generation)).replace("[mask]", MASK);
            let place = *places.entry(plain(&text)).or_insert(variants.len());
            match variants.get_mut(place) {
                Some(known) => known.times += 1,
                None => variants.push(Variant { text, times: 1 }),
            }
        }
        variants.sort_by_key(|variant| std::cmp::Reverse(variant.times));
        let mut sifted = Sifted::default();
        for variant in variants {
            match self.fault(&variant.text) {
                None => sifted.kept.push(variant),
                Some(why) => sifted.dropped.push((variant, why)),
            }
        }
        sifted
    }

    /// What is wrong with a text, where anything is.
    pub fn fault(&self, text: &str) -> Option<Dropped> {
        if text.is_empty() {
            return Some(Dropped::Empty);
        }
        if plain(text) == plain(&self.question) {
            return Some(Dropped::Same);
        }
        let gaps = text.matches(MASK).count();
        if gaps != usize::from(self.has_mask()) {
            return Some(Dropped::Masks(gaps));
        }
        if let Some(lost) = self.keep.iter().find(|name| !holds(text, name)) {
            return Some(Dropped::Lost(lost.clone()));
        }
        let said = lemmas(text);
        let asked = lemmas(&self.question);
        // Where the question itself names it, so may a variant.
        let gives = |answer: &&String| {
            let answer = [lemmas(answer)];
            matches_one_way(&said, &answer) && !matches_one_way(&asked, &answer)
        };
        if let Some(answer) = self.answers.iter().find(gives) {
            return Some(Dropped::Answers(answer.clone()));
        }
        let letters = |text: &str| text.chars().count();
        (letters(text) > 2 * letters(&self.question) + 40).then_some(Dropped::Long)
    }
}

/// Whether a name stands in a text.
fn holds(text: &str, name: &str) -> bool {
    places(text, name).next().is_some()
}

/// Where a name stands in a text, but not as a part of a word.
fn places(text: &str, name: &str) -> impl Iterator<Item = usize> {
    let is_border = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
    let found = text.match_indices(name).map(|(at, _)| at);
    found.filter(move |&at| {
        is_border(text[..at].chars().next_back())
            && is_border(text[at + name.len()..].chars().next())
    })
}

/// A variant of a question about a subject as a template: `[X]` for the subject, `[Y]` for the gap.
///
/// # Errors
/// What it lacks.
pub fn template(variant: &str, subject: &str) -> Result<String, String> {
    let mut text = String::new();
    let mut rest = 0;
    for at in places(variant, subject) {
        text.extend([&variant[rest..at], "[X]"]);
        rest = at + subject.len();
    }
    text.push_str(&variant[rest..]);
    own_wording(&text)
}

/// Without quotation marks around it.
fn unquoted(text: &str) -> &str {
    for (open, close) in [('"', '"'), ('“', '”'), ('\'', '\'')] {
        let inner = text.strip_prefix(open).and_then(|t| t.strip_suffix(close));
        if let Some(inner) = inner {
            return inner.trim();
        }
    }
    text
}

/// What makes two texts the same: their letters, whatever their case, blanks and the sign at their end.
fn plain(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let text = words.join(" ");
    text.trim_end_matches(['.', '?', '!', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn france() -> Asked {
        Asked {
            question: "The capital of France is [MASK].".to_owned(),
            keep: vec!["France".to_owned()],
            answers: vec!["Paris".to_owned()],
        }
    }

    #[test]
    fn what_is_no_variant_is_dropped_for_a_reason() {
        for (text, why) in [
            ("", "empty"),
            ("the capital  of France is [MASK]", "the question again"),
            ("The capital of France is Paris.", "lost [MASK]"),
            ("[MASK], France, [MASK].", "[MASK] 2 times"),
            ("The capital of Frances is [MASK].", "lost France"),
            ("The capital is [MASK].", "lost France"),
            (
                "Not Paris but [MASK] rules France.",
                "gives the answer Paris away",
            ),
        ] {
            let fault = france().fault(text).map(|fault| fault.to_string());
            assert_eq!(fault.as_deref(), Some(why), "{text}");
        }
        let long = format!("France {} [MASK]", "and so on ".repeat(20));
        assert_eq!(france().fault(&long), Some(Dropped::Long));
        assert_eq!(france().fault("[MASK] rules France."), None);
        // A question that names what is also an answer.
        let of_itself = Asked {
            question: "Paris, France lies in [MASK].".to_owned(),
            ..france()
        };
        assert_eq!(of_itself.fault("In [MASK] lies Paris, France."), None);
    }

    #[test]
    fn the_same_text_counts_once() {
        let drawn = [
            " [MASK] rules France.\n\nQ: The",
            " France is ruled from [MASK].\n",
            " \"[mask] rules France\"",
            " [MASK] Rules France!",
            " Nothing.\n",
        ];
        let sifted = france().sift(drawn.into_iter());
        let kept: Vec<_> = sifted
            .kept
            .iter()
            .map(|v| (v.text.as_str(), v.times))
            .collect();
        assert_eq!(
            kept,
            [
                ("[MASK] rules France.", 3),
                ("France is ruled from [MASK].", 1)
            ]
        );
        assert_eq!(sifted.dropped.len(), 1);
    }

    #[test]
    fn a_variant_becomes_a_template() {
        let of = |variant| template(variant, "Oman");
        assert_eq!(
            of("Oman is ruled from [MASK], Oman.").as_deref(),
            Ok("[X] is ruled from [Y], [X].")
        );
        assert!(of("The Omani capital is [MASK].").is_err());
    }

    #[test]
    fn names_of_a_question_are_what_stands_out() {
        let names = |question| Asked::with_names(question, &[]).keep;
        assert_eq!(
            names("Who was Ada Lovelace's father in 1815?"),
            ["Ada", "Lovelace", "1815"]
        );
        assert_eq!(names("what does joakim noah play?"), [""; 0]);
        assert!(Asked::with_names("Is it [MASK]?", &[]).has_mask());
    }
}
