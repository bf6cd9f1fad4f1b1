//! Which facts and templates a run uses.

use lamascope::data::{
    Dataset, Fact, Relation, Selected, Selection, Style, Template, TemplateChoice, TemplateId,
};

/// P1 has 5 manual and 8 auto templates, P2 has 2 and 1; their facts alternate.
fn data() -> Dataset {
    let relation = |id: &str, manual: usize, auto: usize| Relation {
        id: id.to_owned(),
        label: String::new(),
        templates: (1..=manual)
            .map(TemplateId::manual)
            .chain((1..=auto).map(TemplateId::auto))
            .map(|id| Template {
                id,
                text: format!("[X] {id} [Y]"),
            })
            .collect(),
    };
    let fact = |number: usize| Fact {
        uuid: format!("uuid-{number}"),
        relation: number % 2,
        subject: format!("s{number}"),
        answers: vec!["a".into()],
        paraphrases: Vec::new(),
        choices: Vec::new(),
    };
    Dataset {
        style: Style::MyriadLama,
        relations: vec![relation("P1", 5, 8), relation("P2", 2, 1)],
        facts: (0..6).map(fact).collect(),
    }
}

fn choose(templates: TemplateChoice) -> Selection {
    Selection {
        templates,
        ..Selection::default()
    }
}

#[track_caller]
fn apply(selection: &Selection) -> Selected {
    selection.apply(&data()).unwrap()
}

#[track_caller]
fn refused(selection: &Selection, parts: &[&str]) {
    let message = selection.apply(&data()).unwrap_err().to_string();
    assert!(!message.contains('\n'), "{message}");
    for part in parts {
        assert!(message.contains(part), "no {part:?} in: {message}");
    }
}

fn ids(text: &str) -> Vec<TemplateId> {
    text.split(',').map(|id| id.parse().unwrap()).collect()
}

/// The chosen templates of both relations, by id.
fn chosen(selected: &Selected) -> [String; 2] {
    let data = data();
    [0, 1].map(|relation| {
        let templates = selected.templates[relation].iter();
        let ids = templates.map(|&t| data.relations[relation].templates[t].id.to_string());
        ids.collect::<Vec<_>>().join(",")
    })
}

#[test]
fn by_default_all_manual_and_five_auto() {
    let selected = apply(&Selection::default());
    assert_eq!(selected.facts, [0, 1, 2, 3, 4, 5]);
    assert_eq!(
        chosen(&selected),
        ["m1,m2,m3,m4,m5,a1,a2,a3,a4,a5", "m1,m2,a1"]
    );
    assert_eq!(
        selected.notes,
        ["P2 has no 5 auto templates: using m1, m2, a1"]
    );
}

#[test]
fn counts_take_the_first_of_each_kind() {
    let counts = |manual, auto| choose(TemplateChoice::Counts { manual, auto });
    assert_eq!(
        chosen(&apply(&counts(Some(2), 1))),
        ["m1,m2,a1", "m1,m2,a1"]
    );
    assert_eq!(chosen(&apply(&counts(Some(0), 1))), ["a1", "a1"]);
    assert_eq!(
        chosen(&apply(&counts(None, 0))),
        ["m1,m2,m3,m4,m5", "m1,m2"]
    );
    refused(&counts(Some(0), 0), &["no template is chosen", "m1"]);
    let all = apply(&counts(Some(usize::MAX), usize::MAX));
    assert_eq!(chosen(&all)[1], "m1,m2,a1");
    assert_eq!(all.notes.len(), 2, "{:?}", all.notes);
}

#[test]
fn named_templates_keep_their_order_within_a_kind() {
    let named = |text| choose(TemplateChoice::Named(ids(text)));
    let selected = apply(&named("a7,m3,a1,m1"));
    assert_eq!(chosen(&selected), ["m3,m1,a7,a1", "m1,a1"]);
    assert_eq!(
        selected.notes,
        [
            "manual templates come first: m3, m1, a7, a1",
            "P2 has no a7: using m1, a1",
            "P2 has no m3: using m1, a1"
        ]
    );
    let selected = apply(&named("m2,m2,m1"));
    assert_eq!(chosen(&selected), ["m2,m1", "m2,m1"]);
    assert_eq!(selected.notes, ["m2 is given twice: used once"]);

    // A relation with none of them is left out; if that leaves none, it is an error.
    let selected = apply(&named("a6"));
    assert_eq!(selected.facts, [0, 2, 4]);
    assert!(
        selected
            .notes
            .iter()
            .any(|n| n.contains("left out") && n.contains("P2"))
    );
    refused(&named("a9"), &["no a9", "m1", "a8"]);
}

#[test]
fn the_pool_is_manual_then_auto() {
    let first = |n| choose(TemplateChoice::First(n));
    assert_eq!(chosen(&apply(&first(4))), ["m1,m2,m3,m4", "m1,m2,a1"]);
    assert_eq!(
        apply(&first(4)).notes,
        ["P2 has no 4 templates: using m1, m2, a1"]
    );
    refused(&first(0), &["no template is chosen"]);

    let pool = |indices: &[usize]| choose(TemplateChoice::Pool(indices.to_vec()));
    let selected = apply(&pool(&[2, 0, 5]));
    assert_eq!(chosen(&selected), ["m3,m1,a1", "m1,a1"]);
    assert_eq!(
        selected.notes,
        ["P2 has no template 5 of the pool: using m1, a1"]
    );
    refused(&pool(&[90]), &["template 90 of the pool"]);
}

#[test]
fn facts_by_relation_uuid_and_number() {
    let relations = |ids: &[&str]| Selection {
        relations: ids.iter().map(|id| id.to_string()).collect(),
        ..Selection::default()
    };
    assert_eq!(apply(&relations(&["P2"])).facts, [1, 3, 5]);
    assert_eq!(apply(&relations(&["p2"])).facts, [1, 3, 5]);
    assert_eq!(apply(&relations(&["P2", "P1"])).facts.len(), 6);
    assert!(
        apply(&relations(&["P1"])).notes.is_empty(),
        "P2 is not used"
    );
    refused(
        &relations(&["P1", "P3"]),
        &["no relation `P3`", "did you mean `P1`?", "P1 and P2"],
    );

    let uuids = |ids: &[&str]| Selection {
        uuids: Some(ids.iter().map(|id| id.to_string()).collect()),
        ..Selection::default()
    };
    assert_eq!(apply(&uuids(&["uuid-4", "uuid-1", "uuid-4"])).facts, [1, 4]);
    refused(
        &uuids(&["uuid-4", "uid-1", "x"]),
        &["`uid-1`", "1 other of", "`uuid-1`", "6 facts"],
    );
    refused(&uuids(&[]), &["list of uuids is empty"]);
    let both = Selection {
        relations: vec!["P1".into()],
        ..uuids(&["uuid-1"])
    };
    refused(&both, &["none of the 1 uuids", "P1"]);

    let most = |n| Selection {
        max_samples: Some(n),
        ..relations(&["P2"])
    };
    assert_eq!(apply(&most(2)).facts, [1, 3]);
    assert_eq!(apply(&most(200)).facts, [1, 3, 5]);
    refused(&most(0), &["--max-samples 0"]);
}
