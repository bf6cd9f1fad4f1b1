//! Sizes, signals, panics: the terminal is always given back.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use lamascope::data::{Source, Style};
use lamascope::engine::{Device, Dtype, EngineSettings, Method, Path};
use lamascope::layout::Preset;
use lamascope::model::ModelRef;
use lamascope::score::Extract;
use lamascope::tui;
use lamascope::tui::app::ShotsFrom;
use portable_pty::CommandBuilder;

use crate::program::*;

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
    command.args(["leaving::explorer_with_a_thread_that_panics", "--exact"]);
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
