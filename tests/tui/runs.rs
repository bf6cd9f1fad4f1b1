//! Runs: one after another, what they are asked, how they stream.

use std::sync::Arc;

use lamascope::data::Dataset;
use lamascope::engine::Event as EngineEvent;
use lamascope::engine::Method;
use lamascope::evaluate::{Plan, Update};
use lamascope::layout::Preset;
use lamascope::tui::SweepPlans;
use lamascope::tui::app::{App, Effect, Event, RunEvent, Scope, State};
use lamascope::tui::theme::Level;

use crate::tui_support::*;

#[test]
fn a_run_streams_and_finishes_and_news_of_others_are_dropped() {
    let mut app = app();
    let job = started(&press(&mut app, "r"));
    assert_eq!(job.scope, Scope::Fact(0));
    stream(&mut app, &job, 0, 0, " Paris");
    let shown = screen(&mut app);
    assert!(
        shown.contains(" Paris") && shown.contains(".91") && shown.contains(".04  Lyon"),
        "{shown}"
    );
    finish(&mut app, &job, 0, 0, " Paris\n", 30);
    tell(&mut app, &job, 31, RunEvent::Done);
    assert_eq!(app.work.runs.current.as_ref().unwrap().state, State::Done);
    // Too late: the run is over.
    finish(&mut app, &job, 0, 0, " Lyon\n", 40);
    assert_eq!(
        app.work.runs.current.as_ref().unwrap().columns[0]
            .rows
            .len(),
        1
    );
    // The generated tokens are rows of the mask, until the settings change.
    app.prepare();
    assert_eq!(
        app.work.sequence().unwrap().unwrap().len(),
        app.work.sequence().unwrap().unwrap().layout.len() + 2
    );
    press(&mut app, "p");
    app.prepare();
    assert_eq!(
        app.work.sequence().unwrap().unwrap().len(),
        app.work.sequence().unwrap().unwrap().layout.len()
    );
    assert!(screen(&mut app).contains("earlier settings"));
}

