//! From text to token ids and back.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use serde::de::IgnoredAny;
use tokenizers::Model;
use tokenizers::models::ModelWrapper;

use super::ModelError;
use super::byte_fallback::spell_bytes;
use super::encode_cache::EncodeCache;
use super::error::first_line;
use crate::prompt::{Encode, Template};

/// A model's tokenizer. Clones share everything; any number of threads may use it at once.
#[derive(Debug, Clone)]
pub struct Tokenizer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    tokenizer: tokenizers::Tokenizer,
    bos: Option<u32>,
    /// Where texts may be encoded piece by piece.
    cache: Option<EncodeCache>,
    chat: Option<Template>,
}

/// A tokenizer that gives up soon after a flag is raised. Look at the flag before the tokens are used: they may be cut
/// short.
#[derive(Debug, Clone, Copy)]
pub struct Until<'a> {
    tokenizer: &'a Tokenizer,
    cancel: &'a AtomicBool,
}

/// For texts that are encoded to their end.
static NEVER: AtomicBool = AtomicBool::new(false);

impl Tokenizer {
    /// Reads the content of a `tokenizer.json`; `file` is its name in error messages.
    ///
    /// # Errors
    ///
    /// [`ModelError::Damaged`] for what is no tokenizer, [`ModelError::Unsupported`] for anything but deterministic
    /// byte-pair encoding, which is all that Llama and Qwen use.
    pub fn from_json(file: &str, json: &[u8]) -> Result<Tokenizer, ModelError> {
        let damaged = || ModelError::damaged(file, "is no tokenizer");
        // The tokenizers crate panics where the syntax is broken inside a decoder, and may elsewhere.
        serde_json::from_slice::<IgnoredAny>(json).map_err(|_| damaged())?;
        catch_unwind(AssertUnwindSafe(|| {
            let tokenizer = tokenizers::Tokenizer::from_bytes(json)
                .map_err(|e| ModelError::damaged(file, format!("is no tokenizer ({e})")))?;
            Tokenizer::new(file, tokenizer)
        }))
        .unwrap_or_else(|_| Err(damaged()))
    }

    /// The same tokenizer for texts that may be long, until `cancel` is raised.
    pub fn until<'a>(&'a self, cancel: &'a AtomicBool) -> Until<'a> {
        Until {
            tokenizer: self,
            cancel,
        }
    }

    /// # Errors
    ///
    /// [`ModelError::Unsupported`] for anything but deterministic byte-pair encoding, which is all that Llama
    /// and Qwen use.
    pub(super) fn new(
        file: &str,
        mut tokenizer: tokenizers::Tokenizer,
    ) -> Result<Tokenizer, ModelError> {
        check_bpe(file, &tokenizer)?;
        // Files may have been saved with the limits of somebody's last batch.
        tokenizer.with_padding(None);
        tokenizer
            .with_truncation(None)
            .map_err(|e| ModelError::damaged(file, e))?;
        let probe = tokenizer
            .encode_fast("x", true)
            .map_err(|e| ModelError::damaged(file, format!("cannot encode: {e}")))?;
        // What the post-processor really does counts, not what other files say about it.
        let bos = match (probe.get_special_tokens_mask(), probe.get_ids()) {
            ([1, ..], [first, ..]) => Some(*first),
            _ => None,
        };
        let cache = EncodeCache::of(&tokenizer);
        Ok(Tokenizer(Arc::new(Inner {
            tokenizer,
            bos,
            cache,
            chat: None,
        })))
    }

    /// The same with the model's chat template; called before anything is cloned.
    pub(super) fn with_chat(mut self, chat: Option<Template>) -> Self {
        if let Some(inner) = Arc::get_mut(&mut self.0) {
            inner.chat = chat;
        }
        self
    }

    /// The text of token ids, without special tokens.
    pub fn decode(&self, ids: &[u32]) -> String {
        self.text_of(ids, true)
    }

    /// The same with special tokens.
    pub fn visible(&self, ids: &[u32]) -> String {
        self.text_of(ids, false)
    }

    /// The text of one token as a screen shows it: special tokens visible, the bytes of a character that several
    /// tokens share as `<0xCA>`, nothing for an id that the tokenizer does not know.
    pub fn text(&self, id: u32) -> String {
        let first = self.text_of(&[id], false);
        if first.contains(char::REPLACEMENT_CHARACTER)
            && let Some(piece) = self.0.tokenizer.id_to_token(id)
            && let Some(bytes) = spell_bytes(&piece)
        {
            return bytes;
        }
        // Decoders of vocabularies like Llama 2's leave out the space that a text begins with, and no other.
        let twice = self.text_of(&[id, id], false);
        twice
            .strip_prefix(&first)
            .map(str::to_owned)
            .unwrap_or(first)
    }

