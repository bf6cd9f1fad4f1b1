//! Wordings of one's own: typed while mask and prompt follow, asked, changed, taken away, kept in sets.

use std::sync::Arc;

use lamascope::data::{Dataset, Source, Style, TemplateId, Watch};
use lamascope::tui::app::{App, Effect, Event, Overlay, Scope};
use lamascope::tui::theme::Level;

use crate::tui_support::*;

/// Types an own wording; it is a template of the relation then.
fn add(app: &mut App, text: &str) {
    press(app, "3 n");
    type_text(app, text);
    press(app, "enter");
    assert!(app.overlay.is_none(), "{}", screen(app));
}

#[test]
fn mask_and_prompt_follow_every_letter() {
    let mut app = app();
    let tokens = |app: &mut App| {
        app.prepare();
        let sequence = app.work.built().expect("a layout");
        (sequence.names.clone(), sequence.layout.len())
    };
    let before = tokens(&mut app);
    press(&mut app, "3 n");
    assert_eq!(tokens(&mut app), before);
    let shown = screen(&mut app);
    assert!(shown.contains("Own wording for P36 capital"), "{shown}");
    assert!(
        shown.contains("missing: [X] for the subject, and [Y]"),
        "{shown}"
    );
    type_text(&mut app, "In [X] rules");
    let (names, three) = tokens(&mut app);
    assert_eq!(names, ["m1", "m2", "a1", "new"]);
    type_text(&mut app, " [Y] alone");
    let (_, five) = tokens(&mut app);
    assert_eq!(five, three + 2);
    let shown = screen(&mut app);
    assert!(shown.contains("complete: enter asks it"), "{shown}");
    assert!(shown.contains("In France rules [MASK] alone"), "{shown}");
    assert!(shown.contains("reads 4 of 4 questions"), "{shown}");
    press(&mut app, "esc");
    assert_eq!(tokens(&mut app), before);
    // Where prompts are read alone, the one that is typed shows.
    for method in ["origin", "per-prompt"] {
        press(&mut app, "m n");
        type_text(&mut app, "so [X] [Y]");
        assert!(screen(&mut app).contains("new alone"), "{method}");
        press(&mut app, "esc");
    }
}

#[test]
fn a_wording_is_refused_with_what_it_lacks() {
    let mut app = app();
    press(&mut app, "3 n");
    for (text, says) in [
        (
            "",
            "missing: [X] for the subject, and [Y] where the answer goes",
        ),
        ("The capital of [X]", "missing: [Y] where the answer goes"),
        ("[Y] [X] [MASK]", "[Y] stands 2 times"),
        ("The capital of [X] is [MASK].", "m1 asks just so"),
    ] {
        press(&mut app, "ctrl-u");
        type_text(&mut app, text);
        press(&mut app, "enter");
        assert!(matches!(app.overlay, Some(Overlay::Wording(_))));
        let shown = screen(&mut app);
        assert!(shown.contains(says), "{says}: {shown}");
    }
    // A click beside it throws nothing away.
    mouse(&mut app, lamascope::tui::app::MouseKind::Press, (139, 30));
    assert!(matches!(app.overlay, Some(Overlay::Wording(_))));
    press(&mut app, "esc");
    assert_eq!(ids(&app), ["m1", "m2", "a1"]);
}

#[test]
fn an_own_wording_is_a_template_of_its_own_kind() {
    let mut app = app();
    add(&mut app, " [X] is ruled from [mask].");
    assert_eq!(ids(&app), ["m1", "m2", "a1", "o1"]);
    let shown = screen(&mut app);
    assert!(shown.contains("own 1/1"), "{shown}");
    assert!(
        shown.contains("▣ o1   own France is ruled from [MASK]."),
        "{shown}"
    );
    // It has the cursor, counts as neither manual nor auto, and stays behind both.
    press(&mut app, "space");
    assert_eq!(ids(&app), ["m1", "m2", "a1"]);
    press(&mut app, "space K a");
    assert_eq!(ids(&app), ["m1", "m2", "a1", "a2", "a3", "a4", "o1"]);
    press(&mut app, "a");
    assert_eq!(ids(&app), ["m1", "m2", "o1"]);
    // It is asked about the fact and about the relation, and rows carry its text.
    for key in ["r", "R"] {
        let job = started(&press(&mut app, key));
        let plan = &job.plans[0].1;
        let fact = plan.facts[0];
        assert_eq!(plan.template_ids(fact).last(), Some(&TemplateId::own(1)));
        finish(&mut app, &job, 0, fact, " Paris", 10);
        let rows = &app.work.runs.current.as_ref().unwrap().columns[0].rows;
        assert_eq!(rows[0].row.template_texts[2], "[X] is ruled from [Y].");
        tell(&mut app, &job, 20, lamascope::tui::app::RunEvent::Done);
    }
    // Other relations do not have it.
    press(&mut app, "1 down");
    assert_eq!(ids(&app), ["m1", "m2", "a1"]);
    assert!(!screen(&mut app).contains("own 1/1"));
}

