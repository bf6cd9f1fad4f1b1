//! Byte-pair encoding in the way of Llama 3 or Qwen, over the bytes of a text cut into words.

use tokenizers::decoders::byte_level::ByteLevel;
use tokenizers::models::bpe::{BPE, Merges, Vocab};
use tokenizers::normalizers::NFC;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::tokenizer::SplitDelimiterBehavior;
use tokenizers::{Result, Tokenizer};

use super::Metadata;
use crate::model::ModelError;
use crate::model::encode_cache::{LLAMA3, QWEN2};

/// What `tokenizer.ggml.pre` stands for.
pub(super) struct Scheme {
    split: &'static str,
    /// Text is composed (NFC) first.
    compose: bool,
    /// Words of the vocabulary are taken whole, whatever the merges say.
    whole_words: bool,
    /// A begin token is added unless the file says otherwise.
    pub begins: bool,
}

impl Scheme {
    /// Names that llama.cpp's converter derives from what a tokenizer does to a test text; the rules behind each are
    /// those of llama.cpp's `llama-vocab.cpp`.
    pub fn named(data: Metadata<'_>) -> std::result::Result<Scheme, ModelError> {
        let key = "tokenizer.ggml.pre";
        match data.need(key, data.text(key))? {
            // The first Llama 3's tokenizer goes by the name of a model tuned from it.
            "llama-bpe" | "llama3" | "llama-v3" | "smaug-bpe" => Ok(Scheme {
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
            other => Err(data.unsupported(format!("tokenizer `{other}`"), super::ADVICE)),
        }
    }

    pub fn tokenizer(&self, vocab: Vocab, merges: Merges) -> Result<Tokenizer> {
        let bpe = BPE::builder()
            .vocab_and_merges(vocab, merges)
            .ignore_merges(self.whole_words)
            .build()?;
        let mut tokenizer = Tokenizer::new(bpe);
        if self.compose {
            tokenizer.with_normalizer(Some(NFC))?;
        }
        let split = Split::new(
            SplitPattern::Regex(self.split.to_owned()),
            SplitDelimiterBehavior::Isolated,
            false,
        )?;
        let bytes = tokenizers::pre_tokenizers::byte_level::ByteLevel::new(false, false, false);
        let pre_tokenizer = Sequence::new(vec![split.into(), bytes.into()]);
        tokenizer.with_pre_tokenizer(Some(PreTokenizerWrapper::from(pre_tokenizer)));
        tokenizer.with_decoder(Some(ByteLevel::default()));
        Ok(tokenizer)
    }
}

/// Pairs of tokens, as the file lists them.
pub(super) fn merges(data: Metadata<'_>) -> std::result::Result<Merges, ModelError> {
    let key = "tokenizer.ggml.merges";
    let pairs = data.texts(key)?.into_iter().map(|merge| {
        let (left, right) = merge.split_once(' ')?;
        Some((left.to_owned(), right.to_owned()))
    });
    pairs
        .collect::<Option<_>>()
        .ok_or_else(|| data.wrong(key, "pairs of tokens with a space between"))
}
