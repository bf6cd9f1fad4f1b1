//! Rule lemmatizer: tokens to lower-cased dictionary forms.
//!
//! spaCy's English pipeline tags each token and then applies suffix rules for that tag. Here the tag is a guess from
//! what a short answer shows: its letter case, its neighbours and its ending. In a title or name ("Rolling Stones")
//! words keep their form; in running lower case, and where a capitalised word stands alone, plurals become singular
//! and inflected verbs their base form. Names in -s that stand alone ("Philippines", "Beatles") are read as plurals,
//! as spaCy reads them, except listed ones ("Brussels") and those whose ending no English plural has ("Texas").

use super::{tables, tokenize, verb};

/// The lower-cased lemmas of `text`, one per token, punctuation included.
///
/// ```
/// use lamascope::score::lemmas;
/// assert_eq!(lemmas("The cities were built by women"), ["the", "city", "be", "build", "by", "woman"]);
/// assert_eq!(lemmas("United States"), ["united", "states"]);
/// ```
pub fn lemmas(text: &str) -> Vec<String> {
    let tokens = &tokenize(text);
    let lemma = |at| Context { tokens, at }.lemma();
    (0..tokens.len()).map(lemma).collect()
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
        match word.as_str() {
            "'s" | "’s" => return self.contracted_is(token).to_owned(),
            "“" | "”" => return "\"".to_owned(),
            "‘" | "’" => return "'".to_owned(),
            _ => {}
        }
        // "AM" is the one auxiliary that spaCy also sees in capitals; "IS", "US" and "CAN" are codes.
        if case != Case::Code || word == "am" {
            let straight = word.replace('’', "'");
            if let Some(lemma) = tables::FUNCTION.get(straight.as_str()) {
                return (*lemma).to_owned();
            }
        }
        let inflected = match case {
            Case::Code => None,
            Case::Lower => self.common(&word),
            Case::Title => self.titled(&word),
        };
        inflected.unwrap_or(word)
    }

    /// `'s` is "is" after a subject pronoun, "us" after "let", otherwise the possessive.
    fn contracted_is<'t>(&self, token: &'t str) -> &'t str {
        match self.previous().as_deref() {
            Some("let") => "us",
            Some(word) if tables::SUBJECT.contains(word) => "be",
            _ => token,
        }
    }

    /// A word in lower case, taken as ordinary English.
    fn common(&self, word: &str) -> Option<String> {
        // After an article a past tense is its homonym instead: "the rose", "a bit".
        let past = || tables::VERBS.get(word).filter(|_| !self.follows_article());
        let noun = tables::NOUNS.get(word);
        let listed = noun.or_else(past).or_else(|| tables::DEGREES.get(word));
        if let Some(lemma) = listed {
            return Some((*lemma).to_owned());
        }
        if word.ends_with("ing") && !tables::NOUNS_IN_ING.contains(word) && !self.ends_compound() {
            return verb::base(word);
        }
        let participle = word.ends_with("ed")
            && !word.starts_with("un")
            && !tables::ADJECTIVES_IN_ED.contains(word);
        if participle && let Some(base) = verb::base(word) {
            return Some(base);
        }
        singular(word)
    }

    /// A capitalised word: a name, unless it stands alone and looks inflected.
    fn titled(&self, word: &str) -> Option<String> {
        let previous = self.previous().unwrap_or_default();
        let predicate = word.ends_with("ed") && tables::SUBJECT.contains(previous.as_str());
        // "Rising" stays a participle inside names too: "Land of the Rising Sun".
        if predicate || word == "rising" {
            return verb::base(word);
        }
        if !self.stands_alone() {
            // A count makes a plural of any noun: "Land of 10,000 Lakes", "Mother of All Settlements".
            let counted = previous == "all" || previous.starts_with(|c: char| c.is_ascii_digit());
            return if counted { singular(word) } else { None };
        }
        let degree = tables::DEGREES.get(word);
        if let Some(lemma) = degree.or_else(|| tables::NOUNS.get(word)) {
            return Some((*lemma).to_owned());
        }
        if word.ends_with("ing") {
            let name = tables::NAMES_IN_ING.contains(word) || tables::NOUNS_IN_ING.contains(word);
            return if name { None } else { verb::base(word) };
        }
        let name = ["as", "os", "ys"].iter().any(|end| word.ends_with(end))
            || tables::NAMES_IN_S.contains(word);
        if name { None } else { singular(word) }
    }

    /// The token before, in lower case.
    fn previous(&self) -> Option<String> {
        self.at
            .checked_sub(1)
            .map(|at| self.tokens[at].to_lowercase())
    }

    fn follows_article(&self) -> bool {
        self.previous()
            .is_some_and(|word| matches!(word.as_str(), "the" | "a" | "an"))
    }

    /// Whether this is the only word, and not cut short by a full stop ("Cambs.").
    fn stands_alone(&self) -> bool {
        let is_word = |token: &&&str| token.contains(char::is_alphanumeric);
        self.tokens.iter().filter(is_word).count() == 1
            && self.tokens.get(self.at + 1) != Some(&".")
    }

    /// Whether the word closes a compound of several words, where -ing names the thing: "mechanical engineering".
    fn ends_compound(&self) -> bool {
        self.at > 0 && self.at + 1 == self.tokens.len()
    }
}

fn case_of(token: &str) -> Case {
    let mut letters = token.chars();
    let first_is_upper = letters.next().is_some_and(char::is_uppercase);
    if token.contains(char::is_numeric)
        || letters.any(char::is_uppercase)
        || token.chars().count() == 1
    {
        Case::Code
    } else if first_is_upper {
        Case::Title
    } else {
        Case::Lower
    }
}

/// The singular of a regular plural; `None` if `word` is no plural.
fn singular(word: &str) -> Option<String> {
    let ends = |endings: &[&str]| endings.iter().any(|end| word.ends_with(end));
    if word.chars().count() < 4 || tables::NOT_PLURAL.contains(word) || ends(&["ss", "us", "is"]) {
        return None;
    }
    if let Some(stem) = word.strip_suffix("ies").filter(|stem| stem.len() > 1) {
        return Some(format!("{stem}y"));
    }
    let ending = if ends(&["sses", "shes", "ches", "xes"]) {
        "es"
    } else {
        "s"
    };
    word.strip_suffix(ending).map(str::to_owned)
}