#[test]
fn a_character_in_parts_grows_whole_and_its_bytes_stand_below() {
    let mut app = app();
    let job = started(&press(&mut app, "r"));
    for (step, (text, alone)) in [
        (" O", " O"),
        ("", "<0xCA>"),
        ("ʻ", "<0xBB>"),
        ("ahu", "ahu"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut token = token(alone, 0.91);
        token.text = text.into();
        let update = Update::Engine(EngineEvent::Token {
            task: 0,
            question: None,
            step,
            token,
        });
        tell(&mut app, &job, 10, RunEvent::Update { plan: 0, update });
    }
    let shown = screen(&mut app);
    assert!(shown.contains("France →  Oʻahu"), "{shown}");
    assert!(
        shown.contains(".91 <0xCA>") && shown.contains(".91 <0xBB>"),
        "{shown}"
    );
}

#[test]
fn a_long_prompt_shows_how_far_it_is_read() {
    let mut app = app();
    for (keys, plan) in [("r", 0), ("c", 3), ("R", 0)] {
        let job = started(&press(&mut app, keys));
        read(&mut app, &job, plan, 1_024, 2_712);
        let shown = screen(&mut app);
        let line = shown
            .lines()
            .find(|line| line.contains("reading 1,024 of 2,712 tokens"));
        assert!(line.is_some(), "{keys}: {shown}");
        // In a comparison it stands beside the method that is in work.
        assert_eq!(keys == "c", line.is_some_and(|line| line.contains("max  ")));
        have_read(&mut app, &job, plan, 2_712);
        assert!(!screen(&mut app).contains("reading"), "{keys}");
        // Cancelled while it reads, nothing is being read any more.
        read(&mut app, &job, plan, 0, 512);
        tell(&mut app, &job, 7, RunEvent::Cancelled);
        assert!(!screen(&mut app).contains("reading"), "{keys}");
    }
}

#[test]
fn a_second_run_waits_and_a_third_takes_its_place() {
    let mut app = app();
    let first = started(&press(&mut app, "R"));
    assert_eq!(first.plans[0].1.facts.len(), 8);
    assert!(press(&mut app, "r").is_empty());
    assert!(screen(&mut app).contains("next: France"));
    assert!(press(&mut app, "c").is_empty());
    assert!(matches!(press(&mut app, "w")[..], [Effect::Pause(true)]));
    assert!(screen(&mut app).contains("paused"));
    assert!(matches!(press(&mut app, "w")[..], [Effect::Pause(false)]));
    finish(&mut app, &first, 0, 1, " Tokyo", 500);
    assert!(screen(&mut app).contains("100.0 %"));
    let next = started(&tell(&mut app, &first, 600, RunEvent::Done));
    assert_eq!(next.scope, Scope::Compare(0));
    assert!(matches!(press(&mut app, "X")[..], [Effect::Cancel]));
    // RunEvent that were on their way are dropped under the new generation.
    tell(&mut app, &first, 700, RunEvent::Failed("old".into()));
    assert_eq!(
        app.work.runs.current.as_ref().unwrap().state,
        State::Cancelling
    );
    tell(&mut app, &next, 710, RunEvent::Cancelled);
    assert_eq!(
        app.work.runs.current.as_ref().unwrap().state,
        State::Cancelled
    );
    assert!(press(&mut app, "X").is_empty());
}

#[test]
fn comparing_fills_the_templates_own_answers() {
    let mut app = app();
    let job = started(&press(&mut app, "c"));
    let labels: Vec<&str> = job.plans.iter().map(|(label, _)| label.as_str()).collect();
    let methods = [
        "per-prompt",
        "origin",
        "avg",
        "max",
        "mix",
        "weighted-avg",
        "weighted-max",
        "layer-avg",
        "ffn-avg",
        "ffn-max",
    ];
    assert_eq!(&labels[..10], methods);
    // Two manual templates: cross-attention off and on, but for the preset without isolation.
    assert_eq!(labels[10..12], ["flex fused", "flex fused +cross"]);
    assert_eq!(
        (labels[labels.len() - 1], labels.len()),
        ("flex causal", 23)
    );
    finish(&mut app, &job, 0, 0, " Paris", 20);
    let shown = screen(&mut app);
    assert!(
        shown
            .lines()
            .any(|line| line.contains("m1") && line.contains("Paris ✓ .83")),
        "{shown}"
    );
    // Other shots, other prompts: the answers do not show under them.
    press(&mut app, "o");
    press(&mut app, "end up up");
    press(&mut app, "right esc");
    assert!(!screen(&mut app).contains("Paris ✓ .83"));
}

#[test]
fn a_run_is_not_disturbed_by_changes() {
    let mut app = app();
    let job = started(&press(&mut app, "R"));
    press(&mut app, "p 3 space x m");
    assert_eq!(job.plans[0].1.options, Preset::Fused.options());
    assert_eq!(job.plans[0].1.method, Method::Flex);
    finish(&mut app, &job, 0, 2, " Nairobi", 20);
    assert_eq!(
        app.work.runs.current.as_ref().unwrap().columns[0]
            .tally
            .total
            .correct,
        1
    );
}

#[test]
fn everything_leaves_out_the_drawn_shots_and_marks_make_a_selection() {
    let mut app = app();
    let job = started(&press(&mut app, "E"));
    assert_eq!(job.plans[0].1.facts.len(), 22);
    tell(&mut app, &job, 1, RunEvent::Done);
    assert!(press(&mut app, "v").is_empty());
    press(&mut app, "1 space 2 space");
    let job = started(&press(&mut app, "v"));
    // A whole relation and the fact marked in the next one.
    assert_eq!(job.plans[0].1.facts.len(), 9);
}

#[test]
fn what_is_not_asked_is_noted_once() {
    let mut app = app();
    let noted = |app: &App, words: &str| {
        app.work
            .status
            .log
            .iter()
            .filter(|line| line.contains(words))
            .count()
    };
    let job = started(&press(&mut app, "R"));
    finish(&mut app, &job, 0, 1, " Tokyo", 20);
    tell(&mut app, &job, 21, RunEvent::Done);
    started(&press(&mut app, "E"));
    assert_eq!(
        noted(&app, "2 facts left out of the run: drawn as shots"),
        1
    );
    assert_eq!(noted(&app, "the run has 22 facts"), 1);
}

#[test]
fn facts_that_are_drawn_as_shots_are_not_asked() {
    let mut alone = data(4);
    alone.relations.truncate(1);
    alone.facts.retain(|fact| fact.relation == 0);
    let all = alone.facts.len();
    let mut app = app_of(alone, theme(Level::True), (140, 42));
    let job = started(&press(&mut app, "R"));
    let plan = &job.plans[0].1;
    assert_eq!((job.left_out, plan.facts.len()), (2, all - 2));
    assert!(footer(&mut app).contains("2 facts left out of the run: drawn as shots"));
    tell(&mut app, &job, 1, RunEvent::Cancelled);
    // One fact alone is asked all the same, with a word about it.
    let drawn = (0..all).find(|fact| !plan.facts.contains(fact)).unwrap();
    for fact in [drawn, plan.facts[0]] {
        press(&mut app, &format!("2 home{}", " down".repeat(fact)));
        let one = started(&press(&mut app, "r"));
        let said = footer(&mut app).contains("its answer stands in the prompt");
        assert_eq!(said, fact == drawn);
        tell(&mut app, &one, 2, RunEvent::Cancelled);
    }
}

#[test]
fn a_run_that_is_cancelled_while_it_is_paused_keeps_its_speed() {
    let mut app = app();
    let job = started(&press(&mut app, "R"));
    for fact in 0..4 {
        finish(&mut app, &job, 0, fact, " Paris", 1_000 * fact as u64);
    }
    press(&mut app, "w X");
    tell(&mut app, &job, 60_000, RunEvent::Cancelled);
    let speed = app.work.runs.current.as_ref().unwrap().speed().unwrap();
    assert!(speed > 1.0, "{speed}");
}

#[test]
fn cancelling_says_that_it_drops_the_run_that_waits() {
    let mut app = app();
    press(&mut app, "R");
    press(&mut app, "E X");
    let said = footer(&mut app);
    assert!(said.contains("dropped as well: everything"), "{said}");
}

#[test]
fn cross_attention_is_compared_where_two_manual_questions_can_read_each_other() {
    let mut app = app();
    press(&mut app, "3 space");
    let job = started(&press(&mut app, "c"));
    assert!(screen(&mut app).contains("France · all methods"));
    assert_eq!(job.plans.len(), 17);
    assert!(job.plans.iter().all(|(label, _)| !label.contains("+cross")));
}

/// A sweep's cells are plans of one run; what was read over other data is not asked.
#[test]
fn a_sweep_is_a_run_of_its_cells() {
    let mut app = app();
    press(&mut app, "B w");
    type_text(&mut app, "s.toml");
    let effects = press(&mut app, "enter");
    let [Effect::ReadSweep(path, data)] = &effects[..] else {
        panic!("{effects:?}");
    };
    assert_eq!(path.to_str(), Some("s.toml"));
    let plan = started(&press(&mut app, "R")).plans[0].1.clone();
    press(&mut app, "X");
    let cells = |data: &Arc<Dataset>| SweepPlans {
        name: "s.toml".to_owned(),
        cells: (["m1", "m2"].iter().zip([3, 2]))
            .map(|(label, facts)| {
                let plan = Plan {
                    data: data.clone(),
                    facts: plan.facts[..facts].to_vec(),
                    ..(*plan).clone()
                };
                ((*label).to_owned(), plan)
            })
            .collect(),
        notes: Vec::new(),
    };
    let other = Arc::new((**data).clone());
    assert!(app.handle(Event::Sweep(Ok(cells(&other)))).is_empty());
    assert!(footer(&mut app).contains("other data have been opened"));
    let job = match app.handle(Event::Sweep(Ok(cells(data)))) {
        effects if effects.is_empty() => app.work.runs.next.clone().expect("it waits"),
        effects => started(&effects),
    };
    assert!(matches!(job.scope, Scope::Sweep(_)));
    let sizes = job
        .plans
        .iter()
        .map(|(label, plan)| (label.as_str(), plan.facts.len()));
    assert_eq!(sizes.collect::<Vec<_>>(), [("m1", 3), ("m2", 2)]);
    assert_eq!(job.title, "s.toml · 2 cells");
    assert!(
        app.handle(Event::Sweep(Err("s.toml:1: no".to_owned())))
            .is_empty()
    );
    assert!(footer(&mut app).contains("s.toml:1: no"));
}

#[test]
fn a_relation_and_what_is_marked_are_compared_too() {
    let mut app = app();
    let job = started(&press(&mut app, "C"));
    assert_eq!(job.scope, Scope::CompareRelation(0));
    assert_eq!((job.plans.len(), job.plans[0].1.facts.len()), (23, 8));
    finish(&mut app, &job, 11, 1, " Tokyo", 10);
    let shown = screen(&mut app);
    assert!(shown.contains("P36 · all methods"), "{shown}");
    assert!(shown.contains("flex fused +cross"), "{shown}");
    assert!(shown.contains("100.0 % [20.7, 100.0]"), "{shown}");
    let command = app.work.command(Scope::CompareRelation(0)).unwrap();
    assert!(
        command.starts_with("lamascope compare --relation P36"),
        "{command}"
    );
    let effects = tell(&mut app, &job, 20, RunEvent::Cancelled);
    // What has come back of each setting is kept.
    assert!(matches!(&effects[..], [Effect::Keep { plan: 11, rows, .. }] if rows.len() == 1));
    press(&mut app, "2 space space");
    let job = started(&press(&mut app, "C"));
    assert_eq!(job.scope, Scope::CompareSelection);
    assert_eq!(job.plans[0].1.facts.len(), 2);
}
