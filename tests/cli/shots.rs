//! Shots from the question's own relation, and in its own template.

use std::path::Path;

use lamascope::data::{Dataset, Source, Style, Watch};
use lamascope::prompt::Shots;

use crate::support::{asking, configuration, data, folder, json as output, lamascope, run, stdout};

/// The prompt that is asked about a fact, as text.
fn prompt(home: &Path, uuid: &str, args: &[&str]) -> String {
    let mask = output(
        asking(home, "mask")
            .args([
                "--few-shot",
                "1",
                "--templates",
                "m1,m2",
                "--format",
                "json",
                "--uuid",
                uuid,
            ])
            .args(args),
    );
    let tokens = mask["tokens"].as_array().expect("tokens");
    let text: String = tokens.iter().filter_map(|token| token.as_str()).collect();
    text.replace('Ġ', " ").replace('Ċ', "\n")
}

#[test]
fn every_relation_has_shots_of_its_own() {
    let home = folder();
    let args = [
        "--few-shot",
        "1",
        "--shots-from",
        "relation",
        "--templates",
        "m1,m2",
    ];
    let text = stdout(run(home.path()).args(args).args(["--out", "r.feather"]));
    // All facts are selected, so that one of each relation is drawn and left out.
    for part in [
        "facts          6 of 3 relations\n",
        "shots          1 of the question's relation; 3 selected facts drawn as shots and left out\n",
    ] {
        assert!(text.contains(part), "{text} lacks {part}");
    }
    let near = configuration(&home.path().join("r.feather"))
        .shots
        .near
        .expect("shots of relations");
    let relations: Vec<(&str, usize)> = near
        .facts
        .iter()
        .map(|(id, facts)| (id.as_str(), facts.len()))
        .collect();
    assert_eq!(relations, [("P1303", 1), ("P30", 1), ("P36", 1)]);
    let text = prompt(home.path(), "P30-Japan", &["--shots-from", "relation"]);
    assert!(text.contains("lies in"), "{text}");
    assert!(
        !text.contains("capital") && !text.contains("plays"),
        "{text}"
    );
}

/// The same relation draws the same shots whatever else is asked, other seeds draw others.
#[test]
fn shots_near_the_question_follow_from_seed_and_relation() -> Result<(), lamascope::data::Error> {
    let home = folder();
    let data = Dataset::load(
        &Source::Path(data(home.path())),
        Style::MyriadLama,
        Watch::none(),
    )?;
    let draw = |facts: &[usize], seed: u64, own: bool| {
        let mut selected = facts.to_vec();
        let drawn = Shots::draw_near(&data, &mut selected, 1, seed, own).expect("enough facts");
        (drawn.0, drawn.1, selected)
    };
    let all: Vec<usize> = (0..data.facts.len()).collect();
    let (shots, left_out, selected) = draw(&all, 42, false);
    assert_eq!((left_out, selected.len()), (3, 6));
    let near = |shots: &Shots, relation: &str| {
        let near = shots.near.as_ref().expect("shots of relations");
        near.facts[relation].clone()
    };
    let of_p36: Vec<usize> = all
        .iter()
        .copied()
        .filter(|&fact| data.facts[fact].relation == 0)
        .collect();
    let (alone, _, _) = draw(&of_p36, 42, false);
    assert_eq!(near(&shots, "P36"), near(&alone, "P36"));
    assert!((0..20).any(|seed| near(&draw(&all, seed, false).0, "P36") != near(&shots, "P36")));
    // Facts that nobody asks about are drawn first.
    let (_, left_out, rest) = draw(&of_p36[..2], 42, false);
    assert_eq!((left_out, rest.len()), (0, 2));

    let relation = &data.relations[0];
    let (subject, answer) = near(&shots, "P36")[0].clone();
    let texts = |shots: &Shots| -> Vec<String> {
        shots
            .contexts(Style::MyriadLama, relation, &[0, 3])
            .iter()
            .map(|context| context.text().to_owned())
            .collect()
    };
    let asked = |template: usize| {
        format!(
            "Q: {}\nA: {answer}",
            relation.templates[template].question(&subject)
        )
    };
    let first = texts(&shots);
    assert!(
        first.iter().all(|text| text.ends_with(&asked(0))),
        "{first:?}"
    );
    let own = texts(&draw(&all, 42, true).0);
    assert!(
        own[0].ends_with(&asked(0)) && own[1].ends_with(&asked(3)),
        "{own:?}"
    );
    Ok(())
}

/// A template that is asked in its own words is answered as its shots are worded: alone and in an ensemble alike.
#[test]
fn shots_in_the_questions_own_template() {
    let home = folder();
    let args = [
        "--few-shot",
        "1",
        "--shots-from",
        "template",
        "--relation",
        "P36",
    ];
    for method in ["per-prompt", "avg"] {
        let name = format!("{method}.feather");
        let text = stdout(
            run(home.path())
                .args(args)
                .args(["--method", method, "--out", &name]),
        );
        assert!(
            text.contains("shots          1 of the question's relation, in its own template"),
            "{text}"
        );
    }
    // What one template is asked does not depend on its neighbours.
    let alone = [
        "--templates",
        "a1",
        "--out",
        "alone.feather",
        "--method",
        "per-prompt",
    ];
    stdout(run(home.path()).args(args).args(alone));
    let compared = output(lamascope(home.path()).args([
        "report",
        "per-prompt.feather",
        "alone.feather",
        "--json",
    ]));
    let pair = &compared["comparisons"][0];
    assert_eq!(pair["flips"], serde_json::json!([]));

    for (args, said) in [
        (
            ["--method", "flex"].as_slice(),
            "--shots-from template gives each its own",
        ),
        (
            &["--method", "avg", "--few-shot", "4"],
            "P36 has 4 facts, too few to draw 4 shots",
        ),
    ] {
        let failed = run(home.path())
            .args([
                "--shots-from",
                "template",
                "--relation",
                "P36",
                "--few-shot",
                "1",
            ])
            .args(args)
            .assert()
            .code(1);
        let message = String::from_utf8_lossy(&failed.get_output().stderr).into_owned();
        assert!(message.contains(said), "{message}");
    }
}
