//! A new user, and one with a wording of their own.

use lamascope::layout::Preset;
use lamascope::results::Report;
use portable_pty::CommandBuilder;

use crate::program::*;

#[test]
fn the_walk_of_a_new_user() {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lamascope"));
    command.env_remove("NO_COLOR");
    command.args(["--templates", "m1,m2,a1"]);
    let mut program = Program::spawn(140, 42, command, "");
    program.see(READY);
    program.send("/p36");
    program.see("/p36_");
    program.send("\r");
    program.see("P36 capital");
    program.see("fused: first answer token reads 3 of 3");
    program.send("p");
    program.see("NOT fused: first answer token reads 1 of 3");
    // The third pane; one template fewer.
    program.send("3 ");
    program.see("reads 1 of 2 questions");
    program.send("u");
    program.see("reads 1 of 3 questions");
    program.send("P");
    // The model may still be loading: ask until it runs.
    program.until("a ready model", |screen| {
        screen.parser.screen().contents().contains("f32")
    });
    program.send("R");
    program.until("a finished run", |screen| {
        screen
            .parser
            .screen()
            .contents()
            .contains("done 38/38 facts")
    });
    program.see("accuracy");
    program.send("s");
    program.see("Save results as");
    program.send("\r");
    let shown = program.see("38 rows saved as /");
    let saved = program.home.path().join("P36-flex-fused-m1-m2-a1.feather");
    let report = Report::read(&[saved]).expect("the program reads what it wrote");
    let run = &report.runs[0];
    let (tally, configuration) = (&run.summary.tally, run.configuration.as_ref().unwrap());
    assert_eq!((tally.facts, tally.total.n), (38, 38));
    let interval = tally.total.interval().unwrap();
    let accuracy = format!(
        "accuracy {:.1} % [{:.1}, {:.1}]",
        100.0 * tally.total.accuracy(),
        100.0 * interval.low,
        100.0 * interval.high
    );
    assert!(shown.contains(&accuracy), "{accuracy}; on screen:\n{shown}");
    assert_eq!(configuration.preset, Some(Preset::Fused));
    assert_eq!(configuration.selection.templates, "m1,m2,a1");
    // The same name again: the box comes back and asks.
    program.send("s");
    program.see("Save results as");
    program.send("\r");
    program.see("P36-flex-fused-m1-m2-a1.feather exists already: enter again");
    program.send("\r");
    program.see("38 rows saved as /");
    // A folder that is not there, in the home folder.
    program.send("s");
    program.see("Save results as");
    program.send("\x15~/no-such-folder/a.feather\r");
    program.see("no-such-folder does not exist");
    let shown = program.see("~/no-such-folder/a.feather");
    assert!(shown.contains("Save results as"), "{shown}");
    program.send("\x1b");
    program.until("no box", |screen| {
        !screen
            .parser
            .screen()
            .contents()
            .contains("Save results as")
    });
    // A set of templates, and another under the same name.
    program.send("Ssbest\r");
    program.see("best  41 relations");
    program.send("sbest\r");
    program.see("enter again replaces best");
    program.send("\r");
    program.see("saved as ");
    program.send("\x1b");
    program.until("no box", |screen| {
        !screen.parser.screen().contents().contains("Template sets")
    });
    // What is copied needs no file beside it.
    program.send("Y");
    program.see("What is on screen, as a command line");
    let folder = program.home.path().join("lamascope");
    let mut files = std::fs::read_dir(folder).expect("a folder").flatten();
    assert!(!files.any(|file| file.file_name().to_string_lossy().starts_with("shots-")));
    program.send("y");
    program.until("a copied command line", |screen| {
        screen.raw.windows(7).any(|window| window == b"\x1b]52;c;")
    });
    program.send("q");
    assert_eq!(program.end(), (0, true));
}

#[test]
fn runs_stream_compare_pause_and_cancel() {
    let mut program = Program::start(140, 42);
    program.is_ready();
    program.answers();
    program.send("c");
    program.see("23/23 settings");
    program.send("E");
    program.see("everything");
    program.send("w");
    program.see("paused");
    program.send("w");
    program.send("X");
    program.until("a cancelled or finished run", |screen| {
        let text = screen.parser.screen().contents();
        text.contains("cancelled") || text.contains("done")
    });
    program.send("\x03");
    assert_eq!(program.end(), (0, true));
}

/// Found by the palette, asked in words of one's own, kept in a set: on the command line it is the same template.
#[test]
fn an_own_wording_goes_from_the_screen_to_the_command_line() {
    let mut program = Program::start(140, 42);
    program.is_ready();
    program.send(":p36\r");
    program.see("P36 capital");
    program.send(":own-wording\r");
    program.see("Own wording for P36 capital");
    program.send("[X] is ruled");
    program.see("missing: [Y] where the answer goes");
    program.send(" from [Y].\r");
    program.see("own 1/1");
    program.send("R");
    program.until("a finished run", |screen| {
        screen
            .parser
            .screen()
            .contents()
            .contains("done 38/38 facts")
    });
    program.send("Ssmine\r");
    program.see("mine  41 relations");
    let out = program.home.path().join("mine.feather");
    let ran = std::process::Command::new(env!("CARGO_BIN_EXE_lamascope"))
        .env("XDG_CONFIG_HOME", program.home.path())
        .args([
            "run",
            "--relation",
            "P36",
            "--set",
            "mine",
            "--max-samples",
            "3",
            "--out",
        ])
        .arg(&out)
        .output()
        .expect("the program runs");
    assert!(
        ran.status.success(),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let report = Report::read(&[out]).expect("the program reads what it wrote");
    let asked = &report.runs[0]
        .configuration
        .as_ref()
        .unwrap()
        .selection
        .asked;
    assert!(asked["P36"].ends_with(",o1"), "{asked:?}");
}
