//! Result files through the public API: schema, round trip, resuming, never losing anything.

#[path = "results/made.rs"]
mod made;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow_ipc::reader::FileReader;
use arrow_schema::{DataType, Field};
use lamascope::data::TemplateId;
use lamascope::engine::Method;
use lamascope::evaluate::{Confidences, Plan, Row};
use lamascope::results::{
    Configuration, Error, Output, Table, Target, read_confidences, read_rows, write_feather,
};
use made::{configuration, finished, plan};
use rand::{Rng, SeedableRng};

fn target(folder: &Path) -> Target {
    Target {
        out: Some(folder.join("r.feather")),
        trace: Some(folder.join("t.jsonl")),
        overwrite: false,
        resume: false,
    }
}

fn open(target: Target, plan: &Plan) -> Output {
    let output =
        Output::open(target, configuration(plan), plan, &mut |_| {}).expect("files can be written");
    output.expect("nothing is complete yet")
}

/// Both files of a run in which facts finish in this order.
fn files(plan: &Plan, order: impl Iterator<Item = usize>) -> (Vec<u8>, Vec<u8>) {
    let folder = tempfile::tempdir().expect("a folder");
    let mut output = open(target(folder.path()), plan);
    for fact in order {
        output.put(plan, &finished(plan, fact)).expect("room");
    }
    output.finish(&plan.facts).expect("room");
    read(folder.path())
}

fn read(folder: &Path) -> (Vec<u8>, Vec<u8>) {
    let read = |name: &str| std::fs::read(folder.join(name)).expect("a file");
    (read("r.feather"), read("t.jsonl"))
}

#[test]
fn columns_are_as_agreed() {
    let plan = plan(3, Method::Avg);
    let item = |kind| Arc::new(Field::new("item", kind, true));
    let texts = DataType::List(item(DataType::Utf8));
    let wanted = [
        ("uuid", DataType::Utf8),
        ("relation", DataType::Utf8),
        ("templates", texts.clone()),
        ("answers", texts.clone()),
        ("prediction", DataType::Utf8),
        ("generation", DataType::Utf8),
        ("predict_lemma", texts.clone()),
        ("answer_lemmas", DataType::List(item(texts.clone()))),
        ("correct", DataType::Boolean),
        ("correct_bidirectional", DataType::Boolean),
        ("probability", DataType::Float32),
        ("subject", DataType::Utf8),
        ("questions", texts.clone()),
        ("template_texts", texts),
    ];
    let configuration = configuration(&plan);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("r.feather");
    write_feather(&path, false, &configuration, |_| Ok(())).expect("room");
    let file = std::fs::File::open(&path).expect("it was written");
    let schema = FileReader::try_new(file, None)
        .expect("an Arrow file")
        .schema();
    let found: Vec<_> = schema
        .fields()
        .iter()
        .map(|f| (f.name().as_str(), f.data_type().clone()))
        .collect();
    assert_eq!(found, wanted);
    let text = schema.metadata().get("lamascope").expect("a configuration");
    assert_eq!(
        serde_json::from_str::<Configuration>(text).expect("JSON"),
        configuration
    );
}

#[test]
fn rows_come_back_as_they_went_in() {
    let plan = plan(20_000, Method::PerPrompt);
    let mut rows: Vec<Row> = Vec::new();
    for &fact in &plan.facts {
        rows.extend(finished(&plan, fact).rows);
    }
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("r.feather");
    write_feather(&path, false, &configuration(&plan), |put| {
        rows.iter().try_for_each(put)
    })
    .expect("room");
    // More than one batch, the last one not full.
    let file = std::fs::File::open(&path).expect("it was written");
    let batches = FileReader::try_new(file, None)
        .expect("an Arrow file")
        .num_batches();
    assert_eq!(batches, rows.len().div_ceil(4_096));
    let table = Table::open(&path).expect("a result file");
    assert_eq!(
        table.configuration().expect("a configuration"),
        configuration(&plan)
    );
    let back: Vec<Row> = table
        .map(|record| record.and_then(|r| r.into_row()).expect("a row"))
        .collect();
    assert!(back == rows);
}

#[test]
fn the_order_in_which_facts_finish_does_not_matter() {
    for method in [Method::Avg, Method::PerPrompt] {
        let plan = plan(40, method);
        let first = files(&plan, 0..40);
        assert!(first == files(&plan, (0..40).rev()), "{method}");
        let lines = String::from_utf8(first.1).expect("text").lines().count();
        assert_eq!(lines, if method == Method::PerPrompt { 80 } else { 40 });
    }
}

