//! Filters, marks and cursors of the lists.

use lamascope::tui::app::{App, Effect, Event};
use lamascope::tui::theme::Level;

use crate::tui_support::*;

#[test]
fn a_filter_finds_the_relation_and_opens_it() {
    let mut app = app();
    press(&mut app, "/");
    type_text(&mut app, "p17");
    assert_eq!(
        app.work.data().unwrap().relations[app.work.browse.relation].id,
        "P17"
    );
    press(&mut app, "enter");
    assert!(app.filtering.is_none());
    // P1376 has the letters too, but not next to each other.
    assert_eq!(app.panes.relations.list.items(), [2, 1]);
    press(&mut app, "esc");
    assert_eq!(app.panes.relations.list.items().len(), 3);
    assert_eq!(
        app.work.data().unwrap().relations[app.work.browse.relation].id,
        "P17"
    );
}

#[test]
fn esc_in_a_filter_goes_back_to_what_was_there_before_it() {
    let mut app = app();
    press(&mut app, "2 down down 3 down 2 / c down");
    press(&mut app, "esc");
    assert!(app.panes.facts.list.query.is_empty() && app.filtering.is_none());
    let place = |app: &App| {
        (
            app.work.browse.relation,
            app.work.browse.fact,
            app.panes.templates.list.selected(),
        )
    };
    let before = place(&app);
    assert_eq!(before, (0, Some(2), Some(1)));
    assert_eq!(app.panes.facts.list.selected(), Some(2));
    press(&mut app, "1 /");
    type_text(&mut app, "p17");
    assert_ne!(place(&app), before);
    press(&mut app, "esc");
    assert_eq!(place(&app), before);
    assert_eq!(
        (
            app.panes.relations.list.selected(),
            app.panes.facts.list.items().len()
        ),
        (Some(0), 8)
    );
    // Kept with enter, the choice stays when the filter goes.
    press(&mut app, "/");
    type_text(&mut app, "p17");
    press(&mut app, "enter esc");
    assert_eq!(
        (
            app.work.browse.relation,
            app.panes.relations.list.items().len()
        ),
        (2, 3)
    );
}

#[test]
fn esc_goes_back_from_a_filter_and_then_from_an_enlarged_pane() {
    let mut app = app();
    press(&mut app, "/ p enter enter");
    assert!(app.view.enlarged && !app.panes.relations.list.query.is_empty());
    press(&mut app, "esc");
    assert!(app.view.enlarged && app.panes.relations.list.query.is_empty());
    press(&mut app, "esc");
    assert!(!app.view.enlarged);
    press(&mut app, "4 enter esc");
    assert!(!app.view.enlarged);
}

#[test]
fn marks_and_a_long_filter_stay_readable() {
    let mut app = app_with(4, (80, 24), Level::True);
    press(&mut app, "1 space space 2 space");
    let shown = screen(&mut app);
    assert!(
        shown.contains("Relations 3 ●2 ") && shown.contains("Facts 8 ●1 "),
        "{shown}"
    );
    press(&mut app, "1 /");
    type_text(&mut app, "a filter that is longer than its pane");
    let shown = screen(&mut app);
    assert!(shown.contains("/…onger than its pane_│"), "{shown}");
}

#[test]
fn pasted_line_breaks_become_blanks() {
    let mut app = app();
    let paste = |app: &mut App| app.handle(Event::Paste("capital\r\n  of\n".into()));
    press(&mut app, "/");
    paste(&mut app);
    assert_eq!(app.panes.relations.list.query, "capital of");
    press(&mut app, "esc S s");
    paste(&mut app);
    let shown = screen(&mut app);
    assert!(shown.contains("│capital of "), "{shown}");
}

#[test]
fn keys_that_type_nothing_do_what_they_always_do() {
    let mut app = app();
    press(&mut app, "/ p");
    assert!(matches!(press(&mut app, "ctrl-c")[..], [_, Effect::Quit]));
    assert!(app.filtering.is_none() && app.panes.relations.list.query == "p");
    press(&mut app, "/ down");
    assert!(app.filtering.is_some() && app.panes.relations.list.cursor() == 1);
    press(&mut app, "ctrl-u");
    assert!(app.filtering.is_some() && app.panes.relations.list.query.is_empty());
}
