//! The mask: fused or not, why a cell is dark, how it is folded.

use lamascope::engine::About;
use lamascope::layout::Window;
use lamascope::layout::picture::Level as Readable;
use lamascope::layout::{Preset, Role};
use lamascope::tui::app::{App, Event, Grid, MaskParts, Pane, Zoom};
use lamascope::tui::theme::{Level, Symbols, Theme, ThemeName};

use crate::tui_support::*;

#[test]
fn seed_does_not_fuse_the_first_token_and_fused_does() {
    let mut app = app();
    let fused = screen(&mut app);
    assert!(
        fused.contains("fused: first answer token reads 3 of 3 questions"),
        "{fused}"
    );
    press(&mut app, "p");
    let seed = screen(&mut app);
    assert!(
        seed.contains("NOT fused: first answer token reads 1 of 3 questions"),
        "{seed}"
    );
    let sequence = app.work.sequence().unwrap().unwrap();
    assert_eq!(sequence.layout.role[0], Role::Orphan);
    press(&mut app, "p");
    assert!(screen(&mut app).contains("first answer token reads 3 of 3 questions"));
    press(&mut app, "x");
    assert!(app.work.choice.options.manual_cross_attention);
    press(&mut app, "P");
    assert!(
        app.work.choice.options.manual_cross_attention
            && Preset::of(&app.work.choice.options) == Some(Preset::Seed)
    );
}

#[test]
fn the_reason_stands_under_the_crosshair() {
    let mut app = app();
    press(&mut app, "4 g [ [ [");
    let (row, key) = {
        let segments = app.work.sequence().unwrap().unwrap().layout.segments();
        (segments[2].start + 1, segments[0].start + 1)
    };
    app.work.crosshair.row = row;
    app.work.crosshair.key = key;
    assert!(screen(&mut app).contains("a1 cannot read m1: other segment"));
    press(&mut app, "e");
    assert!(screen(&mut app).contains("fuses: reads all 3 questions"));
    app.work.crosshair.key = 0;
    app.work.crosshair.row = row;
    assert!(screen(&mut app).contains("a1 reads token 0: it is shared"));
}

#[test]
fn a_picture_agrees_with_the_mask_cell_by_cell_at_every_zoom() {
    let mut app = app();
    for preset in 0..6 {
        app.prepare();
        let sequence = app.work.sequence().unwrap().unwrap();
        let layout = &sequence.layout;
        for (zoom, half) in [
            (Zoom::Tokens(1), true),
            (Zoom::Tokens(3), true),
            (Zoom::Tokens(7), false),
            (Zoom::Fit, true),
        ] {
            let grid = Grid::new(sequence, zoom, 40, 20, half);
            for r in 0..grid.blocks.rows.len() {
                for k in 0..grid.blocks.keys.len() {
                    let (rows, keys) = (grid.blocks.rows.block(r), grid.blocks.keys.block(k));
                    let all = rows.len() * keys.len();
                    let lit: usize = rows.map(|row| layout.visible(row).overlap(&keys)).sum();
                    let expected = match lit {
                        0 => Readable::Empty,
                        lit if lit == all => Readable::Full,
                        _ => Readable::Partly,
                    };
                    assert_eq!(
                        grid.blocks.cell(layout, r, k).level,
                        expected,
                        "preset {preset} {zoom:?} block {r},{k}"
                    );
                }
            }
            // Borders survive: no block holds tokens of two owners.
            for k in 0..grid.blocks.keys.len() {
                let mut owners: Vec<_> = grid
                    .blocks
                    .keys
                    .block(k)
                    .map(|key| layout.owner[key])
                    .collect();
                owners.dedup();
                assert_eq!(owners.len(), 1);
            }
            assert_eq!(
                grid.blocks
                    .rows
                    .block(grid.blocks.rows.of(sequence.emitting()))
                    .start,
                sequence.emitting()
            );
        }
        press(&mut app, "p");
    }
}

