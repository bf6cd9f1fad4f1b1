//! Models from the hub, through its cache.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;

use crate::support::*;

/// What a separate process does with `TEST_MODEL`, because the hub is told where to look by the environment.
#[test]
#[ignore = "started by the tests below"]
fn child() {
    let model = std::env::var("TEST_MODEL").unwrap().parse().unwrap();
    let line = match read_all(&model) {
        Ok((_, _, weights)) => format!("ok: {}", weights.has("model.layers.0.mlp.up_proj.weight")),
        Err(error) => format!("error: {error}"),
    };
    println!("\n{line}");
}

/// Opens `owner/name` from a hub cache that holds the files of `folder`, without the network.
fn offline(folder: &Path) -> String {
    let home = TempDir::new().unwrap();
    let repository = home.path().join("hub/models--owner--name");
    let commit = "0123456789abcdef0123456789abcdef01234567";
    let snapshot = repository.join("snapshots").join(commit);
    fs::create_dir_all(repository.join("refs")).unwrap();
    fs::create_dir_all(&snapshot).unwrap();
    fs::write(repository.join("refs/main"), commit).unwrap();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        fs::copy(entry.path(), snapshot.join(entry.file_name())).unwrap();
    }
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["hub::child", "--exact", "--ignored", "--nocapture"])
        .env("TEST_MODEL", "owner/name")
        .env("HF_HOME", home.path())
        .env("XDG_CACHE_HOME", home.path().join("cache"))
        .env("HF_HUB_OFFLINE", "1")
        .env_remove("HF_HUB_CACHE")
        .env_remove("HUGGINGFACE_HUB_CACHE")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut lines = text.lines();
    let line = lines.find(|line| line.starts_with("ok: ") || line.starts_with("error: "));
    line.unwrap_or_else(|| panic!("{output:?}")).to_owned()
}

#[test]
fn a_cached_repository_opens_without_the_network() {
    for folder in [folder(), sharded()] {
        assert_eq!(offline(folder.path()), "ok: true");
        fs::remove_file(folder.path().join("generation_config.json")).unwrap();
        assert_eq!(offline(folder.path()), "ok: true");
    }
    let absent = |folder: &TempDir, file: &str| {
        fs::remove_file(folder.path().join(file)).unwrap();
        offline(folder.path())
    };
    let shard = "model-00002-of-00002.safetensors";
    for (line, file) in [
        (absent(&sharded(), shard), shard),
        (absent(&folder(), "model.safetensors"), "model.safetensors"),
        (absent(&folder(), "tokenizer.json"), "tokenizer.json"),
    ] {
        let says =
            format!("error: owner/name: {file} is not in the cache and HF_HUB_OFFLINE is set");
        assert!(line.starts_with(&says), "{line}");
    }
}

#[test]
fn a_repository_with_an_adapter_is_refused() {
    let folder = folder();
    fs::write(folder.path().join("adapter_config.json"), "{}").unwrap();
    let line = offline(folder.path());
    assert!(
        line.contains("adapter_config.json: an adapter beside the model"),
        "{line}"
    );
}

#[test]
fn a_repository_that_cannot_be_run_is_refused_before_its_weights_are_fetched() {
    let folder = folder();
    fs::remove_file(folder.path().join("model.safetensors")).unwrap();
    let other = json!({"architectures": ["GemmaForCausalLM"]});
    fs::write(folder.path().join("config.json"), other.to_string()).unwrap();
    let line = offline(folder.path());
    assert!(
        line.contains("architecture `GemmaForCausalLM` is not supported"),
        "{line}"
    );
}
