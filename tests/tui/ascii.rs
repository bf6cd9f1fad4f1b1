//! On a terminal without Unicode every character of the program is ASCII.

use std::sync::Arc;

use lamascope::data::{Dataset, TemplateId};
use lamascope::sets::TemplateSet;
use lamascope::tui::app::{App, Event, RunEvent, Start, Step};
use lamascope::tui::keymap::Keymap;
use lamascope::tui::theme::{Level, Symbols, Theme, ThemeName};

use crate::tui_support::*;

fn ascii() -> Theme {
    Theme::new(ThemeName::Dark, Level::True, Symbols { unicode: false })
}

/// Data whose own text is ASCII.
fn plain() -> Dataset {
    let mut data = data(95);
    for fact in &mut data.facts {
        let texts = fact.answers.iter_mut().chain([&mut fact.subject]);
        texts.for_each(|text| text.retain(|c| c.is_ascii()));
    }
    data
}

fn check(app: &mut App, what: &str) {
    let shown = screen(app);
    assert!(shown.is_ascii(), "{what}: {shown}");
}

const SIZES: [(u16, u16); 3] = [(140, 42), (80, 24), (40, 12)];

#[test]
fn before_anything_is_there() {
    for size in SIZES {
        let mut app = App::new(start(), Keymap::default(), ascii(), size);
        check(&mut app, "nothing yet");
        app.handle(Event::Reading(Step::new("downloading data")));
        check(&mut app, "data");
    }
}

#[test]
fn what_cannot_be_had() {
    let start = Start {
        relation: Some("P36".into()),
        templates: Some(vec![TemplateId::manual(9)]),
        ..start()
    };
    let mut app = App::new(start, Keymap::default(), ascii(), (140, 42));
    app.handle(Event::Data(Ok(Arc::new(plain()))));
    check(&mut app, "no such template");
    assert!(screen(&mut app).contains("a1 ... a95"));
    app.handle(Event::Model(Err("no weights".into())));
    check(&mut app, "no model");
    assert!(screen(&mut app).contains("no weights - L loads it again"));
}

#[test]
fn panes_with_a_run_on_them() {
    for size in SIZES {
        let mut app = app_of(plain(), ascii(), size);
        for (key, answer) in [
            ("r", " Paris\n"),
            ("c", " Lyon\t\u{202e}"),
            ("R", " Paris\u{1b}[2J"),
        ] {
            let job = started(&press(&mut app, key));
            read(&mut app, &job, 0, 1_024, 2_712);
            check(&mut app, key);
            let fact = job.plans[0].1.facts[0];
            stream(&mut app, &job, fact, 0, " Paris");
            for plan in 0..job.plans.len() {
                finish(&mut app, &job, plan, fact, answer, 20);
            }
            for pane in ["1", "2", "3", "4", "5", "6", "a", "a", "enter", "enter"] {
                press(&mut app, pane);
                check(&mut app, &format!("{key} {pane}"));
            }
            tell(&mut app, &job, 30, RunEvent::Done);
            for keys in [
                "3 a",
                "p",
                "p",
                "p",
                "p",
                "p",
                "p",
                "x",
                "x",
                "m",
                "P m m m m m m",
                "a",
                "4 z",
                "z z",
                "+",
                "0",
            ] {
                press(&mut app, keys);
                check(&mut app, &format!("{key} {keys}"));
            }
        }
        // What is not saved yet, what is asked, and what was done.
        for keys in [
            "q",
            "r",
            "u",
            "U",
            "1 space 2 space",
            "1 / c",
            "esc",
            "X",
            "3 f 1 enter",
            "4 a",
            "y",
        ] {
            press(&mut app, keys);
            check(&mut app, keys);
        }
        press(&mut app, "3 f 0 enter");
        check(&mut app, "no template");
    }
}

#[test]
fn overlays() {
    for size in SIZES {
        let mut app = app_of(plain(), ascii(), size);
        let set = TemplateSet {
            name: "one".into(),
            ..TemplateSet::default()
        };
        app.handle(Event::Sets(Ok(vec![set])));
        for keys in [
            "?",
            "pagedown",
            "end",
            "esc o",
            "end left",
            "esc t",
            "down e",
            "esc d esc",
            "esc a x",
            "esc esc esc esc",
            "S",
            "d",
            "s one enter",
            "esc esc Y",
            "down",
            "y",
            "s",
        ] {
            for key in keys.split(' ') {
                match key.parse() {
                    Ok(key) => drop(app.handle(Event::Key(key))),
                    Err(_) => type_text(&mut app, key),
                }
            }
            check(&mut app, keys);
        }
    }
}

#[test]
fn characters_of_the_data_beyond_ascii_are_written_by_number() {
    let mut app = app_of(data(4), ascii(), (140, 42));
    let job = started(&press(&mut app, "R"));
    finish(&mut app, &job, 0, 4, " 東京é", 10);
    press(&mut app, "2 down down down down");
    let shown = screen(&mut app);
    assert!(shown.is_ascii(), "{shown}");
    assert!(shown.contains("<65E5>"), "{shown}");
}
