//! What lies over the panes, driven by events: the mouse in boxes, boxes that stay, questions, notices, help.

mod tui_support;

use lamascope::sets::TemplateSet;
use lamascope::tui::app::{
    App, Effect, Event, Mouse, MouseKind, News, Overlay, Question, Refusal, ShotsFrom,
};
use lamascope::tui::theme::Level;
use tui_support::*;

fn screen(app: &mut App) -> String {
    text(&draw(app))
}

#[test]
fn examples_drawn_again_are_those_of_the_start() {
    let mut app = app();
    let by_hand = |app: &mut App| {
        press(app, "t e x enter enter");
        assert!(matches!(app.choice.shots, ShotsFrom::Given(_)));
    };
    by_hand(&mut app);
    press(&mut app, "t D");
    assert_eq!(app.choice.shots, start().shots);
    assert!(screen(&mut app).contains("2 examples drawn with seed 42"));
    by_hand(&mut app);
    press(&mut app, "o");
    press(&mut app, &["down"; 12].join(" "));
    press(&mut app, "right");
    assert_eq!(app.choice.shots, start().shots);
}

/// The cell where a text stands on screen.
fn find(app: &mut App, words: &str) -> (u16, u16) {
    let buffer = draw(app);
    for (row, line) in (0..).zip(text(&buffer).lines()) {
        if let Some(at) = line.find(words) {
            return (line[..at].chars().count() as u16, row);
        }
    }
    panic!("{words} is not on screen:\n{}", text(&buffer));
}

fn mouse(app: &mut App, kind: MouseKind, (column, row): (u16, u16)) -> Vec<Effect> {
    app.handle(Event::Mouse(Mouse { kind, column, row }))
}

#[test]
fn a_click_in_an_overlay_selects_and_one_beside_it_closes_it() {
    let mut app = app_with(4, (80, 24), Level::True);
    let sets = ["one", "two", "three"].map(|name| TemplateSet {
        name: name.into(),
        templates: Default::default(),
    });
    app.handle(Event::Sets(Ok(sets.to_vec())));
    for (key, words, beside) in [
        ("o", "extract", (1, 1)),
        ("S", "three", (1, 1)),
        ("t", "N'Djamena", (1, 1)),
        ("Y", "everything:", (1, 1)),
        ("?", "colour says whose", (1, 23)),
    ] {
        press(&mut app, key);
        let at = find(&mut app, words);
        mouse(&mut app, MouseKind::Press, at);
        let shown = screen(&mut app);
        let line = shown.lines().nth(usize::from(at.1)).unwrap();
        assert_eq!(
            line.contains('▸') && line.contains(words),
            key != "?",
            "{shown}"
        );
        // The title is no row.
        let (_, inner) = app.overlay_area().unwrap();
        mouse(&mut app, MouseKind::Press, (inner.x, inner.y - 1));
        assert_eq!(screen(&mut app), shown);
        mouse(&mut app, MouseKind::Press, beside);
        assert!(app.overlay.is_none(), "{key}");
    }
    // Rows above those on screen are found by what is on screen.
    press(&mut app, "o end up");
    let at = find(&mut app, "preset ");
    mouse(&mut app, MouseKind::Press, at);
    assert!(matches!(app.overlay, Some(Overlay::Options(rows)) if rows.cursor == 0));
}

#[test]
fn a_click_throws_no_typed_text_away() {
    let mut app = app();
    press(&mut app, "3 f 1 2");
    for at in [(0, 0), find(&mut app, "12")] {
        mouse(&mut app, MouseKind::Press, at);
        mouse(&mut app, MouseKind::ScrollDown, at);
        let shown = screen(&mut app);
        assert!(shown.contains("│12 "), "{shown}");
    }
    press(&mut app, "esc t e x");
    mouse(&mut app, MouseKind::Press, (0, 0));
    let at = find(&mut app, "Q The capital");
    mouse(&mut app, MouseKind::Press, at);
    assert!(screen(&mut app).contains("one word.x"));
    // Kept in the editor, but not used yet.
    press(&mut app, "enter");
    mouse(&mut app, MouseKind::Press, (0, 0));
    assert!(screen(&mut app).contains("one word.x"));
}

