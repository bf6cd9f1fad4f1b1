//! Rule lemmatizer: tokens to lower-cased dictionary forms.
//!
//! spaCy's English pipeline tags each token and then applies suffix rules for that tag. Here the tag is a guess from
//! what a short answer shows: its letter case, its neighbours and its ending. In a title or name ("Rolling Stones")
//! words keep their form; in running lower case, and where a capitalised word stands alone, plurals become singular
//! and inflected verbs their base form. Names that end in -s and stand alone ("Honduras") are read as plurals as
//! spaCy reads them, except listed ones and those with an ending no English plural has.

use super::{tables, tokenize, verb};

/// The lower-cased lemmas of `text`, one per token, punctuation included.
///
/// ```
/// use lamascope::score::lemmas;
/// assert_eq!(lemmas("The cities were built by women"), ["the", "city", "be", "build", "by", "woman"]);
/// assert_eq!(lemmas("United States"), ["united", "states"]);
/// ```
pub fn lemmas(text: &str) -> Vec<String> {
    let tokens = tokenize(text);
    (0..tokens.len()).map(|at| Context { tokens: &tokens, at }.lemma()).collect()
}

/// A token with what stands around it.
struct Context<'a> {
    tokens: &'a [&'a str],
    at: usize,
}

/// How a word is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Case {
    Lower,
    Title,
    /// All capitals, mixed case or digits: a code or a name.
    Code,
}

impl Context<'_> {
    fn lemma(&self) -> String {
        let token = self.tokens[self.at];
        let word = token.to_lowercase();
        let case = case_of(token);
        if word == "'s" || word == "’s" {
            return self.contracted_is().to_owned();
        }
        // "AM" is the one auxiliary that spaCy also sees in capitals; "IS", "US" and "CAN" are codes.
        let function = (case != Case::Code || word == "am").then(|| tables::FUNCTION.get(word.as_str())).flatten();
        if let Some(lemma) = function {
            return (*lemma).to_owned();
        }
        let inflected = match case {
            Case::Code => None,
            Case::Lower => self.common(&word),
            Case::Title => self.titled(&word),
        };
        inflected.unwrap_or(word)
    }

    /// `'s` is "is" after a subject pronoun, "us" after "let", otherwise the possessive.
    fn contracted_is(&self) -> &'static str {
        match self.previous() {
            Some("let") => "us",
            Some(word) if tables::SUBJECT.contains(word) => "be",
            _ => "'s",
        }
    }

    /// A word in lower case, taken as ordinary English.
    fn common(&self, word: &str) -> Option<String> {
        if let Some(lemma) = irregular(word) {
            return Some(lemma);
        }
        if word.ends_with("ing") && !tables::NOUNS_IN_ING.contains(word) && !self.ends_compound() {
            return verb::base(word);
        }
        let participle = word.ends_with("ed") && !word.starts_with("un") && !tables::ADJECTIVES_IN_ED.contains(word);
        if participle && let Some(base) = verb::base(word) {
            return Some(base);
        }
        singular(word)
    }

    /// A capitalised word: a name, unless it stands alone and looks inflected.
    fn titled(&self, word: &str) -> Option<String> {
        let previous = self.previous();
        if word.ends_with("ed") && previous.is_some_and(|p| tables::SUBJECT.contains(p)) {
            return verb::base(word);
        }
        if self.words() > 1 {
            // A count makes a plural of any noun: "Land of 10,000 Lakes", "Mother of All Settlements".
            let counted = previous.is_some_and(|p| p == "all" || p.starts_with(|c: char| c.is_ascii_digit()));
            return if counted { singular(word) } else { None };
        }
        if let Some(lemma) = tables::DEGREES.get(word).or_else(|| tables::NOUNS.get(word)) {
            return Some((*lemma).to_owned());
        }
        if word.ends_with("ing") {
            let name = tables::NAMES_IN_ING.contains(word) || tables::NOUNS_IN_ING.contains(word);
            return if name { None } else { verb::base(word) };
        }
        let name = ["as", "os", "ys"].iter().any(|end| word.ends_with(end)) || tables::NAMES_IN_S.contains(word);
        if name { None } else { singular(word) }
    }

    /// The token before, if it is written in lower case or is a number or the first word.
    fn previous(&self) -> Option<&str> {
        self.at.checked_sub(1).map(|at| self.tokens[at])
    }

    /// How many tokens hold letters or digits.
    fn words(&self) -> usize {
        self.tokens.iter().filter(|token| token.contains(char::is_alphanumeric)).count()
    }

    /// Whether the word closes a compound of several words, where -ing names the thing: "mechanical engineering".
    fn ends_compound(&self) -> bool {
        self.at > 0 && self.at + 1 == self.tokens.len()
    }
}

fn case_of(token: &str) -> Case {
    let mut letters = token.chars();
    let first_is_upper = letters.next().is_some_and(char::is_uppercase);
    if token.contains(char::is_numeric) || letters.any(char::is_uppercase) || token.chars().count() == 1 {
        Case::Code
    } else if first_is_upper {
        Case::Title
    } else {
        Case::Lower
    }
}

fn irregular(word: &str) -> Option<String> {
    let tables = [&tables::NOUNS, &tables::VERBS, &tables::DEGREES];
    tables.iter().find_map(|table| table.get(word)).map(|lemma| (*lemma).to_owned())
}

/// The singular of a regular plural; `None` if `word` is no plural.
fn singular(word: &str) -> Option<String> {
    if word.chars().count() < 4 || tables::NOT_PLURAL.contains(word) {
        return None;
    }
    if ["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
        // "Sunnis" and "taxis" are plurals, but most words in -is are not.
        return None;
    }
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return Some(format!("{stem}y"));
    }
    let sibilant = ["sses", "shes", "ches", "xes"].iter().any(|end| word.ends_with(end));
    let cut = if sibilant { word.strip_suffix("es") } else { word.strip_suffix('s') };
    cut.map(str::to_owned)
}
