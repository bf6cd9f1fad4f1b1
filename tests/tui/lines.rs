//! The first line, the last, and the titles: what they say and how they fit.

use lamascope::engine::About;
use lamascope::tui::app::{App, Event, Pane, RunEvent};
use lamascope::tui::theme::Level;

use crate::tui_support::*;

#[test]
fn settings_stay_on_narrow_screens() {
    let mut app = app_with(4, (80, 24), Level::True);
    let header = |app: &mut App| screen(app).lines().next().unwrap_or_default().to_owned();
    assert!(header(&mut app).contains("flex fused "));
    press(&mut app, "x");
    assert!(header(&mut app).contains("flex fused +cross"));
    press(&mut app, "m");
    assert!(header(&mut app).contains("origin"), "{}", header(&mut app));
    assert!(header(&mut app).ends_with("cpu f32"));
    app.handle(Event::Resize(140, 42));
    assert!(header(&mut app).contains("preset fused  cross on, idle  method origin"));
}

#[test]
fn the_footer_names_what_works_now() {
    let mut app = app_with(4, (80, 24), Level::True);
    assert!(!footer(&mut app).contains("cancel"));
    let job = started(&press(&mut app, "R"));
    for &pane in Pane::ALL {
        press(&mut app, &(pane as usize + 1).to_string());
        assert!(footer(&mut app).contains("w pause  X cancel"), "{pane:?}");
    }
    tell(&mut app, &job, 1, RunEvent::Done);
    assert!(!footer(&mut app).contains("cancel"));
    // What the first walk needs stands in every pane.
    for &pane in Pane::ALL {
        press(&mut app, &(pane as usize + 1).to_string());
        for words in ["p preset", "r run fact"] {
            assert!(footer(&mut app).contains(words), "{pane:?}");
        }
    }
    // A dialog has keys of its own.
    press(&mut app, "?");
    assert_eq!(footer(&mut app), " up/down scroll  any other key closes");
}

#[test]
fn a_long_message_leaves_the_keys() {
    let mut app = app_with(4, (80, 24), Level::True);
    let message = "the folder /models/of/somebody/else lacks config.json: ".repeat(3);
    app.handle(Event::Model(Err(message)));
    assert!(
        footer(&mut app).ends_with("? help  q quit"),
        "{}",
        footer(&mut app)
    );
    let shown = screen(&mut app);
    let above = shown.lines().rev().skip(1).take(3);
    assert!(
        above
            .clone()
            .any(|line| line.contains("the folder /models")),
        "{shown}"
    );
    // One line says it in the last line, beside the keys that have room.
    app.handle(Event::Model(Err("no such model".into())));
    let line = footer(&mut app);
    assert!(
        line.starts_with(" no such model") && line.ends_with("q quit"),
        "{line}"
    );
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
    tell(&mut app, &job, 1, RunEvent::Cancelled);
}

#[test]
fn a_key_of_other_panes_says_which() {
    let mut app = app();
    for (keys, words) in [
        ("1 f", "f is a key of the templates and run panes (3, 6)"),
        ("3 [", "[ is a key of the mask pane (4)"),
        (
            "4 /",
            "/ is a key of the relations, facts, templates, prompt and run panes (1, 2, 3, 5, 6)",
        ),
        (
            "1 a",
            "a is a key of the templates, mask and run panes (3, 4, 6)",
        ),
        (
            "6 space",
            "space is a key of the relations, facts and templates panes (1, 2, 3)",
        ),
    ] {
        let before = (app.work.choice.clone(), app.work.status.log.len());
        press(&mut app, keys);
        assert!(footer(&mut app).contains(words), "{}", footer(&mut app));
        assert_eq!((app.work.choice.clone(), app.work.status.log.len()), before);
        assert_eq!(is_error(&app), Some(false));
    }
    // A key of no pane says nothing.
    press(&mut app, "B");
    assert_eq!(app.work.status.notice, None);
}

#[test]
fn l_goes_right_where_h_goes_left() {
    let mut app = app();
    press(&mut app, "4 z");
    let key = app.work.crosshair.key;
    press(&mut app, "h h l");
    assert_eq!(app.work.crosshair.key, key - 1);
    press(&mut app, "6 l");
    assert!(!app.panes.run.show_log);
    press(&mut app, "a");
    assert!(app.panes.run.show_log && footer(&mut app).contains("a answers or log"));
}

#[test]
fn a_pane_that_hides_others_says_their_keys() {
    let mut app = app_with(4, (80, 24), Level::True);
    started(&press(&mut app, "r"));
    let shown = screen(&mut app);
    let title = shown.lines().find(|line| line.contains(" Run ")).unwrap();
    assert!(title.contains(" 4 mask  5 prompt "), "{title}");
    press(&mut app, "4");
    let shown = screen(&mut app);
    let title = shown.lines().find(|line| line.contains(" Mask ")).unwrap();
    assert!(title.contains(" 5 prompt  6 run "), "{title}");
    // Nothing is hidden, or the pane is enlarged, which the footer's esc is for.
    app.handle(Event::Resize(140, 42));
    assert!(!screen(&mut app).contains(" 5 prompt "));
    press(&mut app, "enter");
    assert!(!screen(&mut app).contains(" 5 prompt "));
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
        assert!(app.work.status.notice.is_none());
    }
    // Over an overlay as well.
    app.handle(Event::Resize(80, 24));
    press(&mut app, "?");
    app.handle(Event::Said(Err(message)));
    assert!(screen(&mut app).contains("the reason stands at the end"));
}

#[test]
fn the_size_of_the_model_is_rounded_as_on_its_card() {
    for (parameters, size) in [
        (1_662_000, "demo 1.7M "),
        (3_000_000, "demo 3M "),
        (124_439_808, "demo 124M "),
        (1_235_814_400, "demo 1.2B "),
        (950_400, "demo 950K "),
    ] {
        let mut app = app();
        let model = About {
            parameters,
            ..about()
        };
        app.handle(Event::Model(Ok(model)));
        let shown = screen(&mut app);
        assert!(
            shown.lines().next().unwrap().contains(size),
            "{size}: {shown}"
        );
    }
}

#[test]
fn the_log_is_searched() {
    let mut app = app_with(4, (140, 60), Level::True);
    for line in [
        "model demo is ready",
        "done: P36",
        "cancelled: P17",
        "done: P1376",
    ] {
        app.handle(Event::Said(Ok(line.into())));
    }
    press(&mut app, "6 Z a /");
    type_text(&mut app, "done");
    let shown = screen(&mut app);
    assert!(shown.contains("/done_"), "{shown}");
    assert!(shown.contains("done: P36") && shown.contains("done: P1376"));
    assert!(!shown.contains("cancelled: P17"), "{shown}");
    // What is said from now on is searched as well.
    press(&mut app, "enter");
    app.handle(Event::Said(Ok("done: P19".into())));
    assert!(screen(&mut app).contains("done: P19"));
    press(&mut app, "esc");
    assert!(screen(&mut app).contains("cancelled: P17"));
}