/// Cut off at any byte of its journal, a run that is taken up again ends with the same files.
#[test]
fn a_run_cut_off_at_any_byte_goes_on() {
    let plan = plan(4, Method::Avg);
    let whole = files(&plan, 0..4);
    let journal = {
        let folder = tempfile::tempdir().expect("a folder");
        let mut output = open(target(folder.path()), &plan);
        for fact in [3, 0, 2] {
            output.put(&plan, &finished(&plan, fact)).expect("room");
        }
        drop(output);
        std::fs::read(folder.path().join("r.feather.partial")).expect("a journal")
    };
    let line_ends: Vec<usize> = (0..journal.len())
        .filter(|&at| journal[at] == b'\n')
        .collect();
    // Thousands of files that wait for a disk take minutes.
    let memory = PathBuf::from("/dev/shm");
    let memory = Some(memory).filter(|folder| folder.is_dir());
    let memory = memory.unwrap_or_else(std::env::temp_dir);
    for cut in 0..=journal.len() {
        let folder = tempfile::tempdir_in(&memory).expect("a folder");
        std::fs::write(folder.path().join("r.feather.partial"), &journal[..cut]).expect("room");
        let resumed = Target {
            resume: true,
            ..target(folder.path())
        };
        let mut seen = 0;
        let output = Output::open(resumed, configuration(&plan), &plan, &mut |rows| {
            seen += rows.len()
        });
        let mut output = output
            .expect("the journal is taken up")
            .expect("it is not complete");
        let done = line_ends
            .iter()
            .filter(|&&end| end < cut)
            .count()
            .saturating_sub(2);
        assert_eq!(seen, done, "cut at {cut}");
        for fact in (0..4)
            .rev()
            .filter(|&fact| !output.has(fact))
            .collect::<Vec<_>>()
        {
            output.put(&plan, &finished(&plan, fact)).expect("room");
        }
        output.finish(&plan.facts).expect("room");
        assert!(read(folder.path()) == whole, "cut at {cut}");
        assert!(!folder.path().join("r.feather.partial").exists());
    }
}

/// A journal in which one bit is not as it was written is refused, or ends with the same files: no damage passes.
#[test]
fn a_flipped_bit_is_noticed() {
    let plan = plan(4, Method::PerPrompt);
    let whole = files(&plan, 0..4);
    let journal = {
        let folder = tempfile::tempdir().expect("a folder");
        let mut output = open(target(folder.path()), &plan);
        for fact in [3, 0, 1] {
            output.put(&plan, &finished(&plan, fact)).expect("room");
        }
        drop(output);
        std::fs::read(folder.path().join("r.feather.partial")).expect("a journal")
    };
    let (mut refused, mut mended) = (0, 0);
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(1);
    for _ in 0..400 {
        let (at, bit) = (
            random.random_range(0..journal.len()),
            random.random_range(0..8),
        );
        let mut flipped = journal.clone();
        flipped[at] ^= 1 << bit;
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::write(folder.path().join("r.feather.partial"), flipped).expect("room");
        let resumed = Target {
            resume: true,
            ..target(folder.path())
        };
        let opened = Output::open(resumed, configuration(&plan), &plan, &mut |_| {});
        let Ok(output) = opened else {
            refused += 1;
            continue;
        };
        let mut output = output.expect("it is not complete");
        let open: Vec<usize> = (0..4).filter(|&fact| !output.has(fact)).collect();
        // Fact 2 was never finished; a line without its end is what a kill leaves.
        let last = at + 1 == journal.len();
        assert_eq!(
            open.len() > 1,
            output.damaged().is_some() || last,
            "bit {bit} of {at}"
        );
        mended += usize::from(open.len() > 1);
        for fact in open {
            output.put(&plan, &finished(&plan, fact)).expect("room");
        }
        output.finish(&plan.facts).expect("room");
        assert!(read(folder.path()) == whole, "bit {bit} of {at}");
    }
    assert!(
        refused > 0 && mended > 0,
        "{refused} refused, {mended} mended"
    );
}

/// A fact counts as finished where the journal has the rows that the run would give it.
#[test]
fn a_journal_is_held_against_the_plan() {
    let made = plan(3, Method::PerPrompt);
    let mut other = made.clone();
    let mut data = (*made.data).clone();
    data.facts[0].uuid = "another".to_owned();
    data.facts.truncate(2);
    other.data = Arc::new(data);
    other.facts = vec![0, 1];
    let one_template = Plan {
        templates: vec![vec![0]],
        ..made.clone()
    };
    for (now, kept) in [(&made, 3), (&other, 1), (&one_template, 0)] {
        let folder = tempfile::tempdir().expect("a folder");
        let mut output = open(target(folder.path()), &made);
        for fact in 0..3 {
            output.put(&made, &finished(&made, fact)).expect("room");
        }
        drop(output);
        let resumed = Target {
            resume: true,
            ..target(folder.path())
        };
        let mut seen = 0;
        let output = Output::open(resumed, configuration(&made), now, &mut |_| seen += 1);
        let output = output.expect("the same run").expect("it is not complete");
        assert_eq!(seen, kept);
        let damaged = output.damaged().map_or(0, |(_, lines)| lines);
        assert_eq!(damaged, 3 - kept);
    }
}

