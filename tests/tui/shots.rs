//! The shots, drawn and written by hand.

use lamascope::tui::app::{App, Effect, ShotsFrom};

use crate::tui_support::*;

#[test]
fn shots_are_replaced_by_hand() {
    let mut app = app();
    press(&mut app, "t");
    press(&mut app, "down down e");
    press(&mut app, "ctrl-u");
    type_text(&mut app, "Atlantis");
    press(&mut app, "enter enter");
    let ShotsFrom::Given(shots) = &app.choice.shots else {
        panic!("still drawn")
    };
    assert_eq!(shots.shots[0].1, "Atlantis");
    app.prepare();
    let effects = press(&mut app, "y");
    assert!(
        matches!(&effects[..], [Effect::Copy(text), Effect::WriteShots { .. }] if text.contains("--shots /config/shots-"))
    );
    press(&mut app, "u");
    assert!(matches!(app.choice.shots, ShotsFrom::Drawn { .. }));
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
