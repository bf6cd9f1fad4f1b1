//! Saving results, and what would lose them.

use lamascope::tui::app::{App, Effect, Event, Job, Overlay, Question, Refusal, RunEvent};
use lamascope::tui::theme::Level;

use crate::tui_support::*;

#[test]
fn results_are_saved_with_their_plan() {
    let mut app = app();
    assert!(press(&mut app, "s").is_empty() && app.overlay.is_none());
    let job = started(&press(&mut app, "R"));
    finish(&mut app, &job, 0, 1, " Tokyo", 20);
    tell(&mut app, &job, 21, RunEvent::Done);
    let effects = press(&mut app, "s enter");
    let [Effect::Save { path, rows, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(path.to_str(), Some("P36-flex-fused-m1-m2-a1.feather"));
    assert_eq!(rows.len(), 1);
}

#[test]
fn an_evaluation_that_is_not_saved_is_dropped_at_the_second_key_only() {
    let mut app = app();
    let evaluate = |app: &mut App| {
        let job = started(&press(app, "R"));
        finish(app, &job, 0, 1, " Tokyo", 20);
        finish(app, &job, 0, 2, " Nairobi", 21);
        tell(app, &job, 22, RunEvent::Done);
        job
    };
    let job = evaluate(&mut app);
    for (key, rest) in [
        ("r", "P36 · flex fused (2 of 8 facts)"),
        ("q", "P36"),
        ("c", "P36"),
    ] {
        assert!(press(&mut app, key).is_empty());
        let question = format!("not saved: s saves, {key} again drops {rest}");
        let shown = screen(&mut app);
        assert!(shown.contains(&question), "{shown}");
    }
    // A key in between is a no, and the answers are still there.
    assert!(press(&mut app, "down c").is_empty());
    assert_eq!(
        app.work.runs.current.as_ref().unwrap().columns[0]
            .rows
            .len(),
        2
    );
    let fact = started(&press(&mut app, "c"));
    finish(&mut app, &fact, 0, 1, " Tokyo", 30);
    tell(&mut app, &fact, 31, RunEvent::Done);

    // What is in a file, a comparison and a single fact cost nothing to drop.
    let saved = |app: &mut App, job: &Job, rows| {
        app.handle(Event::Saved {
            generation: job.generation,
            rows,
            message: "saved".into(),
        })
    };
    let other = evaluate(&mut app);
    saved(&mut app, &job, 8);
    assert!(press(&mut app, "q").is_empty());
    saved(&mut app, &other, 1);
    assert!(press(&mut app, "q").is_empty());
    saved(&mut app, &other, 2);
    let fact = started(&press(&mut app, "r"));
    finish(&mut app, &fact, 0, 1, " Tokyo", 40);
    tell(&mut app, &fact, 41, RunEvent::Done);
    assert!(matches!(press(&mut app, "q")[..], [_, Effect::Quit]));
}

#[test]
fn a_run_is_not_saved_under_the_name_of_the_one_before() {
    let mut app = app();
    let first = started(&press(&mut app, "R"));
    finish(&mut app, &first, 0, 1, " Tokyo", 20);
    press(&mut app, "r r s");
    let next = started(&tell(&mut app, &first, 21, RunEvent::Done));
    finish(&mut app, &next, 0, 0, " Paris", 30);
    assert!(press(&mut app, "enter").is_empty());
    assert!(screen(&mut app).contains("nothing is saved"));
}

#[test]
fn leaving_in_the_middle_of_an_evaluation_asks_once() {
    let mut app = app();
    let job = started(&press(&mut app, "R"));
    // Nothing has come back yet.
    assert!(matches!(press(&mut app, "q")[..], [_, Effect::Quit]));
    finish(&mut app, &job, 0, 1, " Tokyo", 20);
    assert!(press(&mut app, "q").is_empty());
    assert!(screen(&mut app).contains("(1 of 8 facts)"));
    assert!(matches!(press(&mut app, "ctrl-c")[..], [_, Effect::Quit]));
}

#[test]
fn a_comparison_is_not_saved_and_says_so() {
    let mut app = app();
    let job = started(&press(&mut app, "c"));
    finish(&mut app, &job, 0, 0, " Paris", 20);
    assert!(press(&mut app, "s").is_empty() && app.overlay.is_none());
    assert!(screen(&mut app).contains("a comparison is not saved"));
}

#[test]
fn a_path_that_cannot_be_written_comes_back() {
    let mut app = app();
    let job = started(&press(&mut app, "R"));
    finish(&mut app, &job, 0, 1, " Tokyo", 20);
    tell(&mut app, &job, 21, RunEvent::Done);
    press(&mut app, "s ctrl-u");
    assert!(press(&mut app, "enter").is_empty());
    assert!(screen(&mut app).contains("the file needs a name"));
    type_text(&mut app, "~/no/a.feather");
    let effects = press(&mut app, "enter");
    assert!(matches!(
        &effects[..],
        [Effect::Save {
            overwrite: false,
            ..
        }]
    ));
    assert!(app.overlay.is_none());
    let refuse = |app: &mut App, refusal| {
        app.handle(Event::Refused {
            question: Question::SavePath(job.generation),
            answer: "~/no/a.feather".into(),
            refusal,
        });
    };
    refuse(&mut app, Refusal::Failed("the folder is not there".into()));
    let shown = screen(&mut app);
    assert!(
        shown.contains("~/no/a.feather") && shown.contains("not there"),
        "{shown}"
    );
    press(&mut app, "esc");
    refuse(&mut app, Refusal::Exists);
    assert!(screen(&mut app).contains("~/no/a.feather exists already: enter again overwrites it"));
    let effects = press(&mut app, "enter");
    assert!(matches!(
        &effects[..],
        [Effect::Save {
            overwrite: true,
            ..
        }]
    ));
    // Whoever is at something else is not interrupted.
    press(&mut app, "?");
    refuse(&mut app, Refusal::Exists);
    assert!(matches!(&app.overlay, Some(Overlay::Help(_))));
    assert!(screen(&mut app).contains("exists already: save under another name"));
}

#[test]
fn the_proposed_name_tells_template_sets_apart() {
    let mut app = app_with(40, (140, 42), Level::True);
    let proposed = |app: &mut App, keys: &str| {
        let job = started(&press(app, keys));
        finish(app, &job, 0, 1, " Tokyo", 10);
        tell(app, &job, 11, RunEvent::Done);
        press(app, "s");
        let shown = screen(app);
        press(app, "esc");
        let line = shown.lines().find(|line| line.contains(".feather "));
        let words = line.unwrap().split(['│', ' ']);
        let mut names = words.filter(|word| word.ends_with(".feather"));
        names.next().unwrap().to_owned()
    };
    assert_eq!(proposed(&mut app, "R"), "P36-flex-fused-m1-m2-a1.feather");
    assert_eq!(
        proposed(&mut app, "3 space R R"),
        "P36-flex-fused-m2-a1.feather"
    );
    let all = proposed(&mut app, "a M R R");
    assert!(all.starts_with("P36-flex-fused-43-templates-"), "{all}");
    let others = proposed(&mut app, "home space R R");
    assert!(
        others.starts_with("P36-flex-fused-42-templates-"),
        "{others}"
    );
    assert_ne!(all, others);
}
