//! `fetch`: what is asked for is there and can be read, or a line says why not.

use std::fs;
use std::path::Path;

use crate::support::*;

/// Puts a model of the fixtures into a cache as the hub's programs lay it out.
fn cache(home: &Path, repository: &str, model: &str) {
    let folder = format!("hub/models--{}", repository.replace('/', "--"));
    let folder = home.join(folder);
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let snapshot = folder.join("snapshots").join(commit);
    fs::create_dir_all(&snapshot).expect("a folder");
    fs::create_dir_all(folder.join("refs")).expect("a folder");
    fs::write(folder.join("refs/main"), commit).expect("a file");
    for file in fs::read_dir(fixture(model)).expect("a model") {
        let file = file.expect("a file");
        fs::copy(file.path(), snapshot.join(file.file_name())).expect("a copy");
    }
}

#[test]
fn a_model_in_the_cache_is_ready_and_the_doctor_knows() {
    let home = folder();
    cache(home.path(), "Qwen/Qwen2.5-3B", "tiny-qwen2");
    cache(home.path(), "Qwen/Qwen3-4B", "tiny-qwen3");
    let said = stdout(lamascope(home.path()).args(["fetch", "qwen2.5_3b", "Qwen/Qwen3-4B"]));
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines[0].starts_with("qwen2.5_3b: ready, "), "{said}");
    assert!(lines[1].starts_with("Qwen/Qwen3-4B: ready, "), "{said}");
    let models = |home: &Path| {
        let findings = json(lamascope(home).args(["doctor", "--json"]));
        let mut findings = findings.as_array().expect("a list").iter();
        findings
            .find(|one| one["about"] == "models")
            .expect("a line")["found"]
            .to_string()
    };
    assert!(models(home.path()).contains("in the cache: qwen2.5_3b, qwen3_4b"));
    // One shard of three is gone.
    let snapshots = home.path().join("hub/models--Qwen--Qwen2.5-3B/snapshots");
    let snapshot = fs::read_dir(snapshots)
        .expect("a folder")
        .next()
        .expect("one")
        .expect("one");
    fs::remove_file(snapshot.path().join("model-00002-of-00003.safetensors")).expect("it is there");
    assert!(models(home.path()).contains("in part: qwen2.5_3b"));
    let output = lamascope(home.path())
        .args(["fetch", "qwen2.5_3b"])
        .output()
        .expect("it runs");
    let error = String::from_utf8(output.stderr).expect("text");
    assert_eq!(output.status.code(), Some(1));
    assert!(
        error.contains("model-00002-of-00003.safetensors is not in the cache"),
        "{error}"
    );
}

#[test]
fn what_cannot_be_fetched_is_refused_before_anything_else_is() {
    let home = folder();
    for (name, says) in [
        ("embedded", "is on this machine already"),
        ("llama", "is no model"),
    ] {
        let output = lamascope(home.path())
            .args(["fetch", "hub", name])
            .output()
            .expect("it runs");
        let error = String::from_utf8(output.stderr).expect("text");
        assert!(
            error.contains(says) && !error.contains("HF_HUB_OFFLINE"),
            "{error}"
        );
        assert_ne!(output.status.code(), Some(0));
    }
    let output = lamascope(home.path())
        .args(["fetch", "hub"])
        .output()
        .expect("it runs");
    let error = String::from_utf8(output.stderr).expect("text");
    assert!(
        error.contains("MyriadLAMA") && error.contains("unset it to download"),
        "{error}"
    );
}
