//! Questions of the embedded sample as token ids, without a tokenizer's file.

use super::random::hash;
use crate::data::{Dataset, Error, Source, Style, Watch};
use crate::prompt::{Context, Encode, instruction};

/// Letters, or marks in a row, of one token: prompts come out at about 110 tokens, as with Llama 3's tokenizer.
const PIECE: usize = 8;

/// Five examples as short as those of the Python original.
const SHOTS: [(&str, &str); 5] = [
    ("Lake Ohrid lies in [MASK].", "Albania"),
    ("At home, the people of Graz speak [MASK].", "German"),
    ("Ella Fitzgerald was known as a [MASK].", "singer"),
    ("[MASK] is the broader term for spruce.", "tree"),
    ("Kenya and [MASK] are neighboring countries.", "Uganda"),
];

/// Cuts text into pieces of words, and gives each piece an id below the vocabulary's size.
pub(crate) struct HashTokenizer {
    pub vocabulary: usize,
}

impl Encode for HashTokenizer {
    fn encode(&self, text: &str) -> Vec<u32> {
        let mut ids = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            // A blank belongs to the piece behind it.
            let blank = rest.len() - rest.trim_start_matches(' ').len();
            let letters = rest[blank..]
                .chars()
                .next()
                .is_some_and(char::is_alphanumeric);
            let end = rest[blank..]
                .char_indices()
                .enumerate()
                .find(|(count, (_, c))| {
                    *count == PIECE || *c == ' ' || c.is_alphanumeric() != letters
                })
                .map_or(rest.len(), |(_, (at, _))| blank + at);
            let (piece, behind) = rest.split_at(end);
            // Id 0 is the start of a text.
            ids.push(1 + (hash(piece) % (self.vocabulary as u64 - 1)) as u32);
            rest = behind;
        }
        ids
    }

    fn bos(&self) -> Option<u32> {
        Some(0)
    }
}

/// Facts without end: the sample's templates about pairs of its subjects.
pub(crate) struct Facts {
    data: Dataset,
    pub context: Context,
}

impl Facts {
    pub fn load() -> Result<Facts, Error> {
        let data = Dataset::load(&Source::Embedded, Style::MyriadLama, Watch::none())?;
        let shots = SHOTS.map(|(question, answer)| (question.to_owned(), answer.to_owned()));
        Ok(Facts {
            context: Context::new(instruction(Style::MyriadLama), &shots),
            data,
        })
    }

    /// `manual` questions, then `auto` ones. Different numbers give different subjects.
    pub fn questions(&self, number: usize, manual: usize, auto: usize) -> Vec<String> {
        let facts = &self.data.facts;
        let (first, second) = (number % facts.len(), number / facts.len() % facts.len());
        let relation = self.data.relation_of(&facts[first]);
        let subject = if second == 0 {
            facts[first].subject.clone()
        } else {
            format!("{} {}", facts[first].subject, facts[second].subject)
        };
        let of = |manual: bool, count: usize| {
            let templates = relation
                .templates
                .iter()
                .filter(move |t| t.is_manual() == manual);
            templates.cycle().take(count)
        };
        of(true, manual)
            .chain(of(false, auto))
            .map(|template| template.question(&subject))
            .collect()
    }
}
