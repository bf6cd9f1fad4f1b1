//! Another model, other data, without a restart.

use std::sync::Arc;

use lamascope::data::{Dataset, Source, Style, Watch};
use lamascope::tui::app::{App, DataRef, Effect, Event, RunEvent, Scope};
use lamascope::tui::theme::ThemeName;

use crate::tui_support::*;

/// Opens the row of the list that has these words.
fn open(app: &mut App, words: &str) -> Vec<Effect> {
    press(app, "I");
    let (_, row) = find(app, words);
    for _ in 0..30 {
        let shown = screen(app);
        let pointed = shown
            .lines()
            .nth(row.into())
            .is_some_and(|line| line.contains("▸data") || line.contains("▸model"));
        if pointed {
            return press(app, "enter");
        }
        press(app, "down");
    }
    panic!("{words} cannot be reached");
}

/// Says which data are asked for.
fn asked(effects: &[Effect]) -> DataRef {
    let [Effect::LoadData(data)] = effects else {
        panic!("{effects:?}");
    };
    data.clone()
}

#[test]
fn other_data_take_the_place_of_those_on_screen_and_theirs_is_found_again() {
    let mut app = app();
    press(&mut app, "1 end space 2 down 3 space");
    let place = (app.work.browse.relation, app.work.browse.fact);
    let chosen = ids(&app);
    let effects = press(&mut app, "R");
    let job = started(&effects);
    finish(&mut app, &job, 0, job.plans[0].1.facts[0], "Paris", 5);
    tell(&mut app, &job, 9, RunEvent::Done);

    let effects = open(&mut app, "embedded webqa");
    let data_ref = asked(&effects);
    assert_eq!(
        (data_ref.source, data_ref.style),
        (Source::Embedded, Style::WebQuestions)
    );
    // Until they are there, all stays as it is.
    assert!(screen(&mut app).contains("reading data"));
    assert!(app.work.runs.current.is_some());
    let mut other = data(2);
    other.relations.truncate(1);
    other.facts.retain(|fact| fact.relation == 0);
    app.handle(Event::Data(Ok(Arc::new(other))));
    let shown = screen(&mut app);
    assert!(shown.contains("opened: embedded webqa, 8 facts"), "{shown}");
    assert_eq!(
        (app.work.browse.relation, app.work.browse.fact),
        (0, Some(0))
    );
    assert!(app.work.runs.current.is_none() && app.work.choice.marks.is_empty());
    let command = app.work.command(Scope::Relation(0)).unwrap();
    assert!(
        command.starts_with("lamascope run --dataset webqa"),
        "{command}"
    );
    assert_eq!(app.invariants(), Ok(()));

    let effects = open(&mut app, "a sample of relations");
    assert_eq!(asked(&effects), DataRef::default());
    app.handle(Event::Data(Ok(Arc::new(data(4)))));
    assert_eq!((app.work.browse.relation, app.work.browse.fact), place);
    assert_eq!(ids(&app), chosen);
    let command = app.work.command(Scope::Relation(0)).unwrap();
    assert!(!command.contains("--data"), "{command}");
}

#[test]
fn data_that_cannot_be_read_or_are_given_up_change_nothing() {
    let mut app = app();
    press(&mut app, "1 down I d");
    type_text(&mut app, "no.csv");
    let effects = press(&mut app, "enter");
    assert_eq!(asked(&effects).to_string(), "no.csv");
    app.handle(Event::Data(Err("no.csv: no such file".into())));
    let shown = screen(&mut app);
    assert!(
        shown.contains("no.csv: no such file") && shown.contains("P1376 capital of"),
        "{shown}"
    );
    open(&mut app, "MyriadLAMA as published");
    assert!(matches!(press(&mut app, "X")[..], [Effect::LeaveData]));
    assert!(screen(&mut app).contains("not opened: hub"));
    assert!(!screen(&mut app).contains("reading data"));
}

