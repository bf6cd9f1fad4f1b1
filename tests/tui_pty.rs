//! The real program in a pseudo terminal: start, filter, toggle, presets, runs, sizes, signals, ways out.
//!
//! Nothing here sleeps for a fixed time: every step waits for what it wants to see, for as long as a slow machine takes.
#![cfg(unix)]

use std::io::{Read, Write};
use std::num::NonZero;
use std::path::PathBuf;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use lamascope::data::{Source, Style};
use lamascope::engine::{Device, Dtype, EngineSettings, Method, Path};
use lamascope::layout::Preset;
use lamascope::model::ModelRef;
use lamascope::results::Report;
use lamascope::score::Extract;
use lamascope::tui;
use lamascope::tui::app::ShotsFrom;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// As long as the slowest machine may need for any one step.
const PATIENCE: Duration = Duration::from_secs(90);

struct Screen {
    parser: vt100::Parser,
    /// Everything that the program wrote.
    raw: Vec<u8>,
    closed: bool,
}

struct Program {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    screen: Arc<(Mutex<Screen>, Condvar)>,
    home: Arc<tempfile::TempDir>,
}

fn cell(n: u16) -> NonZero<u16> {
    NonZero::new(n).expect("a terminal has a size")
}

impl Program {
    fn start(columns: u16, rows: u16) -> Program {
        Program::start_with(columns, rows, &[], "")
    }

    fn start_with(columns: u16, rows: u16, variables: &[(&str, &str)], config: &str) -> Program {
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_lamascope"));
        command.env_remove("NO_COLOR");
        for (name, value) in variables {
            command.env(name, value);
        }
        Program::spawn(columns, rows, command, config)
    }

    fn spawn(columns: u16, rows: u16, command: CommandBuilder, config: &str) -> Program {
        let home = tempfile::tempdir().expect("a temporary folder");
        let folder = home.path().join("lamascope");
        std::fs::create_dir(&folder).expect("a folder");
        std::fs::write(folder.join("config.toml"), config).expect("a file");
        Program::spawn_at(Arc::new(home), columns, rows, command)
    }

