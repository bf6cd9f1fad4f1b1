//! The embedded sample: what its files must hold so that its numbers mean something.

use std::collections::HashSet;

use lamascope::data::{Dataset, Selection, Source, Style, TemplateChoice, TemplateKind, Watch};
use lamascope::evaluate::demo_trained;
use sha2::{Digest, Sha256};

const ORDER: &str = "P17 P19 P20 P27 P30 P31 P36 P37 P39 P47 P101 P103 P106 P108 P127 P131 P136 \
     P138 P140 P159 P176 P178 P190 P264 P276 P279 P361 P364 P407 P413 P449 P463 P495 P527 P530 \
     P740 P937 P1001 P1303 P1376 P1412";

fn load(style: Style) -> Dataset {
    Dataset::load(&Source::Embedded, style, Watch::none()).unwrap()
}

/// The file behind a relation.
fn source(id: &str) -> toml::Table {
    let root = env!("CARGO_MANIFEST_DIR");
    let text = std::fs::read_to_string(format!("{root}/assets/sample/{id}.toml")).unwrap();
    text.parse().unwrap()
}

fn half(text: &str) -> String {
    let hash = Sha256::digest(text.as_bytes());
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    hex[..15].to_owned()
}

/// A text's words, for a search that ignores case and punctuation.
fn words(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn contains(text: &[String], part: &[String]) -> bool {
    !part.is_empty() && text.windows(part.len()).any(|window| window == part)
}

#[test]
fn relations_are_complete_and_in_order() {
    let data = load(Style::MyriadLama);
    let ids: Vec<&str> = data.relations.iter().map(|r| r.id.as_str()).collect();
    assert_eq!(ids, ORDER.split_whitespace().collect::<Vec<_>>());
    assert!(data.facts.len() >= 1_000, "{} facts", data.facts.len());
    for (number, relation) in data.relations.iter().enumerate() {
        let id = &relation.id;
        let label = source(id)["label"].as_str().unwrap().to_owned();
        assert_eq!(relation.label, label, "{id}");
        assert_eq!(relation.of_kind(TemplateKind::Manual).count(), 5, "{id}");
        assert!(relation.of_kind(TemplateKind::Auto).count() >= 15, "{id}");
        let facts = data.facts.iter().filter(|f| f.relation == number).count();
        assert!(facts >= 25, "{id} has {facts} facts");
    }
}

#[test]
fn nothing_stands_twice() {
    let data = load(Style::MyriadLama);
    for relation in &data.relations {
        let file = source(&relation.id);
        let written = ["manual", "auto"].map(|kind| file[kind].as_array().unwrap().len());
        // The fold drops what stands twice, so a smaller number shows it.
        assert_eq!(
            relation.templates.len(),
            written[0] + written[1],
            "{}",
            relation.id
        );
        let texts: HashSet<String> = relation
            .templates
            .iter()
            .map(|t| words(&t.text).join(" "))
            .collect();
        assert_eq!(texts.len(), relation.templates.len(), "{}", relation.id);
    }
    let written: usize = data
        .relations
        .iter()
        .map(|r| source(&r.id)["facts"].as_array().unwrap().len())
        .sum();
    assert_eq!(data.facts.len(), written);
    let subjects: HashSet<_> = data
        .facts
        .iter()
        .map(|f| (f.relation, &f.subject))
        .collect();
    assert_eq!(subjects.len(), data.facts.len());
    for fact in &data.facts {
        let answers: HashSet<&String> = fact.answers.iter().collect();
        assert_eq!(answers.len(), fact.answers.len(), "{fact:?}");
    }
}

#[test]
fn templates_hold_subject_and_object_once() {
    for relation in load(Style::MyriadLama).relations {
        for template in &relation.templates {
            for mark in ["[X]", "[Y]"] {
                let count = template.text.matches(mark).count();
                assert_eq!(
                    count, 1,
                    "{} {}: {}",
                    relation.id, template.id, template.text
                );
            }
            assert_eq!(template.text.trim(), template.text, "{}", relation.id);
        }
    }
}

#[test]
fn uuids_follow_the_published_rule() {
    let data = load(Style::MyriadLama);
    let mut facts = data.facts.iter();
    for relation in &data.relations {
        for entry in source(&relation.id)["facts"].as_array().unwrap() {
            let fact = facts.next().unwrap();
            assert_eq!(Some(fact.subject.as_str()), entry["subject"].as_str());
            let subject = entry
                .get("qid")
                .map_or(fact.subject.as_str(), |q| q.as_str().unwrap());
            let wanted = format!("{}-{}", half(&relation.id), half(subject));
            assert_eq!(fact.uuid, wanted, "{}: {}", relation.id, fact.subject);
        }
    }
    // A fixed value of the published table (P17, Q194103), so that the rule itself is held.
    let published = format!("{}-{}", half("P17"), half("Q194103"));
    assert_eq!(published, "dba688a59d61da0-888fc6767e5b64a");
}

#[test]
fn no_question_gives_its_answer_away() {
    let mut given = Vec::new();
    for style in [Style::MyriadLama, Style::WebQuestions] {
        let data = load(style);
        for fact in &data.facts {
            let relation = data.relation_of(fact);
            for index in 0..relation.templates.len() {
                let question = data.question(fact, index);
                let asked = words(&question);
                let mut answers = fact.answers.iter();
                if let Some(answer) = answers.find(|a| contains(&asked, &words(a))) {
                    given.push(format!("{}: {question} ({answer})", relation.id));
                }
            }
        }
    }
    assert!(
        given.is_empty(),
        "{} questions:\n{}",
        given.len(),
        given.join("\n")
    );
}

#[test]
fn web_questions_have_six_wordings() {
    let data = load(Style::WebQuestions);
    assert_eq!(data.style, Style::WebQuestions);
    assert!(data.facts.len() >= 40, "{} questions", data.facts.len());
    let ids: Vec<String> = data.relations[0]
        .templates
        .iter()
        .map(|t| t.id.to_string())
        .collect();
    assert_eq!(ids, ["m1", "a1", "a2", "a3", "a4", "a5"]);
    for fact in &data.facts {
        assert_eq!(fact.paraphrases.len(), 6, "{fact:?}");
        let wordings: HashSet<&String> = fact.paraphrases.iter().collect();
        assert_eq!(wordings.len(), 6, "{fact:?}");
    }
}

#[test]
fn what_is_asked_unless_told_otherwise_is_held_out() {
    let data = load(Style::MyriadLama);
    let trained = |selection: &Selection| {
        let chosen = selection.apply(&data).unwrap();
        let asked = |&fact: &usize| {
            let fact = &data.facts[fact];
            let relation = data.relation_of(fact);
            let mut templates = chosen.templates[fact.relation].iter();
            templates.any(|&t| demo_trained(&fact.uuid, relation.templates[t].id).unwrap())
        };
        (
            chosen.facts.iter().filter(|fact| asked(fact)).count(),
            chosen.facts,
        )
    };
    // Three of each relation teach what its templates mean: the last ones, not what the explorer opens with.
    let (everything, facts) = trained(&Selection::default());
    assert_eq!((everything, facts.len()), (3 * data.relations.len(), 1_569));
    let first = Selection {
        max_samples: Some(30),
        ..Selection::default()
    };
    assert_eq!(trained(&first).0, 0);

    let root = env!("CARGO_MANIFEST_DIR");
    let list = std::fs::read_to_string(format!("{root}/assets/demo/eval-uuids.txt")).unwrap();
    let twenty = Selection {
        uuids: Some(list.lines().map(str::to_owned).collect()),
        templates: TemplateChoice::Counts {
            manual: None,
            auto: 15,
        },
        ..Selection::default()
    };
    let (evaluated, facts) = trained(&twenty);
    assert_eq!((evaluated, facts.len()), (0, 12 * data.relations.len()));
}
