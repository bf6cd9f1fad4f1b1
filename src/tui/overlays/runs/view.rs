//! The list of kept runs.
//!
//! ```text
//! ┌ Runs that are kept ──────────────────────────────────────────────────────────────┐
//! │▸◆ P36 · flex fused           76.3 % [60.8, 87.0]     38 facts  m1,m2,a1     3 min │
//! │templates m1,m2,a1 · model embedded                                                │
//! │89.5 %, the pinned run 76.3 %: +13.2 points [4.1, 22.3] on 38 facts that both have │
//! │enter open  p pin  c compare  r rename  d delete  o file  w sweep  esc close       │
//! └───────────────────────────────────────────────────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::{DETAILS, RunsList, What, in_words};
use crate::numbers::{count, thousands};
use crate::tui::archive::{Counts, Entry};
use crate::tui::overlays::frame;
use crate::tui::text::{clip, visible, width};
use crate::tui::widgets::cells::{paint, put, put_owned, put_wrapped};
use crate::tui::widgets::line_input;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::confirm::Confirm;

/// Columns of what stands beside a run's name, and of the templates where there is room for them.
const FIGURES: usize = 22;
const FACTS: usize = 13;
const TEMPLATES: usize = 18;
const AGE: usize = 7;
/// Fewer columns for the name are too few to give any to the templates.
const NAME: usize = 17;

/// The lines that hold runs.
pub fn rows(inner: Rect) -> Rect {
    let height = match inner.height.checked_sub(DETAILS) {
        Some(height) if height > 0 => height,
        _ => inner.height,
    };
    Rect { height, ..inner }
}

pub fn draw(list: &RunsList, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect) {
    let runs = &work.kept.listing.runs;
    let room = rows(inner);
    let below = list.rows.below(room.height.into(), runs.len());
    let keys: &[(&str, &str)] = match list.typing {
        Some(_) => &[("enter", "do it"), ("esc", "leave it")],
        None => &[
            ("enter", "open"),
            ("p", "pin"),
            ("c", "compare"),
            ("r", "rename"),
            ("d", "delete"),
            ("o", "file"),
            ("w", "sweep"),
            ("esc", "close"),
        ],
    };
    frame::open(work, buf, (area, inner), "Runs that are kept", keys, below);
    if runs.is_empty() {
        let words = "none yet: every run of more than one fact is kept here by itself";
        put_wrapped(buf, room, 0, words, work.theme.dim);
    }
    for (line, (row, run)) in (0..room.height).zip(runs.iter().enumerate().skip(list.rows.top)) {
        put_owned(
            work.theme.symbols,
            buf,
            room,
            line,
            &pieces(list, work, room, row, run),
        );
        if row == list.rows.cursor {
            paint(buf, room, line, work.theme.cursor);
        }
    }
    let details = Rect {
        y: room.bottom(),
        height: inner.height - room.height,
        ..inner
    };
    draw_details(list, work, buf, details);
}

fn pieces(
    list: &RunsList,
    work: &Workspace,
    room: Rect,
    row: usize,
    run: &Entry,
) -> Vec<(String, Style)> {
    let theme = &work.theme;
    let symbols = theme.symbols;
    let lead = match row == list.rows.cursor {
        true => symbols.pointer(),
        false => " ",
    };
    let is_pinned = (work.kept.listing.pinned.as_ref()).is_some_and(|one| one.id == run.id);
    let pin = if is_pinned { symbols.pin() } else { " " };
    let asked = Some(Confirm::DeleteRun(run.id.clone()));
    let notice = work.status.notice.as_ref();
    if notice.is_some_and(|notice| notice.asks == asked) {
        return vec![
            (format!("{lead}{pin} "), theme.accent),
            (visible(run.label(), symbols).into_owned(), theme.text),
            ("  d again deletes it".to_owned(), theme.warn),
        ];
    }
    let columns = usize::from(room.width);
    let taken = 3 + FIGURES + FACTS + AGE;
    let shows_templates = columns >= taken + TEMPLATES + NAME;
    let name = columns.saturating_sub(taken + if shows_templates { TEMPLATES } else { 0 });
    let cell = |text: &str, columns: usize| {
        let text = visible(text, symbols);
        let text = clip(&text, columns.saturating_sub(1), symbols).into_owned();
        let blanks = columns.saturating_sub(width(&text));
        format!("{text}{}", " ".repeat(blanks))
    };
    let mut pieces = vec![
        (format!("{lead}{pin} "), theme.accent),
        (cell(run.label(), name), theme.text),
        (cell(&figures(&run.counts), FIGURES), theme.title),
        (
            cell(&facts(&run.counts), FACTS),
            facts_style(work, &run.counts),
        ),
    ];
    if shows_templates {
        pieces.push((cell(&run.templates, TEMPLATES), theme.dim));
    }
    pieces.push((
        age(work.kept.listing.now.saturating_sub(run.time)),
        theme.dim,
    ));
    pieces
}

fn facts_style(work: &Workspace, counts: &Counts) -> Style {
    match counts.is_partial() {
        true => work.theme.warn,
        false => work.theme.dim,
    }
}

/// `76.3 % [60.8, 87.0]`.
fn figures(counts: &Counts) -> String {
    let Some(interval) = counts.interval() else {
        return String::new();
    };
    format!(
        "{:.1} % [{:.1}, {:.1}]",
        100.0 * counts.accuracy(),
        100.0 * interval.low,
        100.0 * interval.high
    )
}

/// `38 facts`, `12 of 1,569`.
fn facts(counts: &Counts) -> String {
    match counts.is_partial() {
        true => format!("{} of {}", thousands(counts.facts), thousands(counts.of)),
        false => count(counts.facts, "fact"),
    }
}

/// `now`, `5 min`, `3 h`, `2 d`.
fn age(seconds: u64) -> String {
    match seconds {
        0..60 => "now".to_owned(),
        60..3_600 => format!("{} min", seconds / 60),
        3_600..86_400 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// The line that is being typed, or what is known of the run under the cursor.
fn draw_details(list: &RunsList, work: &Workspace, buf: &mut Buffer, area: Rect) {
    let theme = &work.theme;
    if let Some(typing) = &list.typing {
        let words = match typing.what {
            What::Name(_) => "a name for this run (none: its own again)",
            What::Path => "path of a result file: .feather, or .csv of the Python originals",
            What::Sweep => "path of a sweep, .toml, as for lamascope sweep",
        };
        put(buf, area, 0, &[(words, theme.dim)]);
        return line_input::draw(theme, &typing.input, area, 1, buf);
    }
    let Some(run) = list.here(work) else { return };
    let dot = theme.symbols.dot();
    let own = match run.name {
        Some(_) => format!("{} {dot} ", run.title),
        None => String::new(),
    };
    let known = format!("{own}templates {} {dot} model {}", run.templates, run.model);
    let known = visible(&known, theme.symbols);
    let known = clip(&known, area.width.into(), theme.symbols).into_owned();
    put(buf, area, 0, &[(&known, theme.dim)]);
    let comparison = work.kept.comparison(&run.id);
    let words = match comparison {
        Some(Some(comparison)) => in_words(comparison),
        Some(None) => "no fact in common with the pinned run".to_owned(),
        None => return,
    };
    put_wrapped(buf, area, 1, &visible(&words, theme.symbols), theme.text);
}
