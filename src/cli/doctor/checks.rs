//! What is looked at, one function each.

use std::env;
use std::fs;
use std::io::IsTerminal;
use std::path::Path;

use ratatui::crossterm::terminal;

use super::{Finding, State};
use crate::engine::{cpu_in_words, cuda_hardware};
use crate::hub::{self, Presence};
use crate::model::{ALIASES, ModelRef, presence};
use crate::numbers::count;
use crate::sets;
use crate::tui::config::Config;
use crate::tui::state_folder;
use crate::tui::theme::{Level, Symbols};

/// Every finding, the most basic first.
pub fn all() -> Vec<Finding> {
    let checks = [
        program,
        cpu,
        cuda,
        hub_cache,
        token,
        network,
        data,
        configuration,
        template_sets,
        runs,
        screen,
    ];
    let mut findings: Vec<Finding> = checks.iter().map(|check| check()).collect();
    let models = findings.iter().position(|one| one.about == "data");
    findings.insert(models.map_or(0, |at| at + 1), models_in_cache());
    findings
}

fn ok(about: &'static str, found: impl Into<String>) -> Finding {
    Finding {
        about,
        state: State::Ok,
        found: found.into(),
        advice: None,
    }
}

fn lacks(about: &'static str, found: impl Into<String>, advice: impl Into<String>) -> Finding {
    Finding {
        state: State::Lacks,
        advice: Some(advice.into()),
        ..ok(about, found)
    }
}

/// An error that says what to do after its first colon or by itself.
fn broken(about: &'static str, error: impl ToString) -> Finding {
    Finding {
        state: State::Broken,
        ..ok(about, error.to_string())
    }
}

fn program() -> Finding {
    let kind = match cfg!(debug_assertions) {
        true => "a debug build: `cargo build --release` is ten times faster",
        false => "a release build",
    };
    ok(
        "program",
        format!("lamascope {}, {kind}", env!("CARGO_PKG_VERSION")),
    )
}

fn cpu() -> Finding {
    ok("cpu", cpu_in_words())
}

fn cuda() -> Finding {
    match cuda_hardware() {
        Ok(devices) => ok("cuda", devices.join("; ")),
        Err(error) => {
            let said = error.to_string();
            let (found, advice) = said.rsplit_once(": ").unwrap_or((&said, ""));
            lacks("cuda", found, advice)
        }
    }
}

fn hub_cache() -> Finding {
    match hub::cache_folder() {
        Err(error) => broken("cache", error),
        Ok(folder) => {
            let shown = folder.display();
            match is_writable(&folder) {
                true => ok("cache", format!("{shown}")),
                false => Finding {
                    advice: Some("give it to this user, or set HF_HOME to another folder".into()),
                    ..broken("cache", format!("{shown} cannot be written"))
                },
            }
        }
    }
}

/// Whether the nearest folder that is there can be written.
fn is_writable(folder: &Path) -> bool {
    let there = folder.ancestors().find(|one| one.exists());
    there.is_some_and(|folder| tempfile::tempfile_in(folder).is_ok())
}

fn token() -> Finding {
    match hub::token_origin() {
        Err(error) => broken("token", error),
        Ok(Some(origin)) => ok("token", format!("found by {origin}")),
        Ok(None) => lacks(
            "token",
            "none: gated models cannot be downloaded",
            "accept a model's terms on its page, then set HF_TOKEN or run `hf auth login`",
        ),
    }
}

fn network() -> Finding {
    let endpoint = hub::endpoint();
    match hub::is_offline() {
        true => ok("hub", "not asked: HF_HUB_OFFLINE is set"),
        false => ok("hub", format!("{endpoint}, asked where a command needs it")),
    }
}

fn data() -> Finding {
    match crate::data::hub_presence() {
        Presence::Whole => ok(
            "data",
            "embedded sample; MyriadLAMA in the cache (--data hub)",
        ),
        _ => lacks(
            "data",
            "embedded sample; MyriadLAMA is not in the cache",
            "`lamascope fetch hub` downloads it once",
        ),
    }
}

fn models_in_cache() -> Finding {
    let of = |wanted: Presence| {
        let known = ALIASES.iter().filter(move |(_, repository)| {
            presence(&ModelRef::Hub((*repository).to_owned())) == wanted
        });
        known.map(|(alias, _)| *alias).collect::<Vec<_>>()
    };
    let (whole, partly) = (of(Presence::Whole), of(Presence::Partly));
    let mut found = "embedded demo".to_owned();
    if !whole.is_empty() {
        found.push_str(&format!("; in the cache: {}", whole.join(", ")));
    }
    if !partly.is_empty() {
        found.push_str(&format!("; in part: {}", partly.join(", ")));
        let advice = format!("`lamascope fetch {}` completes it", partly.join(" "));
        return lacks("models", found, advice);
    }
    match whole.is_empty() {
        true => lacks(
            "models",
            format!(
                "{found}; none of the {} short names is in the cache",
                ALIASES.len()
            ),
            "`lamascope fetch qwen3_1.7b` downloads one that needs no token",
        ),
        false => ok("models", found),
    }
}

fn configuration() -> Finding {
    let folder = match sets::config_folder() {
        Ok(folder) => folder,
        Err(error) => return broken("settings", error),
    };
    let path = folder.join("config.toml");
    match Config::read(&path) {
        Err(error) => broken("settings", error),
        Ok(_) if path.exists() => ok("settings", path.display().to_string()),
        Ok(_) => ok("settings", format!("the defaults: no {}", path.display())),
    }
}

fn template_sets() -> Finding {
    let listed = sets::config_folder().and_then(|folder| sets::list(&folder));
    match listed {
        Err(error) => broken("sets", error),
        Ok((sets, wrong)) => match wrong.first() {
            Some(error) => broken("sets", error),
            None => ok("sets", count(sets.len(), "template set")),
        },
    }
}

fn runs() -> Finding {
    let folder = state_folder().join("runs");
    if !is_writable(&folder) {
        return Finding {
            advice: Some("give it to this user, or set XDG_STATE_HOME: runs are not kept".into()),
            ..broken("runs", format!("{} cannot be written", folder.display()))
        };
    }
    let files = fs::read_dir(&folder).into_iter().flatten().flatten();
    let kept = files.filter(|file| file.path().extension().is_some_and(|it| it == "feather"));
    let sizes: Vec<u64> = kept
        .map(|file| file.metadata().map_or(0, |found| found.len()))
        .collect();
    let bytes: u64 = sizes.iter().sum();
    ok(
        "runs",
        format!(
            "{} kept, {:.1} MB in {}",
            count(sizes.len(), "run"),
            bytes as f64 / 1e6,
            folder.display()
        ),
    )
}

fn screen() -> Finding {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return lacks(
            "terminal",
            "none here: the explorer needs one, all other commands do not",
            "run `lamascope` in a terminal",
        );
    }
    let variable = |name: &str| env::var(name).ok();
    let colours = match Level::detect(variable) {
        Level::None => "no colours",
        Level::Ansi16 => "16 colours",
        Level::Ansi256 => "256 colours",
        Level::True => "16 million colours",
    };
    let symbols = match Symbols::detect(variable).unicode {
        true => "UTF-8",
        false => "ASCII",
    };
    let (columns, rows) = terminal::size().unwrap_or_default();
    let found = format!("{columns} × {rows}, {colours}, {symbols}");
    match columns < 80 || rows < 24 {
        true => lacks(
            "terminal",
            found,
            "80 × 24 shows all panes, 140 × 42 all of each",
        ),
        false => ok("terminal", found),
    }
}
