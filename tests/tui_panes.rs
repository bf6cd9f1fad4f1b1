//! The panes driven by events: what their keys say and touch, how they scroll, what their titles and lines tell.

mod tui_support;

use std::sync::Arc;

use lamascope::data::TemplateId;
use lamascope::engine::Method;
use lamascope::tui::app::{App, Event, MaskParts, News, Pane, Start, Zoom};
use lamascope::tui::keymap::Keymap;
use lamascope::tui::theme::{Level, Symbols, Theme, ThemeName};
use tui_support::*;

#[test]
fn what_was_asked_for_at_the_start_and_is_not_there_is_said() {
    let asked = |relation: Option<&str>, templates: &[TemplateId]| {
        let start = Start {
            relation: relation.map(str::to_owned),
            templates: Some(templates.to_vec()).filter(|ids| !ids.is_empty()),
            ..start()
        };
        let mut app = App::new(start, Keymap::default(), theme(Level::True), (140, 42));
        app.handle(Event::Data(Ok(Arc::new(data(4)))));
        app.handle(Event::Words(Arc::new(Spaces::new(true))));
        app.handle(Event::Model(Ok(about())));
        (ids(&app).join(","), footer(&mut app), is_error(&app))
    };
    let (m9, a2) = (TemplateId::manual(9), TemplateId::auto(2));
    for (relation, templates, words) in [
        (
            Some("P3"),
            [].as_slice(),
            "no relation `P3` in the data: did you mean `P36`?",
        ),
        (Some("P3"), &[m9], "no relation `P3` in the data"),
        (None, &[m9], "P36 has no m9: choose from m1, m2, m3, a1"),
    ] {
        let (chosen, line, is_error) = asked(relation, templates);
        assert!(line.contains(words), "{line}");
        assert_eq!((&*chosen, is_error), ("m1,m2,a1", Some(true)));
    }
    let (chosen, line, is_error) = asked(Some("P36"), &[m9, a2]);
    assert!(line.contains("P36 has no m9: using a2"), "{line}");
    assert_eq!((&*chosen, is_error), ("a2", Some(false)));
    let (chosen, line, is_error) = asked(Some("P17"), &[a2]);
    assert!(line.contains("is ready"), "{line}");
    assert_eq!((&*chosen, is_error), ("a2", Some(false)));
}

#[test]
fn the_footer_says_how_a_paused_run_goes_on() {
    let mut app = app();
    let job = started(&press(&mut app, "R"));
    assert!(footer(&mut app).contains("w pause  X cancel"));
    press(&mut app, "w");
    assert!(footer(&mut app).contains("w go on  X cancel"));
    press(&mut app, "w");
    assert!(footer(&mut app).contains("w pause  X cancel"));
    // What is being cancelled can be neither held nor cancelled.
    press(&mut app, "X");
    let line = footer(&mut app);
    assert!(!line.contains("w pause") && !line.contains("X cancel"));
    tell(&mut app, &job, 1, News::Cancelled);
}

#[test]
fn a_key_of_other_panes_says_which() {
    let mut app = app();
    for (keys, words) in [
        ("1 f", "f is a key of the templates pane (3)"),
        ("3 [", "[ is a key of the mask pane (4)"),
        (
            "5 /",
            "/ is a key of the relations, facts and templates panes (1, 2, 3)",
        ),
        ("4 a", "a is a key of the templates and run panes (3, 6)"),
        (
            "6 space",
            "space is a key of the relations, facts and templates panes (1, 2, 3)",
        ),
    ] {
        let before = (app.choice.clone(), app.log.len());
        press(&mut app, keys);
        assert!(footer(&mut app).contains(words), "{}", footer(&mut app));
        assert_eq!((app.choice.clone(), app.log.len()), before);
        assert_eq!(is_error(&app), Some(false));
    }
    // A key of no pane says nothing.
    press(&mut app, "B");
    assert_eq!(app.notice, None);
}

