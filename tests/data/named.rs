//! Tables of any kind, by the names of their columns.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_array::{ArrayRef, Int64Array, RecordBatch, StructArray};
use lamascope::data::{Columns, Dataset, Error, Source, Style, Watch};
use serde_json::{Value, json};

use super::{load, tables};

fn named(path: &Path, columns: &str) -> Result<Dataset, Error> {
    let columns: Columns = columns.parse().expect(columns);
    let source = Source::Path(path.to_owned());
    let source = source.with_columns(columns).expect("a path");
    Dataset::load(&source, Style::default(), Watch::none())
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, text).unwrap();
    path
}

fn jsonl(folder: &Path, name: &str, rows: &[Value]) -> PathBuf {
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    write(folder, name, &(lines.join("\n") + "\n"))
}

/// Checks that a message is one line and holds all of `parts`.
#[track_caller]
fn refused(read: Result<Dataset, Error>, parts: &[&str]) {
    let message = read.expect_err("it is refused").to_string();
    assert!(!message.contains('\n'), "{message}");
    for part in parts {
        assert!(message.contains(part), "no {part:?} in: {message}");
    }
}

fn ids(data: &Dataset, relation: usize) -> String {
    let templates = data.relations[relation].templates.iter();
    let ids: Vec<String> = templates.map(|template| template.id.to_string()).collect();
    ids.join(" ")
}

#[test]
fn one_row_a_fact_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let csv = "gold,q 1,q2,area\n\
        \"['red', \"\"rosso\"\"]\",\"A ruby, what colour?\",A ruby is?,stones\n\
        green,An emerald?,,stones\n\
        blue,The sky?,A clear sky is?,air\n";
    let columns = "question=q 1+q2,answers=gold,relation=area";
    let csv = named(&write(folder.path(), "a.csv", csv), columns).unwrap();
    assert_eq!(csv.style, Style::WebQuestions);
    assert_eq!(
        (ids(&csv, 0), ids(&csv, 1)),
        ("m1 a1".into(), "m1 a1".into())
    );
    let [ruby, emerald, sky] = &csv.facts[..] else {
        panic!("{:?}", csv.facts)
    };
    assert_eq!(ruby.answers, ["red", "rosso"]);
    assert_eq!(csv.question(ruby, 1), "A ruby is?");
    assert_eq!(ruby.subject, "A ruby, what colour?");
    assert_eq!(csv.relation_of(sky).id, "air");
    // A wording that is not there is not asked.
    assert!(csv.asks(emerald, 0) && !csv.asks(emerald, 1) && csv.asks(sky, 1));

    let rows = [
        json!({"q 1": "A ruby, what colour?", "q2": "A ruby is?", "gold": ["red", "rosso"], "area": "stones"}),
        json!({"q 1": "An emerald?", "q2": null, "gold": "green", "area": "stones"}),
        json!({"gold": ["blue"], "q 1": "The sky?", "q2": "A clear sky is?", "area": "air", "more": 1}),
    ];
    assert_eq!(
        named(&jsonl(folder.path(), "a.jsonl", &rows), columns).unwrap(),
        csv
    );

    let texts = |of: [Option<&str>; 3]| -> ArrayRef {
        Arc::new(of.into_iter().collect::<arrow_array::StringArray>())
    };
    let answers: Vec<Vec<String>> = csv.facts.iter().map(|fact| fact.answers.clone()).collect();
    let table = RecordBatch::try_from_iter([
        ("area", texts([Some("stones"), Some("stones"), Some("air")])),
        ("gold", tables::lists(&answers)),
        (
            "q2",
            texts([Some("A ruby is?"), None, Some("A clear sky is?")]),
        ),
        (
            "q 1",
            texts([
                Some("A ruby, what colour?"),
                Some("An emerald?"),
                Some("The sky?"),
            ]),
        ),
    ])
    .unwrap();
    let file = |name: &str| folder.path().join(name);
    tables::parquet(&file("a.parquet"), &table, 2);
    tables::arrow_file(&file("a.feather"), &table, None);
    tables::arrow_stream(&file("a.arrows"), &table);
    for name in ["a.parquet", "a.feather", "a.arrows"] {
        assert_eq!(named(&file(name), columns).unwrap(), csv, "{name}");
    }
}

