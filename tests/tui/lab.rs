//! The template lab, and BELIEF's figures of a run.

use lamascope::data::TemplateId;
use lamascope::engine::{Answer, Method};
use lamascope::evaluate::Update;
use lamascope::tui::app::{App, Effect, Event, Job, RunEvent};
use lamascope::tui::theme::Level;

use crate::tui_support::*;

/// The answers that each template alone gives about the facts of a job: m1 and a1 know half each, m2 all, m3 none.
fn answer_alone(app: &mut App, job: &Job) {
    let plan = &job.plans[0].1;
    assert_eq!(plan.method, Method::PerPrompt);
    for (at, &fact) in plan.facts.iter().enumerate() {
        let ids: Vec<TemplateId> = plan.template_ids(fact).to_vec();
        let gold = plan.data.facts[fact].answers[0].clone();
        let answer = |id: &TemplateId| {
            let right = match id.to_string().as_str() {
                "m1" => at % 2 == 0,
                "m2" => true,
                "a1" => at % 2 == 1,
                _ => false,
            };
            let said = if right {
                gold.clone()
            } else {
                format!("Nowhere {id}")
            };
            Answer {
                generated: vec![1, 2],
                generation: format!(" {said}"),
                steps: Vec::new(),
                probability: 0.75,
                confidence: 0.9,
                labels: Vec::new(),
                layouts: Vec::new(),
                // One of two agrees.
                drawn: vec![format!(" {said}"), " Elsewhere".to_owned()],
            }
        };
        let update = Update::Finished(plan.finish(fact, ids.iter().map(answer).collect()));
        tell(
            app,
            job,
            100 + at as u64,
            RunEvent::Update { plan: 0, update },
        );
    }
    let effects = tell(app, job, 900, RunEvent::Done);
    carry_out(app, effects);
}

/// The lab with the answers of all templates.
fn lab(size: (u16, u16)) -> App {
    let mut app = app_with(4, size, Level::True);
    press(&mut app, "A");
    let job = started(&press(&mut app, "a"));
    answer_alone(&mut app, &job);
    app
}

#[test]
fn the_lab_says_which_key_makes_answers_and_that_key_works() {
    let mut app = app();
    let before = app.work.choice.clone();
    assert!(press(&mut app, "A").is_empty());
    let shown = screen(&mut app);
    assert!(
        shown.contains("a  asks every template: 7 templates"),
        "{shown}"
    );
    assert!(
        shown.contains("c  asks the chosen ones alone: 3 templates"),
        "{shown}"
    );
    let job = started(&press(&mut app, "a"));
    assert_eq!(job.plans[0].1.templates[0].len(), 7);
    assert_eq!(app.work.choice, before, "asking changes no choice");
    let shown = screen(&mut app);
    assert!(shown.contains("asked alone: 0 of"), "{shown}");
    answer_alone(&mut app, &job);
    let shown = screen(&mut app);
    assert!(shown.contains("best 3: "), "{shown}");
}

#[test]
fn the_set_of_the_typed_size_is_taken_over_and_undone() {
    let mut app = lab((140, 42));
    let before = app.work.choice.clone();
    let effects = press(&mut app, "1");
    carry_out(&mut app, effects);
    let shown = screen(&mut app);
    // The one template that knows everything, on either half.
    for words in [
        "best 1: m2",
        "optimism +0.0 points",
        "unseen 100.0 %",
        "agrees   adds",
    ] {
        assert!(shown.contains(words), "{words}:\n{shown}");
    }
    press(&mut app, "enter");
    assert!(app.overlay.is_none());
    assert_eq!(ids(&app), ["m2"]);
    press(&mut app, "u");
    assert_eq!(app.work.choice, before);
}

#[test]
fn what_each_template_said_stands_in_the_matrix() {
    let mut app = lab((140, 42));
    press(&mut app, "tab");
    let shown = screen(&mut app);
    assert!(shown.contains("of the set  order: cluster"), "{shown}");
    // The cursor goes over every cell, and its line says what was predicted.
    let mut said = Vec::new();
    for _ in 0..7 {
        said.push(screen(&mut app));
        press(&mut app, "right");
    }
    let has = |words: &str| said.iter().any(|shown| shown.contains(words));
    assert!(has("✓ m2 "), "{}", said[0]);
    assert!(has("✗ m3 ") && has("→ Nowhere m3"), "{}", said[0]);
    press(&mut app, "o");
    assert!(screen(&mut app).contains("order: score"));
    press(&mut app, "tab");
    let shown = screen(&mut app);
    assert!(
        shown.contains("% of the facts, by lemmas") || shown.contains("[·]"),
        "{shown}"
    );
}

#[test]
fn a_count_that_comes_late_is_followed_by_the_last_that_is_wanted() {
    let mut app = lab((140, 42));
    let first = press(&mut app, "1");
    let [Effect::Judge(case)] = &first[..] else {
        panic!("{first:?}")
    };
    assert!(press(&mut app, "enter").is_empty());
    assert!(screen(&mut app).contains("being compared"));
    // Nothing to take over while it is being counted; then it is there.
    assert!(app.overlay.is_some());
    app.handle(Event::Judged(case.judge()));
    assert!(screen(&mut app).contains("best 1: m2"));
    app.handle(Event::Judged(case.unjudged()));
    assert!(screen(&mut app).contains("counting failed"));
}

#[test]
fn figures_of_belief_are_a_page_of_the_run_pane() {
    let mut app = lab((140, 42));
    press(&mut app, "esc 6 Z d d");
    let effects = press(&mut app, "d");
    assert!(screen(&mut app).contains("being counted"));
    carry_out(&mut app, effects);
    let shown = screen(&mut app);
    // 7 templates: m2 right about all, m1 and a1 about half each, the others about none.
    for words in [
        "figures of BELIEF",
        "average        28.6 %",
        "maximum       100.0 %",
        "held out      100.0 %",
        "oracle-or     100.0 %",
        "oracle-and      0.0 %",
        "calibration     +46.4",
        "right 29 %, said 75 %",
        "sampled         +21.4",
    ] {
        assert!(shown.contains(words), "{words}:\n{shown}");
    }
    for (keys, word) in [
        ("home", "fluctuation: "),
        ("down down", "maximum: "),
        ("end", "calibration: "),
    ] {
        press(&mut app, keys);
        let shown = screen(&mut app);
        let hint = shown.lines().rev().nth(1).unwrap_or_default().to_owned();
        assert!(hint.starts_with(&format!(" {word}")), "{keys}: {hint}");
    }
}

#[test]
fn pages_keep_their_place_at_every_size() {
    for size in [(140, 42), (80, 24), (40, 12), (20, 6)] {
        let mut app = lab(size);
        for keys in ["end", "tab", "end right right", "tab", "end", "tab"] {
            press(&mut app, keys);
            assert!(screen(&mut app).contains("esc close"), "{size:?} {keys}");
        }
    }
}
