//! Texts and tokens.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use lamascope::model::Tokenizer;
use lamascope::prompt::Encode;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokenizers::TruncationParams;
use tokenizers::processors::template::TemplateProcessing;

use crate::support::*;

#[test]
fn the_begin_token_is_what_the_post_processor_puts_first() {
    assert_eq!(load(&small_tokenizer(true)).bos(), Some(0));
    assert_eq!(load(&small_tokenizer(false)).bos(), None);
    let mut ends = small_tokenizer(false);
    let template = TemplateProcessing::builder()
        .try_single("$A <|end|>")
        .unwrap()
        .special_tokens(vec![("<|end|>", 1)])
        .build()
        .unwrap();
    ends.with_post_processor(Some(template));
    assert_eq!(load(&ends).bos(), None);
}

#[test]
fn texts_and_tokens() {
    let tokenizer = load(&small_tokenizer(true));
    let ids = tokenizer.encode("Q: It's 1516 [MASK].\n\nA: Größe");
    assert_eq!(tokenizer.decode(&ids), "Q: It's 1516 [MASK].\n\nA: Größe");
    assert!(!ids.contains(&0), "no special tokens are added");
    assert_eq!(tokenizer.decode(&[0, ids[0], 1]), "Q");
    assert_eq!(tokenizer.text(1), "<|end|>");
    assert_eq!(tokenizer.text(9_999), "");
    assert_eq!(tokenizer.vocab_size(), 340);
    let stop = *tokenizer.encode("gap.\n\n").last().unwrap();
    assert_eq!(tokenizer.text(stop), ".\n\n");
    assert!(tokenizer.breaks_line(stop) && !tokenizer.breaks_line(1));
    assert_eq!(tokenizer.encode(""), [0u32; 0]);
}

#[test]
fn a_character_in_parts_shows_its_bytes_and_is_joined_when_it_is_whole() {
    let tokenizer = load(&small_tokenizer(true));
    let ids = tokenizer.encode("oʻo");
    let texts: Vec<String> = ids.iter().map(|&id| tokenizer.text(id)).collect();
    assert_eq!(texts, ["o", "<0xCA>", "<0xBB>", "o"]);
    let added: Vec<String> = (0..ids.len())
        .map(|at| tokenizer.added(&ids[..at], ids[at]))
        .collect();
    assert_eq!(added, ["o", "", "ʻ", "o"]);
    // What never becomes whole shows as soon as that is certain.
    assert_eq!(tokenizer.added(&ids[..2], ids[0]), "\u{FFFD}o");
    assert_eq!(tokenizer.added(&[], 1), "<|end|>");
}

