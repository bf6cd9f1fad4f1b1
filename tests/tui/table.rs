//! The run pane as a table: which answers, in which order, in columns; figures and groups; against the pinned run.

use lamascope::tui::app::{App, Event, MouseKind, RunEvent};
use lamascope::tui::archive::{News, Pinned};

use crate::tui_support::*;
use std::sync::Arc;

/// Four answers, two of them wrong with the same words; against a run that had Kenya right and Japan wrong.
fn evaluated(size: (u16, u16)) -> App {
    let mut app = app_with(4, size, lamascope::tui::theme::Level::True);
    let job = started(&press(&mut app, "R"));
    for (fact, answer) in [(2, " Lagos"), (0, " Paris"), (1, " Tokyo"), (3, " Lagos")] {
        finish(&mut app, &job, 0, fact, answer, 10 + fact as u64);
    }
    tell(&mut app, &job, 20, RunEvent::Done);
    press(&mut app, "6");
    app
}

fn pin(app: &mut App) {
    let run = app.work.runs.current.as_ref().unwrap();
    let rows = run.columns[0].rows.iter().map(|scored| {
        let mut row = scored.row.clone();
        row.verdict.correct = ["0-0", "0-2"].contains(&row.uuid.as_str());
        row
    });
    let mut listing = listing(3, None);
    listing.pinned = Some(Arc::new(Pinned::new("run-0".into(), rows)));
    app.handle(Event::Archive(News::Listed(listing)));
}

/// Subjects in the order of the table, which stands in columns.
fn subjects(app: &mut App) -> Vec<String> {
    let shown = screen(app);
    let at = |line: &str| {
        let words = ["France", "Japan", "Kenya", "Peru"];
        words.into_iter().find(|word| line.contains(word))
    };
    let lines = shown.lines().skip_while(|line| !line.contains("subject"));
    lines.skip(1).filter_map(at).map(str::to_owned).collect()
}

#[test]
fn an_enlarged_table_has_columns_that_a_click_sorts_by() {
    let mut app = evaluated((100, 30));
    press(&mut app, "Z");
    let shown = screen(&mut app);
    assert!(shown.contains("sure    relation subject"), "{shown}");
    assert_eq!(subjects(&mut app), ["Peru", "Japan", "France", "Kenya"]);
    let head = find(&mut app, "subject");
    mouse(&mut app, MouseKind::Press, head);
    assert_eq!(subjects(&mut app), ["France", "Japan", "Kenya", "Peru"]);
    mouse(&mut app, MouseKind::Press, head);
    assert_eq!(subjects(&mut app), ["Peru", "Kenya", "Japan", "France"]);
    assert!(screen(&mut app).contains("by subject, the other way round"));
    let head = find(&mut app, "prediction");
    mouse(&mut app, MouseKind::Press, head);
    assert_eq!(subjects(&mut app), ["Kenya", "Peru", "France", "Japan"]);
    press(&mut app, "F");
    assert_eq!(subjects(&mut app), ["Japan", "France", "Peru", "Kenya"]);
    // Every order has its key.
    press(&mut app, &["f"; 9].join(" "));
    assert!(screen(&mut app).contains("Kenya"));
}

#[test]
fn what_flipped_against_the_pinned_run_is_marked_and_filtered() {
    let mut app = evaluated((100, 30));
    press(&mut app, "e e e");
    assert!(!screen(&mut app).contains("gained ones only"));
    pin(&mut app);
    press(&mut app, "Z");
    let shown = screen(&mut app);
    let line = |name: &str| shown.lines().find(|line| line.contains(name)).unwrap();
    assert!(
        line("Japan").contains('▲') && line("Kenya").contains('▼'),
        "{shown}"
    );
    assert!(!line("France").contains('▲') && !line("Peru").contains('▼'));
    press(&mut app, "e e e");
    assert_eq!(subjects(&mut app), ["Japan"]);
    press(&mut app, "e");
    assert_eq!(subjects(&mut app), ["Kenya"]);
    press(&mut app, "e");
    assert_eq!(subjects(&mut app), ["Japan", "Kenya"]);
    press(&mut app, "e /");
    type_text(&mut app, "lost");
    assert_eq!(subjects(&mut app), ["Kenya"]);
    press(&mut app, "ctrl-u");
    type_text(&mut app, "wrong p36 peru");
    assert_eq!(subjects(&mut app), ["Peru"]);
    press(&mut app, "ctrl-u");
    type_text(&mut app, "P17");
    assert!(screen(&mut app).contains("nothing matches"));
}

#[test]
fn wrong_answers_are_grouped_and_relations_have_their_figures() {
    let mut app = evaluated((140, 42));
    press(&mut app, "Z");
    let shown = screen(&mut app);
    // Beside the answers, where there is room.
    assert!(shown.contains("accuracy per relation, template"), "{shown}");
    assert!(shown.contains("P36      50.0 % [15.0, 85.0]"), "{shown}");
    press(&mut app, "d");
    let shown = screen(&mut app);
    assert!(
        !shown.contains("subject") && shown.contains("P36      50.0 %"),
        "{shown}"
    );
    press(&mut app, "d");
    let shown = screen(&mut app);
    assert!(
        shown.contains("2 × Lagos  such as Kenya, expected Nairobi"),
        "{shown}"
    );
    press(&mut app, "enter");
    assert_eq!(subjects(&mut app), ["Peru", "Kenya"]);
    press(&mut app, "esc");
    assert_eq!(subjects(&mut app).len(), 4);
    // A comparison has neither.
    let job = started(&press(&mut app, "c"));
    tell(&mut app, &job, 40, RunEvent::Done);
    press(&mut app, "6 d");
    assert!(footer(&mut app).contains("of a run of many facts"));
}

#[test]
fn templates_that_were_asked_alone_have_figures() {
    let mut app = app();
    let job = started(&press(&mut app, "m m R"));
    finish(&mut app, &job, 0, 1, " Tokyo", 10);
    tell(&mut app, &job, 20, RunEvent::Done);
    press(&mut app, "6 Z d");
    let shown = screen(&mut app);
    for line in [
        "P36      100.0 % [20.7, 100.0]",
        "m1       100.0 % [20.7, 100.0]",
        "a1       100.0 % [20.7, 100.0]",
    ] {
        assert!(shown.contains(line), "{line}: {shown}");
    }
    // Opened, a figure shows its answers.
    press(&mut app, "end enter");
    let shown = screen(&mut app);
    assert!(shown.contains("/a1"), "{shown}");
    assert_eq!(app.panes.run.list.items().len(), 1, "{shown}");
}
