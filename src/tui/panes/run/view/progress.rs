//! How far the run is, whether it is about what is on screen, and how accurate it was so far.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::evaluate::{Count, trained_wordings};
use crate::numbers::{count, thousands};
use crate::results::Configuration;
use crate::tui::text::{visible, width};
use crate::tui::widgets::cells::put_owned;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::runs::{Run, Scope, State};

/// Columns for a bar at most.
const BAR: usize = 24;

/// Fewer bars show no course.
const FEWEST: usize = 4;

/// The bar, the counts, and the run that waits.
pub fn draw(work: &Workspace, run: &Run, area: Rect, buf: &mut Buffer) {
    let theme = &work.theme;
    let dot = theme.symbols.dot();
    let (done, all) = run.progress();
    let (state, style) = match &run.state {
        State::Running => ("running", theme.accent),
        State::Paused => ("paused", theme.warn),
        State::Cancelling => ("cancelling", theme.warn),
        State::Done => ("done", theme.good),
        State::Cancelled => ("cancelled", theme.warn),
        State::Failed(_) => ("failed", theme.bad),
    };
    let speed = run
        .speed()
        .filter(|_| !run.compares() && all > 1)
        .map_or(String::new(), |speed| {
            format!(" {dot} {}/s", count(speed.round() as usize, "fact"))
        });
    let stale = stale(work, run).map_or(String::new(), |why| format!(" {dot} {why}"));
    let counts = match run.scope() {
        Some(Scope::Fact(_)) => String::new(),
        Some(Scope::Compare(_)) => format!(" {done}/{all} settings"),
        Some(scope) if scope.compares() => {
            format!(" {}/{}", thousands(done), count(all, "answer"))
        }
        _ => format!(" {}/{}", thousands(done), count(all, "fact")),
    };
    let words = format!("{state}{counts}{speed}{stale}");
    let bar = usize::from(area.width)
        .saturating_sub(width(&words) + 1)
        .min(BAR);
    let full = (bar * done).checked_div(all).unwrap_or(0).min(bar);
    let (on, off) = theme.symbols.gauge();
    let (on, off) = (on.repeat(full), off.repeat(bar - full));
    let pieces = [
        (on, style),
        (off, theme.border),
        (" ".to_owned(), theme.text),
        (words, style),
    ];
    put_owned(work.theme.symbols, buf, area, 0, &pieces);
    if let Some(next) = &work.runs.next {
        let text = format!("next: {}", visible(&next.title, theme.symbols));
        put_owned(work.theme.symbols, buf, area, 1, &[(text, theme.dim)]);
    }
}

/// Why what is shown does not answer what is on screen elsewhere; `None` where it does.
fn stale(work: &Workspace, run: &Run) -> Option<&'static str> {
    let Some(job) = run.job() else {
        return Some("from a file");
    };
    if job.model != work.models {
        return Some("earlier model");
    }
    match job.scope.facts() {
        Scope::Fact(fact) if Some(fact) != work.browse.fact => {
            return Some("another fact");
        }
        Scope::Relation(relation) if relation != work.browse.relation => {
            return Some("another relation");
        }
        _ => {}
    }
    let (then, now) = (&job.settings, work.settings(job.scope));
    if then.marks != now.marks {
        return Some("another selection");
    }
    (*then != now).then_some("earlier settings")
}

/// Accuracy with its interval, its course where there is room for it, and the mean template's where it is known.
pub fn draw_accuracy(work: &Workspace, run: &Run, area: Rect, buf: &mut Buffer) {
    let theme = &work.theme;
    let count = run
        .columns
        .first()
        .map(|column| column.tally.total)
        .unwrap_or_default();
    let accuracy = accuracy(&count);
    let alone = run.alone().map_or(String::new(), |share| {
        format!("  per-prompt {:.1} %", 100.0 * share)
    });
    let tally = run.columns.first().map(|column| &column.tally);
    // Of the model that answered, whatever is loaded now.
    let is_demo = match (run.job(), run.file()) {
        (Some(job), _) => job.is_demo,
        (_, Some(file)) => file
            .configuration
            .as_ref()
            .is_some_and(Configuration::is_demo),
        (None, None) => false,
    };
    let trained = tally.filter(|_| is_demo);
    let trained = trained.filter(|tally| tally.trained > 0);
    let name = "accuracy ";
    let others = width(name) + width(&accuracy) + width(&alone);
    let trained = trained.map_or(String::new(), |tally| {
        let whole = trained_wordings(tally.trained).unwrap_or_default();
        let short = format!("{}/{} trained", tally.trained, tally.facts);
        let fits = others + 2 + width(&whole) <= usize::from(area.width);
        format!("  {}", if fits { whole } else { short })
    });
    let taken = others + width(&trained) + 2;
    let room = usize::from(area.width).saturating_sub(taken);
    let bars = if room < FEWEST { 0 } else { room.min(BAR) };
    let mut course = sparkline(work, run, bars);
    if !course.is_empty() {
        course.insert_str(0, "  ");
    }
    let pieces = [
        (name.to_owned(), theme.dim),
        (accuracy, theme.title),
        (course, theme.accent),
        (alone, theme.dim),
        (trained, theme.warn),
    ];
    put_owned(work.theme.symbols, buf, area, 0, &pieces);
}

/// `72.2 % [49.1, 87.5]`.
pub fn accuracy(count: &Count) -> String {
    let Some(interval) = count.interval() else {
        return "none yet".into();
    };
    format!(
        "{:.1} % [{:.1}, {:.1}]",
        100.0 * count.accuracy(),
        100.0 * interval.low,
        100.0 * interval.high
    )
}

/// The accuracy after each share of the facts, as bars.
fn sparkline(work: &Workspace, run: &Run, columns: usize) -> String {
    let bars = work.theme.symbols.bars();
    let curve = &run.curve;
    if curve.len() < 2 || columns == 0 {
        return String::new();
    }
    let count = columns.min(curve.len());
    let at = |i: usize| curve[(i + 1) * curve.len() / count - 1];
    (0..count)
        .map(|i| bars[((at(i) * 7.0).round() as usize).min(7)])
        .collect()
}
