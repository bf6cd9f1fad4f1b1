//! The words of the field where they stand: the line above the keys, the glossary, the walk, options that do nothing.

use lamascope::tui::app::{App, Effect, Event, MouseKind, Overlay, Pane};
use lamascope::tui::glossary::GLOSSARY;
use lamascope::tui::theme::Level;

use crate::tui_support::*;

/// The line above the keys.
fn hint(app: &mut App) -> String {
    let shown = screen(app);
    shown.lines().rev().nth(1).unwrap_or_default().to_owned()
}

#[test]
fn the_line_above_the_keys_explains_what_is_under_the_cursor() {
    let mut app = app();
    for (keys, words) in [
        ("1", " relation: a Wikidata property"),
        (
            "2 down",
            " Japan: what counts as right is Tokyo, City of Tokyo",
        ),
        ("3", " m1 is manual: a template that a person wrote"),
        ("G", " a4 is auto: a template that was generated"),
        ("4", " fuse: to read every question"),
        ("[ z", " segment: one question of the sequence"),
        ("x [ { { {", " cross: manual cross-attention"),
        ("5", " segment: "),
        ("6", " interval: where the accuracy lies"),
    ] {
        press(&mut app, keys);
        let line = hint(&mut app);
        assert!(line.starts_with(words), "{keys}: {line}");
    }
    // What a cell is, while it is more than a token.
    press(&mut app, "x 4 0");
    assert!(hint(&mut app).contains("cell: a block of tokens"));
    press(&mut app, "z");
    assert!(!hint(&mut app).contains("cell:"));
    // Options say their word; small screens keep their lines.
    press(&mut app, "o down down down");
    assert!(hint(&mut app).starts_with(" glue: whose BOS and the blank lines"));
    press(&mut app, "esc");
    app.handle(Event::Resize(80, 18));
    assert!(!hint(&mut app).contains(": "), "{}", hint(&mut app));
}

#[test]
fn every_word_of_the_glossary_is_in_the_help_and_in_the_readme() {
    let mut app = app_with(4, (140, 42), Level::True);
    press(&mut app, "?");
    let mut seen = String::new();
    for _ in 0..12 {
        seen.push_str(&screen(&mut app));
        press(&mut app, "pagedown");
    }
    let readme = include_str!("../../README.md");
    for (word, meaning) in GLOSSARY {
        assert!(seen.contains(&format!("  {word} ")), "{word}");
        let row = format!("| {word} | {meaning} |");
        assert!(readme.contains(&row), "the README lacks the row {row}");
    }
}

#[test]
fn a_dialog_leaves_its_keys_in_the_last_line() {
    let mut app = app();
    for (keys, words) in [
        ("o", "left/right change  u undo  esc close"),
        ("S", "enter use  s save the present choice"),
        ("t", "e edit  a add"),
        ("t e", "enter keep this line  esc leave it"),
        ("Y", "y copy this one"),
        (":", "enter do it  esc close"),
        ("3 f", "enter do it  esc leave it"),
        ("3 n", "enter ask it  ctrl-u empty  esc leave it"),
    ] {
        press(&mut app, keys);
        let line = footer(&mut app);
        assert!(line.contains(words), "{keys}: {line}");
        press(&mut app, "esc esc");
    }
}

#[test]
fn header_and_footer_can_be_clicked() {
    let mut app = app();
    let click = |app: &mut App, words: &str| {
        let at = find(app, words);
        mouse(app, MouseKind::Press, at)
    };
    click(&mut app, "preset fused");
    assert!(screen(&mut app).contains("preset seed"));
    click(&mut app, "off  method");
    assert!(screen(&mut app).contains("cross on"));
    click(&mut app, "method flex");
    assert!(screen(&mut app).contains("method origin"));
    click(&mut app, "lamascope");
    assert!(matches!(app.overlay, Some(Overlay::Help(_))));
    press(&mut app, "esc");
    // A key of the footer is pressed by a click on it, also in a dialog.
    let effects = click(&mut app, "r run fact");
    assert!(matches!(effects[..], [Effect::Start(_)]));
    click(&mut app, ": find");
    assert!(matches!(app.overlay, Some(Overlay::Palette(_))));
    let last = app.work.size.1 - 1;
    let column = footer(&mut app).find("esc close").unwrap() as u16;
    mouse(&mut app, MouseKind::Press, (column, last));
    assert!(app.overlay.is_none());
}

