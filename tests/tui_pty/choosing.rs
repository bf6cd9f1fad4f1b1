//! Which three templates, and is it real?

use std::time::{Duration, Instant};

use portable_pty::CommandBuilder;

use crate::program::*;

/// "Which three templates of P36 should I use, and is it real?": one command says so, and the line that it ends with runs.
#[test]
fn three_templates_are_chosen_and_used() {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lamascope"));
    command.args(["templates", "--relation", "P36", "--best", "3"]);
    let mut program = Program::spawn(140, 60, command, "");
    program.until("the search going on", |screen| {
        String::from_utf8_lossy(&screen.raw).contains(" sets tried")
    });
    let shown = program.see("lamascope run --relation P36 --templates ");
    for part in ["optimism", "random sets do as well", "same prediction"] {
        assert!(shown.contains(part), "{shown}");
    }
    assert_eq!(program.end(), (0, true));
    let (_, line) = shown.split_once("lamascope run ").expect("a command");
    let line = line.lines().next().unwrap_or_default().trim_end();
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_lamascope"))
        .env("XDG_CONFIG_HOME", program.home.path())
        .arg("run")
        .args(line.split(' '))
        .arg("--json")
        .output()
        .expect("the program runs");
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success(), "{line}: {said}");
}

/// The same question in the explorer: answers are made, the set is judged on facts that did not choose it, and taken over.
#[test]
fn three_templates_are_chosen_on_screen() {
    let mut program = Program::start(140, 42);
    let began = Instant::now();
    program.is_ready_for_p36();
    program.send("A");
    program.see("asks every template");
    program.send("a");
    let shown = program.see("random sets do as well");
    let took = began.elapsed();
    for part in [
        "Template lab: P36",
        "best 3: ",
        "optimism",
        "unseen",
        "gain",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
    assert!(took < Duration::from_secs(60), "{took:?}");
    let (_, set) = shown.split_once("best 3: ").expect("a set");
    let set = set.split_whitespace().next().unwrap_or_default().to_owned();
    program.send("\t");
    program.see("order: cluster");
    program.send("\r");
    program.see(&format!("P36: {set} chosen"));
    program.send("u");
    program.see("undone");
    program.send("q");
    assert_eq!(program.end(), (0, true));
}
