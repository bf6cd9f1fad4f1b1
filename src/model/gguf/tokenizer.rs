//! A tokenizer from a GGUF file's metadata.

use candle_core::quantized::gguf_file::Content;
use tokenizers::decoders::byte_level::ByteLevel;
use tokenizers::models::bpe::{BPE, Vocab};
use tokenizers::normalizers::NFC;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::tokenizer::SplitDelimiterBehavior;
use tokenizers::{AddedToken, Tokenizer};

use super::metadata::Metadata;
use crate::model::ModelError;
use crate::model::lines::{LLAMA3, QWEN2};

/// What `tokenizer.ggml.pre` stands for.
struct Scheme {
    split: &'static str,
    /// Text is composed (NFC) first.
    compose: bool,
    /// Words of the vocabulary are taken whole, whatever the merges say.
    whole_words: bool,
    /// A begin token is added unless the file says otherwise.
    begins: bool,
}

/// Of `tokenizer.ggml.token_type`.
const CONTROL: u64 = 3;
const USER_DEFINED: u64 = 4;
/// `[PAD151700]`: fills a vocabulary up to the rows of its embedding, and has no text.
const UNUSED: u64 = 5;

/// Byte-pair encoding in the way of Llama 3 or Qwen, whose names llama.cpp's converter derives from what a
/// tokenizer does to a test text; the rules behind each name are those of llama.cpp's `llama-vocab.cpp`.
///
/// # Errors
///
/// [`ModelError::Unsupported`] for every other tokenizer.
pub(super) fn build(file: &str, content: &Content) -> Result<Tokenizer, ModelError> {
    let data = Metadata::new(file, content);
    let scheme = scheme(data)?;
    let tokens = data.texts("tokenizer.ggml.tokens")?;
    let key = "tokenizer.ggml.token_type";
    let types = data.need(key, data.numbers(key))?;
    if types.len() != tokens.len() {
        return Err(data.wrong(key, &format!("a list of {}", tokens.len())));
    }
    let vocab: Vocab = (0..)
        .zip(tokens.iter().zip(&types))
        .filter(|(_, (_, kind))| **kind != UNUSED)
        .map(|(id, (token, _))| ((*token).to_owned(), id))
        .collect();
    let merges = data
        .texts("tokenizer.ggml.merges")?
        .into_iter()
        .map(|merge| {
            merge
                .split_once(' ')
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
        })
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| {
            data.wrong(
                "tokenizer.ggml.merges",
                "pairs of tokens with a space between",
            )
        })?;
    let damaged = |e: tokenizers::Error| ModelError::damaged(file, format!("its tokenizer: {e}"));

    let bpe = BPE::builder()
        .vocab_and_merges(vocab, merges)
        .ignore_merges(scheme.whole_words)
        .build()
        .map_err(damaged)?;
    let mut tokenizer = Tokenizer::new(bpe);
    if scheme.compose {
        tokenizer.with_normalizer(Some(NFC)).map_err(damaged)?;
    }
    let split = Split::new(
        SplitPattern::Regex(scheme.split.to_owned()),
        SplitDelimiterBehavior::Isolated,
        false,
    )
    .map_err(damaged)?;
    let bytes = tokenizers::pre_tokenizers::byte_level::ByteLevel::new(false, false, false);
    let pre_tokenizer = Sequence::new(vec![split.into(), bytes.into()]);
    tokenizer.with_pre_tokenizer(Some(PreTokenizerWrapper::from(pre_tokenizer)));
    tokenizer.with_decoder(Some(ByteLevel::default()));
    add_tokens(data, &tokens, &types, &mut tokenizer)?;

    if data
        .flag("tokenizer.ggml.add_bos_token")?
        .unwrap_or(scheme.begins)
    {
        let key = "tokenizer.ggml.bos_token_id";
        let id = data.need(key, data.token_id(key))?;
        let Some(token) = tokens.get(id as usize) else {
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

fn scheme(data: Metadata<'_>) -> Result<Scheme, ModelError> {
    let text = |key| data.need(key, data.text(key));
    let advice = "use the model's safetensors files";
    let model = text("tokenizer.ggml.model")?;
    if model != "gpt2" {
        return Err(data.unsupported(format!("tokenizer model `{model}`"), advice));
    }
    match text("tokenizer.ggml.pre")? {
        "llama-bpe" | "llama3" | "llama-v3" => Ok(Scheme {
            split: LLAMA3,
            compose: false,
            whole_words: true,
            begins: true,
        }),
        "qwen2" | "deepseek-r1-qwen" => Ok(Scheme {
            split: QWEN2,
            compose: true,
            whole_words: false,
            begins: false,
        }),
        other => Err(data.unsupported(format!("tokenizer `{other}`"), advice)),
    }
}

/// Tokens that are found in text before it is split: special ones, and those that a model's makers added.
fn add_tokens(
    data: Metadata<'_>,
    tokens: &[&str],
    types: &[u64],
    tokenizer: &mut Tokenizer,
) -> Result<(), ModelError> {
    let added = tokens.iter().zip(types).filter_map(|(token, kind)| {
        let special = match *kind {
            CONTROL => true,
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
