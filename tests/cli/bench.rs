//! `lamascope bench` says what it does and what its columns mean.

use crate::support::{folder, lamascope};

#[test]
fn bench_says_what_it_measures() {
    let home = folder();
    let output = lamascope(home.path())
        .args(["bench", "--device", "cpu", "--workload", "fused-cross"])
        .args(["--facts", "2", "--repeats", "1", "--max-new-tokens", "2"])
        .assert()
        .success();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (table, progress) = (
        text(&output.get_output().stdout),
        text(&output.get_output().stderr),
    );
    for line in ["fused-cross, warm-up 1 of 1", "fused-cross, run 1 of 1"] {
        assert!(progress.contains(line), "{progress} lacks {line}");
    }
    let header = table
        .lines()
        .find(|line| line.starts_with("workload"))
        .expect("a header");
    for column in [
        "median s",
        "first tok s",
        "cold s",
        "tok/fact",
        "computed",
        "limit s",
        "x",
    ] {
        assert!(header.contains(column), "{header}");
        let explained = |line: &str| {
            let rest = line.strip_prefix(column);
            rest.is_some_and(|rest| rest.starts_with("  "))
        };
        assert!(table.lines().any(explained), "{table} lacks {column}");
    }
}

#[test]
fn no_workload_beats_its_limit() {
    let home = folder();
    for dtype in ["f32", "bf16", "q8_0", "q4k"] {
        let output = lamascope(home.path())
            .args(["bench", "--device", "cpu", "--dtype", dtype, "--json"])
            .args(["--facts", "4", "--repeats", "1", "--max-new-tokens", "3"])
            .assert()
            .success();
        let report: serde_json::Value =
            serde_json::from_slice(&output.get_output().stdout).expect("a report");
        let number = |row: &serde_json::Value, key: &str| row[key].as_f64().expect("a number");
        for row in report["rows"].as_array().expect("rows") {
            let (fastest, limit) = (number(row, "fastest"), number(row, "limit_seconds"));
            assert!(fastest > limit && limit > 0.0, "{dtype}: {row}");
        }
        for key in ["flops_by", "bytes_by"] {
            assert!(report["ceilings"][key].is_string(), "{report}");
        }
    }
}