#[test]
fn the_whole_mask_is_folded_no_farther_than_helps_and_its_title_says_what_is_on_screen() {
    for (size, auto) in [((140, 42), 95), ((80, 24), 20), ((80, 24), 95)] {
        let mut app = app_with(auto, size, Level::True);
        press(&mut app, "3 a M M 4 0 g");
        app.prepare();
        let (grid, len) = (
            app.panes
                .mask
                .grid(&app.work, app.frame(&app.screen(), Pane::Mask), Zoom::Fit)
                .unwrap(),
            app.work.sequence().unwrap().unwrap().len(),
        );
        let cells = MaskParts::new(app.screen().inner(Pane::Mask)).cells;
        assert!(grid.lines() > usize::from(cells.height));
        // One size less takes more blocks.
        let blocks = |fold: usize| {
            let sequence = app.work.sequence().unwrap().unwrap();
            let mut starts: Vec<usize> = sequence
                .layout
                .segments()
                .iter()
                .flat_map(|segment| [segment.start, segment.end])
                .chain([0, sequence.layout.shared_tokens(), sequence.emitting()])
                .collect();
            starts.sort_unstable();
            starts.dedup();
            let ends = starts.iter().copied().skip(1).chain([len]);
            let parts = starts.iter().zip(ends);
            parts
                .map(|(start, end)| (end - start).div_ceil(fold))
                .sum::<usize>()
        };
        assert_eq!(grid.blocks.rows.len(), blocks(len));
        assert!(
            grid.blocks.height < len / 4 && blocks(grid.blocks.height - 1) > blocks(len),
            "{}",
            grid.blocks.height
        );
        let shown = screen(&mut app);
        let title = shown.lines().find(|line| line.contains(" Mask ")).unwrap();
        let end = grid
            .blocks
            .rows
            .blocks(0..2 * usize::from(cells.height))
            .end
            - 1;
        let (named, brief) = (format!("rows 0–{end}"), format!("Mask 0–{end} × "));
        assert!(title.contains(&named) || title.contains(&brief), "{title}");
        assert!(
            title.contains(&format!("of {len} ")) || title.contains(&format!("{len} × {len}")),
            "{title}"
        );
        press(&mut app, "z");
        let shown = screen(&mut app);
        let title = shown.lines().find(|line| line.contains(" Mask ")).unwrap();
        assert!(!title.contains('…') && title.contains('–'), "{title}");
    }
    // All on screen: the scale, in as many words as fit.
    let mut app = app_with(4, (80, 24), Level::True);
    let shown = screen(&mut app);
    let title = shown.lines().find(|line| line.contains(" Mask ")).unwrap();
    assert!(
        title.contains("cells up to ") && !title.contains('…'),
        "{title}"
    );
}

#[test]
fn every_meaning_of_the_mask_has_its_own_shape_without_colours() {
    for symbols in [Symbols { unicode: true }, Symbols { unicode: false }] {
        let theme = Theme::new(ThemeName::Dark, Level::None, symbols);
        let mut app = app_of(data(4), theme, (200, 60));
        press(&mut app, "x");
        let shown = screen(&mut app);
        let legend = shown
            .lines()
            .find(|line| line.contains("own question"))
            .unwrap();
        let words = [
            "own question",
            "partly",
            "manual cross",
            "shared",
            "reads all",
        ];
        let mut glyphs: Vec<&str> = words
            .iter()
            .map(|words| {
                let (before, _) = legend.split_once(words).unwrap();
                before
                    .split_whitespace()
                    .last()
                    .unwrap()
                    .trim_matches(['│', '|'])
            })
            .collect();
        for glyph in &glyphs {
            assert!(shown.matches(glyph).count() > 1, "{glyph} {shown}");
        }
        glyphs.sort_unstable();
        glyphs.dedup();
        assert_eq!(glyphs.len(), words.len(), "{legend}");
    }
}

