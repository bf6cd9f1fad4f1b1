//! Encoding piece by piece, so that lines and words which prompts share are encoded once.
//!
//! Prompts of one run differ in a line or two: the same instruction and shots stand before every question, and
//! questions are made of the same words. For the tokenizers of Llama 3 and Qwen a text may be cut wherever a
//! newline is followed by visible ASCII:
//!
//! * Their pre-tokenizer is one regular expression that looks only forward, and its matches partition the text.
//!   No match holds a newline followed by something visible, so such a place is always a border.
//! * What stands before it is split the same way without what follows: white space that ends in a newline is
//!   taken whole by `\s*[\r\n]+` before the two lookahead-dependent alternatives are tried, and punctuation takes
//!   the newlines after it and no more.
//! * NFC neither composes nor reorders across an ASCII character.
//! * Added tokens (`<|end|>`) are cut out first; none may hold a newline or swallow white space to its left.
//!
//! A new line in ASCII that can hold no added token is cut further, into the matches themselves ([`pretokenize`]): a
//! match is split into nothing smaller when it stands alone, because an alternative without lookahead that fails
//! on the whole text fails on a part of it. [`Cut::of`] checks the premises; whoever breaks one is encoded whole.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokenizers::normalizers::NormalizerWrapper;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::split::SplitPattern;
use tokenizers::tokenizer::SplitDelimiterBehavior;

use super::ascii_pretokenizer::pretokenize;

/// Llama 3's way to split text.
pub(super) const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The same with single digits, for Qwen2 and Qwen3.
pub(super) const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Pieces that one thread keeps before it starts anew; some megabytes.
const CAPACITY: usize = 1 << 15;

thread_local! {
    /// The pieces that this thread has seen, and the tokenizer that they belong to. Threads share nothing: most
    /// texts bring a new line, and a lock for it would cost more than encoding it.
    static SEEN: RefCell<(usize, Known)> = RefCell::default();
}

/// Token ids of pieces.
type Known = HashMap<Box<str>, Box<[u32]>>;

/// Encodes the texts of a tokenizer that may be given to it in pieces.
#[derive(Debug)]
pub(super) struct EncodeCache {
    /// Tells the pieces of one tokenizer from another's; never 0.
    id: usize,
    cut: Cut,
}

/// Where a text may be cut.
#[derive(Debug)]
struct Cut {
    /// Digits that make one word.
    digits: usize,
    /// Bytes with which an added token starts.
    starts: [bool; 256],
}

impl EncodeCache {
    /// `None` if this tokenizer's texts must be encoded whole.
    pub(super) fn of(tokenizer: &tokenizers::Tokenizer) -> Option<EncodeCache> {
        static NEXT: AtomicUsize = AtomicUsize::new(1);
        Some(EncodeCache {
            cut: Cut::of(tokenizer)?,
            id: NEXT.fetch_add(1, Ordering::Relaxed),
        })
    }

    /// Token ids of `text`, with `encode` for the pieces that are new. Cut short once `cancel` is raised.
    pub(super) fn encode(
        &self,
        text: &str,
        cancel: &AtomicBool,
        encode: impl Fn(&str) -> Vec<u32>,
    ) -> Vec<u32> {
        SEEN.with_borrow_mut(|(owner, known)| {
            if *owner != self.id || known.len() > CAPACITY {
                known.clear();
                *owner = self.id;
            }
            let mut tokens = Vec::with_capacity(text.len() / 3);
            for line in lines(text).map(|line| &text[line]) {
                if let Some(ids) = known.get(line) {
                    tokens.extend_from_slice(ids);
                } else {
                    let start = tokens.len();
                    self.encode_line(line, cancel, known, &encode, &mut tokens);
                    if cancel.load(Ordering::Relaxed) {
                        return tokens;
                    }
                    known.insert(line.into(), tokens[start..].into());
                }
            }
            tokens
        })
    }

    fn encode_line(
        &self,
        line: &str,
        cancel: &AtomicBool,
        known: &mut Known,
        encode: &impl Fn(&str) -> Vec<u32>,
        tokens: &mut Vec<u32>,
    ) {
        let plain = |byte: &u8| byte.is_ascii() && !self.cut.starts[usize::from(*byte)];
        if !line.as_bytes().iter().all(plain) {
            tokens.extend(encode(line));
            return;
        }
        for word in pretokenize(line.as_bytes(), self.cut.digits).map(|word| &line[word]) {
            if cancel.load(Ordering::Relaxed) {
                return;
            }
            if let Some(ids) = known.get(word) {
                tokens.extend_from_slice(ids);
            } else {
                let ids = encode(word);
                tokens.extend_from_slice(&ids);
                known.insert(word.into(), ids.into());
            }
        }
    }
}

impl Cut {
    fn of(tokenizer: &tokenizers::Tokenizer) -> Option<Cut> {
        let normalizer = match tokenizer.get_normalizer() {
            None | Some(NormalizerWrapper::NFC(_)) => true,
            // Some files carry an empty list of normalizers.
            Some(NormalizerWrapper::Sequence(all)) => all.as_ref().is_empty(),
            Some(_) => false,
        };
        let mut starts = [false; 256];
        for added in tokenizer.get_added_tokens_decoder().values() {
            if added.lstrip || added.content.contains('\n') {
                return None;
            }
            if let Some(first) = added.content.bytes().next() {
                starts[usize::from(first)] = true;
            }
        }
        let digits = digits(tokenizer.get_pre_tokenizer())?;
        normalizer.then_some(Cut { digits, starts })
    }
}

/// How many digits make one word, if a pre-tokenizer is Llama 3's or Qwen's.
fn digits(pre_tokenizer: Option<&PreTokenizerWrapper>) -> Option<usize> {
    let Some(PreTokenizerWrapper::Sequence(sequence)) = pre_tokenizer else {
        return None;
    };
    let [
        PreTokenizerWrapper::Split(split),
        PreTokenizerWrapper::ByteLevel(bytes),
    ] = sequence.as_ref()
    else {
        return None;
    };
    let isolated = split.behavior == SplitDelimiterBehavior::Isolated && !split.invert;
    if !isolated || bytes.add_prefix_space || bytes.use_regex {
        return None;
    }
    match &split.pattern {
        SplitPattern::Regex(regex) if regex == LLAMA3 => Some(3),
        SplitPattern::Regex(regex) if regex == QWEN2 => Some(1),
        _ => None,
    }
}

/// Ranges that end where a newline is followed by visible ASCII, or the text ends.
fn lines(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut start = 0;
    std::iter::from_fn(move || {
        if start == bytes.len() {
            return None;
        }
        let end = bytes[start..]
            .windows(2)
            .position(|pair| pair[0] == b'\n' && pair[1].is_ascii_graphic())
            .map_or(bytes.len(), |at| start + at + 1);
        let line = start..end;
        start = end;
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn cuts_only_between_a_newline_and_visible_ascii() {
        let cut =
            |text: &str| -> Vec<String> { lines(text).map(|line| text[line].to_owned()).collect() };
        assert_eq!(cut(""), [""; 0]);
        assert_eq!(cut("a\n\nQ: b\nA:"), ["a\n\n", "Q: b\n", "A:"]);
        assert_eq!(cut("\n\n"), ["\n\n"]);
        assert_eq!(cut("a\n b\n\u{301}c\n"), ["a\n b\n\u{301}c\n"]);
    }
}
