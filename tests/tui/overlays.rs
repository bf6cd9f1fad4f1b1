//! What lies over the panes: help, options, questions.

use lamascope::layout::{Bias, Preset};
use lamascope::tui::app::{App, Overlay};
use lamascope::tui::keymap::{Key, Keymap};
use lamascope::tui::theme::{Level, ThemeName};
use ratatui::crossterm::event::KeyCode;

use crate::tui_support::*;

#[test]
fn an_overlay_always_says_the_way_out() {
    for width in 24..100 {
        let mut app = app_with(4, (width, 24), Level::True);
        for (keys, out) in [("o", "esc close"), ("t", "esc leave"), ("S", "esc close")] {
            press(&mut app, keys);
            let shown = screen(&mut app);
            assert!(shown.contains(out), "{width} {keys}: {shown}");
            press(&mut app, "esc");
        }
    }
}

#[test]
fn help_lists_every_key_and_options_change_the_layout() {
    let mut app = app();
    press(&mut app, "?");
    let mut seen = String::new();
    for _ in 0..12 {
        seen.push_str(&screen(&mut app));
        press(&mut app, "pagedown");
    }
    for (_, keys, words) in Keymap::default().help() {
        assert!(
            seen.contains(words) && seen.contains(&keys),
            "{keys}: {words}"
        );
    }
    press(&mut app, "x");
    assert!(app.overlay.is_none());
    press(&mut app, "o down right");
    assert_eq!(Preset::of(&app.work.choice.options), None);
    assert!(matches!(&app.overlay, Some(Overlay::Options(list)) if list.rows.cursor == 1));
    press(&mut app, "down down right");
    let shown = screen(&mut app);
    assert!(shown.contains("goes with prefix repeated"), "{shown}");
}

#[test]
fn a_page_scrolled_past_its_end_comes_back_at_once() {
    let mut app = app();
    for key in ["?", "Y"] {
        press(&mut app, key);
        let top = screen(&mut app);
        press(&mut app, &["pagedown"; 40].join(" "));
        let bottom = screen(&mut app);
        press(&mut app, "up");
        let before = screen(&mut app);
        // The command lines fit as they are.
        assert_eq!(bottom != before, key == "?");
        press(&mut app, "end");
        assert_eq!(screen(&mut app), bottom);
        press(&mut app, "home");
        assert_eq!(screen(&mut app), top);
        press(&mut app, "esc");
    }
}

#[test]
fn a_refused_combination_is_explained_to_the_end() {
    let mut app = app_with(4, (80, 24), Level::True);
    press(&mut app, "o down right down down right");
    let shown = screen(&mut app);
    assert!(shown.contains("change the other"), "{shown}");
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
    assert!(
        app.work
            .status
            .log
            .iter()
            .any(|line| line.contains("set name `a/b`"))
    );
    press(&mut app, "esc");
    assert!(matches!(&app.overlay, Some(Overlay::Sets(_))));
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
    assert!(matches!(&app.overlay, Some(Overlay::Options(list)) if list.rows.cursor == 7));
    press(&mut app, "enter ctrl-u - 1 enter");
    assert!(matches!(&app.overlay, Some(Overlay::Options(list)) if list.rows.cursor == 7));
    assert_eq!(app.work.choice.options.bias, Bias::Number(-1.0));
}

#[test]
fn the_help_explains_the_words_on_the_screen() {
    let mut app = app_with(4, (80, 24), Level::True);
    press(&mut app, "? end");
    let last = screen(&mut app);
    press(&mut app, "pageup");
    let before = screen(&mut app);
    let shown = format!("{before}{last}");
    for words in [
        "Words on the screen",
        "product of its tokens'",
        "[60.8, 87.0]",
        "/config/config.toml",
        "/config/sets",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!last.contains("more below"));
    press(&mut app, "home");
    assert!(screen(&mut app).contains("more below"));
}

#[test]
fn left_turns_the_theme_back() {
    let mut app = app();
    press(&mut app, "o end");
    for (key, name) in [
        ("left", ThemeName::ColourBlind),
        ("left", ThemeName::Light),
        ("right", ThemeName::ColourBlind),
        ("right", ThemeName::Dark),
    ] {
        press(&mut app, key);
        assert_eq!(app.work.theme.name, name);
    }
}

#[test]
fn the_help_names_the_keys_of_the_user() {
    let mut app = app_with(4, (140, 60), Level::True);
    app.work
        .keymap
        .set("run-fact", vec![Key::code(KeyCode::F(5))]);
    app.work.keymap.set("palette", Vec::new());
    press(&mut app, "?");
    let shown = screen(&mut app).replace("│", " ");
    let words: Vec<&str> = shown.split_whitespace().collect();
    let shown = words.join(" ");
    assert!(shown.contains("f5 asks the model"), "{shown}");
    assert!(shown.contains("palette finds every action"), "{shown}");
}

#[test]
fn a_page_of_the_help_is_as_long_as_its_window() {
    for size in [(140, 42), (80, 24), (60, 14)] {
        let mut app = app_with(4, size, Level::True);
        press(&mut app, "?");
        let text = |app: &mut App| {
            let (_, inner) = app.overlay_area().unwrap();
            let buffer = draw(app);
            let line = |y| {
                (inner.x..inner.right())
                    .map(|x| buffer[(x, y)].symbol())
                    .collect()
            };
            (inner.y..inner.bottom()).map(line).collect::<Vec<String>>()
        };
        let first = text(&mut app);
        press(&mut app, "pagedown");
        let second = text(&mut app);
        assert_eq!(first.last(), second.first(), "{size:?}");
        press(&mut app, "pageup");
        assert_eq!(text(&mut app), first);
    }
}
