//! Going back and forward, finding in the prompt, moving borders, the zoom of each layout.

use lamascope::tui::app::{App, Event, MouseKind, Pane, PaneSizes, Zoom};
use lamascope::tui::theme::Level;

use crate::tui_support::*;

#[test]
fn facts_that_were_visited_are_gone_back_to() {
    let mut app = app();
    let at = |app: &App| (app.work.browse.relation, app.work.browse.fact.unwrap());
    press(&mut app, "alt-left");
    assert!(footer(&mut app).contains("this is where you began"));
    // Walking through a list is one visit, at its end.
    press(&mut app, "2 down down down");
    press(&mut app, "1 down down");
    assert_eq!(at(&app), (2, 16));
    press(&mut app, "alt-left");
    assert_eq!(at(&app), (1, 8));
    press(&mut app, "ctrl-o");
    assert_eq!(at(&app), (0, 3));
    press(&mut app, "alt-right alt-right");
    assert_eq!(at(&app), (2, 16));
    press(&mut app, "alt-right");
    assert!(footer(&mut app).contains("nothing to go forward to"));
    // From there on another way.
    press(&mut app, "alt-left 2 end alt-left alt-right");
    assert_eq!(at(&app), (1, 15));
    assert_eq!(app.panes.facts.list.selected(), Some(15));
    press(&mut app, "alt-right");
    assert_eq!(at(&app), (1, 15));
}

#[test]
fn a_text_is_found_in_the_prompt() {
    let mut app = app_with(4, (140, 30), Level::True);
    press(&mut app, "5 /");
    assert!(footer(&mut app).contains("type to find"));
    type_text(&mut app, "ruled FROM");
    let shown = screen(&mut app);
    let line = shown.lines().find(|line| line.contains("/ruled FROM_"));
    assert!(line.is_some_and(|line| line.contains("1 of 1")), "{shown}");
    assert!(shown.contains("Wording 1: France is ruled from"), "{shown}");
    press(&mut app, "ctrl-u");
    type_text(&mut app, "the capital of");
    press(&mut app, "enter");
    // Once per shot and question; the keys go round.
    let count = |app: &mut App| {
        let shown = screen(app);
        let line = shown.lines().find(|line| line.contains("/the capital of"));
        let line = line.unwrap_or_else(|| panic!("{shown}")).to_owned();
        line.split('│')
            .find(|part| part.contains(" of ") && part.contains('/'))
            .unwrap()
            .to_owned()
    };
    let first = count(&mut app);
    assert!(first.trim_end().ends_with("of 7"), "{first}");
    press(&mut app, "n");
    assert_ne!(count(&mut app), first);
    press(&mut app, "N");
    assert_eq!(count(&mut app), first);
    press(&mut app, "/");
    type_text(&mut app, "xyzzy");
    assert!(screen(&mut app).contains("not there"));
    press(&mut app, "esc");
    assert!(!screen(&mut app).contains("not there"));
}

