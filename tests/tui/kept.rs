//! Runs that are kept: nothing is lost and nothing blocks the next key; the list of them; runs from files.

use lamascope::results::{Comparison, Test};
use lamascope::score::Interval;
use lamascope::tui::app::{App, Effect, Event, Job, Overlay, RunEvent, State};
use lamascope::tui::archive::{Compared, News, Order, Which};

use crate::tui_support::*;
use std::sync::Arc;

fn evaluate(app: &mut App, keys: &str) -> Arc<Job> {
    let job = started(&press(app, keys));
    finish(app, &job, 0, 1, " Tokyo", 20);
    finish(app, &job, 0, 2, " Kampala", 21);
    job
}

fn current(app: &App) -> &lamascope::tui::app::Run {
    app.work.runs.current.as_ref().unwrap()
}

fn archive(app: &mut App, news: News) {
    app.handle(Event::Archive(news));
}

#[test]
fn an_evaluation_is_kept_when_it_ends_and_every_next_key_works_at_once() {
    for (end, keys) in [
        (RunEvent::Done, "R"),
        (RunEvent::Cancelled, "r"),
        (RunEvent::Failed("no".into()), "c"),
        (RunEvent::Done, "E"),
    ] {
        let mut app = app();
        let job = evaluate(&mut app, "R");
        let effects = tell(&mut app, &job, 22, end);
        let [Effect::Keep { plan: 0, rows, .. }] = &effects[..] else {
            panic!("{effects:?}")
        };
        assert_eq!(rows.len(), 2);
        started(&press(&mut app, keys));
        assert!(!screen(&mut app).contains("not saved"));
    }
    // A look at one fact is none.
    let mut app = app();
    let job = started(&press(&mut app, "r"));
    finish(&mut app, &job, 0, 0, " Paris", 20);
    assert!(tell(&mut app, &job, 21, RunEvent::Done).is_empty());
    assert!(matches!(
        press(&mut app, "q")[..],
        [Effect::Cancel, Effect::Quit]
    ));
}

#[test]
fn what_has_come_back_is_kept_before_the_program_ends() {
    for by_signal in [false, true] {
        let mut app = app();
        evaluate(&mut app, "R");
        let effects = match by_signal {
            true => app.handle(Event::End),
            false => press(&mut app, "q"),
        };
        let expected = matches!(
            &effects[..],
            [Effect::Cancel, Effect::Keep { rows, .. }, Effect::Quit] if rows.len() == 2
        );
        assert!(expected, "{effects:?}");
    }
}

#[test]
fn a_look_at_one_fact_leaves_the_evaluation_a_key_away() {
    let mut app = app();
    assert!(press(&mut app, "b").is_empty());
    assert!(footer(&mut app).contains("no other run"));
    let job = evaluate(&mut app, "R");
    tell(&mut app, &job, 22, RunEvent::Done);
    let fact = started(&press(&mut app, "r"));
    finish(&mut app, &fact, 0, 0, " Paris", 30);
    tell(&mut app, &fact, 31, RunEvent::Done);
    assert_eq!(current(&app).title(), "France · flex fused");
    assert!(screen(&mut app).contains("Run  France · flex fused  (b P36 · flex fused)"));
    press(&mut app, "b");
    assert_eq!(current(&app).title(), "P36 · flex fused");
    assert!(screen(&mut app).contains("accuracy 50.0 %"));
    // Another look, and it is still there.
    let fact = started(&press(&mut app, "r"));
    tell(&mut app, &fact, 41, RunEvent::Done);
    press(&mut app, "b");
    assert_eq!(current(&app).title(), "P36 · flex fused");
}

#[test]
fn a_run_goes_on_behind_one_that_is_opened() {
    let mut app = app();
    let job = evaluate(&mut app, "R");
    archive(&mut app, News::Opened(Box::new(opened(true))));
    assert!(screen(&mut app).contains("from a file"));
    finish(&mut app, &job, 0, 3, " Lima", 30);
    let effects = tell(&mut app, &job, 31, RunEvent::Done);
    assert!(matches!(&effects[..], [Effect::Keep { rows, .. }] if rows.len() == 3));
    assert!(screen(&mut app).contains("from a file"));
    press(&mut app, "b");
    assert_eq!(current(&app).state, State::Done);
    assert_eq!(current(&app).columns[0].rows.len(), 3);
}

