//! Runs and what is left of them.

use lamascope::results::Report;
use portable_pty::CommandBuilder;

use crate::program::*;

/// What was run is there the next day, and the explorer opens where it was left.
#[test]
fn a_run_is_kept_and_opened_again_at_the_next_start() {
    let explorer = |words: &[&str]| {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lamascope"));
        command.env_remove("NO_COLOR");
        command.args(words);
        command
    };
    let ready = |screen: &Screen| screen.parser.screen().contents().contains("f32");
    let given = explorer(&["--relation", "P36", "--templates", "m1,m2,a1"]);
    let mut program = Program::spawn(140, 42, given, "");
    program.see(READY);
    program.until("a ready model", ready);
    program.send("R");
    let shown = program.see("done 38/38 facts");
    let figures = |shown: &str| {
        let line = shown
            .lines()
            .find(|line| line.contains("accuracy "))
            .unwrap();
        let (_, figures) = line.split_once("accuracy ").unwrap();
        figures.split(" %").next().unwrap().to_owned()
    };
    let accuracy = figures(&shown);
    // A look at one fact, and part of everything: nothing asks, nothing is lost.
    program.send("rE");
    program.see("everything · flex fused");
    program.see("facts/s");
    program.send("q");
    assert_eq!(program.end(), (0, true));

    let home = program.home.clone();
    let mut program = Program::spawn_at(home.clone(), 140, 42, explorer(&[]));
    program.see(READY);
    // Relation and templates came back.
    program.see("P36 capital ·");
    program.see("reads 3 of 3 questions");
    program.send("B");
    program.see("Runs that are kept");
    let shown = program.see("38 facts");
    assert!(shown.contains("everything · flex fused"), "{shown}");
    assert!(shown.contains("of 1,5"), "{shown}");
    program.send("\x1b[F\r");
    let shown = program.see("from a file");
    assert_eq!(figures(&shown), accuracy);
    program.send("s");
    program.see("P36-flex-fused-m1-m2-a1.feather");
    program.send("\r");
    program.see("saved as /");
    let saved = home.path().join("P36-flex-fused-m1-m2-a1.feather");
    let report = Report::read(&[saved]).expect("the program reads what it wrote");
    assert_eq!(report.runs[0].summary.tally.facts, 38);
    // The other one goes on with what is missing.
    program.until("a ready model", ready);
    program.send("B");
    program.see("Runs that are kept");
    program.send("\x1b[H\r");
    program.see("cancelled");
    program.send("6n");
    program.see("of this run to go");
    program.send("X");
    program.until("a cancelled or finished run", |screen| {
        let text = screen.parser.screen().contents();
        text.contains("cancelled") || text.contains("done")
    });
    program.send("q");
    assert_eq!(program.end(), (0, true));

    let mut program = Program::spawn_at(home, 140, 42, explorer(&["--fresh"]));
    program.see(READY);
    let shown = program.see("lamascope");
    assert!(!shown.contains("P36 capital ·"), "{shown}");
    program.send("q");
    assert_eq!(program.end(), (0, true));
}

/// The cells of a sweep's file run one after the other, each with its figures as they come, and each is kept.
#[test]
fn a_sweep_runs_with_live_cells() {
    let command = || {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lamascope"));
        command.env_remove("NO_COLOR");
        command.args(["--relation", "P36"]);
        command
    };
    let mut program = Program::spawn(140, 42, command(), "");
    let file = program.home.path().join("capitals.toml");
    let text = "relation = \"P36\"\nmax-samples = 8\ntemplates = [\"m1,m2\", \"m1\"]\nmethod = [\"avg\", \"flex\"]\n";
    std::fs::write(file, text).expect("written");
    program.is_ready_for_p36();
    program.send("Bw");
    program.see("as for lamascope sweep");
    program.send("nowhere.toml\r");
    program.see("nowhere.toml: cannot be read");
    program.send("Bwcapitals.toml\r");
    program.see("capitals.toml · 4 cells");
    let shown = program.see("done 32/32 answers");
    for label in ["m1,m2 avg", "m1,m2 flex", "m1 avg", "m1 flex"] {
        let line = shown.lines().find(|line| line.contains(label));
        let line = line.unwrap_or_else(|| panic!("no {label}:\n{shown}"));
        assert!(line.contains(" % ["), "{line}");
    }
    program.send("B");
    program.see("capitals.toml · m1,m2 flex");
    program.send("\x1b");
    program.until("no list of runs", |screen| {
        !screen
            .parser
            .screen()
            .contents()
            .contains("Runs that are kept")
    });
    program.send("q");
    assert_eq!(program.end(), (0, true));
}

/// Nothing can be kept where the folder cannot be written: one line says so, and the program goes on.
#[test]
fn an_unwritable_state_folder_is_said_once() {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lamascope"));
    command.args(["--relation", "P36", "--templates", "m1"]);
    let mut program = Program::spawn(140, 42, command, "");
    // A file stands where the folder should be made.
    std::fs::write(program.home.path().join("state"), "").expect("a file");
    program.is_ready();
    program.send("R");
    program.see("runs are not kept: ");
    program.send("r");
    program.see("France · flex fused");
    program.send("b");
    program.see("done 38/38 facts");
    program.send("q");
    assert_eq!(program.end(), (0, true));
}

/// Part of an evaluation is saved as what it is, under a name that says what it holds.
#[test]
fn a_cancelled_evaluation_is_saved_as_one() {
    let mut program = Program::start(140, 42);
    program.is_ready();
    program.send("E");
    program.see("facts/s");
    program.send("X");
    program.see("cancelled");
    program.send("s");
    program.see("Save results as");
    program.send("\x15cut.txt\r");
    program.see("cut.txt: results are written as Feather: name it cut.feather");
    program.send("s");
    program.see("Save results as");
    program.send("\x15cut.feather\r");
    program.see("facts missing");
    let saved = program.home.path().join("cut.feather");
    let report = Report::read(&[saved]).expect("the program reads what it wrote");
    let run = &report.runs[0];
    let (missing, all) = run.missing().expect("a part");
    let selection = &run.configuration.as_ref().expect("its own file").selection;
    assert_eq!(run.summary.tally.facts + missing, all);
    assert_eq!((selection.facts, selection.relations.len()), (all, 41));
    program.send("q");
    assert_eq!(program.end(), (0, true));
}
