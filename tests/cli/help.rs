//! Help, version, completions and manual.

use crate::support::{folder, lamascope, stdout};

#[test]
fn help_names_every_command_and_option() {
    let home = folder();
    for (command, snapshot) in [
        (None, "lamascope"),
        (Some("run"), "run"),
        (Some("compare"), "compare"),
        (Some("mask"), "mask"),
        (Some("data"), "data"),
        (Some("report"), "report"),
        (Some("score"), "score"),
        (Some("merge"), "merge"),
    ] {
        let text = stdout(lamascope(home.path()).args(command).arg("-h"));
        insta::assert_snapshot!(snapshot, text);
    }
}

#[test]
fn options_do_not_contradict_each_other() {
    lamascope::cli::command().debug_assert();
}

#[test]
fn version_is_the_package_version() {
    let home = folder();
    let text = stdout(lamascope(home.path()).arg("--version"));
    assert_eq!(text, format!("lamascope {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn shells_get_completions() {
    let home = folder();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stdout(lamascope(home.path()).args(["completions", shell]));
        assert!(
            script.contains("lamascope") && script.contains("num-manual"),
            "{shell}"
        );
    }
}

#[test]
fn the_manual_is_one_page_or_a_folder_of_them() {
    let home = folder();
    let page = stdout(lamascope(home.path()).arg("man"));
    assert!(page.contains(".TH lamascope 1"), "{page}");
    lamascope(home.path())
        .args(["man", "--out", "."])
        .assert()
        .success();
    assert!(home.path().join("lamascope-run.1").exists());
}