#[test]
fn wordings_stand_in_a_list_or_in_rows_of_one_id() {
    let folder = tempfile::tempdir().unwrap();
    let list = [
        json!({"q": ["Who?", "By whom?", "Whose?"], "a": "me", "k": 7}),
        json!({"q": ["When?"], "a": "now", "k": 8}),
    ];
    let list = named(
        &jsonl(folder.path(), "list.jsonl", &list),
        "question=q,answers=a,id=k",
    )
    .unwrap();
    assert_eq!(ids(&list, 0), "m1 a1 a2");
    assert_eq!(list.facts[0].uuid, "7");
    assert_eq!(list.question(&list.facts[0], 2), "Whose?");
    assert!(!list.asks(&list.facts[1], 1));

    let rows = "k,q,a\n7,Who?,me\n8,When?,now\n7,By whom?,me\n7,Whose?,me\n7,Who?,me\n";
    let rows = named(
        &write(folder.path(), "rows.csv", rows),
        "question=q,answers=a,id=k",
    )
    .unwrap();
    assert_eq!(rows, list);

    // A key that the first rows leave out is known all the same.
    let late = [
        json!({"k": 8, "q": "When?", "a": "now"}),
        json!({"k": 7, "q": "Who?", "a": "me", "p": "By whom?"}),
    ];
    let late = jsonl(folder.path(), "late.jsonl", &late);
    let late = named(&late, "question=q+p,answers=a,id=k").unwrap();
    assert_eq!(late.facts[0].paraphrases, ["When?", ""]);
    assert_eq!(late.facts[1].paraphrases, ["Who?", "By whom?"]);

    // Who wrote a wording may stand beside it.
    let kinds =
        "k,q,a,by\n7,Who?,me,auto\n7,By whom?,me,manual\n8,When?,now,Manual\n7,Whose?,me,auto\n";
    let columns = "question=q,answers=a,id=k,kind=by";
    let kinds = named(&write(folder.path(), "kinds.csv", kinds), columns).unwrap();
    assert_eq!(ids(&kinds, 0), "m1 a1 a2");
    assert_eq!(kinds.facts[0].paraphrases, ["By whom?", "Who?", "Whose?"]);
    assert_eq!(kinds.facts[1].paraphrases, ["When?", "", ""]);
}

#[test]
fn questions_without_an_id_have_one_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let read = |text: &str| {
        let path = write(folder.path(), "a.csv", text);
        let data = named(&path, "question=q,answers=a").unwrap();
        let mut ids: Vec<String> = data.facts.iter().map(|fact| fact.uuid.clone()).collect();
        ids.sort();
        ids
    };
    let once = read("q,a\nWho?,me\nWhen?,now\n");
    assert_ne!(once[0], once[1]);
    assert_eq!(read("q,a\nWhen?,now\nWho?,me\n"), once);
    let twice = read("q,a\nWho?,me\nWho?,you\n");
    assert_eq!(twice[1], format!("{}-2", twice[0]));
}

#[test]
fn templates_under_other_names_make_relations() {
    let folder = tempfile::tempdir().unwrap();
    // As LAMA and ParaRel have them.
    let rows = "predicate,sub,obj,pattern\n\
        P36,France,Paris,The capital of [X] is [Y].\n\
        P36,France,Paris,[X]'s capital is [Y].\n\
        P36,Japan,Tokyo,The capital of [X] is [Y].\n";
    let path = write(folder.path(), "lama.csv", rows);
    let columns = "template=pattern,subject=sub,answers=obj,relation=predicate";
    let data = named(&path, columns).unwrap();
    assert_eq!(data.style, Style::MyriadLama);
    assert_eq!(
        (data.relations[0].label.as_str(), ids(&data, 0)),
        ("capital", "m1 m2".into())
    );
    assert_eq!(
        data.question(&data.facts[1], 1),
        "Japan's capital is [MASK]."
    );
    let wrong = rows.replace("is [Y].\nP36,France", "is.\nP36,France");
    let path = write(folder.path(), "wrong.csv", &wrong);
    refused(
        named(&path, columns),
        &["wrong.csv, row 1: `pattern`", "[Y] 0 times"],
    );
}

