//! The house: imports between the rooms of `src` go down only, and the lower floors know no terminal.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the ground up, as `src/lib.rs` draws them. A room may import rooms before it, never after.
const ROOMS: [&str; 19] = [
    "named", "numbers", "text", "canvas", "hub", "data", "sets", "score", "prompt", "layout",
    "model", "engine", "inspect", "evaluate", "results", "figure", "bench", "tui", "cli",
];

/// Crates that belong to the faces: `bench`, `tui` and `cli`.
const FACES: [&str; 6] = [
    "clap",
    "indicatif",
    "ratatui",
    "crossterm",
    "tui_input",
    "nucleo_matcher",
];

#[test]
fn every_room_has_its_floor() {
    let there: BTreeSet<String> = fs::read_dir(src())
        .expect("src lies beside the tests")
        .filter_map(|entry| {
            let name = entry.ok()?.file_name().into_string().ok()?;
            let name = name.trim_end_matches(".rs").to_owned();
            (name != "lib" && name != "main").then_some(name)
        })
        .collect();
    let unknown: Vec<_> = there.iter().filter(|room| floor(room).is_none()).collect();
    assert!(
        unknown.is_empty(),
        "rooms without a floor in ROOMS: {unknown:?}"
    );
}

#[test]
fn imports_go_down_only() {
    let mut wrong = Vec::new();
    for (room, file, code) in sources() {
        for target in imports(&code) {
            if target != room && floor(&target) > floor(&room) {
                wrong.push(format!("{} imports crate::{target}", file.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "imports that go up:\n{}",
        wrong.join("\n")
    );
}

#[test]
fn lower_floors_know_no_terminal() {
    let mut wrong = Vec::new();
    for (room, file, code) in sources() {
        if floor(&room) >= floor("bench") {
            continue;
        }
        for face in FACES {
            if code.contains(&format!("{face}::")) {
                wrong.push(format!("{} uses {face}", file.display()));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "the faces' crates below them:\n{}",
        wrong.join("\n")
    );
}

/// Whoever asks the wall clock must bear that it jumps: it names and dates kept runs, and nothing else. How long something
/// takes is asked of the clock that goes forward.
#[test]
fn the_wall_clock_dates_kept_runs_alone() {
    let asks = sources()
        .into_iter()
        .filter(|(_, _, code)| code.contains("SystemTime"));
    let files: Vec<PathBuf> = asks.map(|(_, file, _)| file).collect();
    assert!(
        files
            .iter()
            .all(|file| file.ends_with("tui/archive/thread.rs"))
            && files.len() == 1,
        "{files:?}"
    );
}

/// Every test that the table of faults names is there.
#[test]
fn faults_have_tests() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let table = fs::read_to_string(tests.join("README.md")).expect("the table of faults");
    let mut named = 0;
    for link in table.split("](").skip(1) {
        let (file, behind) = link.split_once(')').expect("a link ends");
        let code = fs::read_to_string(tests.join(file)).unwrap_or_default();
        let words = behind.split(['|', '[']).next().unwrap_or_default();
        for test in words.split('`').skip(1).step_by(2) {
            named += 1;
            assert!(
                code.contains(&format!("fn {test}()")),
                "{file} has no test {test}"
            );
        }
    }
    assert!(named > 40, "the table names {named} tests");
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn floor(room: &str) -> Option<usize> {
    ROOMS.iter().position(|known| *known == room)
}

/// Every file's room, path and code, without comments and without what is compiled for tests only.
fn sources() -> Vec<(String, PathBuf, String)> {
    let mut files = Vec::new();
    collect(&src(), &mut files);
    assert!(files.len() > 100, "only {} files found", files.len());
    let room_of = |file: &Path| {
        let inside = file.strip_prefix(src()).ok()?;
        let first = inside.components().next()?.as_os_str().to_str()?;
        Some(first.trim_end_matches(".rs").to_owned())
    };
    files
        .into_iter()
        .filter(|file| !file.ends_with("tests.rs"))
        .filter_map(|file| Some((room_of(&file)?, file)))
        .filter(|(room, _)| room != "lib" && room != "main")
        .map(|(room, file)| {
            let code = fs::read_to_string(&file).expect("sources are readable");
            let code = code.split("#[cfg(test)]\nmod ").next().unwrap_or_default();
            let lines = code
                .lines()
                .map(|line| line.split("//").next().unwrap_or_default());
            let code = lines.collect::<Vec<_>>().join("\n");
            (room, file, code)
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder)
        .expect("folders of src are readable")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
}

/// The rooms that a file names: `crate::room::…` and `crate::{room::…, …}`.
fn imports(code: &str) -> BTreeSet<String> {
    let mut rooms = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => rooms.insert(word(rest)),
            Some(list) => {
                // Only names at the first level of the braces are rooms.
                let mut depth = 0;
                let mut start = true;
                for (at, sign) in list.char_indices() {
                    match sign {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => start = true,
                        _ if start && !sign.is_whitespace() => {
                            rooms.insert(word(&list[at..]));
                            start = false;
                        }
                        _ => {}
                    }
                }
                true
            }
        };
    }
    rooms.retain(|room| floor(room).is_some());
    rooms
}

fn word(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
        .collect()
}

#[test]
fn imports_are_found_in_every_form() {
    let code = "use crate::data::Fact;\nuse crate::{layout::{Layout, Row}, model, engine::Cancel};\ncrate::score::x();";
    let wanted = ["data", "engine", "layout", "model", "score"].map(str::to_owned);
    assert_eq!(imports(code), BTreeSet::from(wanted));
}
