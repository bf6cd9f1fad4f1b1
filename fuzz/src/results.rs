//! Saved predictions, and the journal of an interrupted run.

use std::fs;
use std::path::{Path, PathBuf};

use lamascope::engine::Method;
use lamascope::results::{
    Output, Report, SweepCell, SweepConfiguration, SweepOutput, Table, Target, fingerprint, merge,
    read_cells, read_confidences, read_rows, read_sweep, rescore,
};
use sha2::{Digest, Sha256};

use crate::made::{configuration, finished, plan};
use crate::{Reader, alone, put};

pub const FEATHER: Reader = Reader {
    name: "results",
    file: "r.feather",
    prepare: alone,
    read,
    seeds: |folder| {
        for method in [Method::Avg, Method::PerPrompt] {
            let made = tempfile::tempdir().expect("a folder");
            run(made.path(), method, 0..4)
                .finish(&[0, 1, 2, 3])
                .expect("room");
            copy(&made.path().join("r.feather"), folder, &method.to_string());
        }
        let made = tempfile::tempdir().expect("a folder");
        sweep(made.path());
        copy(&made.path().join("r.feather"), folder, "sweep");
    },
};

pub const CSV: Reader = Reader {
    name: "results_csv",
    file: "r.csv",
    prepare: alone,
    read,
    seeds: |folder| {
        let text = "uuid,relation,template,confidence,prediction,answers,correct\n\
            u1,P36,m1,0.5,Paris,\"['Paris', \"\"City of Light\"\"]\",True\nu2,P36,a1,1e-3,Rome,\"[\"\"Rome\"\"]\",false\n";
        put(folder, &[("hand", text.as_bytes())]);
    },
};

pub const JSON_LINES: Reader = Reader {
    name: "results_jsonl",
    file: "r.jsonl",
    prepare: alone,
    read,
    seeds: |folder| {
        let made = tempfile::tempdir().expect("a folder");
        run(made.path(), Method::PerPrompt, 0..3)
            .finish(&[0, 1, 2])
            .expect("room");
        copy(&made.path().join("t.jsonl"), folder, "trace");
        let scored = made.path().join("scored.jsonl");
        rescore(&made.path().join("r.feather"), Some(&scored), false).expect("good rows");
        copy(&scored, folder, "scored");
    },
};

/// Its lines get the checksums that they need to be looked at.
pub const JOURNAL: Reader = Reader {
    name: "journal",
    file: "r.feather.partial",
    prepare: alone,
    read: |path| {
        let bytes = fs::read(path).expect("the file");
        fs::write(path, with_checksums(&bytes)).expect("room");
        let folder = path.parent().expect("a folder");
        let _ = Table::open(path).map(|_| ());
        let plan = plan(6, Method::PerPrompt);
        let target = Target {
            resume: true,
            ..target(folder)
        };
        let opened = Output::open(target, configuration(&plan), &plan, &mut |_| {});
        if let Ok(Some(mut output)) = opened {
            for fact in (0..6).filter(|&fact| !output.has(fact)).collect::<Vec<_>>() {
                output.put(&plan, &finished(&plan, fact)).expect("room");
            }
            let _ = output.finish(&plan.facts);
        }
        for name in ["r.feather", "t.jsonl"] {
            let _ = fs::remove_file(folder.join(name));
        }
    },
    seeds: |folder| {
        let made = tempfile::tempdir().expect("a folder");
        drop(run(made.path(), Method::PerPrompt, [4, 0, 2, 1]));
        copy(&made.path().join("r.feather.partial"), folder, "four");
        drop(run(made.path(), Method::PerPrompt, []));
    },
};

fn read(path: &Path) {
    let paths = [path.to_owned()];
    if let Ok(table) = Table::open(path) {
        let _ = (table.configuration(), table.sweep());
        for record in table {
            let _ = record.map(|record| record.into_row());
        }
    }
    let _ = read_rows(path);
    let _ = read_confidences(path);
    let _ = read_cells(path, &[]);
    let _ = read_sweep(path, &mut |_, _| Ok(()));
    let _ = rescore(path, None, false);
    let _ = merge(&paths, &path.with_extension("merged.feather"), true);
    if let Ok(report) = Report::read(&paths) {
        for run in &report.runs {
            let _ = (
                run.name(),
                run.missing(),
                run.summary.calibration(),
                run.summary.wrong(),
            );
        }
    }
}

fn target(folder: &Path) -> Target {
    Target {
        out: Some(folder.join("r.feather")),
        trace: Some(folder.join("t.jsonl")),
        ..Target::default()
    }
}

/// A run of six facts in which these are finished.
fn run(folder: &Path, method: Method, facts: impl IntoIterator<Item = usize>) -> Output {
    let plan = plan(6, method);
    let target = Target {
        overwrite: true,
        ..target(folder)
    };
    let opened = Output::open(target, configuration(&plan), &plan, &mut |_| {});
    let mut output = opened.expect("room").expect("it is not complete");
    for fact in facts {
        output.put(&plan, &finished(&plan, fact)).expect("room");
    }
    output
}

/// A sweep of two cells.
fn sweep(folder: &Path) {
    let plans = [Method::Avg, Method::PerPrompt].map(|method| plan(2, method));
    let cell = |plan: &lamascope::evaluate::Plan| SweepCell {
        options: format!("--method {}", plan.method),
        way: String::new(),
        facts: plan.facts.len(),
        sha256: fingerprint(plan),
    };
    let head = SweepConfiguration {
        version: "0".to_owned(),
        cells: plans.iter().map(cell).collect(),
        shard: None,
        runs: Default::default(),
    };
    let target = Target {
        trace: None,
        ..target(folder)
    };
    let opened = SweepOutput::open(target, head, &plans, &mut |_, _| {});
    let mut output = opened.expect("room").expect("it is not complete");
    for (cell, plan) in plans.iter().enumerate() {
        output.begin(cell, &configuration(plan)).expect("room");
        for fact in 0..2 {
            output.put(cell, &finished(plan, fact)).expect("room");
        }
    }
    output
        .finish(&plans, &[Vec::new(), Vec::new()])
        .expect("room");
}

/// A journal whose lines say of themselves that they are whole.
fn with_checksums(journal: &[u8]) -> Vec<u8> {
    const CHECKSUM: usize = 16;
    let mut out = Vec::with_capacity(journal.len());
    for (number, line) in journal.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let text = line.strip_suffix(b"\n").unwrap_or(line).get(CHECKSUM + 1..);
        let (Some(text), true) = (text, number > 0) else {
            out.extend_from_slice(line);
            continue;
        };
        let digest = Sha256::digest(text);
        let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
        out.extend_from_slice(&hex.as_bytes()[..CHECKSUM]);
        out.extend_from_slice(&line[CHECKSUM..]);
    }
    out
}

fn copy(from: &PathBuf, folder: &Path, name: &str) {
    fs::copy(from, folder.join(name)).expect("room for a seed");
}