#[test]
fn well_known_choices_are_read_without_columns() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    let csqa = [
        json!({"id": "x1", "question": "Where do fish live?", "question_concept": "fish",
            "choices": {"label": ["A", "B", "C"], "text": ["trees", "water", "clouds"]}, "answerKey": "B"}),
        json!({"id": "x2", "question": "What barks?", "question_concept": "bark",
            "choices": {"label": ["A", "B", "C"], "text": ["a dog", "a cup", "a map"]}, "answerKey": "A"}),
    ];
    let data = load(&jsonl(folder.path(), "csqa.jsonl", &csqa)).unwrap();
    assert_eq!(data.style, Style::MultipleChoice);
    assert_eq!(ids(&data, 0), "m1 m2 m3 m4 m5");
    let fish = &data.facts[0];
    assert_eq!(
        (fish.uuid.as_str(), &fish.answers[..]),
        ("x1", &["B".to_owned()][..])
    );
    assert_eq!(fish.labels(), ["A", "B", "C"]);
    assert_eq!(
        data.question(fish, 0),
        "Where do fish live?\nA. trees\nB. water\nC. clouds"
    );
    let asked: Vec<String> = (0..5)
        .map(|template| data.question(fish, template))
        .collect();
    assert!(
        asked.iter().all(|text| text.contains("clouds")),
        "{asked:?}"
    );

    // The same as the hub's Parquet has it.
    let texts = |column: &str| -> ArrayRef {
        let of = |row: &Value| row[column].as_str().unwrap().to_owned();
        tables::strings(&csqa.iter().map(of).collect::<Vec<_>>())
    };
    let lists = |field: &str| -> ArrayRef {
        let of = |row: &Value| serde_json::from_value(row["choices"][field].clone()).unwrap();
        tables::lists(&csqa.iter().map(of).collect::<Vec<Vec<String>>>())
    };
    let choices =
        StructArray::try_from(vec![("label", lists("label")), ("text", lists("text"))]).unwrap();
    let table = RecordBatch::try_from_iter([
        ("id", texts("id")),
        ("question", texts("question")),
        ("question_concept", texts("question_concept")),
        ("choices", Arc::new(choices) as ArrayRef),
        ("answerKey", texts("answerKey")),
    ])
    .unwrap();
    tables::parquet(&file("csqa.parquet"), &table, 1);
    tables::arrow_file(&file("csqa.arrow"), &table, None);
    for name in ["csqa.parquet", "csqa.arrow"] {
        assert_eq!(load(&file(name)).unwrap(), data, "{name}");
    }

    // As its makers give it out.
    let own: Vec<Value> = csqa
        .iter()
        .map(|row| {
            let choice = |at: usize| json!({"label": row["choices"]["label"][at], "text": row["choices"]["text"][at]});
            json!({"id": row["id"], "answerKey": row["answerKey"],
                "question": {"stem": row["question"], "choices": [choice(0), choice(1), choice(2)]}})
        })
        .collect();
    assert_eq!(
        load(&jsonl(folder.path(), "own.jsonl", &own)).unwrap(),
        data
    );

    // MMLU: the index of the answer, and an area for each question.
    let areas: ArrayRef = tables::strings(&["birds".into(), "stones".into()]);
    let questions: ArrayRef = tables::strings(&["What flies?".into(), "What is hard?".into()]);
    let choices = [["owl", "cup"], ["wool", "flint"]].map(|of| of.map(str::to_owned).to_vec());
    let answers: ArrayRef = Arc::new(Int64Array::from(vec![0, 1]));
    let table = RecordBatch::try_from_iter([
        ("question", questions),
        ("subject", areas),
        ("choices", tables::lists(&choices)),
        ("answer", answers),
    ])
    .unwrap();
    tables::parquet(&file("mmlu.parquet"), &table, 10);
    let data = load(&file("mmlu.parquet")).unwrap();
    let right: Vec<&str> = data
        .facts
        .iter()
        .map(|fact| fact.answers[0].as_str())
        .collect();
    assert_eq!(right, ["A", "B"]);
    assert_eq!(data.relation_of(&data.facts[1]).id, "stones");
}