    /// What a token adds to the text of those before it: nothing while a character lacks bytes, then all of it.
    pub fn added(&self, before: &[u32], id: u32) -> String {
        let known = self.whole(before);
        let all = self.whole(&[before, &[id]].concat());
        let pairs = known.chars().zip(all.chars());
        let same: usize = pairs
            .take_while(|(old, new)| old == new)
            .map(|(c, _)| c.len_utf8())
            .sum();
        // For a byte that fits nowhere, byte fallback gives up the whole run of bytes that it stands in, with one
        // replacement character for each. Those of characters that were known already add nothing.
        all[same..].chars().skip(known.len() - same).collect()
    }

    /// The text of tokens as far as its characters are whole.
    fn whole(&self, ids: &[u32]) -> String {
        let mut longest = String::new();
        // Byte fallback shows a run of bytes whose last character lacks some as nothing but replacement
        // characters, so the last whole character may come to light only without the tokens after it.
        for end in (0..=ids.len()).rev() {
            let mut text = self.text_of(&ids[..end], false);
            let whole = text.trim_end_matches(char::REPLACEMENT_CHARACTER).len();
            let complete = whole == text.len();
            text.truncate(whole);
            if text.len() > longest.len() {
                longest = text;
            }
            if complete {
                break;
            }
        }
        longest
    }

    /// Whether a token's text contains a newline, which ends an answer.
    pub fn breaks_line(&self, id: u32) -> bool {
        self.text(id).contains('\n')
    }

    /// Number of tokens, special ones included.
    pub fn vocab_size(&self) -> usize {
        self.0.tokenizer.get_vocab_size(true)
    }

    fn text_of(&self, ids: &[u32], skip_special: bool) -> String {
        // The decoders of byte-pair tokenizers only join and replace; they have no way to fail.
        self.0
            .tokenizer
            .decode(ids, skip_special)
            .unwrap_or_default()
    }

    fn encode_whole(&self, text: &str) -> Vec<u32> {
        self.0
            .tokenizer
            .encode_fast(text, false)
            .expect("check_bpe saw to the only error, an unknown token outside the vocabulary")
            .get_ids()
            .to_vec()
    }
}

/// Clones of one tokenizer are equal.
impl PartialEq for Tokenizer {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Encode for Tokenizer {
    fn encode(&self, text: &str) -> Vec<u32> {
        self.until(&NEVER).encode(text)
    }

    fn bos(&self) -> Option<u32> {
        self.0.bos
    }

    fn chat(&self) -> Option<&Template> {
        self.0.chat.as_ref()
    }
}

impl Encode for Until<'_> {
    fn encode(&self, text: &str) -> Vec<u32> {
        let tokenizer = self.tokenizer;
        match &tokenizer.0.cache {
            Some(cache) => cache.encode(text, self.cancel, |piece| tokenizer.encode_whole(piece)),
            None => tokenizer.encode_whole(text),
        }
    }

    fn bos(&self) -> Option<u32> {
        self.tokenizer.0.bos
    }

    fn chat(&self) -> Option<&Template> {
        self.tokenizer.chat()
    }
}

fn check_bpe(file: &str, tokenizer: &tokenizers::Tokenizer) -> Result<(), ModelError> {
    let unsupported = |what: &str| ModelError::Unsupported {
        file: file.to_owned(),
        what: what.to_owned(),
        advice: "use a model with a byte-pair tokenizer".to_owned(),
    };
    let bpe = match tokenizer.get_model() {
        ModelWrapper::BPE(bpe) => bpe,
        ModelWrapper::WordPiece(_) => return Err(unsupported("a WordPiece tokenizer")),
        ModelWrapper::WordLevel(_) => return Err(unsupported("a WordLevel tokenizer")),
        ModelWrapper::Unigram(_) => return Err(unsupported("a Unigram tokenizer")),
    };
    if bpe.dropout.is_some_and(|share| share > 0.0) {
        return Err(unsupported("random dropout of merges"));
    }
    if let Some(unknown) = bpe.get_unk_token()
        && bpe.token_to_id(unknown).is_none()
    {
        let what = format!(
            "its unknown token `{}` is not in the vocabulary",
            first_line(unknown)
        );
        return Err(ModelError::damaged(file, what));
    }
    Ok(())
}
