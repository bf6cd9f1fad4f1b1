//! Which templates are chosen, and how a choice is taken back.

use lamascope::tui::app::Event;

use crate::tui_support::*;

#[test]
fn toggles_pick_templates_and_undo_takes_them_back() {
    let mut app = app();
    assert_eq!(ids(&app), ["m1", "m2", "a1"]);
    press(&mut app, "3 space");
    assert_eq!(ids(&app), ["m2", "a1"]);
    press(&mut app, "a");
    assert_eq!(ids(&app), ["m2", "a1", "a2", "a3", "a4"]);
    press(&mut app, "O");
    assert_eq!(ids(&app), ["m1", "m2", "m3"]);
    press(&mut app, "i");
    assert_eq!(ids(&app), ["a1", "a2", "a3", "a4"]);
    press(&mut app, "u u u u");
    assert_eq!(ids(&app), ["m1", "m2", "a1"]);
    press(&mut app, "u");
    assert!(
        app.work
            .status
            .notice
            .as_ref()
            .is_some_and(|notice| notice.text == "nothing to undo")
    );
    press(&mut app, "U");
    assert_eq!(ids(&app), ["m2", "a1"]);
}

#[test]
fn first_and_random_ask_for_numbers() {
    let mut app = app();
    press(&mut app, "3 f 4 enter");
    assert_eq!(ids(&app), ["m1", "m2", "m3", "a1"]);
    press(&mut app, "F");
    type_text(&mut app, "3 7");
    press(&mut app, "enter");
    let drawn = ids(&app);
    assert_eq!(drawn.len(), 3);
    press(&mut app, "f 0 enter F");
    type_text(&mut app, "3 7");
    press(&mut app, "enter");
    assert_eq!(ids(&app), drawn);
    // What cannot be taken stays in its box until it is corrected.
    for (keys, text, says) in [
        ("F", "x", "`x`: expected a count"),
        ("f", "two", "`two` is no count"),
    ] {
        press(&mut app, keys);
        type_text(&mut app, text);
        press(&mut app, "enter");
        assert!(screen(&mut app).contains(says) && says_lines(&app).concat().contains(says));
        press(&mut app, "ctrl-u 2");
        assert!(says_lines(&app).is_empty());
        press(&mut app, "enter");
        assert!(app.overlay.is_none());
        assert_eq!(ids(&app).len(), 2);
    }
    // More than there are: all of them, in words.
    for keys in ["F 9 9 enter", "f 9 9 enter"] {
        press(&mut app, keys);
        assert!(screen(&mut app).contains("all 7 templates"), "{keys}");
        assert_eq!(ids(&app).len(), 7);
    }
    press(&mut app, "F 7 enter");
    assert!(screen(&mut app).contains("all 7 templates"));
    press(&mut app, "F 1 enter");
    assert!(screen(&mut app).contains("1 template drawn with seed 42"));
}

#[test]
fn templates_move_within_their_kind_only() {
    let mut app = app();
    press(&mut app, "3 J");
    assert_eq!(ids(&app), ["m2", "m1", "a1"]);
    assert_eq!(app.panes.templates.list.selected(), Some(0));
    press(&mut app, "J J J");
    press(&mut app, "G K K K K K K K");
    assert_eq!(ids(&app), ["m2", "m1", "a1"]);
    assert_eq!(app.work.picks().unwrap().order()[3], 6);
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
    assert_eq!(app.work.status.notice, None);
}

#[test]
fn undo_and_redo_say_what_they_did() {
    let mut app = app();
    press(
        &mut app,
        "p x m 3 space 1 space 3 M t down e x enter enter o",
    );
    press(&mut app, "end up up up up right esc o down right esc");
    for words in [
        "undone: prefix shared → repeated",
        "undone: new tokens",
        "undone: shots 2 by hand → 2 drawn",
        "undone: m3 off in P1376",
        "undone: mark of P36",
        "undone: m1 on in P36",
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

#[test]
fn undo_names_what_it_changed() {
    let mut app = app();
    for (keys, words) in [
        ("3 a", "undone: a2, a3, a4 off in P36"),
        ("O", "undone: a1 on, m3 off in P36"),
        ("i", "undone: m1, m2, a1 on, 4 templates off in P36"),
        ("g J", "undone: order of templates in P36"),
        ("2 g space space", "undone: mark of Japan"),
        (
            "t e x enter enter t e y enter enter",
            "undone: shots rewritten",
        ),
    ] {
        press(&mut app, keys);
        press(&mut app, "u");
        assert!(footer(&mut app).contains(words), "{}", footer(&mut app));
    }
    press(&mut app, "u o end up right up right u");
    assert!(screen(&mut app).contains("undone: shots 3 → 2"));
    press(&mut app, "u");
    assert!(screen(&mut app).contains("undone: seed 43 → 42"));
}

#[test]
fn one_template_is_no_plural() {
    let mut app = app();
    for (keys, words) in [
        ("3 f 1 enter", " the first chosen "),
        ("f 0 enter", " none chosen "),
        (
            "/ m 1 enter f 5 enter",
            " the only template, of the 1 shown",
        ),
    ] {
        press(&mut app, keys);
        assert!(footer(&mut app).contains(words), "{}", footer(&mut app));
    }
}
