//! Questions of the embedded sample as token ids, without a tokenizer's file.

use super::random::mix;
use crate::data::{Dataset, Error, Source, Style, Watch};
use crate::layout::Encode;
use crate::prompt::{Context, instruction};

/// Letters of one token: prompts come out at about 110 tokens, as with Llama 3's tokenizer.
const LETTERS: usize = 5;

/// Five examples as short as those of the Python original.
const SHOTS: [(&str, &str); 5] = [
    ("Lake Ohrid lies partly in [MASK].", "Albania"),
    ("Officially, the people of Graz speak [MASK] at home.", "German"),
    ("Ella Fitzgerald was known as a [MASK] of jazz.", "singer"),
    ("[MASK] is the broader term for spruce.", "tree"),
    ("Kenya and [MASK] are neighboring countries.", "Uganda"),
];

/// Cuts text into pieces of words, and gives each piece an id below the vocabulary's size.
pub(crate) struct Words {
    pub vocabulary: usize,
}

impl Encode for Words {
    fn encode(&self, text: &str) -> Vec<u32> {
        let mut ids = Vec::new();
        let mut piece = (0u64, 0usize);
        let mut close = |piece: &mut (u64, usize)| {
            if piece.1 > 0 {
                // Id 0 is the start of a text.
                ids.push(1 + (mix(piece.0) % (self.vocabulary as u64 - 1)) as u32);
                *piece = (0, 0);
            }
        };
        for letter in text.chars() {
            // A blank belongs to the word behind it.
            if !letter.is_alphanumeric() || piece.1 == LETTERS {
                close(&mut piece);
            }
            piece.0 = mix(piece.0 ^ u64::from(letter));
            piece.1 += usize::from(letter != ' ');
            if !letter.is_alphanumeric() && letter != ' ' {
                close(&mut piece);
            }
        }
        close(&mut piece);
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
            let templates = relation.templates.iter().filter(move |t| t.is_manual() == manual);
            templates.cycle().take(count)
        };
        of(true, manual)
            .chain(of(false, auto))
            .map(|template| template.question(&subject))
            .collect()
    }
}
