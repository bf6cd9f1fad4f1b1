//! Help, version, completions and manual.

use std::path::Path;

use lamascope::tui::config::Config;
use lamascope::tui::keymap::Action;

use crate::support::{folder, lamascope, stdout};

#[test]
fn help_names_every_command_and_option() {
    let home = folder();
    for (command, snapshot) in [
        (None, "lamascope"),
        (Some("run"), "run"),
        (Some("compare"), "compare"),
        (Some("sweep"), "sweep"),
        (Some("templates"), "templates"),
        (Some("tune"), "tune"),
        (Some("paraphrase"), "paraphrase"),
        (Some("mask"), "mask"),
        (Some("inspect"), "inspect"),
        (Some("data"), "data"),
        (Some("report"), "report"),
        (Some("figure"), "figure"),
        (Some("score"), "score"),
        (Some("merge"), "merge"),
    ] {
        let text = stdout(lamascope(home.path()).args(command).arg("-h"));
        insta::assert_snapshot!(snapshot, text);
    }
}

/// What the explorer reads from the user's folder is said where one looks for it.
#[test]
fn help_and_manual_name_the_explorers_files() {
    let home = folder();
    let whole = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for args in [["--help"].as_slice(), &["help"], &["man"]] {
        let text = stdout(lamascope(home.path()).args(args));
        // The manual's source writes hyphens as \-.
        let text = whole(&text.replace("\\-", "-"));
        for part in [
            "$XDG_CONFIG_HOME/lamascope/config.toml",
            "$XDG_CONFIG_HOME/lamascope/sets/NAME.toml",
            "theme =",
            "colours =",
            "symbols =",
            "mouse =",
            "[keys]",
            "save-results",
            "next-key-segment",
        ] {
            assert!(text.contains(part), "{args:?}: {text} lacks {part}");
        }
    }
}

/// The lines that the help shows are lines that the program takes.
#[test]
fn the_configuration_in_the_help_can_be_read() {
    let home = folder();
    let help = stdout(lamascope(home.path()).arg("--help"));
    let (_, rest) = help.split_once("any of these lines:\n").expect("the lines");
    let (lines, _) = rest.split_once("\n\n").expect("an end");
    let config = Config::parse(Path::new("config.toml"), lines).expect("a configuration");
    assert_eq!(config.keymap.key(Action::Command), "ctrl-y");
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