#[test]
fn l_goes_right_where_h_goes_left() {
    let mut app = app();
    press(&mut app, "4 z");
    let key = app.mask.key;
    press(&mut app, "h h l");
    assert_eq!(app.mask.key, key - 1);
    press(&mut app, "6 l");
    assert!(!app.show_log);
    press(&mut app, "a");
    assert!(app.show_log && footer(&mut app).contains("a answers or log"));
}

#[test]
fn what_a_filter_hides_is_left_alone() {
    let mut app = app();
    press(&mut app, "3 /");
    type_text(&mut app, "wording");
    press(&mut app, "enter");
    for (keys, chosen, words) in [
        ("i", "m1,m2,a2,a3,a4", "inverted, of the 4 shown"),
        ("a", "m1,m2,a1,a2,a3,a4", "all auto, of the 4 shown"),
        ("a", "m1,m2", "no auto, of the 4 shown"),
        ("i", "m1,m2,a1,a2,a3,a4", "inverted, of the 4 shown"),
        ("O", "m1,m2", "all manual, no auto, of the 4 shown"),
        (
            "f 2 enter",
            "m1,m2,a1,a2",
            "the first 2 chosen, of the 4 shown",
        ),
    ] {
        press(&mut app, keys);
        assert_eq!(ids(&app).join(","), chosen, "{keys}");
        assert!(footer(&mut app).contains(words), "{}", footer(&mut app));
    }
    press(&mut app, "F 3 enter");
    assert!(footer(&mut app).contains("3 templates drawn with seed 42, of the 4 shown"));
    let drawn = ids(&app);
    assert_eq!(
        (drawn.len(), &drawn[..2]),
        (5, &["m1".into(), "m2".into()][..])
    );
    app.handle(Event::Resize(200, 42));
    press(&mut app, "down");
    let keys = footer(&mut app);
    assert!(
        keys.contains("M all manual shown  a all auto shown"),
        "{keys}"
    );
    press(&mut app, "/");
    type_text(&mut app, "xyz");
    press(&mut app, "enter");
    for keys in ["i", "a", "M", "O", "f 1 enter", "F 1 enter"] {
        press(&mut app, keys);
        assert_eq!(ids(&app), drawn);
        assert!(footer(&mut app).contains("no template is shown"));
    }
    press(&mut app, "esc i");
    assert_eq!(ids(&app).len(), 2);
    assert_eq!(app.notice, None);
}

#[test]
fn esc_in_a_filter_goes_back_to_what_was_there_before_it() {
    let mut app = app();
    press(&mut app, "2 down down 3 down 2 / c down");
    press(&mut app, "esc");
    assert!(app.facts.query.is_empty() && app.filtering.is_none());
    let place = |app: &App| (app.relation, app.fact, app.templates.selected());
    let before = place(&app);
    assert_eq!(before, (0, Some(2), Some(1)));
    assert_eq!(app.facts.selected(), Some(2));
    press(&mut app, "1 /");
    type_text(&mut app, "p17");
    assert_ne!(place(&app), before);
    press(&mut app, "esc");
    assert_eq!(place(&app), before);
    assert_eq!(
        (app.relations.selected(), app.facts.items().len()),
        (Some(0), 8)
    );
    // Kept with enter, the choice stays when the filter goes.
    press(&mut app, "/");
    type_text(&mut app, "p17");
    press(&mut app, "enter esc");
    assert_eq!((app.relation, app.relations.items().len()), (2, 3));
}

#[test]
fn undo_and_redo_say_what_they_did() {
    let mut app = app();
    press(
        &mut app,
        "p x m 3 space 1 space 3 M t down e x enter enter o",
    );
    press(&mut app, &["down"; 10].join(" "));
    press(&mut app, "right esc o down right esc");
    for words in [
        "undone: prefix shared → repeated",
        "undone: new tokens",
        "undone: shots",
        "undone: templates",
        "undone: marks",
        "undone: templates of P36",
        "undone: method origin → flex",
        "undone: cross on → off",
        "undone: preset seed → fused",
        "nothing to undo",
    ] {
        press(&mut app, "u");
        assert!(footer(&mut app).contains(words), "{}", footer(&mut app));
    }
    press(&mut app, "U");
    assert!(footer(&mut app).contains("redone: preset fused → seed"));
}

