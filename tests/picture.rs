//! Pictures of masks: a tiny one by hand, and any of them against the mask itself.

use std::collections::HashSet;

use lamascope::layout::picture::{Block, End, Labels, blocks, png, svg, text, write_json};
use lamascope::layout::{
    Cue, Encode, Fusion, Glue, Isolation, Layout, Options, Positions, Prefix, Preset, Source,
};
use lamascope::prompt::Context;
use proptest::prelude::*;
use resvg::tiny_skia::Pixmap;

/// One token per word; `_` stands in front of all.
struct Words;

impl Encode for Words {
    fn encode(&self, text: &str) -> Vec<u32> {
        text.split_whitespace()
            .map(|word| u32::from(word.as_bytes()[0]))
            .collect()
    }

    fn bos(&self) -> Option<u32> {
        Some(u32::from(b'_'))
    }
}

fn layout(questions: &[String], manual: usize, options: Options) -> Layout {
    let context = Context::new("i", &[]);
    let source = Source {
        context: &context,
        questions,
        manual,
    };
    Layout::build(&Words, source, options).expect("the options go together")
}

fn tiny(preset: Preset) -> (Layout, Labels) {
    let options = Options {
        manual_cross_attention: true,
        ..preset.options()
    };
    let questions = ["x y", "z", "w"].map(str::to_owned);
    let labels = Labels {
        title: "title".to_owned(),
        subtitle: "subtitle".to_owned(),
        segments: ["m1", "m3", "a2"]
            .iter()
            .zip(&questions)
            .map(|(id, q)| ((*id).to_owned(), q.clone()))
            .collect(),
        last_token: "A:".to_owned(),
    };
    (layout(&questions, 2, options), labels)
}

#[test]
fn a_tiny_mask_in_characters() {
    let (layout, labels) = tiny(Preset::Series);
    // BOS, instruction; "Q: x y", "Q: z", "Q: w"; the cue.
    assert_eq!(layout.len(), 2 + 3 + 2 + 2 + 1);
    let wanted = "\
title
subtitle
10 × 10 tokens, 1 cell = 1 token; a row reads the keys to its left

      m1 m3
    ░
    ░░
m1  ░░█
    ░░██
    ░░███
m3  ░░▓▓▓█
    ░░▓▓▓██
a2  ░░·····█
    ░░·····██
 →  ▒▒▒▒▒▒▒▒▒▒

░  shared, read by all
█  own question
▓  manual cross-attention
▒  fusing row, reads all
·  not read
→  row 9 \"A:\" emits the first answer token and reads 3 of 3 questions: fused

m1  tokens 2–4        x y
m3  tokens 5–6        z
a2  tokens 7–8        w
";
    // No room is left for a2 above its keys.
    assert_eq!(text(&layout, &labels, 72), wanted);
}

#[test]
fn a_tiny_mask_cell_by_cell() {
    let (layout, _) = tiny(Preset::Series);
    let mut json = Vec::new();
    write_json(&mut json, &layout, |id| char::from(id as u8).to_string()).expect("a vector");
    let found: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    let wanted = serde_json::json!({
        "tokens": ["_", "i", "Q", "x", "y", "Q", "z", "Q", "w", "A"],
        "owner": [-1, -1, 0, 0, 0, 1, 1, 2, 2, -1],
        "role": ["shared", "shared", "segment", "segment", "segment", "segment", "segment", "segment", "segment", "tail"],
        "positions": [0, 1, 2, 3, 4, 2, 3, 2, 3, 5],
        "rows": [
            "1000000000", "1100000000", "1110000000", "1111000000", "1111100000", "1111110000", "1111111000",
            "1100000100", "1100000110", "1111111111",
        ],
    });
    assert_eq!(found, wanted);
    assert_eq!(String::from_utf8(json).expect("text").lines().count(), 1);
}

