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