    /// At home where another one was before.
    fn spawn_at(
        home: Arc<tempfile::TempDir>,
        columns: u16,
        rows: u16,
        mut command: CommandBuilder,
    ) -> Program {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system()
            .openpty(size)
            .expect("a pseudo terminal");
        command.cwd(home.path());
        command.env("XDG_CONFIG_HOME", home.path());
        command.env("XDG_STATE_HOME", home.path().join("state"));
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env_remove("COLORTERM");
        let child = pair
            .slave
            .spawn_command(command)
            .expect("the program starts");
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader().expect("a reader");
        let parser = vt100::Parser::new(cell(rows), cell(columns), 0);
        let screen = Arc::new((
            Mutex::new(Screen {
                parser,
                raw: Vec::new(),
                closed: false,
            }),
            Condvar::new(),
        ));
        let shared = screen.clone();
        std::thread::spawn(move || {
            let mut buffer = [0; 65_536];
            loop {
                let read = output.read(&mut buffer).unwrap_or(0);
                let (screen, changed) = &*shared;
                let mut screen = screen
                    .lock()
                    .unwrap_or_else(std::sync::PoisonError::into_inner);
                screen.parser.process(&buffer[..read]);
                screen.raw.extend_from_slice(&buffer[..read]);
                screen.closed = read == 0;
                changed.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        let keys = pair.master.take_writer().expect("a writer");
        Program {
            child,
            master: pair.master,
            keys,
            screen,
            home,
        }
    }

    fn send(&mut self, keys: &str) {
        self.keys
            .write_all(keys.as_bytes())
            .expect("the program reads");
        self.keys.flush().expect("the program reads");
    }

    /// Waits until the screen fulfils a wish; shows the screen where it never does.
    fn until(&self, wish: &str, fulfilled: impl Fn(&Screen) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        let (screen, changed) = &*self.screen;
        let mut screen = screen.lock().unwrap();
        loop {
            if fulfilled(&screen) {
                return screen.parser.screen().contents();
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || screen.closed {
                panic!(
                    "never saw {wish}; on screen:\n{}",
                    screen.parser.screen().contents()
                );
            }
            screen = changed.wait_timeout(screen, left).unwrap().0;
        }
    }

    /// Waits for the model, and goes to the relation P36.
    fn is_ready_for_p36(&mut self) {
        self.see(READY);
        self.until("a ready model", |screen| {
            screen.parser.screen().contents().contains("f32")
        });
        self.send("/p36");
        self.see("/p36_");
        self.send("\r");
        self.see("P36 capital");
    }

    fn see(&self, text: &str) -> String {
        self.until(text, |screen| {
            screen.parser.screen().contents().contains(text)
        })
    }

    fn resize(&mut self, columns: u16, rows: u16) {
        let size = PtySize {
            rows,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        self.screen
            .0
            .lock()
            .unwrap()
            .parser
            .screen_mut()
            .set_size(cell(rows), cell(columns));
        self.master.resize(size).expect("a new size");
    }

    fn signal(&self, name: &str) {
        let pid = self
            .child
            .process_id()
            .expect("a running program")
            .to_string();
        let sent = std::process::Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status();
        assert!(sent.is_ok_and(|status| status.success()));
    }

    /// Waits until the system says that the program is stopped; before that nothing could let it go on.
    fn is_stopped(&self) {
        let pid = self
            .child
            .process_id()
            .expect("a running program")
            .to_string();
        let deadline = Instant::now() + PATIENCE;
        loop {
            let state = std::process::Command::new("ps")
                .args(["-o", "stat=", "-p", &pid])
                .output()
                .expect("ps runs");
            if state.stdout.trim_ascii_start().starts_with(b"T") {
                return;
            }
            assert!(Instant::now() < deadline, "the program does not stop");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether the terminal waits for whole lines and echoes them, as a shell's does.
    fn is_cooked(&self) -> bool {
        let flags = self.master.get_termios().expect("a terminal").local_flags;
        let flags = format!("{flags:?}");
        flags.contains("ICANON") && flags.contains("ECHO")
    }

    /// Waits for the end; returns the exit code and whether the terminal was given back.
    fn end(&mut self) -> (u32, bool) {
        let deadline = Instant::now() + PATIENCE;
        let (screen, changed) = &*self.screen;
        let mut screen = screen.lock().unwrap();
        while !screen.closed && Instant::now() < deadline {
            screen = changed
                .wait_timeout(screen, Duration::from_secs(1))
                .unwrap()
                .0;
        }
        assert!(
            screen.closed,
            "the program does not end; on screen:\n{}",
            screen.parser.screen().contents()
        );
        let restored = !screen.parser.screen().alternate_screen()
            && !screen.parser.screen().hide_cursor()
            && screen.parser.screen().mouse_protocol_mode() == vt100::MouseProtocolMode::None
            && self.is_cooked();
        let status = self.child.wait().expect("an exit status");
        if !status.success() {
            // Shown where the test fails.
            println!("{status}: {}", screen.parser.screen().contents());
        }
        (status.exit_code(), restored)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // Ours, and over in any case.
        let _ = self.child.kill();
    }
}

const READY: &str = "first answer token reads";

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
    program.see(READY);
    program.until("a ready model", |screen| {
        screen.parser.screen().contents().contains("f32")
    });
    program.send("r");
    program.until("a finished fact", |screen| {
        let text = screen.parser.screen().contents();
        text.contains("done") && text.contains("→")
    });
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

/// The answer's attention on the mask, by the engine that gave the answer: layer, head, and back.
#[test]
fn an_answer_is_looked_into() {
    let mut program = Program::start(140, 42);
    program.see(READY);
    program.until("a ready model", |screen| {
        screen.parser.screen().contents().contains("f32")
    });
    program.send("r");
    program.until("a finished fact", |screen| {
        let text = screen.parser.screen().contents();
        text.contains("done") && text.contains("→")
    });
    program.send("4a");
    program.see("mean of 6 layers, mean of 4 heads");
    program.see(" read ");
    program.send(".");
    program.see("layer 1 of 6, mean of 4 heads");
    program.send(",,;");
    program.see("layer 6 of 6, head 1 of 4");
    program.send(",");
    program.see("layer 5 of 6, head 1 of 4");
    program.see("Attention ");
    program.send("a");
    program.see("fused: first answer token reads");
    program.send("q");
    assert_eq!(program.end(), (0, true));
}

/// The views of an answer, one after the other, and one of them as a picture, a table, and not over another file.
#[test]
fn views_are_stepped_and_saved() {
    let mut program = Program::start(140, 42);
    program.see(READY);
    program.until("a ready model", |screen| {
        screen.parser.screen().contents().contains("f32")
    });
    program.send("r");
    program.until("a finished fact", |screen| {
        let text = screen.parser.screen().contents();
        text.contains("done") && text.contains("→")
    });
    program.send("4Zd");
    program.see("What each token of the answer read: mean of 6 layers");
    program.send("d");
    program.see("rank best");
    program.send("d");
    program.see("entropy in nats");
    program.send("d");
    program.see("left out");
    program.send("\x05");
    program.see("Save what is shown as");
    program.send("\x15a.svg\r");
    program.see("/a.svg");
    program.send("\x05\x15a.csv\r");
    program.see("/a.csv");
    program.send("\x05\x15a.csv\r");
    program.see("a.csv exists already: enter again overwrites it");
    // On its own: together with the next key it would be another one.
    program.send("\x1b");
    program.until("no dialog", |screen| {
        !screen
            .parser
            .screen()
            .contents()
            .contains("Save what is shown as")
    });
    program.send("d");
    program.see("view 6 of 6");
    let written = |name: &str| std::fs::read_to_string(program.home.path().join(name));
    let svg = written("a.svg").expect("a picture");
    assert!(svg.starts_with("<svg") && svg.contains("Shapley"), "{svg}");
    let csv = written("a.csv").expect("a table");
    assert!(csv.starts_with("part,question,left_out"), "{csv}");
    program.send("q");
    assert_eq!(program.end(), (0, true));
}

/// Pictures are written where they are asked for, one for each change, and taken away before a dialog.
#[test]
fn pictures_are_written_where_the_terminal_has_them() {
    let variables = [("LAMASCOPE_GRAPHICS", "kitty")];
    let mut program = Program::start_with(140, 42, &variables, "colours = \"true\"\n");
    program.see(READY);
    let seen = |screen: &Screen, what: &str| {
        let text = String::from_utf8_lossy(&screen.raw).into_owned();
        text.matches(what).count()
    };
    // A PNG begins with these letters.
    let picture = ";iVBORw0KGgo";
    program.until("a picture", |screen| seen(screen, picture) > 0);
    let before = seen(&program.screen.0.lock().expect("a screen"), picture);
    program.send("4Z");
    program.until("a larger picture", |screen| seen(screen, picture) > before);
    program.send("?");
    program.until("no picture", |screen| seen(screen, "a=d,d=I,i=7351") > 0);
    let before = seen(&program.screen.0.lock().expect("a screen"), picture);
    program.send("\x1b");
    program.until("a picture again", |screen| seen(screen, picture) > before);
    program.send("q");
    assert_eq!(program.end(), (0, true));
}

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
    program.send("\x1bq");
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
    program.see(READY);
    program.until("a ready model", |screen| {
        screen.parser.screen().contents().contains("f32")
    });
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
    program.see(READY);
    program.until("a ready model", |screen| {
        screen.parser.screen().contents().contains("f32")
    });
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

#[test]
fn a_storm_of_sizes_and_tiny_screens() {
    let mut program = Program::start(80, 24);
    program.see("lamascope");
    for step in 0..60u16 {
        program.resize(20 + (step * 37) % 180, 6 + (step * 13) % 50);
    }
    program.resize(20, 6);
    program.send("1");
    program.send("?");
    program.see("Help");
    program.send("\x1b");
    program.see("Relations");
    program.resize(140, 42);
    program.see(READY);
    program.send("q");
    assert_eq!(program.end(), (0, true));
}

/// A change of size and a key that come together are both heard.
#[test]
fn no_key_is_lost_between_sizes() {
    let mut program = Program::start(80, 24);
    program.see(READY);
    for step in 0..200u16 {
        program.resize(70 + step % 20, 20 + step % 7);
        program.send("?");
        program.see("Help");
        program.resize(70 + step % 17, 20 + step % 5);
        program.send("x");
        program.until("the help is gone", |screen| {
            !screen.parser.screen().contents().contains("Help")
        });
    }
    program.send("q");
    assert_eq!(program.end(), (0, true));
}

/// Names a file: as soon as it is there, a thread of the explorer panics.
const PANIC: &str = "LAMASCOPE_TEST_PANIC";

#[test]
#[ignore = "the next test starts it in a terminal"]
fn explorer_with_a_thread_that_panics() {
    let Some(sign) = std::env::var_os(PANIC).map(PathBuf::from) else {
        return;
    };
    std::thread::spawn(move || {
        while !sign.exists() {
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("the roof came down");
    });
    let options = tui::Options {
        data: Source::Embedded,
        style: Style::MyriadLama,
        engine: EngineSettings {
            model: ModelRef::Embedded,
            device: Device::Cpu,
            dtype: Dtype::Auto,
            batch: None,
            path: Path::Cached,
        },
        relation: None,
        manual: None,
        auto: 1,
        templates: None,
        shots: ShotsFrom::Drawn { count: 5, seed: 42 },
        chat: Default::default(),
        method: Method::Flex,
        layout: Preset::Fused.options(),
        max_new_tokens: None,
        extract: Extract::Line,
        given: Default::default(),
        fresh: false,
        engine_words: Vec::new(),
        sweep: |path, _| Err(format!("{}: not here", path.display())),
    };
    if let Err(error) = tui::run(options) {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

#[test]
fn a_panic_in_any_thread_gives_the_terminal_back() {
    let signs = tempfile::tempdir().unwrap();
    let sign = signs.path().join("panic");
    let mut command = CommandBuilder::new(std::env::current_exe().unwrap());
    command.args(["explorer_with_a_thread_that_panics", "--exact"]);
    command.args(["--ignored", "--nocapture"]);
    command.env(PANIC, &sign);
    let mut program = Program::spawn(100, 30, command, "");
    program.until("the explorer", |screen| {
        let screen = screen.parser.screen();
        screen.alternate_screen() && screen.hide_cursor() && screen.contents().contains(READY)
    });
    assert!(!program.is_cooked());
    std::fs::write(&sign, "").unwrap();
    assert_eq!(program.end(), (1, true));
    let shown = program.screen.0.lock().unwrap();
    let shown = shown.parser.screen().contents();
    assert!(shown.contains("the roof came down"), "{shown}");
}

#[test]
fn signals_give_the_terminal_back() {
    for name in ["TERM", "HUP"] {
        let mut program = Program::start(100, 30);
        program.see("lamascope");
        program.signal(name);
        assert_eq!(program.end(), (0, true), "SIG{name}");
    }
}

#[test]
fn suspend_gives_the_terminal_back_and_resume_takes_it_again() {
    let mut program = Program::start(100, 30);
    program.see("lamascope");
    program.send("\x1a");
    program.until("the ordinary screen", |screen| {
        !screen.parser.screen().alternate_screen()
    });
    program.is_stopped();
    program.signal("CONT");
    program.until("the explorer again", |screen| {
        screen.parser.screen().alternate_screen()
    });
    program.see("lamascope");
    program.send("q");
    assert_eq!(program.end(), (0, true));
}

#[test]
fn no_color_writes_no_colour() {
    let mut program = Program::start_with(100, 30, &[("NO_COLOR", "1")], "");
    program.see(READY);
    program.send("q");
    program.end();
    let screen = program.screen.0.lock().unwrap();
    let text = String::from_utf8_lossy(&screen.raw);
    for sequence in text.split("\x1b[").skip(1) {
        let Some((codes, _)) = sequence.split_once('m') else {
            continue;
        };
        if !codes
            .chars()
            .all(|c| c.is_ascii_digit() || c == ';' || c == ':')
        {
            continue;
        }
        let codes: Vec<u8> = codes
            .split([';', ':'])
            .filter_map(|code| code.parse().ok())
            .collect();
        assert!(
            !codes
                .iter()
                .any(|code| matches!(code, 30..=38 | 40..=48 | 90..=97 | 100..=107)),
            "{codes:?}"
        );
    }
}

#[test]
fn an_idle_program_writes_nothing() {
    let program = Program::start(100, 30);
    program.until("a ready model", |screen| {
        screen.parser.screen().contents().contains("f32")
    });
    let written = || program.screen.0.lock().unwrap().raw.len();
    // Quiet must come, and then stay for two seconds.
    let deadline = Instant::now() + PATIENCE;
    let mut quiet_since = (Instant::now(), written());
    while quiet_since.0.elapsed() < Duration::from_secs(2) {
        assert!(Instant::now() < deadline, "the program never comes to rest");
        std::thread::sleep(Duration::from_millis(50));
        if written() != quiet_since.1 {
            quiet_since = (Instant::now(), written());
        }
    }
}

#[test]
fn a_wrong_configuration_names_file_and_line() {
    let mut program = Program::start_with(100, 30, &[], "theme = \"dark\"\n[keys]\nquit = \"z\"\n");
    let (code, _) = program.end();
    let text = String::from_utf8_lossy(&program.screen.0.lock().unwrap().raw).into_owned();
    assert!(
        code != 0 && text.contains("config.toml:3: key `z` is given to both"),
        "{text}"
    );
}

/// Found by the palette, asked in words of one's own, kept in a set: on the command line it is the same template.
#[test]
fn an_own_wording_goes_from_the_screen_to_the_command_line() {
    let mut program = Program::start(140, 42);
    program.see(READY);
    program.until("a ready model", |screen| {
        screen.parser.screen().contents().contains("f32")
    });
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

/// Why the answer and not another one: on the embedded model, from the mask.
#[test]
fn another_answer_is_held_against_the_one_on_screen() {
    let mut program = Program::start(140, 42);
    program.is_ready_for_p36();
    program.send("r");
    program.until("a finished fact", |screen| {
        let text = screen.parser.screen().contents();
        text.contains("done") && text.contains("→")
    });
    program.send("4Zn");
    program.see("Why not (another answer)");
    program.send("\x15Lyon\r");
    let shown = program.see("after layer 1");
    for part in [
        "and not \"Lyon\"",
        "all questions",
        "m1 left out",
        "Shapley",
    ] {
        assert!(shown.contains(part), "{shown}");
    }
    program.send("q");
    assert_eq!(program.end(), (0, true));
}