#[test]
fn a_tiny_mask_in_colours() {
    let (layout, labels) = tiny(Preset::Series);
    let drawing = svg(&layout, &labels);
    let pixels = Pixmap::decode_png(&png(&drawing).expect("a drawing")).expect("a PNG");
    // The middle of a cell: the mask is 600 units wide and starts at (64, 104); a unit is 2 pixels.
    let colour = |row: usize, key: usize| {
        let at = |edge: usize, cell: usize| (2 * (edge + 60 * cell + 30)) as u32;
        let pixel = pixels.pixel(at(64, key), at(104, row)).expect("inside");
        format!(
            "#{:02X}{:02X}{:02X}",
            pixel.red(),
            pixel.green(),
            pixel.blue()
        )
    };
    for (row, key, wanted) in [
        (0, 0, "#56B4E9"),
        (8, 1, "#56B4E9"),
        (4, 2, "#0072B2"),
        (8, 8, "#0072B2"),
        (6, 2, "#E69F00"),
        (7, 6, "#F0F0F0"),
        (9, 4, "#D55E00"),
        (2, 5, "#FFFFFF"),
    ] {
        assert_eq!(colour(row, key), wanted, "row {row}, key {key}");
    }
    // Words are drawn whatever fonts the machine has: the title's corner is not empty.
    let dark = |x: u32, y: u32| pixels.pixel(x, y).is_some_and(|pixel| pixel.red() < 128);
    assert!((128..300).any(|x| (28..58).any(|y| dark(x, y))));
}

#[test]
fn names_in_the_data_cannot_break_a_drawing() {
    let (layout, mut labels) = tiny(Preset::Fused);
    labels.title = "<&>\" \u{1b}[31m\u{0}".to_owned();
    labels.segments[0].1 = "</text><script>".to_owned();
    assert!(!svg(&layout, &labels).contains("<script>"));
    png(&svg(&layout, &labels)).expect("well-formed");
}

#[test]
fn a_long_mask_is_drawn_by_its_blocks() {
    let questions: Vec<String> = (0..100).map(|_| "word ".repeat(1_000)).collect();
    let layout = layout(&questions, 5, Preset::Fused.options());
    assert!(layout.len() > 100_000);
    assert!(blocks(&layout).len() < 500);
    let labels = Labels::default();
    assert!(svg(&layout, &labels).len() < 200_000);
    assert!(text(&layout, &labels, 72).lines().count() < 60);
}

/// The (row, key) pairs of a block.
fn cells(block: &Block) -> impl Iterator<Item = (usize, usize)> {
    let (start, end) = (block.start, block.end);
    block.rows.clone().flat_map(move |row| {
        let end = match end {
            End::Before(key) => key,
            End::Diagonal => row + 1,
        };
        (start..end).map(move |key| (row, key))
    })
}

fn options() -> impl Strategy<Value = Options> {
    let preset = prop::sample::select(vec![
        Preset::Fused,
        Preset::Seed,
        Preset::SeedAsRun,
        Preset::Series,
        Preset::Pcw,
        Preset::Causal,
    ]);
    let more = (
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
        any::<bool>(),
    );
    (preset, more).prop_map(|(preset, (cross, tail, last, shared, restart))| {
        let mut options = preset.options();
        options.manual_cross_attention = cross;
        options.cue = if tail { Cue::Tail } else { Cue::Segment };
        options.fusion = if last {
            Fusion::LastToken
        } else {
            Fusion::Generated
        };
        if options.glue == Glue::Attached {
            options.prefix = if shared {
                Prefix::Shared
            } else {
                Prefix::Repeated
            };
            options.positions = if restart {
                Positions::Restart
            } else {
                Positions::Continuous
            };
        }
        if cross && tail && last {
            options.isolation = Isolation::None;
        }
        options
    })
}

proptest! {
    #[test]
    fn blocks_are_the_mask(options in options(), questions in prop::collection::vec("[a-z]( [a-z]){0,4}", 1..5), manual in 0usize..5) {
        let layout = layout(&questions, manual.min(questions.len()), options);
        let mut seen = HashSet::new();
        for block in blocks(&layout) {
            for cell in cells(&block) {
                prop_assert!(seen.insert(cell), "cell {cell:?} is drawn twice");
            }
        }
        for row in 0..layout.len() {
            for key in 0..layout.len() {
                prop_assert_eq!(seen.contains(&(row, key)), layout.visible(row).contains(key));
            }
        }
    }
}
