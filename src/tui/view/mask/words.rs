//! The mask in words: where the crosshair stands, why its cell is lit or dark, and whether the first answer token is
//! fused.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use crate::engine::Reads;
use crate::layout::Reason;
use crate::tui::app::{App, Sequence};
use crate::tui::text::{clip, longest, visible, width, wrap};
use crate::tui::view::put;

/// Crosshair, reason and verdict, which has two lines where it needs them. They stand at the bottom, and the first of
/// them goes where lines are missing. Returns how many lines are left above.
pub fn draw(app: &App, sequence: &Sequence, area: Rect, buf: &mut Buffer) -> u16 {
    let theme = &app.theme;
    let room = usize::from(area.width);
    let clipped = |text: &str| clip(text, room, theme.symbols).into_owned();
    let (verdict, good) = verdict(app, sequence, room);
    let style = if good { theme.good } else { theme.warn }.add_modifier(Modifier::BOLD);
    let mut lines = vec![
        (clipped(&place(app, sequence)), theme.dim),
        (
            clipped(&reason(sequence, app.mask.row, app.mask.key)),
            theme.text,
        ),
    ];
    if area.height > 3 && width(&verdict) > room {
        let wrapped = wrap(&verdict, room).into_iter().take(2);
        lines.extend(wrapped.map(|line| (line, style)));
    } else {
        lines.push((clipped(&verdict), style));
    }
    let height = usize::from(area.height);
    let missing = lines.len().saturating_sub(height);
    let left = height.saturating_sub(lines.len()) as u16;
    for (line, (text, style)) in (left..).zip(&lines[missing..]) {
        put(buf, area, line, &[(text, *style)]);
    }
    left
}

/// `NOT fused: first answer token reads 1 of 5 questions (preset seed)`, as far as there is room for it, or that the
/// method has no mask, and whether that is as one would wish.
fn verdict(app: &App, sequence: &Sequence, room: usize) -> (String, bool) {
    if let Some(reason) = &sequence.too_long {
        return (visible(reason, app.theme.symbols).into_owned(), false);
    }
    let method = app.choice.method;
    if !method.has_layout() {
        let asked = if method.reads() == Reads::First {
            "the first question"
        } else {
            "every question"
        };
        return (
            format!("method {method}: {asked} alone, not this mask"),
            false,
        );
    }
    let preset = app.choice.options.setting();
    let all = sequence.names.len();
    let word = match (sequence.is_fused(), all) {
        (true, 1) => "",
        (true, _) => "fused: ",
        (false, _) => "NOT fused: ",
    };
    let questions = if all == 1 { "question" } else { "questions" };
    let reads = sequence.reads;
    let forms = [
        format!("{word}first answer token reads {reads} of {all} {questions} (preset {preset})"),
        format!("{word}first answer token reads {reads} of {all} {questions}"),
        format!("{word}1st token reads {reads} of {all}"),
        format!("{word}reads {reads} of {all}"),
    ];
    (longest(&forms, room), sequence.is_fused())
}

/// `row 348 ":" of a1, key 12 "France" of m1`.
fn place(app: &App, sequence: &Sequence) -> String {
    let token = |at: usize| {
        let text = visible(&sequence.texts[at], app.theme.symbols).into_owned();
        let part = match (sequence.owner(at), sequence.layout.role.get(at)) {
            (Some(owner), _) => format!(" of {owner}"),
            (None, None) => " generated".into(),
            (None, Some(role)) => format!(" {}", role.name()),
        };
        format!("{at} \"{text}\"{part}")
    };
    format!("row {}, key {}", token(app.mask.row), token(app.mask.key))
}

/// Why the row may or may not read the key: `a2 cannot read m1: other segment`.
fn reason(sequence: &Sequence, row: usize, key: usize) -> String {
    let layout = &sequence.layout;
    let name = |segment: u32| {
        sequence
            .names
            .get(segment as usize)
            .map_or("?", String::as_str)
    };
    let who = |at: usize| {
        sequence
            .owner(at)
            .map_or_else(|| format!("token {at}"), str::to_owned)
    };
    match layout.reason(row, key) {
        Reason::Later => format!("row {row} cannot read key {key}: it comes later"),
        Reason::Plain => {
            format!("row {row} reads key {key}: isolation is off, every earlier token is read")
        }
        Reason::Fuses => {
            let generated = if row >= layout.len() {
                " is generated and"
            } else {
                ""
            };
            let all = match sequence.names.len() {
                1 => "its only question".to_owned(),
                all => format!("all {all} questions"),
            };
            format!("row {row}{generated} fuses: reads {all}")
        }
        Reason::Shared => format!("{} reads token {key}: it is shared", who(row)),
        Reason::SameSegment(segment) => format!("{} reads itself: same segment", name(segment)),
        Reason::ManualCross => format!("{} reads {}: manual cross-attention", who(row), who(key)),
        Reason::OtherSegment { row, key } => {
            format!("{} cannot read {}: other segment", name(row), name(key))
        }
        Reason::KeyInNoSegment => format!(
            "{} cannot read token {key}: it belongs to no segment",
            who(row)
        ),
        Reason::RowInNoSegment => format!("token {row} reads nothing: it belongs to no segment"),
    }
}
