//! Byte-pair encoding in the way of GPT-2 and those after it, over the bytes of a text cut into words.

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

/// GPT-2's way to split text.
const GPT2: &str = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

/// That of o200k: gpt-oss, Phi-4-mini.
const O200K: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// The same without contractions and with single digits, for Mistral's Tekken.
const TEKKEN: &str = r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// What `tokenizer.ggml.pre` stands for.
pub(super) struct Scheme {
    /// One after the other, each splitting what the one before has left.
    splits: &'static [&'static str],
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
        let plain = |splits: &'static [&'static str]| Scheme {
            splits,
            compose: false,
            whole_words: false,
            begins: false,
        };
        Ok(match data.need(key, data.text(key))? {
            // The first Llama 3's tokenizer goes by the name of a model tuned from it.
            "llama-bpe" | "llama3" | "llama-v3" | "smaug-bpe" | "falcon3" => Scheme {
                whole_words: true,
                begins: true,
                ..plain(&[LLAMA3])
            },
            "qwen2" | "deepseek-r1-qwen" => Scheme {
                compose: true,
                ..plain(&[QWEN2])
            },
            // OLMo 2 and 3, Phi-4.
            "dbrx" => plain(&[LLAMA3]),
            "gpt-4o" => plain(&[O200K]),
            "tekken" => Scheme {
                whole_words: true,
                begins: true,
                ..plain(&[TEKKEN])
            },
            // Granite.
            "refact" => plain(&[r"\p{N}", GPT2]),
            "exaone4" | "gpt-2" => plain(&[GPT2]),
            other => return Err(data.unsupported(format!("tokenizer `{other}`"), super::ADVICE)),
        })
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
        let mut steps: Vec<PreTokenizerWrapper> = Vec::new();
        for split in self.splits {
            let pattern = SplitPattern::Regex((*split).to_owned());
            let split = Split::new(pattern, SplitDelimiterBehavior::Isolated, false)?;
            steps.push(split.into());
        }
        let bytes = tokenizers::pre_tokenizers::byte_level::ByteLevel::new(false, false, false);
        steps.push(bytes.into());
        let steps = PreTokenizerWrapper::from(Sequence::new(steps));
        tokenizer.with_pre_tokenizer(Some(steps));
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