#[test]
fn the_wheel_scrolls_pages_and_moves_cursors() {
    let mut app = app_with(4, (80, 24), Level::True);
    let middle = (40, 12);
    press(&mut app, "?");
    let top = screen(&mut app);
    mouse(&mut app, MouseKind::ScrollDown, middle);
    assert!(matches!(app.overlay, Some(Overlay::Help { top: 3 })));
    assert_ne!(screen(&mut app), top);
    mouse(&mut app, MouseKind::ScrollUp, middle);
    assert_eq!(screen(&mut app), top);
    press(&mut app, "esc o");
    mouse(&mut app, MouseKind::ScrollDown, middle);
    assert!(matches!(app.overlay, Some(Overlay::Options(rows)) if rows.cursor == 1));
    press(&mut app, "esc t");
    mouse(&mut app, MouseKind::ScrollDown, middle);
    assert!(matches!(&app.overlay, Some(Overlay::Shots(editor)) if editor.rows.cursor == 1));
}

#[test]
fn the_command_line_under_the_cursor_is_copied() {
    let mut app = app_with(4, (64, 18), Level::True);
    press(&mut app, "2");
    press(&mut app, &["space"; 8].join(" "));
    press(&mut app, "1 space");
    let effects = press(&mut app, "Y");
    let [Effect::WriteShots { path, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    let path = path.display().to_string();
    let shown = screen(&mut app);
    assert!(
        shown.contains("▸this relation:") && shown.contains("more below"),
        "{shown}"
    );
    press(&mut app, "down");
    let effects = press(&mut app, "y");
    let [Effect::Copy(text), Effect::WriteShots { .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert!(text.contains("--uuids") && text.contains(&path), "{text}");
    assert!(app.overlay.is_none());
    // The cursor takes the page along.
    press(&mut app, "Y");
    draw(&mut app);
    press(&mut app, "down down down down");
    let shown = screen(&mut app);
    assert!(shown.contains("▸everything:"), "{shown}");
    assert!(shown.contains("lamascope run --templates"), "{shown}");
    press(&mut app, "up up up up up");
    assert!(screen(&mut app).contains("▸this relation:"));
}

#[test]
fn a_set_is_replaced_at_the_second_enter_only() {
    let mut app = app();
    let known = TemplateSet {
        name: "best".into(),
        templates: Default::default(),
    };
    app.handle(Event::Sets(Ok(vec![known])));
    press(&mut app, "S s");
    type_text(&mut app, "best");
    assert!(press(&mut app, "enter").is_empty());
    let shown = screen(&mut app);
    assert!(shown.contains("enter again replaces best"), "{shown}");
    // Another key, another name: asked again.
    press(&mut app, "x backspace");
    assert!(!screen(&mut app).contains("enter again"));
    assert!(press(&mut app, "enter").is_empty());
    let effects = press(&mut app, "enter");
    assert!(
        matches!(&effects[..], [Effect::WriteSet { set, replace: true }] if set.name == "best")
    );
    // The list is there again.
    assert!(matches!(app.overlay, Some(Overlay::Sets(_))));
    // One that another program wrote meanwhile is not replaced either.
    app.handle(Event::Refused {
        question: Question::SetName,
        answer: "new".into(),
        refusal: Refusal::Exists,
    });
    assert!(screen(&mut app).contains("enter again replaces new"));
    let effects = press(&mut app, "enter");
    assert!(matches!(&effects[..], [Effect::WriteSet { set, replace: true }] if set.name == "new"));
}

#[test]
fn a_refused_answer_keeps_its_box() {
    let mut app = app();
    press(&mut app, "S s");
    for (text, says) in [
        ("", "a set needs a name"),
        ("a/b", "set name `a/b`: expected letters"),
    ] {
        type_text(&mut app, text);
        assert!(press(&mut app, "enter").is_empty());
        let shown = screen(&mut app);
        assert!(
            shown.contains(says) && shown.contains("a set called"),
            "{shown}"
        );
    }
    assert!(app.log.iter().any(|line| line.contains("set name `a/b`")));
    press(&mut app, "esc");
    assert!(matches!(app.overlay, Some(Overlay::Sets(_))));
    // A wrong bias, the way back, and a right one: all of it over the options.
    press(&mut app, "esc o");
    press(&mut app, &["down"; 7].join(" "));
    press(&mut app, "enter ctrl-u");
    type_text(&mut app, "abc");
    press(&mut app, "enter");
    let shown = screen(&mut app);
    assert!(
        shown.contains("bias `abc`") && shown.contains("│abc "),
        "{shown}"
    );
    press(&mut app, "esc");
    assert!(matches!(app.overlay, Some(Overlay::Options(rows)) if rows.cursor == 7));
    press(&mut app, "enter ctrl-u - 1 enter");
    assert!(matches!(app.overlay, Some(Overlay::Options(rows)) if rows.cursor == 7));
    assert_eq!(app.choice.options.bias.to_string(), "-1");
}

#[test]
fn a_path_that_cannot_be_written_comes_back() {
    let mut app = app();
    let job = started(&press(&mut app, "R"));
    finish(&mut app, &job, 0, 1, " Tokyo", 20);
    tell(&mut app, &job, 21, News::Done);
    press(&mut app, "s ctrl-u");
    assert!(press(&mut app, "enter").is_empty());
    assert!(screen(&mut app).contains("the file needs a name"));
    type_text(&mut app, "~/no/a.feather");
    let effects = press(&mut app, "enter");
    assert!(matches!(
        &effects[..],
        [Effect::Save {
            overwrite: false,
            ..
        }]
    ));
    assert!(app.overlay.is_none());
    let refuse = |app: &mut App, refusal| {
        app.handle(Event::Refused {
            question: Question::SavePath(job.generation),
            answer: "~/no/a.feather".into(),
            refusal,
        });
    };
    refuse(&mut app, Refusal::Failed("the folder is not there".into()));
    let shown = screen(&mut app);
    assert!(
        shown.contains("~/no/a.feather") && shown.contains("not there"),
        "{shown}"
    );
    press(&mut app, "esc");
    refuse(&mut app, Refusal::Exists);
    assert!(screen(&mut app).contains("~/no/a.feather exists already: enter again overwrites it"));
    let effects = press(&mut app, "enter");
    assert!(matches!(
        &effects[..],
        [Effect::Save {
            overwrite: true,
            ..
        }]
    ));
    // Whoever is at something else is not interrupted.
    press(&mut app, "?");
    refuse(&mut app, Refusal::Exists);
    assert!(matches!(app.overlay, Some(Overlay::Help { .. })));
    assert!(screen(&mut app).contains("exists already: save under another name"));
}

#[test]
fn edited_examples_are_dropped_at_the_second_key_only() {
    let mut app = app();
    // Nothing is edited: nothing is asked.
    press(&mut app, "t q");
    assert!(app.overlay.is_none());
    for (key, other) in [("esc", "q"), ("q", "down"), ("ctrl-c", "esc"), ("D", "esc")] {
        press(&mut app, "t down d");
        press(&mut app, key);
        let shown = screen(&mut app);
        assert!(
            shown.contains(&format!("{key} again drops the edits")),
            "{shown}"
        );
        press(&mut app, other);
        assert!(app.overlay.is_some(), "{key} {other}");
        press(&mut app, key);
        press(&mut app, key);
        assert!(app.overlay.is_none(), "{key}");
        assert_eq!(app.choice.shots, start().shots);
    }
}

#[test]
fn a_new_example_is_typed_at_once() {
    let mut app = app();
    press(&mut app, "t a");
    type_text(&mut app, "Who?");
    press(&mut app, "enter");
    type_text(&mut app, "Me");
    press(&mut app, "enter enter");
    let ShotsFrom::Given(shots) = &app.choice.shots else {
        panic!("still drawn")
    };
    assert_eq!(shots.shots[2], ("Who?".to_owned(), "Me".to_owned()));
    // Left at once, nothing was added.
    press(&mut app, "t a esc esc");
    assert!(app.overlay.is_none());
}

#[test]
fn a_long_notice_is_shown_to_its_end() {
    let mut app = app_with(4, (80, 24), Level::True);
    let message = format!(
        "{}: the reason stands at the end",
        "/a-folder-with-a-name".repeat(9)
    );
    for (size, whole) in [((140, 42), true), ((80, 24), true), ((100, 4), false)] {
        app.handle(Event::Resize(size.0, size.1));
        app.handle(Event::Said(Err(message.clone())));
        let shown = screen(&mut app);
        assert_eq!(
            shown.contains("the reason stands at the end"),
            whole,
            "{shown}"
        );
        let last = shown.lines().last().unwrap();
        assert_eq!(last.ends_with('…'), !whole, "{shown}");
        // The rest of the screen is as it was: four lines are the most.
        assert!(
            shown
                .lines()
                .rev()
                .nth(4)
                .is_none_or(|line| !line.contains("a-folder"))
        );
        press(&mut app, "1");
        assert!(app.notice.is_none());
    }
    // Over an overlay as well.
    app.handle(Event::Resize(80, 24));
    press(&mut app, "?");
    app.handle(Event::Said(Err(message)));
    assert!(screen(&mut app).contains("the reason stands at the end"));
}

#[test]
fn pasted_line_breaks_become_blanks() {
    let mut app = app();
    let paste = |app: &mut App| app.handle(Event::Paste("capital\r\n  of\n".into()));
    press(&mut app, "/");
    paste(&mut app);
    assert_eq!(app.relations.query, "capital of");
    press(&mut app, "esc S s");
    paste(&mut app);
    let shown = screen(&mut app);
    assert!(shown.contains("│capital of "), "{shown}");
}

#[test]
fn a_model_that_is_ready_takes_nothing_away() {
    let ready = |app: &mut App| app.handle(Event::Model(Ok(about())));
    let notice = |app: &App| app.notice.as_ref().map(|notice| notice.text.clone());
    let mut app = app();
    press(&mut app, "1");
    ready(&mut app);
    assert!(notice(&app).is_some_and(|text| text.contains("model demo is ready")));
    let footer = screen(&mut app)
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned();
    assert!(
        footer.contains("ready: cpu f32")
            && footer.contains("p preset")
            && footer.ends_with("q quit"),
        "{footer}"
    );
    app.handle(Event::Said(Err("no such thing".into())));
    ready(&mut app);
    assert_eq!(notice(&app).as_deref(), Some("no such thing"));
    let job = started(&press(&mut app, "R"));
    finish(&mut app, &job, 0, 1, " Tokyo", 20);
    press(&mut app, "q");
    ready(&mut app);
    assert!(notice(&app).is_some_and(|text| text.contains("q again")));
    assert_eq!(
        app.log
            .iter()
            .filter(|line| line.contains("is ready"))
            .count(),
        4
    );
}

#[test]
fn the_help_explains_the_words_on_the_screen() {
    let mut app = app_with(4, (80, 24), Level::True);
    press(&mut app, "? end");
    let shown = screen(&mut app);
    for words in [
        "Words on the screen",
        "product of its tokens'",
        "[60.8, 87.0]",
        "/config/config.toml",
        "/config/sets",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("more below"));
    press(&mut app, "home");
    assert!(screen(&mut app).contains("more below"));
}
