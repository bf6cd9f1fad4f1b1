//! What is on screen as a command line.

use std::sync::Arc;

use lamascope::prompt::Shots;
use lamascope::tui::app::{Effect, Scope, ShotsFrom};
use lamascope::tui::theme::Level;

use crate::tui_support::*;

#[test]
fn the_command_line_says_what_is_chosen() {
    let mut app = app();
    app.prepare();
    let command = app.command(Scope::Relation(0)).unwrap();
    assert_eq!(
        command.text,
        "lamascope run --relation P36 --templates m1,m2,a1 --few-shot 2 --method flex --preset fused"
    );
    let fact = app.command(Scope::Fact(1)).unwrap();
    assert!(fact.text.contains("--uuids <(printf '%s\\n' 0-1)"));
    // One fact is asked with the shots that are on screen, drawn for its relation.
    let (path, shots) = fact.shots.expect("a file of shots");
    assert!(fact.text.contains(&format!("--shots {}", path.display())));
    assert_eq!(Some(Ok(&shots)), app.shots());
    press(&mut app, "3 space p x");
    let effects = press(&mut app, "y");
    let [Effect::Copy(text)] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(
        text,
        "lamascope run --relation P36 --templates m2,a1 --few-shot 2 --method flex --preset seed --manual-cross-attention"
    );
    let differing = app
        .command(Scope::Everything)
        .map_err(|error| error.contains("as a set"));
    assert_eq!(differing, Err(true));
}

#[test]
fn a_comparison_has_a_command_line_of_its_own() {
    let mut app = app();
    assert!(
        !{
            press(&mut app, "Y");
            screen(&mut app)
        }
        .contains("lamascope compare")
    );
    press(&mut app, "esc x c");
    let opened = press(&mut app, "Y");
    assert!(matches!(&opened[..], [Effect::WriteShots { .. }]));
    let shown = screen(&mut app);
    assert!(shown.contains("this fact, all methods:"), "{shown}");
    let effects = press(&mut app, "y");
    let [Effect::Copy(text), Effect::WriteShots { path, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    let shots = path.display();
    assert_eq!(
        *text,
        format!(
            "lamascope compare --uuids <(printf '%s\\n' 0-0) --templates m1,m2,a1 --shots {shots} \
             --manual-cross-attention"
        )
    );
    // What stands in no preset is compared on screen alone.
    press(&mut app, "o down down down down down right esc");
    let refused = app
        .command(Scope::Compare(0))
        .map_err(|e| e.contains("flex fused --isolation none"));
    assert_eq!(refused, Err(true));
}

#[test]
fn given_shots_name_their_file_by_content() {
    let shots = |text: &str| {
        Arc::new(Shots {
            instruction: text.into(),
            shots: Vec::new(),
        })
    };
    let mut app = app();
    app.choice.shots = ShotsFrom::Given(shots("one"));
    let one = app.command(Scope::Relation(0)).unwrap();
    app.choice.shots = ShotsFrom::Given(shots("two"));
    assert_ne!(one.text, app.command(Scope::Relation(0)).unwrap().text);
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
fn the_box_is_as_high_as_its_lines() {
    let mut app = app();
    press(&mut app, "Y");
    draw(&mut app);
    let (area, inner) = app.overlay_area().unwrap();
    let lines = app.page().unwrap().lines.len();
    assert_eq!(
        (usize::from(inner.height), area.height),
        (lines, inner.height + 3)
    );
    press(&mut app, "down down up");
    assert!(screen(&mut app).contains("▸this fact:"));
}

#[test]
fn what_is_copied_is_said_in_one_line() {
    let mut app = app_with(4, (80, 24), Level::True);
    press(&mut app, "2");
    press(&mut app, &["space"; 8].join(" "));
    press(&mut app, "Y down down");
    let [Effect::Copy(text), ..] = &press(&mut app, "y")[..] else {
        panic!("nothing is copied")
    };
    let last = footer(&mut app);
    assert!(
        last.starts_with(" copied: lamascope run") && last.ends_with('…'),
        "{last}"
    );
    assert!(
        screen(&mut app)
            .lines()
            .rev()
            .nth(1)
            .unwrap()
            .ends_with('┘')
    );
    assert_eq!(app.log.back(), Some(&format!("copied: {text}")));
}
