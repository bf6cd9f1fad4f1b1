//! Clicks and the wheel, in panes and over them.

use lamascope::sets::TemplateSet;
use lamascope::tui::app::{App, Event, MaskParts, Mouse, MouseKind, Overlay, Pane};
use lamascope::tui::theme::Level;

use crate::tui_support::*;

#[test]
fn the_mouse_selects_toggles_and_points() {
    let mut app = app();
    let press_at = |app: &mut App, column, row| {
        app.handle(Event::Mouse(Mouse {
            kind: MouseKind::Press,
            column,
            row,
        }))
    };
    let templates = app.screen().inner(Pane::Templates);
    press_at(&mut app, templates.x + 1, templates.y);
    assert_eq!(app.view.focus, Pane::Templates);
    assert_eq!(ids(&app), ["m2", "a1"]);
    press_at(&mut app, templates.x + 12, templates.y + 2);
    assert_eq!(
        (app.panes.templates.list.selected(), ids(&app).len()),
        (Some(2), 2)
    );
    let cells = MaskParts::new(app.screen().inner(Pane::Mask)).cells;
    press_at(&mut app, cells.x, cells.y + 1);
    assert_eq!((app.view.focus, app.work.crosshair.key), (Pane::Mask, 0));
    let facts = app.screen().inner(Pane::Facts);
    app.handle(Event::Mouse(Mouse {
        kind: MouseKind::ScrollDown,
        column: facts.x,
        row: facts.y,
    }));
    assert_eq!(
        (app.view.focus, app.work.browse.fact),
        (Pane::Mask, Some(3))
    );
}

#[test]
fn a_click_in_an_overlay_selects_and_one_beside_it_closes_it() {
    let mut app = app_with(4, (80, 24), Level::True);
    let sets = ["one", "two", "three"].map(|name| TemplateSet {
        name: name.into(),
        ..TemplateSet::default()
    });
    app.handle(Event::Sets(Ok(sets.to_vec())));
    for (key, words, beside) in [
        ("o", "new tokens", (1, 1)),
        ("S", "three", (1, 1)),
        ("t", "N'Djamena", (1, 1)),
        ("Y", "everything:", (1, 1)),
        ("?", "colour says whose", (1, 23)),
    ] {
        press(&mut app, key);
        let at = find(&mut app, words);
        mouse(&mut app, MouseKind::Press, at);
        let shown = screen(&mut app);
        let line = shown.lines().nth(usize::from(at.1)).unwrap();
        assert_eq!(
            line.contains('▸') && line.contains(words),
            key != "?",
            "{shown}"
        );
        // The title is no row.
        let (_, inner) = app.overlay_area().unwrap();
        mouse(&mut app, MouseKind::Press, (inner.x, inner.y - 1));
        assert_eq!(screen(&mut app), shown);
        mouse(&mut app, MouseKind::Press, beside);
        assert!(app.overlay.is_none(), "{key}");
    }
    // Rows above those on screen are found by what is on screen.
    press(&mut app, "o end up");
    let at = find(&mut app, "glue ");
    mouse(&mut app, MouseKind::Press, at);
    assert!(matches!(&app.overlay, Some(Overlay::Options(list)) if list.rows.cursor == 3));
}

#[test]
fn a_click_throws_no_typed_text_away() {
    let mut app = app();
    press(&mut app, "3 f 1 2");
    for at in [(0, 0), find(&mut app, "12")] {
        mouse(&mut app, MouseKind::Press, at);
        mouse(&mut app, MouseKind::ScrollDown, at);
        let shown = screen(&mut app);
        assert!(shown.contains("│12 "), "{shown}");
    }
    press(&mut app, "esc t e x");
    mouse(&mut app, MouseKind::Press, (0, 0));
    let at = find(&mut app, "Q The capital");
    mouse(&mut app, MouseKind::Press, at);
    assert!(screen(&mut app).contains("one word.x"));
    // Kept in the editor, but not used yet.
    press(&mut app, "enter");
    mouse(&mut app, MouseKind::Press, (0, 0));
    assert!(screen(&mut app).contains("one word.x"));
}

#[test]
fn the_wheel_scrolls_pages_and_moves_cursors() {
    let mut app = app_with(4, (80, 24), Level::True);
    let middle = (40, 12);
    press(&mut app, "?");
    let top = screen(&mut app);
    mouse(&mut app, MouseKind::ScrollDown, middle);
    assert!(matches!(&app.overlay, Some(Overlay::Help(help)) if help.page.top == 3));
    assert_ne!(screen(&mut app), top);
    mouse(&mut app, MouseKind::ScrollUp, middle);
    assert_eq!(screen(&mut app), top);
    press(&mut app, "esc o");
    mouse(&mut app, MouseKind::ScrollDown, middle);
    assert!(matches!(&app.overlay, Some(Overlay::Options(list)) if list.rows.cursor == 1));
    press(&mut app, "esc t");
    mouse(&mut app, MouseKind::ScrollDown, middle);
    assert!(matches!(&app.overlay, Some(Overlay::Shots(editor)) if editor.rows.cursor == 1));
}

#[test]
fn the_name_of_a_hidden_pane_is_clicked() {
    let mut app = app_with(4, (80, 24), Level::True);
    for (words, pane) in [
        ("6 run", Pane::Run),
        ("5 prompt", Pane::Prompt),
        ("4 mask", Pane::Mask),
        ("5 prompt", Pane::Prompt),
    ] {
        let (column, row) = find(&mut app, words);
        let end = column + words.len() as u16 - 1;
        mouse(&mut app, MouseKind::Press, (end, row));
        assert_eq!((app.view.focus, app.view.lower), (pane, pane), "{words}");
    }
    // The title is the pane's own.
    let at = find(&mut app, "Prompt ");
    mouse(&mut app, MouseKind::Press, at);
    assert_eq!(app.view.focus, Pane::Prompt);
}
