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
    let ShotsFrom::Given(shots) = &app.work.choice.shots else {
        panic!("still drawn")
    };
    assert_eq!(shots.shots[0].1, "Atlantis");
    app.prepare();
    let effects = press(&mut app, "y");
    assert!(
        matches!(&effects[..], [Effect::Copy(text)] if text.contains("--shots /dev/fd/3") && text.contains("Atlantis"))
    );
    press(&mut app, "u");
    assert!(matches!(app.work.choice.shots, ShotsFrom::Drawn { .. }));
}

#[test]
fn shots_drawn_again_are_those_of_the_start() {
    let mut app = app();
    let by_hand = |app: &mut App| {
        press(app, "t e x enter enter");
        assert!(matches!(app.work.choice.shots, ShotsFrom::Given(_)));
    };
    by_hand(&mut app);
    press(&mut app, "t D");
    assert_eq!(app.work.choice.shots, start().shots);
    assert!(screen(&mut app).contains("2 shots drawn with seed 42"));
    by_hand(&mut app);
    press(&mut app, "o end up up right");
    assert_eq!(app.work.choice.shots, start().shots);
}

#[test]
fn edited_shots_are_dropped_at_the_second_key_only() {
    let mut app = app();
    // Nothing is edited: nothing is asked.
    press(&mut app, "t q");
    assert!(app.overlay.is_none());
    press(&mut app, "t down e ctrl-c");
    assert!(app.overlay.is_none());
    press(&mut app, "t down e x ctrl-c");
    assert!(screen(&mut app).contains("ctrl-c again drops the edits"));
    press(&mut app, "ctrl-c");
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
        assert_eq!(app.work.choice.shots, start().shots);
    }
}

#[test]
fn a_new_shot_is_typed_at_once() {
    let mut app = app();
    press(&mut app, "t a");
    type_text(&mut app, "Who?");
    press(&mut app, "enter");
    type_text(&mut app, "Me");
    press(&mut app, "enter enter");
    let ShotsFrom::Given(shots) = &app.work.choice.shots else {
        panic!("still drawn")
    };
    assert_eq!(shots.shots[2], ("Who?".to_owned(), "Me".to_owned()));
    // Left at once, nothing was added.
    press(&mut app, "t a esc esc");
    assert!(app.overlay.is_none());
}

#[test]
fn a_shot_has_a_question_and_an_answer() {
    let mut app = app();
    press(&mut app, "t a enter");
    assert!(footer(&mut app).contains("a shot needs a question"));
    type_text(&mut app, "Who?");
    press(&mut app, "enter space enter");
    assert!(footer(&mut app).contains("a shot needs an answer"));
    type_text(&mut app, "Me");
    press(&mut app, "enter");
    // A line that was there before cannot be emptied either.
    press(&mut app, "e ctrl-u enter");
    assert!(footer(&mut app).contains("a shot needs an answer"));
    press(&mut app, "esc enter");
    let ShotsFrom::Given(shots) = &app.work.choice.shots else {
        panic!("still drawn")
    };
    assert_eq!(shots.shots[2], ("Who?".to_owned(), " Me".to_owned()));
}

#[test]
fn esc_goes_back_from_an_answer_to_its_question() {
    let mut app = app();
    press(&mut app, "t a");
    type_text(&mut app, "Who?");
    press(&mut app, "enter");
    type_text(&mut app, "Me");
    assert!(screen(&mut app).contains("esc back to the question"));
    press(&mut app, "esc");
    type_text(&mut app, "!");
    let shown = screen(&mut app);
    assert!(
        shown.contains("Q Who?!") && shown.contains("A Me"),
        "{shown}"
    );
    // What was typed is thrown away at the second key only.
    press(&mut app, "esc");
    assert!(footer(&mut app).contains("esc again drops the new shot"));
    press(&mut app, "enter enter");
    let shown = screen(&mut app);
    assert!(
        shown.contains("Q Who?!") && shown.contains("A Me"),
        "{shown}"
    );
    press(&mut app, "a x esc esc");
    assert!(!screen(&mut app).contains("Q x"));
}
