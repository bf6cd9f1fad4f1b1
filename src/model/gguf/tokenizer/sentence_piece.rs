//! SentencePiece's byte-pair encoding in the way of Llama 1 and 2, TinyLlama and their like: over the characters of
//! the whole text, whose blanks are `▁`, with bytes for characters that the vocabulary lacks.

use tokenizers::decoders::DecoderWrapper;
use tokenizers::decoders::byte_fallback::ByteFallback;
use tokenizers::decoders::fuse::Fuse;
use tokenizers::decoders::sequence::Sequence as Decoders;
use tokenizers::decoders::strip::Strip;
use tokenizers::models::bpe::{BPE, Merges, Vocab};
use tokenizers::normalizers::replace::Replace;
use tokenizers::normalizers::{NormalizerWrapper, Prepend, Sequence};
use tokenizers::{Result, Tokenizer};

/// What a blank is written as.
const BLANK: &str = "▁";

/// `begins_blank`: a blank is put in front of every text.
pub(super) fn tokenizer(
    vocab: Vocab,
    merges: Merges,
    unknown: &str,
    begins_blank: bool,
) -> Result<Tokenizer> {
    let bpe = BPE::builder()
        .vocab_and_merges(vocab, merges)
        .unk_token(unknown.to_owned())
        .fuse_unk(true)
        .byte_fallback(true)
        .build()?;
    let mut tokenizer = Tokenizer::new(bpe);
    let mut normalizers: Vec<NormalizerWrapper> = Vec::new();
    let mut decoders: Vec<DecoderWrapper> = vec![
        Replace::new(BLANK, " ")?.into(),
        ByteFallback::new().into(),
        Fuse::new().into(),
    ];
    if begins_blank {
        normalizers.push(Prepend::new(BLANK.to_owned()).into());
        decoders.push(Strip::new(' ', 1, 0).into());
    }
    normalizers.push(Replace::new(" ", BLANK)?.into());
    tokenizer.with_normalizer(Some(Sequence::new(normalizers)))?;
    tokenizer.with_decoder(Some(Decoders::new(decoders)));
    Ok(tokenizer)
}

/// The merges that lead to each token of the vocabulary, those of higher score first, as `SentencePieceExtractor` of
/// transformers makes them.
pub(super) fn merges(vocab: &Vocab, tokens: &[&str], scores: &[f32]) -> Merges {
    let mut merges = Vec::new();
    // Unused tokens are not in it: nothing merges into them.
    let known = |(token, _): &(&&str, &f32)| vocab.contains_key(**token);
    for (token, score) in tokens.iter().zip(scores).filter(known) {
        let borders = token.char_indices().skip(1).map(|(at, _)| at);
        let mut pairs: Vec<_> = borders
            .map(|at| token.split_at(at))
            .filter_map(|(left, right)| Some((vocab.get(left)?, vocab.get(right)?, left, right)))
            .collect();
        pairs.sort_unstable();
        merges.extend(
            pairs
                .into_iter()
                .map(|(_, _, left, right)| (*score, left, right)),
        );
    }
    // Of equal scores the token of the lower id comes first: files without scores hold one for all.
    merges.sort_by(|(a, ..), (b, ..)| b.total_cmp(a));
    let owned = |(_, left, right): (f32, &str, &str)| (left.to_owned(), right.to_owned());
    merges.into_iter().map(owned).collect()
}