#[test]
fn it_is_changed_taken_away_and_both_are_undone() {
    let mut app = app();
    add(&mut app, "[X]: [Y]");
    press(&mut app, "e");
    type_text(&mut app, "!");
    assert!(screen(&mut app).contains("reads 4 of 4 questions"));
    press(&mut app, "enter");
    // Another text is another template: no result means two.
    assert_eq!(ids(&app), ["m1", "m2", "a1", "o2"]);
    assert!(screen(&mut app).contains("own 1/1"));
    press(&mut app, "u");
    assert!(footer(&mut app).contains("undone: o1 added, o2 taken away in P36"));
    assert_eq!(ids(&app), ["m1", "m2", "a1", "o1"]);
    press(&mut app, "G d");
    assert_eq!(ids(&app), ["m1", "m2", "a1"]);
    assert!(footer(&mut app).contains("o1 is taken away: undo brings it back"));
    press(&mut app, "u");
    assert_eq!(ids(&app), ["m1", "m2", "a1", "o1"]);
    press(&mut app, "u U");
    assert!(footer(&mut app).contains("redone: o1 added in P36"));
    // The same text again is the same template.
    press(&mut app, "G d");
    add(&mut app, "[X]: [Y]");
    assert_eq!(ids(&app), ["m1", "m2", "a1", "o1"]);
    // Of the data nothing is taken away; a template of theirs is where a wording begins.
    press(&mut app, "g d");
    assert!(footer(&mut app).contains("m1 is one of the data"));
    press(&mut app, "e");
    type_text(&mut app, " Really?");
    press(&mut app, "enter");
    assert_eq!(ids(&app), ["m1", "m2", "a1", "o1", "o3"]);
    assert!(screen(&mut app).contains("The capital of France is [MASK]. Really?"));
}

#[test]
fn sets_carry_the_texts_to_other_sessions() {
    let mut app = app();
    add(&mut app, "[X]: [Y]");
    press(&mut app, "e ! enter");
    let refused = app.work.command(Scope::Relation(0)).unwrap_err();
    assert!(
        refused.contains("own wordings stand in sets alone"),
        "{refused}"
    );
    press(&mut app, "S s");
    type_text(&mut app, "mine");
    let effects = press(&mut app, "enter");
    let [Effect::WriteSet { set, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(set.wordings["P36"][&TemplateId::own(2)], "[X]: [Y]!");
    app.handle(Event::Sets(Ok(vec![set.clone()])));
    let command = app.work.command(Scope::Relation(0)).unwrap();
    assert!(command.contains("--relation P36 --set mine"), "{command}");
    // Another session has no such wording until it uses the set.
    let mut other = app_with(4, (140, 42), Level::True);
    other.handle(Event::Sets(Ok(vec![set.clone()])));
    press(&mut other, "S enter");
    assert_eq!(ids(&other), ["m1", "m2", "a1", "o2"]);
    assert!(screen(&mut other).contains("own France: [MASK]!"));
    // What was there stays in the list when a set is used.
    press(&mut app, "esc");
    add(&mut app, "[Y]: [X]");
    press(&mut app, "S enter");
    assert_eq!(ids(&app), ["m1", "m2", "a1", "o2"]);
    assert!(screen(&mut app).contains("own 1/2"));
}

#[test]
fn questions_that_stand_with_their_facts_take_no_wording() {
    let data = Dataset::load(&Source::Embedded, Style::WebQuestions, Watch::none()).unwrap();
    let mut app = app();
    app.handle(Event::Data(Ok(Arc::new(data))));
    press(&mut app, "3 n");
    assert!(app.overlay.is_none());
    assert!(footer(&mut app).contains("these questions stand with their facts"));
}