#[test]
fn the_right_choice_is_read_one_way_for_the_whole_table() {
    let folder = tempfile::tempdir().unwrap();
    let read = |answers: [&str; 2], columns: &str| {
        let [one, two] = answers;
        let text = format!("q,c1,c2,c3,a\nHow many?,1,2,0,{one}\nHow few?,2,3,1,{two}\n");
        let path = write(folder.path(), "a.csv", &text);
        let columns = format!("question=q,choices=c1+c2+c3,answers=a{columns}");
        named(&path, &columns).map(|data| -> Vec<String> {
            data.facts
                .iter()
                .map(|fact| fact.answers.join(""))
                .collect()
        })
    };
    assert_eq!(read(["C", "A"], "").unwrap(), ["C", "A"]);
    assert_eq!(read(["0", "2"], "").unwrap(), ["A", "C"]);
    assert_eq!(read(["1", "3"], ",first=1").unwrap(), ["A", "C"]);
    // No index where one of the answers is none.
    assert_eq!(read(["1", "3"], "").unwrap(), ["A", "B"]);
    for (answers, parts) in [
        (["A", "D"], ["row 2: `a` is `D`", "a letter from A to C"]),
        (
            ["0", "7"],
            ["row 2: `a` is `7`", "an index from 0 to 2 (first=1"],
        ),
        (["x", "y"], ["row 1: `a` is `x`", "the text of a choice"]),
    ] {
        let error = read(answers, "").expect_err("no choice").to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    }
}

#[test]
fn wordings_of_a_table_take_the_place_of_phrasings() {
    let folder = tempfile::tempdir().unwrap();
    let text = "q,p,c,a\nWhat barks?,Which barks?,dog;cup,dog\nWhat flies?,,owl;cup,owl\n";
    let path = write(folder.path(), "a.csv", text);
    let data = named(&path, "question=q+p,choices=c,answers=a,split=;").unwrap();
    assert_eq!(ids(&data, 0), "m1 a1");
    assert_eq!(
        data.question(&data.facts[0], 1),
        "Which barks?\nA. dog\nB. cup"
    );
    assert!(!data.asks(&data.facts[1], 1));
    assert_eq!(data.question(&data.facts[1], 1), "");
}

#[test]
fn bad_tables_are_refused_by_row_and_column() {
    let folder = tempfile::tempdir().unwrap();
    let csv = |text: &str, columns: &str| named(&write(folder.path(), "a.csv", text), columns);
    let questions = "question=q,answers=a";
    refused(
        csv("q1,gold\nWho?,me\n", questions),
        &[
            "a.csv: no column `q` (question) among `q1`, `gold`",
            "did you mean `q1`",
        ],
    );
    refused(
        csv("x,y\nWho?,me\n", "question=x,answers=gold"),
        &["no column `gold` (answers)", "`x`, `y`", "--columns"],
    );
    refused(
        csv("q,a\nWho?,me\n,you\n", questions),
        &["a.csv, row 2: `q` is empty"],
    );
    refused(
        csv("q,a\nWho?,\n", questions),
        &["row 1: `a` is empty: expected at least one"],
    );
    refused(csv("q,a\n", questions), &["a.csv: holds no rows"]);
    refused(
        csv(
            "q,a,k\nWho?,me,1\nWhen?,now,1\n",
            "question=q,answers=a,id=k",
        ),
        &["row 2: `a` of id `1`", "own id"],
    );
    refused(
        csv("q,a,m\nWho?,me,perhaps\n", "question=q,answers=a,kind=m"),
        &["row 1: `m` is `perhaps`", "manual or auto"],
    );
    let choices = "question=q,answers=a,choices=c,split=;";
    refused(
        csv("q,a,c\nWho?,A,me\n", choices),
        &["row 1: `c` holds 1 choice: expected 2 to 26"],
    );
    let rows = [json!({"q": "Who?", "a": {"text": "me"}})];
    refused(
        named(&jsonl(folder.path(), "a.jsonl", &rows), questions),
        &["a.jsonl, row 1: `a` holds an object", "a.text"],
    );
    let rows = [json!({"q": "Who?", "a": ["me", null]})];
    refused(
        named(&jsonl(folder.path(), "b.jsonl", &rows), questions),
        &["b.jsonl, row 1: `a` holds a null in its list"],
    );
    // A table of another kind says what would read it.
    refused(
        load(&write(folder.path(), "c.csv", "q,a\nWho?,me\n")),
        &["no column `uuid`", "--columns question=COLUMN"],
    );
}