#[test]
fn six_steps_lead_through_the_explorer() {
    let mut app = app();
    assert!(!hint(&mut app).contains("walk"));
    press(&mut app, "W");
    let check = |app: &mut App, words: &str| {
        let line = hint(app);
        assert!(line.contains(words), "{words}: {line}");
    };
    check(&mut app, "walk 1 of 6: / then letters of a relation");
    press(&mut app, "/ c o u n t r y");
    // While it is being typed, nothing else is asked for.
    check(&mut app, "walk 1 of 6");
    press(&mut app, "enter");
    check(
        &mut app,
        "walk 2 of 6: 3 goes to its templates (tab: from pane to pane)",
    );
    press(&mut app, "tab tab");
    assert_eq!(app.view.focus, Pane::Templates);
    check(&mut app, "walk 3 of 6: space switches a template on or off");
    press(&mut app, "space");
    check(&mut app, "walk 4 of 6: p turns the preset");
    press(&mut app, "p");
    // What is asked next is asked as it was before.
    check(
        &mut app,
        "walk 4 of 6: p turns the preset: see what the mask says; P back",
    );
    press(&mut app, "P");
    check(&mut app, "walk 5 of 6: r asks the model about this fact");
    press(&mut app, "r");
    let job = app.work.runs.last().unwrap().clone();
    check(
        &mut app,
        "walk 6 of 6: R asks about the relation; there, e: wrong answers",
    );
    tell(&mut app, &job, 5, lamascope::tui::app::RunEvent::Done);
    press(&mut app, "R");
    assert!(
        footer(&mut app).contains("that was the walk"),
        "{}",
        footer(&mut app)
    );
    assert!(!hint(&mut app).contains("walk"));
    // It can be left at any step, and begins anew.
    press(&mut app, "W 1 W");
    assert!(footer(&mut app).contains("the walk is left"));
    press(&mut app, "W");
    check(&mut app, "walk 1 of 6");
}

#[test]
fn a_first_start_offers_the_walk_once() {
    let mut start = start();
    start.offers_walk = true;
    let keymap = lamascope::tui::keymap::Keymap::default();
    let mut app = App::new(start, keymap, theme(Level::True), (140, 42));
    app.handle(Event::Data(Ok(std::sync::Arc::new(data(4)))));
    let offer = "new here? W is a walk of six steps, ? the help";
    assert!(footer(&mut app).contains(offer), "{}", footer(&mut app));
    app.handle(Event::Model(Ok(about())));
    assert!(footer(&mut app).contains(offer));
    press(&mut app, "down");
    assert!(!footer(&mut app).contains("walk"));
}

#[test]
fn an_option_that_changes_nothing_says_so() {
    let mut app = app();
    press(&mut app, "o");
    let idle = |app: &mut App, name: &str| {
        let shown = screen(app);
        let line = shown.lines().find(|line| line.contains(name));
        line.unwrap_or_else(|| panic!("{shown}"))
            .contains("changes nothing now")
    };
    for name in ["preset  ", "glue  ", "manual-cross-attention"] {
        assert!(!idle(&mut app, name), "{name}");
    }
    // Plain concatenation: who may read whom is settled.
    press(&mut app, "esc p p p p p p x o down down down");
    assert!(screen(&mut app).contains("preset                  causal"));
    for name in ["glue  ", "fusion  ", "manual-cross-attention"] {
        assert!(idle(&mut app, name), "{name}");
    }
    assert!(screen(&mut app).contains("changes nothing now: without isolation"));
    assert!(!idle(&mut app, "prefix  "));
    // Its name is that of the same run without it.
    press(&mut app, "esc");
    assert!(screen(&mut app).contains("cross on, idle"));
    let job = started(&press(&mut app, "r"));
    assert!(!job.title.contains("+cross"), "{}", job.title);
    press(&mut app, "x");
    assert!(!screen(&mut app).contains("earlier settings"));
    // A method without a layout reads none of its options.
    press(&mut app, "m o");
    for name in ["preset  ", "prefix  ", "fusion  "] {
        assert!(idle(&mut app, name), "{name}");
    }
    assert!(!idle(&mut app, "method  "));
    // One manual template has nobody to read.
    press(&mut app, "esc P P P P P P x 3 f 1 enter o");
    press(&mut app, "esc");
    while screen(&mut app).contains("method flex").eq(&false) {
        press(&mut app, "m");
    }
    press(&mut app, "o");
    assert!(idle(&mut app, "manual-cross-attention"));
}

/// The words of every step stand whole on the narrowest screen that shows all panes.
#[test]
fn no_step_of_the_walk_is_cut() {
    let mut app = app_with(4, (80, 24), Level::True);
    press(&mut app, "W");
    let whole = |app: &mut App| {
        let line = hint(app);
        assert!(line.trim_end().ends_with("(W leaves)"), "{line}");
    };
    for keys in ["/ c o u n t r y enter", "3", "space", "p P", "r", "4"] {
        whole(&mut app);
        press(&mut app, keys);
    }
}