#[test]
fn a_model_is_opened_by_its_name_and_remembered() {
    let mut app = app();
    press(&mut app, "I m");
    assert!(screen(&mut app).contains("OWNER/NAME on the hub"));
    type_text(&mut app, "llama3.2_1b");
    let effects = press(&mut app, "enter");
    let [Effect::LoadModel(Some(name))] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(name, "llama3.2_1b");
    app.handle(Event::Model(Ok(about())));
    let command = app.work.command(Scope::Relation(0)).unwrap();
    assert!(
        command.starts_with("lamascope run --model llama3.2_1b "),
        "{command}"
    );
    press(&mut app, "I");
    let shown = screen(&mut app);
    let line = shown
        .lines()
        .find(|line| line.contains("model  llama3.2_1b"))
        .unwrap();
    assert!(line.contains("open"), "{line}");
    press(&mut app, "esc");
    assert_eq!(
        app.remember(ThemeName::Dark).models,
        ["llama3.2_1b", "embedded"]
    );
    // While something runs, nothing is taken from under it.
    press(&mut app, "R");
    assert!(open(&mut app, "the demo model").is_empty());
    assert!(screen(&mut app).contains("a run goes on"));
}

#[test]
fn a_model_that_cannot_be_loaded_leaves_the_present_one_in_place() {
    let mut app = app();
    press(&mut app, "I m");
    type_text(&mut app, "no/such");
    press(&mut app, "enter");
    app.handle(Event::Loading(lamascope::tui::app::Step::new(
        "loading model",
    )));
    app.handle(Event::Kept(about(), "no/such: no such repository".into()));
    let shown = screen(&mut app);
    assert!(shown.contains("no/such: no such repository"), "{shown}");
    assert!(matches!(press(&mut app, "r")[..], [Effect::Start(_)]));
    let command = app.work.command(Scope::Relation(0)).unwrap();
    assert!(!command.contains("--model"), "{command}");
}

#[test]
fn a_table_is_opened_with_its_columns_and_the_command_line_repeats_them() {
    let mut app = app();
    press(&mut app, "I d");
    type_text(&mut app, "x.csv --columns question=q1+q2,answer=gold");
    assert!(press(&mut app, "enter").is_empty());
    let shown = screen(&mut app);
    assert!(shown.contains("did you mean `answers`?"), "{shown}");
    press(&mut app, "I d");
    let name = "x.csv --columns question=q1+q2,answers=gold";
    type_text(&mut app, name);
    let data_ref = asked(&press(&mut app, "enter"));
    assert_eq!(data_ref.to_string(), name);
    let columns = data_ref.source.columns().map(ToString::to_string);
    assert_eq!(columns.as_deref(), Some("question=q1+q2,answers=gold"));
    app.handle(Event::Data(Ok(Arc::new(data(2)))));
    let command = app.work.command(Scope::Relation(0)).unwrap();
    assert!(
        command.starts_with("lamascope run --data x.csv --columns question=q1+q2,answers=gold "),
        "{command}"
    );
    // It is found again among what was open.
    open(&mut app, "a sample of relations");
    app.handle(Event::Data(Ok(Arc::new(data(4)))));
    let command = app.work.command(Scope::Relation(0)).unwrap();
    assert!(!command.contains("--columns"), "{command}");
    assert_eq!(asked(&open(&mut app, "x.csv")).to_string(), name);
}

#[test]
fn wordings_that_a_fact_lacks_are_not_asked() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("rows.csv");
    let rows = "id,text,gold\n1,Who wrote Emma?,Austen\n1,Emma is by whom?,Austen\n2,Where is Lima?,Peru\n";
    std::fs::write(&table, rows).unwrap();
    let name = format!(
        "{} --columns id=id,question=text,answers=gold",
        table.display()
    );
    let mut app = app();
    press(&mut app, "I d");
    type_text(&mut app, &name);
    let DataRef { source, style } = asked(&press(&mut app, "enter"));
    let data = Dataset::load(&source, style, Watch::none()).unwrap();
    app.handle(Event::Data(Ok(Arc::new(data))));
    let shown = screen(&mut app);
    assert!(
        shown.contains("Emma is by whom?") && shown.contains("reads 2 of 2"),
        "{shown}"
    );
    press(&mut app, "2 down");
    let shown = screen(&mut app);
    assert!(
        shown.contains("a1   (this fact has no such wording)"),
        "{shown}"
    );
    assert!(shown.contains("reads 1 of 1"), "{shown}");
    let job = started(&press(&mut app, "r"));
    let (_, plan) = &job.plans[0];
    assert_eq!(plan.task(plan.facts[0]).questions, ["Where is Lima?"]);
    assert_eq!(app.invariants(), Ok(()));
}
