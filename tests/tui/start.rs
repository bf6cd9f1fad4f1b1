//! Before there is anything to show, what was asked for at the start, and what never reaches a screen.

use std::sync::Arc;

use lamascope::data::TemplateId;
use lamascope::tui::app::{App, Effect, Event, Model, RunEvent, Start, Step};
use lamascope::tui::keymap::Keymap;
use lamascope::tui::theme::Level;

use crate::tui_support::*;

#[test]
fn starts_with_words_before_anything_is_loaded() {
    let mut app = App::new(start(), Keymap::default(), theme(Level::True), (140, 42));
    let first = screen(&mut app);
    assert!(
        first.contains("reading data") && first.contains("loading model"),
        "{first}"
    );
    let step = |what: &str, done, total| Step {
        what: what.into(),
        done,
        total,
    };
    app.handle(Event::Loading(step("loading weights", 1, 4)));
    assert!(screen(&mut app).contains(" loading weights 25 %"));
    app.handle(Event::Loading(step("compiling kernels", 0, 0)));
    app.handle(Event::Reading(step("downloading data", 1, 2)));
    let shown = screen(&mut app);
    let header = shown.lines().next().unwrap_or_default();
    assert!(
        header.contains("lamascope  downloading data 50 %")
            && header.ends_with(" compiling kernels"),
        "{header}"
    );
    // A model that is ready, or has failed, stays so while data are still read.
    app.handle(Event::Model(Ok(about())));
    app.handle(Event::Reading(step("reading data", 1, 2)));
    assert!(matches!(app.work.model, Model::Ready(_)));
    app.handle(Event::Data(Err("data.csv: no column `uuid`".into())));
    assert!(screen(&mut app).contains("data.csv: no column `uuid`"));
}

#[test]
fn a_failed_model_is_a_message_with_the_way_out() {
    let mut app = app();
    app.handle(Event::Model(Err("cannot read weights".into())));
    assert!(press(&mut app, "r").is_empty());
    let shown = screen(&mut app);
    assert!(shown.contains("L loads it again"), "{shown}");
    let [Effect::LoadModel(Some(name))] = &press(&mut app, "D")[..] else {
        panic!("the demo model is not asked for");
    };
    assert_eq!(name, "embedded");
}

#[test]
fn what_was_asked_for_at_the_start_and_is_not_there_is_said() {
    let asked = |relation: Option<&str>, templates: &[TemplateId]| {
        let start = Start {
            relation: relation.map(str::to_owned),
            templates: Some(templates.to_vec()).filter(|ids| !ids.is_empty()),
            ..start()
        };
        let mut app = App::new(start, Keymap::default(), theme(Level::True), (140, 42));
        app.handle(Event::Data(Ok(Arc::new(data(4)))));
        app.handle(Event::Words(Arc::new(Spaces::new(true))));
        app.handle(Event::Model(Ok(about())));
        let chosen = ids(&app).join(",");
        (
            chosen,
            footer(&mut app),
            is_error(&app),
            app.work.status.log.clone(),
        )
    };
    let (m9, a2) = (TemplateId::manual(9), TemplateId::auto(2));
    for (relation, templates, words) in [
        (
            Some("P18"),
            [].as_slice(),
            "no relation `P18` in the data: did you mean `P17`?",
        ),
        (Some("P18"), &[m9], "no relation `P18` in the data"),
        (
            Some("P36"),
            &[m9],
            "P36 has no m9: choose from m1, m2, m3, a1",
        ),
        (
            None,
            &[m9],
            "no relation has m9: the first templates are chosen",
        ),
    ] {
        let (chosen, line, is_error, log) = asked(relation, templates);
        assert!(line.contains(words), "{line}");
        let about_another = log.iter().any(|line| line.contains("P36 has no"));
        assert_eq!(about_another, relation == Some("P36") && templates == [m9]);
        assert_eq!((&*chosen, is_error), ("m1,m2,a1", Some(true)));
    }
    let (chosen, line, is_error, _) = asked(Some("P36"), &[m9, a2]);
    assert!(line.contains("P36 has no m9: using a2"), "{line}");
    assert_eq!((&*chosen, is_error), ("a2", Some(false)));
    let (chosen, line, is_error, _) = asked(Some("p17"), &[a2]);
    assert!(line.contains("is ready"), "{line}");
    assert_eq!((&*chosen, is_error), ("a2", Some(false)));
}

#[test]
fn a_model_that_is_ready_takes_nothing_away() {
    let ready = |app: &mut App| app.handle(Event::Model(Ok(about())));
    let notice = |app: &App| {
        app.work
            .status
            .notice
            .as_ref()
            .map(|notice| notice.text.clone())
    };
    let mut app = app();
    press(&mut app, "1");
    ready(&mut app);
    assert!(notice(&app).is_some_and(|text| text.contains("model demo is ready")));
    let footer = screen(&mut app)
        .lines()
        .last()
        .unwrap_or_default()
        .to_owned();
    assert!(
        footer.contains("ready: cpu f32")
            && footer.contains("p preset")
            && footer.ends_with("q quit"),
        "{footer}"
    );
    app.handle(Event::Said(Err("no such thing".into())));
    ready(&mut app);
    assert_eq!(notice(&app).as_deref(), Some("no such thing"));
    press(&mut app, "b");
    ready(&mut app);
    assert!(notice(&app).is_some_and(|text| text.contains("no other run")));
    assert_eq!(
        app.work
            .status
            .log
            .iter()
            .filter(|line| line.contains("is ready"))
            .count(),
        4
    );
}

#[test]
fn nothing_is_drawn_when_nothing_changes() {
    let mut app = app();
    assert!(app.take_dirty());
    assert!(!app.take_dirty());
    app.handle(Event::Run {
        generation: 99,
        at: Default::default(),
        event: RunEvent::Done,
    });
    assert!(!app.take_dirty());
}

#[test]
fn control_sequences_never_reach_the_screen() {
    let mut app = app();
    for _ in 0..8 {
        press(&mut app, "2 down");
        let buffer = draw(&mut app);
        for cell in buffer.content() {
            assert!(
                !cell
                    .symbol()
                    .chars()
                    .any(|c| c.is_control() || c == '\u{202e}'),
                "{:?}",
                cell.symbol()
            );
        }
    }
}