#[test]
fn the_crosshair_stays_in_its_question() {
    let mut app = app();
    draw(&mut app);
    let place = |app: &App, token: usize| {
        let sequence = app.work.sequence().unwrap().unwrap();
        let at = sequence.layout.owner[token].unwrap() as usize;
        let start = sequence.layout.segments()[at].start;
        (sequence.names[at].clone(), token - start)
    };
    let segments = app
        .work
        .sequence()
        .unwrap()
        .unwrap()
        .layout
        .segments()
        .to_vec();
    app.work.crosshair.key = segments[2].start + 5;
    app.work.crosshair.row = segments[1].start + 7;
    let both = |app: &mut App| {
        app.prepare();
        (
            place(app, app.work.crosshair.row),
            place(app, app.work.crosshair.key),
        )
    };
    let before = both(&mut app);
    assert_eq!(before, (("m2".into(), 7), ("a1".into(), 5)));
    for (keys, back) in [
        ("3 space", "u"),
        ("down down space", "u"),
        ("a", "u"),
        ("2 down", "up"),
    ] {
        press(&mut app, keys);
        assert_eq!(both(&mut app), before, "{keys}");
        press(&mut app, back);
        assert_eq!(both(&mut app), before, "{keys} {back}");
    }
    // There is no sequence in between.
    press(&mut app, "3 f 0 enter");
    app.prepare();
    assert!(app.work.sequence().unwrap().is_err());
    press(&mut app, "u");
    assert_eq!(both(&mut app), before);
    // Its question is gone: the last one's beginning, and the row that matters.
    press(&mut app, "3 f 1 enter");
    app.prepare();
    assert_eq!(place(&app, app.work.crosshair.key), ("m1".into(), 0));
    let sequence = app.work.sequence().unwrap().unwrap();
    assert_eq!(app.work.crosshair.row, sequence.emitting());
}

#[test]
fn the_crosshair_stays_in_the_tail() {
    let mut app = app();
    app.work.choice.options = Preset::Series.options();
    app.prepare();
    let len = |app: &App| app.work.sequence().unwrap().unwrap().layout.len();
    let before = len(&app);
    app.work.crosshair.key = before - 1;
    press(&mut app, "3 down down space");
    app.prepare();
    assert!(len(&app) > before);
    assert_eq!(app.work.crosshair.key, len(&app) - 1);
}

#[test]
fn one_question_is_its_own_all() {
    let mut app = app();
    press(&mut app, "3 f 1 enter 4 e");
    let shown = screen(&mut app);
    assert!(shown.contains("fuses: reads its only question"), "{shown}");
}

#[test]
fn the_legend_has_what_is_on_screen_on_as_many_lines_as_there_are() {
    let mut app = app();
    let arrow = "→ emits 1st answer token";
    let shown = screen(&mut app);
    for words in ["own question", "shared", "reads all", "partly", arrow] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    press(&mut app, "4 z home");
    assert!(!screen(&mut app).contains(arrow));
}

#[test]
fn methods_without_a_layout_show_their_real_prompts_one_by_one() {
    let mut app = app();
    for (method, says) in [
        ("origin", "origin: m1 alone is asked"),
        ("per-prompt", "per-prompt: 3 prompts, an answer each"),
        ("avg", "avg: mean of the logits of 3 prompts"),
        ("max", "max: largest probability among 3 prompts"),
        ("mix", "mix: mean of the probabilities of 3 prompts"),
        (
            "weighted-avg",
            "weighted-avg: logits of 3 prompts weighted by confidence",
        ),
        (
            "weighted-max",
            "weighted-max: logits of the most confident of 3 prompts",
        ),
        ("layer-avg", "layer-avg: 3 prompts, mixed inside the model"),
        ("ffn-avg", "ffn-avg: 3 prompts, mixed inside the model"),
        ("ffn-max", "ffn-max: 3 prompts, mixed inside the model"),
    ] {
        press(&mut app, "m");
        let shown = screen(&mut app);
        assert_eq!(app.work.choice.method.to_string(), method);
        let caption: String = shown
            .lines()
            .map(|line| line.replace(['│', '\n'], " "))
            .collect();
        let caption = caption.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(says) || caption.contains(says), "{shown}");
        assert!(
            !shown.contains("fused: ") && !shown.contains("not this mask"),
            "{shown}"
        );
        assert!(shown.contains("Prompt  m1 alone"), "{shown}");
    }
    // One template's prompt, read causally; the others a key away.
    let prompts = |app: &mut App| {
        app.prepare();
        let sequence = app.work.sequence().unwrap().unwrap();
        assert_eq!(sequence.names.len(), 1);
        assert!((0..sequence.len()).all(|row| sequence.layout.visible(row).len() == row + 1));
        (sequence.names[0].clone(), sequence.texts.concat())
    };
    let questions = [
        ("m1", "Q: The capital of France is [MASK].\nA:"),
        ("m2", "Q: France's capital is [MASK].\nA:"),
        ("a1", "Q: Wording 1: France is ruled from [MASK].\nA:"),
        ("m1", "Q: The capital of France is [MASK].\nA:"),
    ];
    for (name, question) in questions {
        let (shown, text) = prompts(&mut app);
        assert_eq!(shown, name);
        assert!(text.ends_with(question), "{text}");
        press(&mut app, ">");
    }
    press(&mut app, "<");
    assert_eq!(prompts(&mut app).0, "m1");
    press(&mut app, "<");
    assert_eq!(prompts(&mut app).0, "a1");
    assert!(screen(&mut app).contains("a1 alone (3 of 3, > next)"));
    press(&mut app, "m >");
    assert!(footer(&mut app).contains("one prompt has all questions"));
}