#[test]
fn nothing_is_thrown_away() {
    let folder = tempfile::tempdir().expect("a folder");
    let (plan, other) = (plan(3, Method::Avg), plan(4, Method::Avg));
    let mut output = open(target(folder.path()), &plan);
    output.put(&plan, &finished(&plan, 1)).expect("room");
    let resume = || Target {
        resume: true,
        ..target(folder.path())
    };
    let again = |target: Target, plan: &Plan| {
        Output::open(target, configuration(plan), plan, &mut |_| {}).err()
    };
    // While the first run has it.
    assert!(matches!(again(resume(), &plan), Some(Error::Busy { .. })));
    drop(output);
    assert!(matches!(
        again(target(folder.path()), &plan),
        Some(Error::Interrupted { facts: 1, .. })
    ));
    assert!(
        matches!(again(resume(), &other), Some(Error::OtherRun { key, .. }) if key == "selection.facts")
    );
    let no_trace = Target {
        trace: None,
        ..resume()
    };
    assert!(matches!(again(no_trace, &plan), Some(Error::OtherRun { key, .. }) if key == "trace"));

    let mut output = open(resume(), &plan);
    for fact in [0, 2] {
        output.put(&plan, &finished(&plan, fact)).expect("room");
    }
    output.finish(&plan.facts).expect("room");
    assert!(matches!(
        again(target(folder.path()), &plan),
        Some(Error::Exists { .. })
    ));
    assert!(matches!(
        again(resume(), &other),
        Some(Error::OtherRun { .. })
    ));
    assert!(matches!(
        Output::open(resume(), configuration(&plan), &plan, &mut |_| {}),
        Ok(None)
    ));
    // A trace whose result file is gone belongs to nobody knows what.
    std::fs::remove_file(folder.path().join("r.feather")).expect("a file");
    assert!(matches!(again(resume(), &plan), Some(Error::Exists { .. })));
}

#[test]
fn confidences_are_read_from_rows() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("c.csv");
    let read = |text: &str| -> Result<Confidences, String> {
        std::fs::write(&path, text).expect("room");
        read_confidences(&path).map_err(|e| e.to_string())
    };
    let known =
        read("confidence,template,uuid,more\n0.25,m1,a,x\n1,a2,a,y\n0.5,m1,a,z\n").expect("rows");
    // The last one counts.
    assert_eq!(known.get("a", TemplateId::manual(1)), Some(0.5));
    assert_eq!(known.get("a", TemplateId::auto(2)), Some(1.0));
    assert_eq!(known.get("b", TemplateId::auto(2)), None);
    for (text, part) in [
        ("uuid,template\na,m1\n", "confidence"),
        ("uuid,template,confidence\na,m1,1.5\n", "from 0 to 1"),
        ("uuid,template,confidence\na,m1,NaN\n", "from 0 to 1"),
        ("uuid,template,confidence\na,x1,0.5\n", "template id"),
    ] {
        let message = read(text).expect_err(text);
        assert!(message.contains(part), "{message}");
    }
}

#[test]
fn rows_are_read_back_from_own_files_and_from_those_of_the_originals() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ensemble_avg-m5a5s3.csv");
    let text = "uuid,answers,prediction,generation,correctness,paraphrases,prompts\n\
                2eac5279493e913-f47de5146fe6f4b,\"['Paris', 'City of Light']\",Paris,Paris\\n,,\"['a', 'b']\",\n\
                other,\"['Rome']\",Milan,Milan,,\"['a', 'b']\",\n";
    std::fs::write(&path, text).unwrap();
    let (configuration, rows) = read_rows(&path).unwrap();
    assert!(configuration.is_none());
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.prediction.as_str(), row.verdict.correct))
        .collect();
    assert_eq!(told, [("Paris", true), ("Milan", false)]);
    assert_eq!(rows[0].answers, ["Paris", "City of Light"]);
    assert_eq!(rows[1].relation, "unknown");
    std::fs::write(&path, "uuid,answers,prediction\n").unwrap();
    assert!(
        read_rows(&path)
            .unwrap_err()
            .to_string()
            .contains("holds no rows")
    );
    let missing = folder.path().join("no.feather");
    assert!(
        read_rows(&missing)
            .unwrap_err()
            .to_string()
            .contains("no such file")
    );
}
