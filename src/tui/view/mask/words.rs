//! The mask in words: what a cell's colour means, where the crosshair stands and why its cell is lit or dark, and
//! whether the first answer token is fused.

use std::collections::HashSet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;

use super::cells::{Block, shape, symbol};
use crate::engine::Method;
use crate::layout::picture::{Kind, Sign};
use crate::layout::{Preset, Reason};
use crate::tui::app::{App, Grid, Sequence};
use crate::tui::text::{clip, visible, width, wrap};
use crate::tui::theme::Ink;
use crate::tui::view::put;

/// What half-blocks of one colour look like.
const FULL: &str = "█";

/// Verdict, reason, crosshair and legend from below; the verdict has two lines where it needs them, and the legend
/// goes first where lines are missing. `seen` is what the legend explains.
pub fn draw(
    app: &App,
    sequence: &Sequence,
    grid: &Grid,
    seen: &HashSet<Sign>,
    area: Rect,
    buf: &mut Buffer,
) {
    let theme = &app.theme;
    if area.is_empty() {
        return;
    }
    let room = usize::from(area.width);
    let (text, good) = verdict(app, sequence);
    let style = if good { theme.good } else { theme.warn }.add_modifier(Modifier::BOLD);
    let mut lines = vec![(clip(&text, room, theme.symbols).into_owned(), style)];
    if area.height > 3 && width(&text) > room {
        lines = wrap(&text, room)
            .into_iter()
            .take(2)
            .map(|line| (line, style))
            .collect();
    }
    let reason = reason(sequence, app.mask.row, app.mask.key);
    let place = place(app, sequence);
    let mut above = vec![(clip(&reason, room, theme.symbols).into_owned(), theme.text)];
    if usize::from(area.height) > lines.len() + 1 {
        above.insert(
            0,
            (clip(&place, room, theme.symbols).into_owned(), theme.dim),
        );
    }
    above.extend(lines);
    let missing = above.len().saturating_sub(usize::from(area.height));
    let first = area.height.saturating_sub(above.len() as u16);
    for (line, (text, style)) in (first..).zip(&above[missing..]) {
        put(buf, area, line, &[(text, *style)]);
    }
    if first > 0 {
        draw_legend(app, grid, seen, area, buf);
    }
}

/// The signs on screen and what they mean. Half-blocks tell all by colour, and what is empty by none.
fn draw_legend(app: &App, grid: &Grid, seen: &HashSet<Sign>, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let half = grid.per_line == 2;
    let sample = |sign| {
        let ink = match sign {
            Sign::Emits => return Some((symbol(sign, theme.symbols), theme.accent)),
            Sign::Later => return None,
            Sign::Unread if half => return None,
            Sign::Unread => Ink::Nobody,
            Sign::Read(Kind::Own) | Sign::Partly => Ink::Owner(0),
            Sign::Read(Kind::Cross) => Ink::Cross,
            Sign::Read(Kind::Shared) => Ink::Shared,
            Sign::Read(Kind::All) => Ink::Fuse,
        };
        let (symbol, style) = shape(theme, Block { sign, ink });
        Some((if half { FULL } else { symbol }, style))
    };
    let shown = |sign: &Sign| *sign == Sign::Emits || seen.contains(sign);
    let mut pieces = Vec::new();
    let mut room = usize::from(area.width);
    for sign in Sign::ALL.into_iter().filter(shown) {
        let Some((symbol, style)) = sample(sign) else {
            continue;
        };
        let gap = if pieces.is_empty() { "" } else { "  " };
        let needs = width(gap) + width(symbol) + 1 + width(sign.describe());
        let Some(left) = room.checked_sub(needs) else {
            break;
        };
        room = left;
        pieces.extend([(gap, theme.dim), (symbol, style), (" ", theme.dim)]);
        pieces.push((sign.describe(), theme.dim));
    }
    put(buf, area, 0, &pieces);
}

/// `NOT fused: first answer token reads 1 of 5 questions (preset seed)`, or that the method has no mask, and whether
/// that is as one would wish.
fn verdict(app: &App, sequence: &Sequence) -> (String, bool) {
    if let Some(reason) = &sequence.too_long {
        return (visible(reason, app.theme.symbols).into_owned(), false);
    }
    let method = app.choice.method;
    if method != Method::Flex {
        let asked = if method == Method::Origin {
            "the first question"
        } else {
            "every question"
        };
        return (
            format!("method {method}: {asked} alone, not this mask"),
            false,
        );
    }
    let preset = Preset::of(&app.choice.options).map_or("custom options".to_owned(), |preset| {
        format!("preset {preset}")
    });
    let all = sequence.names.len();
    let word = match (sequence.is_fused(), all) {
        (true, 1) => "",
        (true, _) => "fused: ",
        (false, _) => "NOT fused: ",
    };
    let questions = if all == 1 { "question" } else { "questions" };
    let text = format!(
        "{word}first answer token reads {} of {all} {questions} ({preset})",
        sequence.reads
    );
    (text, sequence.is_fused())
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
        Reason::Fuses if row >= layout.len() => format!(
            "row {row} is generated and fuses: reads all {} questions",
            sequence.names.len()
        ),
        Reason::Fuses => format!(
            "row {row} fuses: reads all {} questions",
            sequence.names.len()
        ),
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
