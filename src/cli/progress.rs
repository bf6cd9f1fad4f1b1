//! Progress on stderr, where that is a terminal.

use std::fmt;
use std::time::Duration;

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::plain::percent;
use crate::data::{Progress, Stage};
use crate::engine::Event;
use crate::evaluate::{Tally, Tuning};

/// Before the first fact: data, files, weights, prompts.
pub struct Loading(ProgressBar);

impl Loading {
    pub fn new(quiet: bool) -> Self {
        let bar = bar(0, quiet);
        bar.set_style(style("{spinner} {msg}"));
        bar.enable_steady_tick(Duration::from_millis(100));
        Loading(bar)
    }

    /// Data that is being read.
    pub fn data(&self, progress: Progress) {
        let (what, bytes) = match progress.stage {
            Stage::Download => ("downloading data", true),
            Stage::Rows => ("reading rows", false),
            Stage::Bytes => ("reading data", true),
        };
        self.show(what, progress.done, progress.total, bytes);
    }

    /// A model that is being loaded, in the engine's words.
    pub fn engine(&self, event: &Event) {
        match event {
            Event::Loading { what, done, total } => self.show(what, *done, *total, false),
            Event::Note(note) => self
                .0
                .suspend(|| super::prepare::note(std::slice::from_ref(note), false)),
            _ => {}
        }
    }

    /// A file of a model that is being fetched.
    pub fn download(&self, what: &str, done: u64, total: u64) {
        self.show(what, done, total, true);
    }

    /// Prompts that are measured before the first one is run.
    pub fn prompts(&self) {
        self.show("measuring prompts", 0, 0, false);
    }

    /// Answers that are looked into.
    pub fn looking(&self, done: usize, total: usize) {
        self.show("looking into answers", done as u64, total as u64, false);
    }

    /// Questions that are written in other words.
    pub fn rewriting(&self, done: usize, total: usize) {
        self.show("writing variants", done as u64, total as u64, false);
    }

    /// Sets of templates that are tried; how many there will be is not known.
    pub fn searching(&self, relation: &str, sets: usize) {
        let what = format!("{relation}: {} tried", super::plain::count(sets, "set"));
        self.show(&what, 0, 0, false);
    }

    /// Layout options that are tried.
    pub fn tuning(&self, tuning: Tuning) {
        let what = format!("{} tried", super::plain::count(tuning.options, "setting"));
        self.show(&what, tuning.done as u64, tuning.facts as u64, false);
    }

    fn show(&self, what: &str, done: u64, total: u64, bytes: bool) {
        let template = match (total, bytes) {
            (0, _) => "{spinner} {msg}",
            (_, true) => "{msg} {bar:30} {bytes} of {total_bytes}, {eta} left",
            (_, false) => "{msg} {bar:30} {percent} %",
        };
        self.0.set_style(style(template));
        self.0.set_length(total);
        self.0.set_position(done);
        self.0.set_message(what.to_owned());
    }
}

impl Drop for Loading {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Facts done, facts per second, running accuracy with its interval, time left.
pub struct Facts(ProgressBar);

impl Facts {
    /// `done` of `total` facts were finished before. `name` says which run it is, where there are several.
    pub fn new(name: String, done: usize, total: usize, quiet: bool) -> Self {
        let bar = bar(total as u64, quiet);
        let template =
            "{name}{wide_bar} {human_pos}/{human_len} facts  {speed} facts/s  {prefix}{msg}{left}";
        let name = move |_: &ProgressState, to: &mut dyn fmt::Write| {
            // A bar that cannot be written is not drawn.
            let _ = to.write_str(&name);
        };
        bar.set_style(
            style(template)
                .with_key("name", name)
                .with_key("speed", speed)
                .with_key("left", left),
        );
        bar.set_position(done as u64);
        bar.reset_eta();
        bar.enable_steady_tick(Duration::from_millis(200));
        Facts(bar)
    }

    /// Prompts that are being read: the first of a large model take long enough to wonder.
    pub fn engine(&self, event: &Event) {
        match event {
            Event::Reading(reading) => self.0.set_prefix(format!("{reading}  ")),
            Event::Prefilled { .. } => self.0.set_prefix(""),
            _ => {}
        }
    }

    /// One fact more.
    pub fn advance(&self, tally: &Tally) {
        if !self.0.is_hidden() {
            let accuracy = percent(tally.total.accuracy());
            let interval = super::report::interval(tally.total.interval());
            self.0
                .set_message(format!("accuracy {accuracy} {interval}  "));
        }
        self.0.inc(1);
    }
}

impl Drop for Facts {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

fn speed(state: &ProgressState, to: &mut dyn fmt::Write) {
    let speed = state.per_sec();
    let digits = if speed < 10.0 { 1 } else { 0 };
    // A bar that cannot be written is not drawn.
    let _ = write!(to, "{speed:.digits$}");
}

/// Nothing before anything is known.
fn left(state: &ProgressState, to: &mut dyn fmt::Write) {
    if state.per_sec() > 0.0 {
        let _ = write!(to, "{:#} left", HumanDuration(state.eta()));
    }
}

fn bar(total: u64, quiet: bool) -> ProgressBar {
    let target = if quiet {
        ProgressDrawTarget::hidden()
    } else {
        // Hidden by itself where stderr is no terminal.
        ProgressDrawTarget::stderr()
    };
    ProgressBar::with_draw_target(Some(total), target)
}

/// The default bar stands in for a template that does not parse.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