/// The lines of the run pane that hold answers.
fn answers(app: &mut App) -> Vec<String> {
    let area = app.run_parts().unwrap().rows;
    let buffer = draw(app);
    let line = |y: u16| {
        (area.x..area.right())
            .map(|x| buffer[(x, y)].symbol())
            .collect::<String>()
    };
    let lines = (area.y..area.bottom()).map(|y| line(y).trim_end().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

#[test]
fn answers_are_scrolled_to_their_last_page_and_no_farther() {
    let mut app = app();
    let job = started(&press(&mut app, "R"));
    for fact in 0..8 {
        finish(&mut app, &job, 0, fact, " Paris", 10 + fact as u64);
    }
    tell(&mut app, &job, 20, News::Done);
    // All of them fit.
    press(&mut app, "6");
    let all = answers(&mut app);
    assert_eq!(all.len(), 8);
    press(&mut app, "G pagedown down");
    assert_eq!((answers(&mut app), app.run_top), (all.clone(), 0));
    // The last page is full, and the way back begins at once.
    app.handle(Event::Resize(80, 20));
    let height = answers(&mut app).len();
    assert!(height < 8);
    for keys in ["G", "down", "pagedown"] {
        press(&mut app, keys);
        assert_eq!(answers(&mut app)[..], all[8 - height..], "{keys}");
    }
    press(&mut app, "up");
    assert_eq!(answers(&mut app)[..], all[7 - height..7]);
    // A larger pane shows them all again.
    app.handle(Event::Resize(140, 42));
    assert_eq!(answers(&mut app), all);
    // A comparison has a line for every way.
    let job = started(&press(&mut app, "r r R c c"));
    tell(&mut app, &job, 30, News::Done);
    app.handle(Event::Resize(80, 20));
    app.prepare();
    let height = app.run_parts().unwrap().rows.height;
    press(&mut app, "G");
    let shown = answers(&mut app);
    assert_eq!(shown.len(), usize::from(height));
    assert!(
        shown.last().unwrap().starts_with("flex causal"),
        "{shown:?}"
    );
}

#[test]
fn the_log_is_read_from_its_end_to_its_beginning() {
    let mut app = app_with(4, (80, 24), Level::True);
    press(&mut app, "6 a");
    assert!(!screen(&mut app).contains("theme"));
    press(&mut app, "T B");
    let first = screen(&mut app);
    press(&mut app, "G down");
    assert_eq!(screen(&mut app), first);
    for _ in 0..20 {
        app.handle(Event::Said(Ok(format!(
            "a line {}",
            "that is long ".repeat(12)
        ))));
    }
    app.handle(Event::Said(Ok("the newest".into())));
    press(&mut app, "B");
    assert!(screen(&mut app).contains("the newest"));
    press(&mut app, "up");
    assert!(!screen(&mut app).contains("the newest"));
    press(&mut app, "down");
    assert!(screen(&mut app).contains("the newest"));
    press(&mut app, "g up up pageup");
    let top = screen(&mut app);
    assert!(top.contains("model demo is ready"), "{top}");
    press(&mut app, "G");
    assert!(screen(&mut app).contains("the newest"));
}

#[test]
fn the_mean_template_stands_beside_a_fused_run_where_all_of_it_is_known() {
    let mut app = app();
    let evaluate = |app: &mut App, keys: &str, answers: &[(usize, &str)]| {
        let job = started(&press(app, keys));
        for (fact, answer) in answers {
            finish(app, &job, 0, *fact, answer, 20 + *fact as u64);
        }
        job
    };
    let known = [(1, " Tokyo"), (2, " Kampala"), (3, " Lima"), (4, " Oslo")];
    let job = evaluate(&mut app, "m m R", &known);
    assert_eq!(app.choice.method, Method::PerPrompt);
    assert!(!screen(&mut app).contains("per-prompt 50.0 %"));
    tell(&mut app, &job, 30, News::Done);
    // Over exactly the facts that are finished: one right, one wrong, one right.
    let job = evaluate(
        &mut app,
        "P m m m m m R R",
        &[(1, " Tokyo"), (2, " Nairobi")],
    );
    assert_eq!(job.plans[0].1.method, Method::Flex);
    assert!(screen(&mut app).contains("accuracy 100.0 % [34.2, 100.0]  █"));
    assert!(screen(&mut app).contains("per-prompt 50.0 %"));
    finish(&mut app, &job, 0, 3, " Lima", 40);
    assert!(screen(&mut app).contains("per-prompt 66.7 %"));
    // Where room is scarce, the course goes first.
    app.handle(Event::Resize(64, 24));
    let narrow = screen(&mut app);
    let line = narrow.lines().find(|line| line.contains("accuracy"));
    assert!(line.is_some_and(|line| !line.contains('█')), "{narrow}");
    app.handle(Event::Resize(140, 42));
    // A fact that was not asked by itself: the mean over all is not known.
    finish(&mut app, &job, 0, 5, " Havana", 41);
    assert!(!screen(&mut app).contains("per-prompt"));
    tell(&mut app, &job, 50, News::Done);
    // Other templates, other shots, another method: not what was asked.
    let job = evaluate(&mut app, "3 G space R R", &[(1, " Tokyo")]);
    assert!(!screen(&mut app).contains("per-prompt"));
    tell(&mut app, &job, 60, News::Done);
    let job = evaluate(&mut app, "u m R R", &[(1, " Tokyo")]);
    assert_eq!(job.plans[0].1.method, Method::Origin);
    assert!(!screen(&mut app).contains("per-prompt"));
}

#[test]
fn the_whole_mask_is_folded_no_farther_than_helps_and_its_title_says_what_is_on_screen() {
    for (size, auto) in [((140, 42), 95), ((80, 24), 20), ((80, 24), 95)] {
        let mut app = app_with(auto, size, Level::True);
        press(&mut app, "3 a M M 4 0 g");
        app.prepare();
        let (grid, len) = (
            app.grid(Zoom::Fit).unwrap(),
            app.sequence().unwrap().unwrap().len(),
        );
        let cells = MaskParts::new(app.screen().inner(Pane::Mask)).cells;
        assert!(grid.lines() > usize::from(cells.height));
        // One size less takes more blocks.
        let blocks = |fold: usize| {
            let sequence = app.sequence().unwrap().unwrap();
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
        title.contains("1 cell = ") && !title.contains('…'),
        "{title}"
    );
}

#[test]
fn every_meaning_of_the_mask_has_its_own_shape_without_colours() {
    for symbols in [Symbols { unicode: true }, Symbols { unicode: false }] {
        let theme = Theme::new(ThemeName::Dark, Level::None, symbols);
        let mut app = App::new(start(), Keymap::default(), theme, (200, 60));
        app.handle(Event::Data(Ok(Arc::new(data(4)))));
        app.handle(Event::Words(Arc::new(Spaces::new(true))));
        app.handle(Event::Model(Ok(about())));
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
fn marks_and_a_long_filter_stay_readable() {
    let mut app = app_with(4, (80, 24), Level::True);
    press(&mut app, "1 space space 2 space");
    let shown = screen(&mut app);
    assert!(
        shown.contains("Relations 3 ●2 ") && shown.contains("Facts 8 ●1 "),
        "{shown}"
    );
    press(&mut app, "1 /");
    type_text(&mut app, "a filter that is longer than its pane");
    let shown = screen(&mut app);
    assert!(shown.contains("/…onger than its pane_│"), "{shown}");
}
