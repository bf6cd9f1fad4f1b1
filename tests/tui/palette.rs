//! The palette: everything that can be done or gone to, by a few letters.

use lamascope::sets::TemplateSet;
use lamascope::tui::app::{Effect, Event, Overlay, Pane};
use lamascope::tui::archive::{News, Order, Which};
use lamascope::tui::keymap::Keymap;

use crate::tui_support::*;

#[test]
fn every_action_is_found_by_its_name_with_its_key() {
    for (entry, keys) in Keymap::default().rows() {
        let mut app = app();
        press(&mut app, ":");
        type_text(&mut app, entry.name);
        let shown = screen(&mut app);
        let line = shown
            .lines()
            .find(|line| line.contains(&format!("{}│", entry.name)));
        let line = line.unwrap_or_else(|| panic!("{} is not there: {shown}", entry.name));
        assert!(line.contains(&keys), "{keys}: {line}");
    }
}

#[test]
fn enter_does_what_was_found() {
    let mut app = app();
    // By its words, whatever pane has the focus.
    press(&mut app, "ctrl-p");
    type_text(&mut app, "first answer token");
    press(&mut app, "enter");
    assert_eq!((app.overlay.is_none(), app.view.focus), (true, Pane::Mask));
    press(&mut app, ":");
    type_text(&mut app, "manual cross on");
    press(&mut app, "enter");
    assert!(app.work.choice.options.manual_cross_attention);
    // An overlay takes the palette's place, and so do effects.
    press(&mut app, ":");
    type_text(&mut app, "all options");
    press(&mut app, "enter");
    assert!(matches!(app.overlay, Some(Overlay::Options(_))));
    press(&mut app, "esc :");
    type_text(&mut app, "run-fact");
    assert!(matches!(press(&mut app, "enter")[..], [Effect::Start(_)]));
    press(&mut app, ":");
    type_text(&mut app, "quit");
    let effects = press(&mut app, "enter");
    assert!(matches!(effects[..], [Effect::Cancel, Effect::Quit]));
}

#[test]
fn relations_and_sets_are_entries_too() {
    let mut app = app();
    let set = TemplateSet {
        name: "best".into(),
        templates: [("P17".to_owned(), vec!["m3".parse().unwrap()])].into(),
        ..TemplateSet::default()
    };
    app.handle(Event::Sets(Ok(vec![set])));
    press(&mut app, ":");
    type_text(&mut app, "country");
    let shown = screen(&mut app);
    assert!(shown.contains("relation       P17 country"), "{shown}");
    press(&mut app, "enter");
    assert_eq!(app.work.browse.relation, 2);
    press(&mut app, ":");
    type_text(&mut app, "best");
    press(&mut app, "enter");
    assert_eq!(ids(&app), ["m3"]);
    assert!(footer(&mut app).contains("set best: templates of 1 relation"));
}

#[test]
fn what_matches_nothing_says_so_and_escape_changes_nothing() {
    let mut app = app();
    press(&mut app, "esc");
    let before = screen(&mut app);
    press(&mut app, ":");
    type_text(&mut app, "xyzzy");
    assert!(screen(&mut app).contains("nothing matches"));
    press(&mut app, "enter");
    assert!(matches!(app.overlay, Some(Overlay::Palette(_))));
    // What is pasted is looked for as well.
    press(&mut app, "ctrl-u");
    app.handle(Event::Paste("go to the run\n".into()));
    assert!(screen(&mut app).contains("pane-run"));
    press(&mut app, "esc");
    assert_eq!(screen(&mut app), before);
}

#[test]
fn kept_runs_models_and_data_are_found() {
    let mut app = app();
    app.handle(Event::Archive(News::Listed(listing(3, None))));
    press(&mut app, ":");
    let title = app.work.kept.listing.runs[1].label().to_owned();
    type_text(&mut app, &title);
    let effects = press(&mut app, "enter");
    let [Effect::Archive(Order::Open(Which::Kept(id)))] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert!(app.work.kept.listing.runs.iter().any(|run| run.id == *id));
    press(&mut app, ":");
    type_text(&mut app, "data embedded webqa");
    let effects = press(&mut app, "enter");
    assert!(matches!(effects[..], [Effect::LoadData(_)]), "{effects:?}");
}
