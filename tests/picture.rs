//! Pictures of masks: a tiny one by hand, and any of them against the mask itself.

use std::collections::HashSet;

use lamascope::inspect::view::{Column, mask_columns};
use lamascope::layout::picture::{
    Block, End, Grid, Labels, Level, blocks, drawing, png, svg, text, write_json,
};
use lamascope::layout::{
    Cue, Fusion, Glue, Isolation, Layout, Options, Positions, Prefix, Preset, Source, Window,
};
use lamascope::prompt::{Context, Encode};
use proptest::prelude::*;
use tiny_skia::Pixmap;

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
    let source = Source::new(&context, questions, manual);
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
        window: None,
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

      m1 ╷ a2
    ▓
    ▓▓
m1  ▓▓█
    ▓▓██
    ▓▓███
m3  ▓▓░░░█
    ▓▓░░░██
a2  ▓▓·····█
    ▓▓·····██
   →━━━━━━━━━━

█  own question
░  manual cross-attention
▓  shared
━  reads all
·  not read
→  emits 1st answer token: row 9 \"A:\" reads 3 of 3 questions: fused

m1  tokens 2–4        x y
m3  tokens 5–6        z
a2  tokens 7–8        w
";
    // No room is left for m3 above its keys: a tick shows where they begin.
    assert_eq!(text(&layout, &labels, 72), wanted);
}

