//! What comes back at the next start.

use std::sync::Arc;

use lamascope::data::Dataset;
use lamascope::engine::Method;
use lamascope::layout::Preset;
use lamascope::tui::app::{App, Event, Given, Marks, Memory, Pane, Start, Zoom};
use lamascope::tui::keymap::Keymap;
use lamascope::tui::screen::PaneSizes;
use lamascope::tui::theme::{Level, ThemeName};

use crate::tui_support::*;

/// The session after one that left this, on data of this name.
fn next(memory: &Memory, given: Given, name: &str, data: Dataset) -> App {
    let text = serde_json::to_string(memory).unwrap();
    let memory = Memory::parse(&text).unwrap();
    let look = memory.look.clone();
    let mut start = Start {
        relation: given.relation.then(|| "P1376".into()),
        ..start()
    };
    start.inputs.data = name.parse().expect("a name of data");
    memory.lay_under(&mut start, given);
    let mut app = App::new(start, Keymap::default(), theme(Level::True), (140, 42));
    app.look_as(&look, ThemeName::Dark);
    app.handle(Event::Data(Ok(Arc::new(data))));
    app.handle(Event::Words(Arc::new(Spaces::new(true))));
    app.handle(Event::Model(Ok(about())));
    app.prepare();
    app
}

/// In the last relation, at its second fact, with other templates, options, method, theme and a closer look at the mask.
fn left() -> (App, Memory) {
    let mut app = app();
    press(
        &mut app,
        "1 space end 3 space G space 2 down space p p x m T 4 + +",
    );
    press(&mut app, "o end up up right esc ctrl-right");
    app.prepare();
    let memory = app.remember(ThemeName::Dark);
    (app, memory)
}

#[test]
fn a_session_goes_on_where_the_last_one_ended() {
    let (before, memory) = left();
    let after = next(&memory, Given::default(), "embedded", data(4));
    let place = |app: &App| (app.work.browse.relation, app.work.browse.fact);
    assert_eq!(place(&after), place(&before));
    assert_eq!(place(&after).0, 2);
    assert_eq!(ids(&after), ids(&before));
    // All of the choice, with the marks.
    assert!(!after.work.choice.marks.is_empty());
    assert_eq!(after.work.choice.marks, before.work.choice.marks);
    assert_eq!(after.work.choice.method, before.work.choice.method);
    assert_eq!(after.work.choice.options, before.work.choice.options);
    assert_eq!(after.work.choice.shots, before.work.choice.shots);
    assert_eq!(after.work.theme.name, ThemeName::Light);
    assert_eq!(
        (after.view.focus, after.view.lower),
        (Pane::Mask, Pane::Mask)
    );
    assert_eq!(after.panes.mask.zoom, before.panes.mask.zoom);
    assert_ne!(after.panes.mask.zoom, Zoom::Fit);
    assert_eq!(after.view.sizes, before.view.sizes);
    assert_ne!(after.view.sizes, PaneSizes::default());
    assert!(after.invariants().is_ok());
}

#[test]
fn what_the_command_line_says_wins() {
    let (before, memory) = left();
    let all = Given {
        relation: true,
        templates: true,
        method: true,
        layout: true,
        shots: true,
        chat: true,
        max_new_tokens: true,
        extract: true,
    };
    let after = next(&memory, all, "embedded", data(4));
    assert_eq!(after.work.browse.relation, 1);
    assert_eq!(ids(&after), ["m1", "m2", "a1"]);
    assert_eq!(after.work.choice.method, Method::Flex);
    assert_eq!(after.work.choice.options, Preset::Fused.options());
    assert_ne!(after.work.choice.shots, before.work.choice.shots);
}

#[test]
fn other_data_are_opened_at_their_beginning_and_lack_what_they_lack() {
    let (before, memory) = left();
    let after = next(&memory, Given::default(), "other.parquet", data(4));
    assert_eq!(after.work.browse.relation, 0);
    assert_eq!(*after.work.choice.marks, Marks::default());
    assert_eq!(after.work.choice.method, before.work.choice.method);
    // The same name with other content.
    let mut small = data(0);
    small.relations.truncate(1);
    small.facts.retain(|fact| fact.relation == 0);
    let after = next(&memory, Given::default(), "embedded", small);
    assert_eq!(after.work.browse.relation, 0);
    assert!(after.invariants().is_ok());
}

#[test]
fn a_theme_in_the_configuration_that_was_changed_since_counts() {
    let (_, memory) = left();
    let mut app = app();
    app.look_as(&memory.look, ThemeName::ColourBlind);
    assert_eq!(app.work.theme.name, ThemeName::Dark);
}

#[test]
fn foreign_and_broken_memories_are_refused_in_a_line() {
    let (_, memory) = left();
    let text = serde_json::to_string(&memory).unwrap();
    let refused = |text: &str| Memory::parse(text).unwrap_err();
    assert!(refused("").starts_with("is not understood"));
    assert!(refused("[1, 2]").starts_with("is not understood"));
    let other = text.replace("\"version\":1", "\"version\":2");
    assert_eq!(refused(&other), "is of version 2, expected 1");
    let method = memory.choice.method.to_string();
    assert!(!refused(&text.replace(&method, "sorcery")).contains('\n'));
    for end in (0..text.len()).filter(|&end| text.is_char_boundary(end)) {
        assert!(Memory::parse(&text[..end]).is_err());
    }
}

#[test]
fn own_wordings_come_back_chosen_or_not() {
    let mut app = app();
    press(&mut app, "1 down");
    for text in ["In [X] rules [Y]", "[X]: [Y]"] {
        press(&mut app, "3 n");
        type_text(&mut app, text);
        press(&mut app, "enter");
    }
    // The first of them is listed without being chosen.
    let first = app.work.picks().unwrap().order().len() - 2;
    press(&mut app, "home");
    for _ in 0..first {
        press(&mut app, "down");
    }
    press(&mut app, "space");
    assert_eq!(ids(&app), ["m1", "m2", "a1", "o2"]);
    let after = next(
        &app.remember(ThemeName::Dark),
        Given::default(),
        "embedded",
        data(4),
    );
    assert_eq!(ids(&after), ids(&app));
    // Listed as templates of the data are: what is chosen first.
    let texts = |app: &App| -> Vec<String> {
        let relation = &app.work.data().unwrap().relations[1];
        let listed = app.work.picks().unwrap().order().iter();
        let own = listed.map(|&one| &relation.templates[one]);
        own.filter(|template| template.is_own())
            .map(|template| format!("{} {}", template.id, template.text))
            .collect()
    };
    assert_eq!(texts(&after), ["o2 [X]: [Y]", "o1 In [X] rules [Y]"]);
    assert_eq!(after.invariants(), Ok(()));
}
