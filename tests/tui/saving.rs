//! Saving results under a name.

use lamascope::tui::app::{App, Effect, Event, Overlay, Question, Refusal, RunEvent};
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
fn a_run_is_not_saved_under_the_name_of_the_one_before() {
    let mut app = app();
    let first = started(&press(&mut app, "R"));
    finish(&mut app, &first, 0, 1, " Tokyo", 20);
    press(&mut app, "r s");
    let next = started(&tell(&mut app, &first, 21, RunEvent::Done));
    finish(&mut app, &next, 0, 0, " Paris", 30);
    assert!(press(&mut app, "enter").is_empty());
    assert!(screen(&mut app).contains("nothing is saved"));
}

#[test]
fn a_comparison_is_not_saved_and_says_so() {
    let mut app = app();
    let job = started(&press(&mut app, "c"));
    finish(&mut app, &job, 0, 0, " Paris", 20);
    assert!(press(&mut app, "s").is_empty() && app.overlay.is_none());
    assert!(screen(&mut app).contains("a comparison is not saved"));
    tell(&mut app, &job, 21, RunEvent::Done);
    let job = started(&press(&mut app, "C"));
    finish(&mut app, &job, 0, 0, " Paris", 20);
    assert!(press(&mut app, "s").is_empty() && app.overlay.is_none());
    assert!(screen(&mut app).contains("kept one by one: B lists them"));
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
        proposed(&mut app, "3 space R"),
        "P36-flex-fused-m2-a1.feather"
    );
    let all = proposed(&mut app, "a M R");
    assert!(all.starts_with("P36-flex-fused-43-templates-"), "{all}");
    let others = proposed(&mut app, "home space R");
    assert!(
        others.starts_with("P36-flex-fused-42-templates-"),
        "{others}"
    );
    assert_ne!(all, others);
}