/// A cell of many tokens says what all of them do, or that they differ.
#[test]
fn a_folded_mask_in_characters() {
    let questions = ["x ".repeat(7), "y ".repeat(8), "z ".repeat(3)];
    let (_, labels) = tiny(Preset::Seed);
    let drawn = |options: Options, labels: &Labels| {
        let text = text(&layout(&questions, 2, options), labels, 16);
        let lines = text.lines().skip(4).take_while(|line| !line.is_empty());
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    // BOS belongs to no question and reads nothing.
    let seed = [
        "     m1   m3    a2",
        "    ·",
        "m1  ·▒▒",
        "    ·██▒▒",
        "    ·████▒",
        "m3  ······▒▒",
        "    ······██▒▒",
        "    ······████▒▒",
        "a2  ············▒▒",
        "    ············██▒",
        "   →············███\n",
    ]
    .join("\n");
    assert_eq!(drawn(Preset::Seed.options(), &labels), seed);
    // Plain concatenation: no question of its own, none that is not read.
    let causal = drawn(Preset::Causal.options(), &labels);
    for sign in "█▓░·".chars() {
        assert!(!causal.contains(sign), "{causal}");
    }
    assert!(causal.contains("━━▒") && causal.contains("→━━"), "{causal}");
}

#[test]
fn a_tiny_mask_cell_by_cell() {
    let (layout, _) = tiny(Preset::Series);
    let mut json = Vec::new();
    let letter = |id: u32| char::from(id as u8).to_string();
    write_json(&mut json, &layout, None, true, letter).expect("a vector");
    let found: serde_json::Value = serde_json::from_slice(&json).expect("JSON");
    let wanted = serde_json::json!({
        "tokens": ["_", "i", "Q", "x", "y", "Q", "z", "Q", "w", "A"],
        "owner": [-1, -1, 0, 0, 0, 1, 1, 2, 2, -1],
        "role": ["shared", "shared", "segment", "segment", "segment", "segment", "segment", "segment", "segment", "tail"],
        "positions": [0, 1, 2, 3, 4, 2, 3, 2, 3, 5],
        "reads": [
            [[0, 1]], [[0, 2]], [[0, 3]], [[0, 4]], [[0, 5]], [[0, 6]], [[0, 7]],
            [[0, 2], [7, 8]], [[0, 2], [7, 9]], [[0, 10]],
        ],
        "rows": [
            "1000000000", "1100000000", "1110000000", "1111000000", "1111100000", "1111110000", "1111111000",
            "1100000100", "1100000110", "1111111111",
        ],
    });
    assert_eq!(found, wanted);
    assert_eq!(String::from_utf8(json).expect("text").lines().count(), 1);
    let mut short = Vec::new();
    write_json(&mut short, &layout, None, false, letter).expect("a vector");
    let short: serde_json::Value = serde_json::from_slice(&short).expect("JSON");
    assert_eq!(short["reads"], found["reads"]);
    assert!(short.get("rows").is_none(), "{short}");
}

/// The colour at a place of a drawn mask, in units from its upper left corner, which lies at (90, 104). A unit is 2 pixels.
fn colour(pixels: &Pixmap, down: f64, right: f64) -> String {
    let at = |edge: f64, place: f64| (2.0 * (edge + place)) as u32;
    let pixel = pixels.pixel(at(90.0, right), at(104.0, down));
    let pixel = pixel.expect("inside");
    format!(
        "#{:02X}{:02X}{:02X}",
        pixel.red(),
        pixel.green(),
        pixel.blue()
    )
}

#[test]
fn a_tiny_mask_in_colours() {
    let (layout, labels) = tiny(Preset::Series);
    let bytes = png(&drawing(&layout, &labels)).expect("a drawing");
    let pixels = Pixmap::decode_png(&bytes).expect("a PNG");
    // The middle of a cell: the mask is 600 units wide.
    let middle = |cell: usize| 60.0 * cell as f64 + 30.0;
    let colour = |row, key| colour(&pixels, middle(row), middle(key));
    for (row, key, wanted) in [
        (0, 0, "#56B4E9"),
        (8, 1, "#56B4E9"),
        (4, 2, "#0072B2"),
        (8, 8, "#0072B2"),
        (6, 2, "#E69F00"),
        (7, 6, "#E8E8E8"),
        (9, 4, "#D55E00"),
        (2, 5, "#FFFFFF"),
    ] {
        assert_eq!(colour(row, key), wanted, "row {row}, key {key}");
    }
    // Words are drawn whatever fonts the machine has: the title's corner is not empty.
    let dark = |x: u32, y: u32| pixels.pixel(x, y).is_some_and(|pixel| pixel.red() < 128);
    assert!((180..300).any(|x| (38..68).any(|y| dark(x, y))));
}

/// One row and one column of thousands are what the picture is about.
#[test]
fn the_fusing_row_and_the_shared_column_are_seen_among_thousands_of_tokens() {
    let questions = vec!["word ".repeat(100); 100];
    let layout = layout(&questions, 5, Preset::Fused.options());
    let last = layout.len() - 1;
    let drawing = |layout| drawing(layout, &Labels::default());
    let drawn = svg(&drawing(&layout));
    let bytes = png(&drawing(&layout)).expect("a drawing");
    let pixels = Pixmap::decode_png(&bytes).expect("a PNG");
    for place in [5.0, 150.0, 300.0, 590.0] {
        for thick in [0.5, 2.0, 3.0] {
            assert_eq!(colour(&pixels, place, thick), "#56B4E9", "{place}");
            assert_eq!(colour(&pixels, 600.0 - thick, place), "#D55E00", "{place}");
        }
    }
    let said = "drawn thicker than to scale: token 0 (× 70), token";
    assert!(drawn.contains(&format!("{said} {last} (× 70)")), "{drawn}");
    assert!(!svg(&drawing(&tiny(Preset::Series).0)).contains("thicker"));
}

/// A drawing's areas hold the keys that are read: as many square units as pairs, where all is drawn to scale.
#[test]
fn a_drawing_of_a_window_is_cut_on_the_left() {
    let (layout, labels) = tiny(Preset::Causal);
    let shown = |window| svg(&drawing(&layout.in_window(window), &labels));
    assert_ne!(shown(None), shown(Some(4)));
    assert_eq!(shown(None), shown(Some(layout.len())));
    let window = Window {
        tokens: 4,
        layers: 5,
        all_layers: 6,
    };
    let labels = Labels {
        window: Some(window),
        ..labels
    };
    let near = svg(&drawing(&layout.in_window(Some(4)), &labels));
    assert!(
        near.contains("in the 5 layers with a window of 4 tokens"),
        "{near}"
    );
    assert!(
        near.contains("reads 3 of 3 questions: fused in 1 of 6 layers; 2 in the 5 layers"),
        "{near}"
    );
    let full = svg(&drawing(&layout, &labels));
    assert!(full.contains("in the 1 layer without a window"), "{full}");
}

/// What does not fit beside the mask is counted.
#[test]
fn a_drawing_lists_as_many_questions_as_fit() {
    let questions: Vec<String> = (0..100).map(|i| format!("question {i}")).collect();
    let layout = layout(&questions, 5, Preset::Fused.options());
    let labels = Labels {
        segments: (1..=100).map(|i| format!("m{i}")).zip(questions).collect(),
        ..Labels::default()
    };
    let drawn = svg(&drawing(&layout, &labels));
    let listed = drawn.matches("question ").count()
        - " question (tokens) own question"
            .matches("question ")
            .count();
    assert!((15..30).contains(&listed), "{listed}");
    assert!(
        drawn.contains(&format!("… and {} more", 100 - listed)),
        "{listed}"
    );
}

#[test]
fn names_in_the_data_cannot_break_a_drawing() {
    let (layout, mut labels) = tiny(Preset::Fused);
    labels.title = "<&>\" \u{1b}[31m\u{0}\u{ffff}".to_owned();
    labels.segments[0].1 = "</text><script>".to_owned();
    assert!(!svg(&drawing(&layout, &labels)).contains("<script>"));
    png(&drawing(&layout, &labels)).expect("letters of any kind");
    labels.title = "日本".repeat(100);
    let shown = format!(">{}日…<", "日本".repeat(20));
    assert!(
        svg(&drawing(&layout, &labels)).contains(&shown),
        "as much as there is room for"
    );
}

#[test]
fn a_long_mask_is_drawn_by_its_blocks() {
    let questions: Vec<String> = (0..100).map(|_| "word ".repeat(1_000)).collect();
    let layout = layout(&questions, 5, Preset::Fused.options());
    assert!(layout.len() > 100_000);
    assert!(blocks(&layout).len() < 500);
    let labels = Labels::default();
    assert!(svg(&drawing(&layout, &labels)).len() < 200_000);
    // Two lines for each question that is too long for one: none is left out, and none stands with another.
    let drawn = text(&layout, &labels, 72);
    assert!((100..300).contains(&drawn.lines().count()), "{drawn}");
}

/// The (row, key) pairs of a block.
fn cells(block: &Block) -> impl Iterator<Item = (usize, usize)> {
    let end = block.end;
    block.rows.clone().flat_map(move |row| {
        let end = match end {
            End::Before(key) => key,
            End::Diagonal => row + 1,
        };
        (block.first(row)..end).map(move |key| (row, key))
    })
}

fn options() -> impl Strategy<Value = Options> {
    let preset = prop::sample::select(Preset::ALL);
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
    fn blocks_are_the_mask(
        options in options(), questions in prop::collection::vec("[a-z]( [a-z]){0,4}", 1..5), manual in 0usize..5,
        window in prop::option::of(1usize..30),
    ) {
        let layout = layout(&questions, manual.min(questions.len()), options).in_window(window);
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

    /// A saved mask says of every cell what the mask itself says.
    #[test]
    fn a_table_is_the_mask(
        options in options(), questions in prop::collection::vec("[a-z]( [a-z]){0,4}", 1..5), manual in 0usize..5,
        window in prop::option::of(1usize..30),
    ) {
        let layout = layout(&questions, manual.min(questions.len()), options).in_window(window);
        let table = mask_columns(&layout);
        let column = |name: &str| {
            let found = table.0.iter().find(|(known, _)| *known == name);
            match found.map(|(_, column)| column) {
                Some(Column::Count(numbers)) => Some(numbers.clone()),
                _ => None,
            }
        };
        let [rows, row_ends, keys, key_ends, diagonal] =
            ["row", "row_end", "key", "key_end", "ends_at_row"].map(|name| column(name).unwrap());
        let reach = column("window");
        let mut read = std::collections::BTreeSet::new();
        for at in 0..rows.len() {
            for row in rows[at]..row_ends[at] {
                let end = if diagonal[at] == 1 { row + 1 } else { key_ends[at] };
                let near = |key: &u32| reach.as_ref().is_none_or(|reach| row - key < reach[at]);
                read.extend((keys[at]..end).filter(near).map(|key| (row, key)));
            }
        }
        let wanted = (0..layout.len()).flat_map(|row| {
            let keys = layout.visible(row).keys().collect::<Vec<_>>();
            keys.into_iter().map(move |key| (row as u32, key as u32))
        });
        prop_assert_eq!(read, wanted.collect());
    }

    #[test]
    fn a_window_cuts_what_lies_farther_back(
        options in options(), questions in prop::collection::vec("[a-z]( [a-z]){0,4}", 1..5), window in 1usize..30,
    ) {
        let full = layout(&questions, 1, options);
        let near = full.in_window(Some(window));
        for row in 0..full.len() + 2 {
            for key in 0..full.len() + 2 {
                let reads = full.visible(row).contains(key) && row - key < window;
                prop_assert_eq!(near.visible(row).contains(key), reads);
                prop_assert_eq!(near.reason(row, key).reads(), reads);
            }
        }
        prop_assert_eq!(near.in_window(None), full);
    }

    #[test]
    fn a_cell_says_what_all_of_its_tokens_do(
        options in options(), questions in prop::collection::vec("[a-z]( [a-z]){0,9}", 1..5), manual in 0usize..5,
        generated in 0usize..4, (height, width) in (1usize..7, 1usize..7), window in prop::option::of(1usize..30),
    ) {
        let layout = layout(&questions, manual.min(questions.len()), options).in_window(window);
        let len = layout.len() + generated;
        let grid = Grid::new(&layout, len, height, width);
        let all = |axis: &lamascope::layout::picture::Axis, size: usize| -> Vec<usize> {
            let blocks: Vec<_> = (0..axis.len()).map(|block| axis.block(block)).collect();
            assert!(blocks.iter().all(|block| (1..=size).contains(&block.len())));
            blocks.into_iter().flatten().collect()
        };
        prop_assert_eq!(all(&grid.rows, height), (0..len).collect::<Vec<_>>());
        prop_assert_eq!(all(&grid.keys, width), (0..len).collect::<Vec<_>>());
        for i in 0..grid.rows.len() {
            for k in 0..grid.keys.len() {
                let (rows, keys) = (grid.rows.block(i), grid.keys.block(k));
                let read = rows.clone().map(|row| layout.visible(row).overlap(&keys)).sum::<usize>();
                let level = match read {
                    0 => Level::Empty,
                    read if read == rows.len() * keys.len() => Level::Full,
                    _ => Level::Partly,
                };
                let cell = grid.cell(&layout, i, k);
                prop_assert_eq!(cell.level, level, "rows {:?}, keys {:?}", &rows, &keys);
                // Whatever of it is read is read for the reason that the cell gives.
                for (row, key) in rows.flat_map(|row| keys.clone().map(move |key| (row, key))) {
                    let reason = layout.reason(row, key);
                    if reason.reads() {
                        prop_assert_eq!(reason.glyph(), cell.reason.glyph());
                    }
                }
            }
        }
    }

    #[test]
    fn a_grid_is_as_large_as_fits(questions in prop::collection::vec("[a-z]( [a-z]){0,99}", 1..5), room in 30usize..90) {
        let layout = layout(&questions, 1, Preset::Fused.options());
        let grid = Grid::fit(&layout, layout.len(), room, room);
        prop_assert!(grid.rows.len() <= room && grid.keys.len() <= room);
        let finer = Grid::new(&layout, layout.len(), (grid.height - 1).max(1), (grid.width - 1).max(1));
        prop_assert!(grid.height == 1 || finer.rows.len() > room);
        prop_assert!(grid.width == 1 || finer.keys.len() > room);
    }
}