/// Built like Llama 2's tokenizer: `▁` for a space, bytes for what the vocabulary lacks.
fn with_byte_fallback() -> Tokenizer {
    let pieces = ["<unk>", "<s>", "▁", "▁on", "on", "o", "n", "▁o", "\u{FFFD}"];
    let bytes = (0..=255).map(|byte| format!("<0x{byte:02X}>"));
    let vocab: serde_json::Map<String, Value> = bytes
        .chain(pieces.map(str::to_owned))
        .zip((0..).map(Value::from))
        .collect();
    let json = json!({
        "version": "1.0", "truncation": null, "padding": null, "pre_tokenizer": null, "post_processor": null,
        "added_tokens": [{"id": 257, "content": "<s>", "special": true, "single_word": false, "lstrip": false,
            "rstrip": false, "normalized": false}],
        "normalizer": {"type": "Sequence", "normalizers": [{"type": "Prepend", "prepend": "▁"},
            {"type": "Replace", "pattern": {"String": " "}, "content": "▁"}]},
        "decoder": {"type": "Sequence", "decoders": [
            {"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"},
            {"type": "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
        "model": {"type": "BPE", "unk_token": "<unk>", "fuse_unk": true, "byte_fallback": true, "vocab": vocab,
            "merges": ["o n", "▁ on"]},
    });
    Tokenizer::from_json("tokenizer.json", json.to_string().as_bytes()).unwrap()
}

#[test]
fn a_token_keeps_its_space_where_the_decoder_strips_that_of_the_text() {
    let tokenizer = with_byte_fallback();
    let ids = tokenizer.encode("on on\n é");
    assert_eq!(tokenizer.decode(&ids), "on on\n é");
    let texts: Vec<String> = ids.iter().map(|&id| tokenizer.text(id)).collect();
    assert_eq!(texts, [" on", " on", "\n", " ", "<0xC3>", "<0xA9>"]);
    assert!(tokenizer.breaks_line(ids[2]) && !tokenizer.breaks_line(ids[3]));
    assert_eq!(tokenizer.text(257), "<s>");
    assert_eq!(tokenizer.text(264), "\u{FFFD}");
}

#[test]
fn characters_in_bytes_one_after_the_other_are_added_once() {
    let tokenizer = with_byte_fallback();
    let added = |ids: &[u32]| -> Vec<String> {
        (0..ids.len())
            .map(|at| tokenizer.added(&ids[..at], ids[at]))
            .collect()
    };
    let ids = tokenizer.encode("éʻ on");
    assert_eq!(added(&ids), ["", "", "é", "", "ʻ", " on"]);
    // A byte that fits nowhere spoils the run; what it takes back is not shown again.
    let ids = [259, 0xC3, 0xA9, 0xC3, 259, 0xC3, 0xA9];
    assert_eq!(tokenizer.decode(&ids), "on\u{FFFD}\u{FFFD}\u{FFFD} oné");
    assert_eq!(added(&ids), ["on", "", "é", "", "\u{FFFD} on", "", "é"]);
}

#[test]
fn stored_limits_do_not_count() {
    let mut limited = small_tokenizer(true);
    let expected = load(&limited).encode(TEXT);
    limited
        .with_truncation(Some(TruncationParams {
            max_length: 4,
            ..Default::default()
        }))
        .unwrap();
    limited.with_padding(Some(Default::default()));
    assert_eq!(load(&limited).encode(TEXT), expected);
}

#[test]
fn other_tokenizers_are_refused_by_name() {
    let refused = |model: Value| {
        let mut json: Value = serde_json::from_slice(&json_of(&small_tokenizer(true))).unwrap();
        json["model"] = model;
        json["post_processor"] = Value::Null;
        message(Tokenizer::from_json("t.json", json.to_string().as_bytes()))
    };
    let unigram =
        json!({"type": "Unigram", "unk_id": 0, "vocab": [["a", 0.0]], "byte_fallback": false});
    assert!(refused(unigram).starts_with("t.json: a Unigram tokenizer is not supported"));
    let dropout =
        json!({"type": "BPE", "dropout": 0.1, "unk_token": null, "vocab": {"a": 0}, "merges": []});
    assert!(refused(dropout).contains("dropout"));
    let unknown = json!({"type": "BPE", "unk_token": "?", "vocab": {"a": 0}, "merges": []});
    assert!(refused(unknown).contains("unknown token `?`"));
    let text = message(Tokenizer::from_json("t.json", b"{}"));
    assert!(text.starts_with("t.json: is no tokenizer"), "{text}");
}

/// Nothing is looked at again and again: sixteen times the digits take about sixteen times as long, not 256 times.
#[test]
fn a_long_run_of_digits_takes_time_in_proportion() {
    let tokenizer = &small(true).1;
    let time = |digits: usize| {
        let text = "7".repeat(digits);
        let start = Instant::now();
        assert!(tokenizer.encode(&text).len() >= digits / 3);
        start.elapsed()
    };
    let (short, long) = (time(50_000), time(800_000));
    assert!(long < 80 * short, "{short:?} and {long:?}");
}

#[test]
fn encoding_stops_when_it_is_cancelled() {
    let cancel = AtomicBool::new(false);
    for begin in [true, false] {
        let tokenizer = &small(begin).1;
        // Not from memory.
        let text = |word: &str| format!("{word} and more\n").repeat(1000);
        let whole = tokenizer.until(&cancel).encode(&text("one"));
        assert_eq!(whole, tokenizer.encode(&text("one")));
        cancel.store(true, Ordering::Relaxed);
        assert!(tokenizer.until(&cancel).encode(&text("two")).len() < 20);
        cancel.store(false, Ordering::Relaxed);
        // What was cut short has not been remembered.
        let again = tokenizer.until(&cancel).encode(&text("two"));
        assert_eq!(
            again,
            small(begin).0.encode(text("two"), false).unwrap().get_ids()
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        failure_persistence: None,
        ..Default::default()
    })]

    /// Pieces are encoded apart only where that changes nothing.
    #[test]
    fn encoding_by_pieces_is_encoding_as_a_whole(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "\n", "\n\n", "\r\n", " ", "  ", "\t", ".", "].", "'", "'s", "A:", "Q: ", "the", "12345", "é", "e\u{301}",
            "\u{301}", "\u{a0}", "\u{2028}", "\u{b}", "\u{1c}", "\0", "'LL", "'Re",
            "R", "漢", "[MASK]", "<|end|>",
            "<|", "x", "\u{85}", "🙂", "ſ",
        ]), 0..40),
    ) {
        let text = pieces.concat();
        for begin in [true, false] {
            let whole = small(begin).0.encode(text.as_str(), false).unwrap();
            // Twice: the second time from memory.
            for _ in 0..2 {
                prop_assert_eq!(small(begin).1.encode(&text), whole.get_ids());
            }
        }
    }
}

#[test]
fn threads_may_share_a_tokenizer() {
    let tokenizer = load(&small_tokenizer(true));
    let text = |i: usize| format!("{TEXT}Q: Question {i}?\nA:");
    let expected: Vec<_> = (0..200).map(|i| tokenizer.encode(&text(i))).collect();
    let shared = load(&small_tokenizer(true));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let shared = shared.clone();
            let expected = &expected;
            scope.spawn(move || {
                for (i, expected) in expected.iter().enumerate() {
                    assert_eq!(&shared.encode(&text(i)), expected);
                }
            });
        }
    });
}
