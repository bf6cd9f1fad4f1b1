//! Tables of one's own: `--data PATH --columns …`.

use std::path::Path;

use super::support::{column, configuration, folder, lamascope, records, stdout, write};

/// Two wordings and two accepted answers of four questions.
const TABLE: &str = "q1,q2,gold\n\
    Who wrote Emma?,Emma is by whom?,Austen|Jane Austen\n\
    What does a cow drink?,Cows drink what?,water\n\
    Where is Lima?,In which country is Lima?,Peru\n\
    What is two plus two?,2 + 2 is?,four|4\n";

/// A command on a table and a tiny model, with short answers.
fn asking(home: &Path, command: &str, table: &Path, columns: &str) -> assert_cmd::Command {
    let mut asking = lamascope(home);
    asking.arg(command).arg("--data").arg(table);
    asking.args(["--columns", columns, "--device", "cpu", "--model"]);
    asking.arg(super::support::fixture("tiny-llama"));
    asking.args(["--few-shot", "1"]);
    asking
}

#[test]
fn a_table_of_wordings_is_asked_like_web_questions() {
    let home = folder();
    let table = write(home.path(), "x.csv", TABLE);
    let columns = "question=q1+q2,answers=gold,split=|";
    let out = home.path().join("r.feather");
    stdout(asking(home.path(), "run", &table, columns).args([
        "--method",
        "avg",
        "--out",
        "r.feather",
    ]));
    let rows = records(&out);
    // One of the four is the shot.
    assert_eq!(rows.len(), 3);
    let configuration = configuration(&out);
    assert_eq!(configuration.left_out, 1);
    assert_eq!(configuration.max_new_tokens, 20);
    assert_eq!(configuration.dataset, "webqa");
    assert!(
        configuration
            .data
            .ends_with(&format!("x.csv --columns {columns}"))
    );
    let instruction = &configuration.shots.instruction;
    assert!(
        instruction.starts_with("Answer the question"),
        "{instruction}"
    );
    let shot = &configuration.shots.shots[0].0;
    let asked = |row: &lamascope::results::Record| row.texts("questions").expect("texts");
    let all: Vec<Vec<String>> = rows.iter().map(asked).collect();
    assert!(
        all.iter()
            .all(|questions| questions.len() == 2 && questions[0] != *shot),
        "{all:?}"
    );
    assert_eq!(rows[0].texts("templates").expect("ids"), ["m1", "a1"]);
    let answers: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.texts("answers").expect("texts"))
        .collect();
    let two = [["Austen", "Jane Austen"], ["four", "4"]];
    assert!(
        answers.iter().any(|of| two.iter().any(|two| of == two)),
        "{answers:?}"
    );
    // The order of rows changes nothing about who is who.
    let mut lines: Vec<&str> = TABLE.lines().collect();
    lines[1..].reverse();
    let turned = write(home.path(), "turned.csv", &(lines.join("\n") + "\n"));
    stdout(asking(home.path(), "run", &turned, columns).args([
        "--out",
        "t.feather",
        "--few-shot",
        "0",
    ]));
    stdout(asking(home.path(), "run", &table, columns).args([
        "--out",
        "u.feather",
        "--few-shot",
        "0",
    ]));
    let ids = |name: &str| column(&home.path().join(name), "uuid");
    let mut turned = ids("t.feather");
    turned.reverse();
    assert_eq!(turned, ids("u.feather"));
}
