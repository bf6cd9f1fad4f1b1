//! What is on screen as a command line.

use std::sync::Arc;

use lamascope::prompt::{Chat, Shots};
use lamascope::tui::app::{Effect, Overlay, Scope, ShotsFrom};
use lamascope::tui::theme::Level;

use crate::tui_support::*;

/// The text that an effect puts into the clipboard; nothing else is done.
fn copied(effects: &[Effect]) -> String {
    match effects {
        [Effect::Copy(text)] => text.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_command_line_says_what_is_chosen() {
    let mut app = app();
    app.prepare();
    let command = app.work.command(Scope::Relation(0)).unwrap();
    assert_eq!(
        command,
        "lamascope run --relation P36 --templates m1,m2,a1 --few-shot 2 --method flex --preset fused"
    );
    let fact = app.work.command(Scope::Fact(1)).unwrap();
    // One fact is asked with the shots that are drawn for its relation.
    assert_eq!(
        fact,
        "lamascope run --relation P36 --fact 0-1 --templates m1,m2,a1 --few-shot 2 --method flex --preset fused"
    );
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
        .work
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
    assert!(press(&mut app, "Y").is_empty());
    let shown = screen(&mut app);
    assert!(shown.contains("this fact, all methods:"), "{shown}");
    assert_eq!(
        copied(&press(&mut app, "y")),
        "lamascope compare --relation P36 --fact 0-0 --templates m1,m2,a1 --few-shot 2 --manual-cross-attention"
    );
    // What stands in no preset is compared on screen alone.
    press(&mut app, "o down down down down down right esc");
    let refused = app
        .work
        .command(Scope::Compare(0))
        .map_err(|e| e.contains("flex fused --isolation none"));
    assert_eq!(refused, Err(true));
}

#[test]
fn the_command_line_under_the_cursor_is_copied() {
    let mut app = app_with(4, (64, 18), Level::True);
    press(&mut app, "2");
    press(&mut app, &["space"; 8].join(" "));
    press(&mut app, "1 space");
    assert!(press(&mut app, "Y").is_empty());
    let shown = screen(&mut app);
    assert!(
        shown.contains("▸this relation:") && shown.contains("more below"),
        "{shown}"
    );
    press(&mut app, "down");
    let text = copied(&press(&mut app, "y"));
    assert!(
        text.starts_with("lamascope run --relation P1376 --fact 1-0 "),
        "{text}"
    );
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
    let lines = match &app.overlay {
        Some(Overlay::Commands(commands)) => commands.page.lines.len(),
        _ => panic!("no command lines"),
    };
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
    let text = copied(&press(&mut app, "y"));
    let last = footer(&mut app);
    assert!(
        last.starts_with(" copied: printf") && last.ends_with('…'),
        "{last}"
    );
    assert!(
        screen(&mut app)
            .lines()
            .rev()
            .nth(2)
            .unwrap()
            .ends_with('┘')
    );
    assert_eq!(app.work.status.log.back(), Some(&format!("copied: {text}")));
}

#[test]
fn shots_by_hand_and_marked_facts_need_no_file() {
    let mut app = app();
    let shots = Arc::new(Shots {
        instruction: "It's one word.".into(),
        shots: vec![("Q [MASK]".into(), "A".into())],
        near: None,
    });
    app.work.choice.shots = ShotsFrom::Given(shots.clone());
    press(&mut app, "2 space space");
    let text = app.work.command(Scope::Selection).unwrap();
    let (line, document) = text.split_once('\n').unwrap();
    assert_eq!(
        line,
        "printf '%s\\n' 0-0 0-1 | lamascope run --uuids - --templates m1,m2,a1 --shots /dev/fd/3 --method flex --preset \
         fused 3<<'SHOTS'"
    );
    let read: Shots = serde_json::from_str(document.strip_suffix("\nSHOTS").unwrap()).unwrap();
    assert_eq!(read, *shots);
}

/// The tokenizer of these tests has no chat template.
#[test]
fn a_chat_stands_in_the_command_line_and_needs_a_template() {
    let mut app = app();
    press(&mut app, "o end up up up up up up right right");
    assert_eq!(app.work.choice.chat, Chat::Turns);
    let shown = screen(&mut app);
    assert!(shown.contains("chat template around the prompt"), "{shown}");
    press(&mut app, "esc");
    let command = app.work.command(Scope::Relation(0)).unwrap();
    assert!(
        command.contains("--few-shot 2 --chat turns --method flex"),
        "{command}"
    );
    let shown = screen(&mut app);
    assert!(shown.contains("no chat template"), "{shown}");
    press(&mut app, "u u");
    assert_eq!(app.work.choice.chat, Chat::Off);
    assert!(!screen(&mut app).contains("no chat template"));
}