#[test]
fn borders_move_by_keys_and_by_the_mouse() {
    for size in [(140, 42), (80, 24)] {
        let mut app = app_with(4, size, Level::True);
        let first = app.screen();
        let width = |app: &App, pane| app.screen().pane(pane).width;
        let height = |app: &App, pane| app.screen().pane(pane).height;
        for pane in [Pane::Relations, Pane::Facts, Pane::Templates, Pane::Mask] {
            press(&mut app, &format!("{} |", pane as usize + 1));
            let before = app.screen().pane(pane);
            press(&mut app, "ctrl-right ctrl-down");
            let now = app.screen().pane(pane);
            assert!(now.width > before.width, "{size:?} {pane:?}");
            assert!(now.height > before.height, "{size:?} {pane:?}");
            press(&mut app, "ctrl-left ctrl-up");
            assert_eq!(app.screen().pane(pane), before, "{size:?} {pane:?}");
        }
        press(&mut app, "|");
        assert_eq!(app.view.sizes, PaneSizes::default());
        assert_eq!(
            app.screen().pane(Pane::Templates),
            first.pane(Pane::Templates)
        );
        // A border goes where it is dragged, and stops before a pane is gone.
        let templates = app.screen().pane(Pane::Templates);
        mouse(&mut app, MouseKind::Press, (templates.x, 4));
        mouse(&mut app, MouseKind::Drag, (templates.x + 5, 4));
        assert_eq!(app.screen().pane(Pane::Templates).x, templates.x + 5);
        mouse(&mut app, MouseKind::Drag, (0, 4));
        assert_eq!(width(&app, Pane::Relations), 16);
        let facts = app.screen().pane(Pane::Facts);
        mouse(&mut app, MouseKind::Press, (3, facts.y));
        mouse(&mut app, MouseKind::Drag, (3, facts.y - 2));
        assert_eq!(height(&app, Pane::Facts), facts.height + 2);
        assert_eq!(app.view.focus, Pane::Facts);
        draw(&mut app);
        // Alone on the screen no pane grows.
        press(&mut app, "Z ctrl-right");
        assert!(footer(&mut app).contains("this pane has all the room"));
    }
}

#[test]
fn moved_borders_are_kept_as_shares() {
    let mut app = app();
    press(&mut app, "1 ctrl-right ctrl-right ctrl-right 4 ctrl-down");
    let text = serde_json::to_string(&app.view.sizes).unwrap();
    let sizes: PaneSizes = serde_json::from_str(&text).unwrap();
    let (left, high) = (
        app.screen().pane(Pane::Relations),
        app.screen().pane(Pane::Mask),
    );
    app.view.sizes = PaneSizes::default();
    assert_ne!(app.screen().pane(Pane::Relations), left);
    app.view.sizes = sizes;
    assert_eq!(app.screen().pane(Pane::Relations), left);
    assert_eq!(app.screen().pane(Pane::Mask), high);
    // On another screen they are as large a part of it.
    app.handle(Event::Resize(280, 42));
    assert_eq!(app.screen().pane(Pane::Relations).width, 2 * left.width);
}

#[test]
fn a_large_screen_gives_its_rows_to_what_fills_them() {
    let mut app = app_with(20, (200, 60), Level::True);
    let screen = app.screen();
    assert_eq!(screen.inner(Pane::Templates).height, 23);
    assert!(screen.inner(Pane::Prompt).height >= 30);
    // Lists have the whole height of the screen.
    assert!(screen.inner(Pane::Relations).height >= 22);
    assert!(screen.inner(Pane::Facts).height >= 28);
    draw(&mut app);
}

#[test]
fn every_layout_has_its_own_zoom() {
    let mut app = app();
    press(&mut app, "z");
    assert_eq!(app.panes.mask.zoom, Zoom::Tokens(1));
    let shown = screen(&mut app);
    assert!(shown.contains("Mask zoomed, 0 all"), "{shown}");
    // Cross-attention is looked at where one is; another layout begins whole.
    press(&mut app, "x");
    app.prepare();
    assert_eq!(app.panes.mask.zoom, Zoom::Tokens(1));
    press(&mut app, "p");
    app.prepare();
    assert_eq!(app.panes.mask.zoom, Zoom::Fit);
    assert!(!screen(&mut app).contains("zoomed"));
    press(&mut app, "P");
    app.prepare();
    assert_eq!(app.panes.mask.zoom, Zoom::Tokens(1));
    press(&mut app, "4 0");
    assert!(!screen(&mut app).contains("zoomed"));
    // A zoom that is there before the first mask is that mask's.
    let mut app = App::new(
        start(),
        lamascope::tui::keymap::Keymap::default(),
        theme(Level::True),
        (140, 42),
    );
    app.panes.mask.zoom = Zoom::Tokens(1);
    app.handle(Event::Data(Ok(std::sync::Arc::new(data(4)))));
    app.handle(Event::Words(std::sync::Arc::new(Spaces::new(true))));
    assert!(screen(&mut app).contains("Mask zoomed"));
}