#[test]
fn a_switch_that_changes_nothing_says_so() {
    let mut app = app();
    press(&mut app, "m p");
    assert!(footer(&mut app).contains("preset changes nothing: method origin reads no layout"));
    press(&mut app, "u u p p p p p p x");
    assert_eq!(Preset::of(&app.work.choice.options), Some(Preset::Causal));
    assert!(footer(&mut app).contains("cross-attention changes nothing: without isolation"));
    press(&mut app, "u P x");
    assert!(!footer(&mut app).contains("changes nothing"));
    press(&mut app, "x 3 space x");
    assert!(footer(&mut app).contains("fewer than two manual templates are chosen"));
}

#[test]
fn a_long_reason_goes_on_in_the_next_line() {
    let mut app = app();
    press(&mut app, "p p p p p p 4 h h h h");
    assert_eq!(Preset::of(&app.work.choice.options), Some(Preset::Causal));
    let shown = screen(&mut app);
    let reason = shown
        .lines()
        .position(|line| line.contains("isolation is off"))
        .unwrap();
    let next = shown.lines().nth(reason + 1).unwrap();
    assert!(next.contains("is read") && !next.contains('…'), "{shown}");
}

/// A window that cuts questions off is said where the verdict stands.
#[test]
fn the_verdict_says_what_a_sliding_window_cuts_off() {
    let mut app = app();
    assert!(screen(&mut app).contains("fused: first answer token reads"));
    let window = |tokens| Window {
        tokens,
        layers: 15,
        all_layers: 18,
    };
    let model = |window| About { window, ..about() };
    app.handle(Event::Model(Ok(model(Some(window(20))))));
    let shown = screen(&mut app);
    assert!(shown.contains("in 15 of 18 layers"), "{shown}");
    // One that reaches every question changes nothing.
    app.handle(Event::Model(Ok(model(Some(window(100_000))))));
    assert!(!screen(&mut app).contains("of 18 layers"));
}

/// Layers with a window have a mask of their own, which a key turns to and back.
#[test]
fn the_mask_of_layers_with_a_window_is_cut() {
    let mut app = app();
    press(&mut app, "4 N");
    assert!(footer(&mut app).contains("no layer of this model has a sliding window"));
    let window = Window {
        tokens: 8,
        layers: 15,
        all_layers: 18,
    };
    app.handle(Event::Model(Ok(About {
        window: Some(window),
        ..about()
    })));
    let full = screen(&mut app);
    assert!(full.contains("fuses: reads all 3 questions"), "{full}");
    press(&mut app, "N e { { {");
    let near = screen(&mut app);
    assert!(near.contains("Mask in 15 of 18 layers"), "{near}");
    assert!(near.contains("its window begins at token"), "{near}");
    let sequence = app.work.sequence().unwrap().unwrap();
    let (emits, mask) = (sequence.emitting(), app.work.mask(sequence));
    assert_eq!(mask.visible(emits).len(), 8);
    // Engines and the prompt go by the layout as it is.
    assert_eq!(sequence.layout.visible(emits).len(), emits + 1);
    press(&mut app, "N");
    let back = screen(&mut app);
    assert!(
        !back.contains("Mask in") && back.contains("fuses: reads all 3 questions"),
        "{back}"
    );
}