#[test]
fn a_run_from_a_file_is_looked_through_and_exported() {
    let mut app = app();
    archive(&mut app, News::Opened(Box::new(opened(true))));
    let shown = screen(&mut app);
    assert!(shown.contains("accuracy 66.7 %"), "{shown}");
    assert!(shown.contains("Japan → Kyoto  expected Tokyo"), "{shown}");
    // A fact that the data lack is named by its uuid.
    assert!(shown.contains("elsewhere → Oslo"), "{shown}");
    press(&mut app, "6 enter");
    assert!(footer(&mut app).contains("(P36) is not in the data on screen"));
    press(&mut app, "down enter");
    assert_eq!(app.work.browse.fact, Some(1));
    press(&mut app, "s");
    assert!(screen(&mut app).contains("P36-flex-fused.feather"));
    let effects = press(&mut app, "enter");
    let [
        Effect::CopyFile {
            from,
            path,
            overwrite: false,
            ..
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert!(from.starts_with("/state/runs"));
    assert_eq!(path.to_str(), Some("P36-flex-fused.feather"));
    // It cannot go on: nothing of it is missing.
    assert!(press(&mut app, "n").is_empty());
    assert!(footer(&mut app).contains("nothing of it is missing"));
}

#[test]
fn the_list_opens_names_deletes_pins_and_compares() {
    let mut app = app();
    assert!(matches!(
        press(&mut app, "B")[..],
        [Effect::Archive(Order::List)]
    ));
    assert!(screen(&mut app).contains("none yet: every run of more than one fact"));
    archive(&mut app, News::Listed(listing(3, None)));
    let shown = screen(&mut app);
    assert!(shown.contains("87.5 % [52.9, 97.8]"), "{shown}");
    assert!(
        shown.contains("8 of 9") && shown.contains("m1,m2,a1"),
        "{shown}"
    );
    let order = |effects: Vec<Effect>| match &effects[..] {
        [Effect::Archive(order)] => order.clone(),
        _ => panic!("{effects:?}"),
    };
    let id = |n: usize| format!("run-{n}");
    assert!(press(&mut app, "down c").is_empty());
    assert!(screen(&mut app).contains("no run is pinned"));
    assert_eq!(order(press(&mut app, "p")), Order::Pin(Some(id(1))));
    archive(&mut app, News::Listed(listing(3, Some(id(1)))));
    assert!(screen(&mut app).contains("▸◆ P36"));
    let compare = Order::Compare {
        id: id(2),
        with: id(1),
    };
    assert_eq!(order(press(&mut app, "down c")), compare);
    archive(
        &mut app,
        News::Compared {
            id: id(2),
            with: id(1),
            outcome: None,
        },
    );
    assert!(screen(&mut app).contains("no fact in common with the pinned run"));
    let outcome = Comparison {
        first: 0,
        second: 1,
        facts: 38,
        accuracies: (0.895, 0.684),
        interval: Interval {
            low: -0.379,
            high: -0.03,
        },
        test: Test::McNemar {
            only_first: 10,
            only_second: 2,
        },
        p: 0.0386,
    };
    archive(
        &mut app,
        News::Compared {
            id: id(2),
            with: id(1),
            outcome: Some(Compared {
                comparison: outcome.clone(),
                trained: (3, 38),
            }),
        },
    );
    let shown = screen(&mut app);
    for words in [
        "68.4 %, the pinned run 89.5 %: -21.1 points [-37.9, -3.0] on 38 facts that both have",
        "2 gained, 10",
        "McNemar p = 0.039",
        "trained in: 38, the pinned run 3",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    assert!(!shown.contains("no difference"), "{shown}");
    let unsure = Comparison {
        interval: Interval {
            low: -0.03,
            high: 0.25,
        },
        ..outcome
    };
    let unsure = Some(Compared {
        comparison: unsure,
        trained: (0, 0),
    });
    archive(
        &mut app,
        News::Compared {
            id: id(2),
            with: id(1),
            outcome: unsure,
        },
    );
    let shown = screen(&mut app);
    assert!(shown.contains("no difference can be told"), "{shown}");
    assert!(!shown.contains("trained in:"), "{shown}");
    press(&mut app, "r ctrl-u");
    type_text(&mut app, "mine q");
    let rename = Order::Rename {
        id: id(2),
        name: "mine q".into(),
    };
    assert_eq!(order(press(&mut app, "enter")), rename);
    assert!(press(&mut app, "d").is_empty());
    assert!(screen(&mut app).contains("d again deletes it"));
    // Another key is a no.
    assert!(press(&mut app, "up d").is_empty());
    assert_eq!(order(press(&mut app, "d")), Order::Delete(id(1)));
    press(&mut app, "o");
    type_text(&mut app, "~/a.csv");
    let open = Order::Open(Which::File("~/a.csv".into()));
    assert_eq!(order(press(&mut app, "enter")), open);
    assert!(app.overlay.is_none());
    press(&mut app, "B home");
    assert_eq!(
        order(press(&mut app, "enter")),
        Order::Open(Which::Kept(id(0)))
    );
    // What cannot be opened is said.
    archive(&mut app, News::Failed("a.csv: no such file".into()));
    assert_eq!(is_error(&app), Some(true));
    press(&mut app, "B q");
    assert!(app.overlay.is_none());
}

#[test]
fn an_interrupted_run_goes_on_with_what_is_missing() {
    let mut app = app();
    let job = evaluate(&mut app, "R");
    tell(&mut app, &job, 22, RunEvent::Cancelled);
    let generation = job.generation;
    let kept = News::Kept {
        generation,
        id: "run-0".into(),
    };
    archive(&mut app, kept);
    let rest = started(&press(&mut app, "6 n"));
    assert!(footer(&mut app).contains("6 facts of this run to go"));
    assert_eq!(rest.plans[0].1.facts.len(), 8);
    assert!(screen(&mut app).contains("2/8 facts"));
    finish(&mut app, &rest, 0, 3, " Lima", 50);
    let effects = tell(&mut app, &rest, 51, RunEvent::Done);
    let [Effect::Keep { job, rows, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    // It takes the place of the part.
    assert_eq!(
        (rows.len(), &*job.continues.as_ref().unwrap().id),
        (3, "run-0")
    );
    // With another model, other answers would stand beside each other.
    let job = evaluate(&mut app, "R");
    tell(&mut app, &job, 62, RunEvent::Cancelled);
    let generation = job.generation;
    archive(
        &mut app,
        News::Kept {
            generation,
            id: "run-1".into(),
        },
    );
    app.handle(Event::Words(Arc::new(Spaces::new(true))));
    app.handle(Event::Model(Ok(about())));
    assert!(press(&mut app, "n").is_empty());
    assert!(footer(&mut app).contains("another model has been loaded since"));
}

#[test]
fn typing_in_the_list_is_not_lost_to_a_click() {
    let mut app = app();
    press(&mut app, "B");
    archive(&mut app, News::Listed(listing(3, None)));
    press(&mut app, "r");
    app.handle(Event::Paste("too".into()));
    assert!(screen(&mut app).contains("P36 · flex fusedtoo"));
    mouse(&mut app, lamascope::tui::app::MouseKind::Press, (0, 0));
    assert!(matches!(app.overlay, Some(Overlay::Runs(_))));
    press(&mut app, "esc");
    mouse(&mut app, lamascope::tui::app::MouseKind::Press, (0, 0));
    assert!(app.overlay.is_none());
}

#[test]
fn a_long_run_is_kept_while_it_goes_on() {
    let mut app = app();
    let effects = press(&mut app, "R");
    let job = started(&effects);
    let facts = job.plans[0].1.facts.clone();
    let done = |app: &mut App, fact: usize, millis: u64| -> Option<usize> {
        let rows = match &finish(app, &job, 0, fact, "Paris", millis)[..] {
            [] => return None,
            [Effect::Keep { rows, .. }] => rows.len(),
            other => panic!("{other:?}"),
        };
        Some(rows)
    };
    assert_eq!(done(&mut app, facts[0], 100), None);
    assert_eq!(done(&mut app, facts[1], 9_000), None);
    assert_eq!(done(&mut app, facts[2], 10_200), Some(3));
    assert_eq!(done(&mut app, facts[3], 10_300), None);
    // The longer it takes, the rarer: a tenth of its time.
    assert_eq!(done(&mut app, facts[4], 300_000), Some(5));
    assert_eq!(done(&mut app, facts[5], 315_000), None);
}
