//! A tokenizer from a GGUF file's metadata.
//!
//! candle's `TokenizerFromGguf` does not serve here: it refuses SentencePiece vocabularies (Llama 2), takes GPT-2's
//! pre-tokenizer without a word for names that it does not know, `llama-bpe` of llama.cpp's converter among them, and
//! writes the expressions differently from the `tokenizer.json` of the same models, so that texts could not be encoded
//! piece by piece.

mod byte_level;
mod sentence_piece;

use std::collections::BTreeMap;

use candle_core::quantized::gguf_file::Content;
use tokenizers::models::bpe::Vocab;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, Tokenizer};

use self::byte_level::Scheme;
use super::metadata::Metadata;
use crate::model::ModelError;
use crate::prompt::Template;

/// Of `tokenizer.ggml.token_type`.
const UNKNOWN: u64 = 2;
const CONTROL: u64 = 3;
const USER_DEFINED: u64 = 4;
/// `[PAD151700]`: fills a vocabulary up to the rows of its embedding, and has no text.
const UNUSED: u64 = 5;

/// Names of special tokens in chat templates, and the keys of their ids.
const SPECIAL: [(&str, &str); 4] = [
    ("bos_token", "tokenizer.ggml.bos_token_id"),
    ("eos_token", "tokenizer.ggml.eos_token_id"),
    ("unk_token", "tokenizer.ggml.unknown_token_id"),
    ("pad_token", "tokenizer.ggml.padding_token_id"),
];

/// What to do about a tokenizer that is not known.
const ADVICE: &str = "use the model's safetensors files";

/// Tokens by id, and what kind each is.
struct Tokens<'a> {
    texts: Vec<&'a str>,
    kinds: Vec<u64>,
}

/// # Errors
///
/// [`ModelError::Unsupported`] for a tokenizer that is not known.
pub(super) fn build(file: &str, content: &Content) -> Result<Tokenizer, ModelError> {
    let data = Metadata::new(file, content);
    let tokens = Tokens::read(data)?;
    let damaged = |e: tokenizers::Error| ModelError::damaged(file, format!("its tokenizer: {e}"));
    let key = "tokenizer.ggml.model";
    let (mut tokenizer, begins) = match data.need(key, data.text(key))? {
        "gpt2" => {
            let scheme = Scheme::named(data)?;
            let merges = byte_level::merges(data)?;
            let tokenizer = scheme.tokenizer(tokens.vocab(), merges);
            (tokenizer.map_err(damaged)?, scheme.begins)
        }
        "llama" => {
            let vocab = tokens.vocab();
            let merges = sentence_piece::merges(&vocab, &tokens.texts, &tokens.scores(data)?);
            let blank = data
                .flag("tokenizer.ggml.add_space_prefix")?
                .unwrap_or(true);
            let tokenizer = sentence_piece::tokenizer(vocab, merges, tokens.unknown(data)?, blank);
            (tokenizer.map_err(damaged)?, true)
        }
        other => return Err(data.unsupported(format!("tokenizer model `{other}`"), ADVICE)),
    };
    tokens.add_special(data, &mut tokenizer)?;
    if data.flag("tokenizer.ggml.add_bos_token")?.unwrap_or(begins) {
        let key = "tokenizer.ggml.bos_token_id";
        let id = data.need(key, data.token_id(key))?;
        let Some(token) = tokens.texts.get(id as usize) else {
            return Err(data.wrong(key, "a token of the vocabulary"));
        };
        let begin = TemplateProcessing::builder()
            .try_single(vec![(*token).to_owned(), "$A".to_owned()])
            .map_err(|e| ModelError::damaged(file, e))?
            .special_tokens(vec![((*token).to_owned(), id)])
            .build()
            .map_err(|e| ModelError::damaged(file, e))?;
        tokenizer.with_post_processor(Some(begin));
    }
    Ok(tokenizer)
}

/// The chat template, with the special tokens that it may name.
pub(super) fn chat(file: &str, content: &Content) -> Result<Option<Template>, ModelError> {
    let data = Metadata::new(file, content);
    let Some(source) = data.text("tokenizer.chat_template")? else {
        return Ok(None);
    };
    let tokens = data.texts("tokenizer.ggml.tokens")?;
    let mut special = BTreeMap::new();
    for (name, key) in SPECIAL {
        let id = data.token_id(key)?;
        if let Some(text) = id.and_then(|id| tokens.get(id as usize)) {
            special.insert(name.to_owned(), (*text).to_owned());
        }
    }
    Ok(Some(Template::new(source.to_owned(), special)))
}

impl<'a> Tokens<'a> {
    fn read(data: Metadata<'a>) -> Result<Self, ModelError> {
        let texts = data.texts("tokenizer.ggml.tokens")?;
        let key = "tokenizer.ggml.token_type";
        let kinds = data.need(key, data.numbers(key))?;
        if kinds.len() != texts.len() {
            return Err(data.wrong(key, &format!("a list of {}", texts.len())));
        }
        Ok(Tokens { texts, kinds })
    }

    fn vocab(&self) -> Vocab {
        let all = (0..).zip(self.texts.iter().zip(&self.kinds));
        all.filter(|(_, (_, kind))| **kind != UNUSED)
            .map(|(id, (token, _))| ((*token).to_owned(), id))
            .collect()
    }

    fn scores(&self, data: Metadata<'_>) -> Result<Vec<f32>, ModelError> {
        let key = "tokenizer.ggml.scores";
        let scores = data.need(key, data.fractions(key))?;
        if scores.len() != self.texts.len() {
            return Err(data.wrong(key, &format!("a list of {}", self.texts.len())));
        }
        Ok(scores)
    }

    /// The token of what has neither a token nor bytes.
    fn unknown(&self, data: Metadata<'_>) -> Result<&'a str, ModelError> {
        let key = "tokenizer.ggml.unknown_token_id";
        let id = match data.token_id(key)? {
            Some(id) => Some(id as usize),
            None => self.kinds.iter().position(|kind| *kind == UNKNOWN),
        };
        id.and_then(|id| self.texts.get(id))
            .copied()
            .ok_or_else(|| data.wrong(key, "a token of the vocabulary"))
    }

    /// Tokens that are found in text before it is split: special ones, and those that a model's makers added.
    fn add_special(&self, data: Metadata<'_>, tokenizer: &mut Tokenizer) -> Result<(), ModelError> {
        let added = self
            .texts
            .iter()
            .zip(&self.kinds)
            .filter_map(|(token, kind)| {
                let special = match *kind {
                    CONTROL | UNKNOWN => true,
                    USER_DEFINED => false,
                    _ => return None,
                };
                Some(AddedToken::from(*token, special).normalized(false))
            });
        tokenizer
            .add_tokens(added.collect::<Vec<_>>())
            .map_err(|e| {
                let key = "tokenizer.ggml.token_type";
                data.wrong(key, &format!("types of addable tokens ({e})"))
            })?;
        Ok(())
    }
}
