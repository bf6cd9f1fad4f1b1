//! The mask in words: where the crosshair stands, why its cell is lit or dark, and whether the first answer token is
//! fused.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::heat;
use crate::engine::{Method, Mix};
use crate::layout::picture::Grid;
use crate::layout::{Layout, Reason, Window};
use crate::tui::text::{clip, longest, visible, wrap};
use crate::tui::widgets::cells::put;
use crate::tui::workspace::sequence::{Alone, Sequence};
use crate::tui::workspace::{Model, Workspace};

/// Crosshair, reason and verdict; the last two have a second line each where they need it and there is room. They stand
/// at the bottom, and the first of them goes where lines are missing. Returns how many lines are left above.
///
/// Where attention is shown, the cell's weight stands before the reason, and in the verdict's place what a token read.
pub fn draw(
    work: &Workspace,
    sequence: &Sequence,
    grid: &Grid,
    area: Rect,
    buf: &mut Buffer,
) -> u16 {
    let theme = &work.theme;
    let room = usize::from(area.width);
    let height = usize::from(area.height);
    let mut spare = height.saturating_sub(3);
    let mut fit = |text: &str, style: Style| -> Vec<(String, Style)> {
        let mut lines = wrap(text, room);
        if lines.len() == 2 && spare > 0 {
            spare -= 1;
        } else {
            lines = vec![clip(text, room, theme.symbols).into_owned()];
        }
        lines.into_iter().map(|line| (line, style)).collect()
    };
    let looks = work.looking.on;
    let (verdict, style) = match work.unseen().filter(|_| looks) {
        Some(why) => (why, theme.warn),
        None if looks => (String::new(), theme.text),
        None => verdict(work, sequence, room),
    };
    let verdict = fit(&verdict, style.add_modifier(Modifier::BOLD));
    let (row, key) = (work.crosshair.row, work.crosshair.key);
    let weight =
        heat::weight(work, grid).filter(|_| looks && sequence.layout.reason(row, key).reads());
    let reason = reason(work.mask(sequence), sequence, row, key);
    let reason = match weight {
        Some(weight) => fit(&format!("{weight}; {reason}"), theme.text),
        None => fit(&reason, theme.text),
    };
    let place = clip(&place(work, sequence), room, theme.symbols).into_owned();
    let mut lines = vec![(place, theme.dim)];
    lines.extend(reason);
    lines.extend(verdict);
    let missing = lines.len().saturating_sub(height);
    let left = height.saturating_sub(lines.len()) as u16;
    for (line, (text, style)) in (left..).zip(&lines[missing..]) {
        put(buf, area, line, &[(text, *style)]);
    }
    if looks && let Some(last) = area.height.checked_sub(1) {
        heat::mass(work, sequence, area, last, buf);
    }
    left
}

/// `NOT fused: first answer token reads 1 of 5 questions (preset seed)`, as far as there is room for it, or what the
/// method makes of the prompts; good or a warning.
fn verdict(work: &Workspace, sequence: &Sequence, room: usize) -> (String, Style) {
    let theme = &work.theme;
    if let Some(reason) = &sequence.too_long {
        return (visible(reason, theme.symbols).into_owned(), theme.warn);
    }
    if let Some(Alone { index, count }) = sequence.alone {
        let method = work.choice.method;
        let name = sequence.names.first().map_or("", String::as_str);
        let this = format!("this is {name}, {} of {count}", index + 1);
        let made = made_of(method, count);
        let forms = match count {
            1 => vec![format!("{method}: {name} alone is asked")],
            _ => vec![
                format!("{method}: {made}; {this}"),
                format!("{method}: {made}"),
                format!("{method}: {} of {count} prompts", index + 1),
            ],
        };
        return (longest(&forms, room), theme.good);
    }
    let preset = work.choice.options.setting();
    let all = sequence.names.len();
    let word = match (sequence.is_fused(), all) {
        (true, 1) => "",
        (true, _) => "fused: ",
        (false, _) => "NOT fused: ",
    };
    let questions = if all == 1 { "question" } else { "questions" };
    let reads = sequence.reads;
    let near = match &work.model {
        Model::Ready(about) => about.window,
        _ => None,
    };
    let near = near.and_then(|window| {
        let near = sequence
            .layout
            .segments_read(sequence.emitting(), Some(window.tokens));
        (near < reads).then_some((window, near))
    });
    if let Some((window, near)) = near {
        let Window {
            tokens,
            layers,
            all_layers,
        } = window;
        let forms = [
            format!(
                "{word}reads {reads} of {all} {questions}, but {near} in {layers} of {all_layers} layers: a window of {tokens} \
                 tokens"
            ),
            format!("{word}reads {reads} of {all}, {near} in {layers} of {all_layers} layers"),
            format!("{reads} of {all}, {near} in {layers}/{all_layers} layers"),
        ];
        return (longest(&forms, room), theme.warn);
    }
    let forms = [
        format!("{word}first answer token reads {reads} of {all} {questions} (preset {preset})"),
        format!("{word}first answer token reads {reads} of {all} {questions}"),
        format!("{word}1st token reads {reads} of {all}"),
        format!("{word}reads {reads} of {all}"),
    ];
    let style = if sequence.is_fused() {
        theme.good
    } else {
        theme.warn
    };
    (longest(&forms, room), style)
}

/// What a method makes of the prompts that it reads each alone.
fn made_of(method: Method, count: usize) -> String {
    if method.answers_each() {
        return format!("{count} prompts, an answer each");
    }
    if method.blended().is_some() {
        return format!("{count} prompts, mixed inside the model");
    }
    match method.mix() {
        Mix::Mean => format!("mean of the logits of {count} prompts"),
        Mix::Max => format!("largest probability among {count} prompts"),
        Mix::Probabilities => format!("mean of the probabilities of {count} prompts"),
        Mix::Weighted => format!("logits of {count} prompts weighted by confidence"),
        Mix::MostConfident => format!("logits of the most confident of {count} prompts"),
    }
}

/// `row 348 ":" of a1, key 12 "France" of m1`.
fn place(work: &Workspace, sequence: &Sequence) -> String {
    let token = |at: usize| {
        let text = visible(&sequence.texts[at], work.theme.symbols).into_owned();
        let part = match (sequence.owner(at), sequence.layout.role.get(at)) {
            (Some(owner), _) => format!(" of {owner}"),
            (None, None) => " generated".into(),
            (None, Some(role)) => format!(" {}", role.name()),
        };
        format!("{at} \"{text}\"{part}")
    };
    format!(
        "row {}, key {}",
        token(work.crosshair.row),
        token(work.crosshair.key)
    )
}

/// Why the row may or may not read the key: `a2 cannot read m1: other segment`.
fn reason(mask: &Layout, sequence: &Sequence, row: usize, key: usize) -> String {
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
    match mask.reason(row, key) {
        Reason::Later => format!("row {row} cannot read key {key}: it comes later"),
        Reason::Plain if sequence.alone.is_some() => {
            format!("row {row} reads key {key}: a prompt alone reads every earlier token")
        }
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
        Reason::Context => format!("token {row} reads token {key}: both are context"),
        Reason::SameGroup { row, key } => {
            format!("{} reads {}: same group", name(row), name(key))
        }
        Reason::KeyInContext => format!(
            "{} cannot read token {key}: context that only fusing rows read",
            who(row)
        ),
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
        Reason::OutOfReach { first } => {
            format!(
                "{} cannot read token {key}: its window begins at token {first}",
                who(row)
            )
        }
        Reason::Hidden(segment) => format!("{} is hidden from rows that fuse", name(segment)),
    }
}
