//! Named sets of templates.

use lamascope::data::TemplateId;
use lamascope::sets::TemplateSet;
use lamascope::tui::app::{Effect, Event, Overlay, Question, Refusal, Scope};

use crate::tui_support::*;

#[test]
fn sets_are_saved_and_used() {
    let mut app = app();
    assert!(matches!(press(&mut app, "S")[..], [Effect::ReadSets]));
    press(&mut app, "s");
    type_text(&mut app, "mine");
    let effects = press(&mut app, "enter");
    let [
        Effect::WriteSet {
            set,
            replace: false,
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(
        set.templates["P36"],
        [
            TemplateId::manual(1),
            TemplateId::manual(2),
            TemplateId::auto(1)
        ]
    );
    app.handle(Event::Sets(Ok(vec![set.clone()])));
    press(&mut app, "esc 3 i S enter");
    assert_eq!(ids(&app), ["m1", "m2", "a1"]);
}

#[test]
fn deleting_a_set_asks_once() {
    let mut app = app();
    let sets = ["one", "two"].map(|name| TemplateSet {
        name: name.into(),
        ..TemplateSet::default()
    });
    app.handle(Event::Sets(Ok(sets.to_vec())));
    assert!(matches!(press(&mut app, "S d")[..], [Effect::ReadSets]));
    let shown = screen(&mut app);
    assert!(shown.contains("one  d again deletes it"), "{shown}");
    // Another set is another question.
    assert!(press(&mut app, "down d up").is_empty());
    assert!(!screen(&mut app).contains("d again"));
    let effects = press(&mut app, "d d");
    assert!(matches!(&effects[..], [Effect::DeleteSet(name)] if name == "one"));
}

#[test]
fn a_set_is_replaced_at_the_second_enter_only() {
    let mut app = app();
    let known = TemplateSet {
        name: "best".into(),
        ..TemplateSet::default()
    };
    app.handle(Event::Sets(Ok(vec![known])));
    press(&mut app, "S s");
    type_text(&mut app, "best");
    assert!(press(&mut app, "enter").is_empty());
    let shown = screen(&mut app);
    assert!(shown.contains("enter again replaces best"), "{shown}");
    // Another key, another name: asked again.
    press(&mut app, "x backspace");
    assert!(!screen(&mut app).contains("enter again"));
    assert!(press(&mut app, "enter").is_empty());
    let effects = press(&mut app, "enter");
    assert!(
        matches!(&effects[..], [Effect::WriteSet { set, replace: true }] if set.name == "best")
    );
    // The list is there again.
    assert!(matches!(&app.overlay, Some(Overlay::Sets(_))));
    // One that another program wrote meanwhile is not replaced either.
    app.handle(Event::Refused {
        question: Question::SetName,
        answer: "new".into(),
        refusal: Refusal::Exists,
    });
    assert!(screen(&mut app).contains("enter again replaces new"));
    let effects = press(&mut app, "enter");
    assert!(matches!(&effects[..], [Effect::WriteSet { set, replace: true }] if set.name == "new"));
}

#[test]
fn a_set_leaves_relations_that_it_does_not_name_without_templates() {
    let mut app = app();
    let set = TemplateSet {
        name: "one".into(),
        templates: [(
            "P36".to_owned(),
            vec![TemplateId::auto(2), TemplateId::manual(1)],
        )]
        .into(),
        ..TemplateSet::default()
    };
    app.handle(Event::Sets(Ok(vec![set])));
    press(&mut app, "S enter");
    let said = "set one: templates of 1 relation, none of the others";
    assert!(footer(&mut app).contains(said), "{}", footer(&mut app));
    assert_eq!(ids(&app), ["m1", "a2"]);
    for relation in [1, 2] {
        assert_eq!(app.work.chosen_ids(relation), []);
    }
    // Manual ones first: the command line means the same set.
    let command = app.work.command(Scope::Everything).unwrap();
    assert!(command.contains("--set one"), "{}", command);
    press(&mut app, "S");
    assert!(screen(&mut app).contains("1 relation, 2 templates"));
}

#[test]
fn a_relation_without_templates_can_be_saved_in_a_set() {
    let mut app = app();
    press(&mut app, "1 down 3 f 0 enter");
    let refused = app.work.command(Scope::Everything).unwrap_err();
    assert!(refused.contains("save them as a set first"), "{refused}");
    press(&mut app, "S s");
    type_text(&mut app, "mine");
    let effects = press(&mut app, "enter");
    let [Effect::WriteSet { set, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    app.handle(Event::Sets(Ok(vec![set.clone()])));
    let command = app.work.command(Scope::Everything).unwrap();
    assert!(command.contains("--set mine"), "{}", command);
}

#[test]
fn a_set_of_other_data_changes_nothing() {
    let mut app = app();
    let set = TemplateSet {
        name: "other".into(),
        templates: [("Q1".to_owned(), vec![TemplateId::manual(1)])].into(),
        ..TemplateSet::default()
    };
    app.handle(Event::Sets(Ok(vec![set])));
    let before = ids(&app);
    press(&mut app, "S enter");
    let said = "set other names no template of these data";
    assert!(footer(&mut app).contains(said), "{}", footer(&mut app));
    assert_eq!((is_error(&app), ids(&app)), (Some(true), before));
}

#[test]
fn a_set_without_templates_is_not_saved() {
    let mut app = app();
    let nothing = TemplateSet {
        name: "nothing".into(),
        templates: [("P36".to_owned(), vec![TemplateId::manual(1)])].into(),
        ..TemplateSet::default()
    };
    app.handle(Event::Sets(Ok(vec![nothing])));
    press(&mut app, "S enter 3 f 0 enter S s");
    type_text(&mut app, "empty");
    assert!(press(&mut app, "enter").is_empty());
    let shown = screen(&mut app);
    assert!(shown.contains("choose at least one"), "{shown}");
}
