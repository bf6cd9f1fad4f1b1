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

/// Facts with unlike numbers of wordings.
const RAGGED: &str = "id,text,gold\n\
    1,Who wrote Emma?,Austen\n1,Emma is by whom?,Austen\n1,Whose book is Emma?,Austen\n\
    2,What does a cow drink?,water\n\
    3,Where is Lima?,Peru\n3,In which country is Lima?,Peru\n";

#[test]
fn facts_are_asked_in_the_wordings_that_they_have() {
    let home = folder();
    let table = write(home.path(), "rows.csv", RAGGED);
    let columns = "id=id,question=text,answers=gold";
    let run = |method: &str, more: &[&str]| {
        let name = format!("{method}{}.feather", more.len());
        let mut command = asking(home.path(), "run", &table, columns);
        stdout(
            command
                .args(["--few-shot", "0", "--method", method, "--out", &name])
                .args(more),
        );
        let row = |row: &lamascope::results::Record| {
            let templates = row.texts("templates").expect("ids").join(",");
            (row.text("uuid").expect("an id").to_owned(), templates)
        };
        let rows: Vec<(String, String)> =
            records(&home.path().join(name)).iter().map(row).collect();
        rows
    };
    let of = |rows: &[(&str, &str)]| -> Vec<(String, String)> {
        let row = |(id, templates): &(&str, &str)| ((*id).to_owned(), (*templates).to_owned());
        rows.iter().map(row).collect()
    };
    for method in ["avg", "flex", "weighted-avg"] {
        assert_eq!(
            run(method, &[]),
            of(&[("1", "m1,a1,a2"), ("2", "m1"), ("3", "m1,a1")]),
            "{method}"
        );
    }
    let each = [
        ("1", "m1"),
        ("1", "a1"),
        ("1", "a2"),
        ("2", "m1"),
        ("3", "m1"),
        ("3", "a1"),
    ];
    assert_eq!(run("per-prompt", &[]), of(&each));
    assert_eq!(
        run("flex", &["--templates", "a1"]),
        of(&[("1", "a1"), ("3", "a1")])
    );
    let mut command = asking(home.path(), "run", &table, columns);
    let said = command
        .args(["--few-shot", "0", "--templates", "a1"])
        .assert()
        .success();
    let said = String::from_utf8_lossy(&said.get_output().stderr).into_owned();
    assert!(
        said.contains("left out for want of any chosen wording: 1 fact"),
        "{said}"
    );
    // What was asked is told whole, and the report reads it.
    let asked = configuration(&home.path().join("per-prompt0.feather"))
        .selection
        .asked;
    assert_eq!(asked["questions"], "m1,a1,a2");
    let shown = stdout(lamascope(home.path()).args(["report", "per-prompt0.feather"]));
    assert!(
        shown.contains("0 of 6") || shown.contains(" of 6"),
        "{shown}"
    );
}

#[test]
fn every_command_that_takes_data_takes_columns() {
    let home = folder();
    let table = write(home.path(), "x.csv", TABLE);
    let columns = "question=q1+q2,answers=gold,split=|";
    let data = ["--data", "x.csv", "--columns", columns];
    let counted = stdout(lamascope(home.path()).arg("data").args(data));
    assert!(
        counted.contains("1 relation, 2 templates, 4 facts"),
        "{counted}"
    );
    let short = ["--max-new-tokens", "2"];
    let mask = stdout(&mut asking(home.path(), "mask", &table, columns));
    assert!(
        mask.contains("Who wrote Emma?") || mask.contains("questions · "),
        "{mask}"
    );
    let inside = stdout(asking(home.path(), "inspect", &table, columns).args(short));
    assert!(
        inside.contains("Emma is by whom?") || inside.contains("questions · "),
        "{inside}"
    );
    let compared = stdout(asking(home.path(), "compare", &table, columns).args(short));
    assert!(
        compared.contains("--method avg") && compared.contains(columns),
        "{compared}"
    );
    let judged = stdout(
        asking(home.path(), "templates", &table, columns)
            .args(short)
            .args(["--best", "1"]),
    );
    // The line to copy repeats them.
    assert!(
        judged.contains(&format!("--columns '{columns}'")),
        "{judged}"
    );
    let tuned = stdout(
        asking(home.path(), "tune", &table, columns)
            .args(short)
            .args(["--preset", "series"]),
    );
    assert!(
        tuned.contains("2 facts") || tuned.contains("settings tried"),
        "{tuned}"
    );
    let sweep = format!(
        "data = {table:?}\ncolumns = \"{columns}\"\nmodel = {:?}\ndevice = \"cpu\"\nfew-shot = 0\nmax-new-tokens = 2\n\
         method = [\"avg\", \"mix\"]\n",
        super::support::fixture("tiny-llama"),
    );
    write(home.path(), "s.toml", &sweep);
    stdout(lamascope(home.path()).args(["sweep", "s.toml", "--out", "s.feather"]));
    let cells = column(&home.path().join("s.feather"), "cell_options");
    assert_eq!(cells.len(), 8);
    assert!(
        cells
            .iter()
            .all(|cell| cell.contains(&format!("--columns '{columns}'"))),
        "{cells:?}"
    );
}

#[test]
fn wrong_columns_are_refused_before_anything_is_asked() {
    let home = folder();
    let table = write(home.path(), "x.csv", TABLE);
    let said = |columns: &str, code: i32| {
        let refused = asking(home.path(), "run", &table, columns)
            .assert()
            .code(code);
        let said = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
        assert_eq!(said.trim_end().lines().count(), 1, "{said}");
        said
    };
    let unknown = said("question=q3,answers=gold", 1);
    assert!(
        unknown.contains(
            "x.csv: no column `q3` (question) among `q1`, `q2`, `gold`: did you mean `q1`?"
        ),
        "{unknown}"
    );
    assert!(said("question=q1,answer=gold", 2).contains("did you mean `answers`?"));
    assert!(said("question=q1", 2).contains("no answers: say which column holds them"));
    let mut embedded = lamascope(home.path());
    embedded.args(["data", "--columns", "question=q1,answers=gold"]);
    let refused = embedded.assert().code(2);
    let said = String::from_utf8_lossy(&refused.get_output().stderr).into_owned();
    assert!(said.contains("give a path to --data"), "{said}");
}
