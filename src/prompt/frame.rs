//! What stands around a question.

use super::{Encode, SEP, Words};

/// The text around a question, from the first token of a prompt to the last one before the answer.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Frame {
    begin: Begin,
    /// Instruction and shots, and in a chat what opens the question's turn.
    pub before: String,
    /// Stands between that and the question; empty where a chat's turn begins with the question.
    pub separator: &'static str,
    /// Begins the question: `Q: `.
    lead: &'static str,
    /// Asks for the answer; in a chat it also closes the turn and opens the assistant's.
    pub cue: String,
    /// Stands between the cue and the answer.
    gap: &'static str,
}

/// The token in front of a prompt.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Begin {
    /// What the tokenizer puts in front of every text.
    Usual,
    /// What a chat template writes, perhaps nothing.
    Written(String),
}

impl Frame {
    /// Around a question without a chat.
    pub(super) fn raw(before: String, words: Words) -> Self {
        Frame {
            begin: Begin::Usual,
            before,
            separator: SEP,
            lead: words.lead,
            cue: words.cue.to_owned(),
            gap: " ",
        }
    }

    /// Around a question in a chat: what a template makes of a text, cut where the question stands. `words` are those of the
    /// text; none where the question is a turn by itself.
    pub(super) fn of_chat(bos: &str, before: &str, cue: String, words: Option<Words>) -> Self {
        let (begin, before) = match before.strip_prefix(bos) {
            Some(rest) => (bos, rest),
            None => ("", before),
        };
        let in_text = words.and_then(|Words { lead, .. }| {
            let before = before.strip_suffix(lead)?.strip_suffix(SEP)?;
            Some((before, lead))
        });
        let (before, separator, lead) = match in_text {
            Some((before, lead)) => (before, SEP, lead),
            None => (before, "", ""),
        };
        Frame {
            begin: Begin::Written(begin.to_owned()),
            before: before.to_owned(),
            separator,
            lead,
            cue,
            gap: "",
        }
    }

    /// The tokens in front of all text: BOS or none.
    pub fn begin(&self, tokenizer: &(impl Encode + ?Sized)) -> Vec<u32> {
        match &self.begin {
            Begin::Usual => tokenizer.bos().into_iter().collect(),
            Begin::Written(text) => tokenizer.encode(text),
        }
    }

    /// A question as it stands in a prompt, without its cue.
    pub fn ask(&self, question: &str) -> String {
        format!("{}{question}", self.lead)
    }

    /// The whole prompt for one question, without what stands in front of all text.
    pub fn prompt(&self, question: &str) -> String {
        let Frame {
            before,
            separator,
            lead,
            cue,
            ..
        } = self;
        format!("{before}{separator}{lead}{question}{cue}")
    }

    /// Bytes of a prompt beside its question.
    pub fn bytes(&self) -> usize {
        [&self.before, self.separator, self.lead, &self.cue]
            .map(str::len)
            .iter()
            .sum()
    }

    /// Tokens of a text where it stands as an answer.
    pub fn answer(&self, tokenizer: &(impl Encode + ?Sized), text: &str) -> Vec<u32> {
        let Frame { cue, gap, .. } = self;
        let before = tokenizer.encode(cue);
        let both = tokenizer.encode(&format!("{cue}{gap}{text}"));
        // Vocabularies like Llama 2's put a space of their own in front of a text that stands alone.
        both.strip_prefix(before.as_slice()).map_or_else(
            || tokenizer.encode(&format!("{gap}{text}")),
            <[u32]>::to_vec,
        )
    }
}
