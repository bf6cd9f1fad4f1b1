//! The prompt's tokens, coloured by owner; every second token is dimmer, so that their borders show.
//!
//! ```text
//! ┌ Prompt ─ 349 tokens, positions 0–348 ────────────────────────────┐
//! │   0 m1   ⟨bos⟩Based on the context, predict … Q: The capital of …│
//! │ 117 m2   ⏎⏎Based on the context …                                │
//! │ 349 new   Paris⏎                                                 │
//! └──────────────────────────────────────────────────────────────────┘
//! ```

use std::ops::Range;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Modifier, Style};

use super::PromptPane;
use crate::layout::Role;
use crate::tui::keymap::Action;
use crate::tui::panes::Frame;
use crate::tui::text::visible;
use crate::tui::theme::{Ink, Level};
use crate::tui::widgets::cells::{put, put_right, put_wrapped};
use crate::tui::workspace::Workspace;
use crate::tui::workspace::sequence::Sequence;

/// How strong every second token is drawn.
const SECOND: f32 = 0.72;

pub fn title(work: &Workspace) -> String {
    let Some(Ok(sequence)) = work.sequence() else {
        return "Prompt".into();
    };
    let layout = &sequence.layout;
    let dash = work.theme.symbols.pick("–", "-");
    format!(
        "Prompt  {}{} tokens, positions 0{dash}{}",
        which(work, sequence),
        layout.len(),
        layout.next_position().saturating_sub(1)
    )
}

/// `m1 alone (1 of 3, > next), `: of the prompts that the method reads each for itself the one on screen.
fn which(work: &Workspace, sequence: &Sequence) -> String {
    let Some((alone, name)) = sequence.alone.zip(sequence.names.first()) else {
        return String::new();
    };
    if alone.count < 2 {
        return format!("{name} alone, ");
    }
    let key = work.keymap.key(Action::NextPrompt);
    format!(
        "{name} alone ({} of {}, {key} next), ",
        alone.index + 1,
        alone.count
    )
}

pub fn draw(pane: &PromptPane, work: &Workspace, frame: Frame, buf: &mut Buffer) {
    let area = frame.inner;
    let theme = &work.theme;
    let sequence = match work.sequence() {
        Some(Ok(sequence)) => sequence,
        Some(Err(message)) => {
            put_wrapped(buf, area, 0, &visible(message, theme.symbols), theme.warn);
            return;
        }
        None => {
            let shots = work.shots().and_then(Result::err);
            put_wrapped(
                buf,
                area,
                0,
                shots.unwrap_or("the prompt shows when data and tokenizer are there"),
                theme.dim,
            );
            return;
        }
    };
    let area = draw_search(pane, work, frame, buf);
    let layout = &sequence.layout;
    for (line, shown) in (0u16..).zip(
        pane.lines
            .iter()
            .skip(pane.top)
            .take(usize::from(area.height)),
    ) {
        let ink = ink(sequence, shown.start);
        let position = match layout.positions.get(shown.start) {
            Some(position) => *position,
            None => layout.next_position() + (shown.start - layout.len()) as u32,
        };
        let owner = match (sequence.owner(shown.start), layout.role.get(shown.start)) {
            (Some(name), _) => name,
            (None, None) => "new",
            (None, Some(Role::Shared)) => "all",
            (None, Some(Role::Context)) => "ctx",
            (None, Some(Role::Orphan)) => "-",
            (None, Some(role)) => role.name(),
        };
        let (position, owner) = (format!("{position:>4} "), format!("{owner:<5.5}"));
        let used = put(
            buf,
            area,
            line,
            &[
                (&position, theme.dim),
                (&owner, theme.written(ink, 1.0).add_modifier(Modifier::BOLD)),
            ],
        );
        let mut rest = Rect {
            x: area.x + used,
            width: area.width - used,
            ..area
        };
        for token in shown.start..shown.end {
            let text = visible(sequence.written(token), theme.symbols);
            if text.is_empty() {
                continue;
            }
            let parts =
                (token + 1..shown.end).take_while(|&part| sequence.written(part).is_empty());
            let parts = parts.count();
            let used = put(
                buf,
                rest,
                line,
                &[(&text, style(pane, work, sequence, token..token + parts + 1))],
            );
            rest = Rect {
                x: rest.x + used,
                width: rest.width - used,
                ..rest
            };
        }
    }
}

/// What is looked for, in the first line; the lines that are left for the prompt.
fn draw_search(pane: &PromptPane, work: &Workspace, frame: Frame, buf: &mut Buffer) -> Rect {
    let (area, theme) = (frame.inner, &work.theme);
    if !pane.list.shows_filter(frame) || area.height == 0 {
        return area;
    }
    let cursor = if frame.filtering { "_" } else { "" };
    let query = visible(&pane.list.query, theme.symbols);
    let count = match pane.list.query.is_empty() {
        true => String::new(),
        false => pane.hits.count(),
    };
    let pieces = [("/", theme.key), (&*query, theme.text), (cursor, theme.key)];
    let used = put(buf, area, 0, &pieces);
    put_right(buf, area, 0, used, &[(&count, theme.dim)]);
    Rect {
        y: area.y + 1,
        height: area.height - 1,
        ..area
    }
}

/// Of a token, or of several that share a character: the owner's colour; the crosshair's row and key stand out.
fn style(pane: &PromptPane, work: &Workspace, sequence: &Sequence, tokens: Range<usize>) -> Style {
    let theme = &work.theme;
    let second = tokens.start % 2 == 1;
    let ink = ink(sequence, tokens.start);
    let mut style = theme.written(ink, if second { SECOND } else { 1.0 });
    if theme.level <= Level::Ansi16 && second {
        // Too few colours for two strengths.
        style = style.add_modifier(Modifier::UNDERLINED);
    }
    if tokens.clone().any(|token| pane.hits.has(token)) {
        style = style.patch(theme.cursor).add_modifier(Modifier::BOLD);
    }
    if tokens.contains(&work.crosshair.row) || tokens.contains(&work.crosshair.key) {
        style = style.add_modifier(Modifier::REVERSED);
    }
    style
}

fn ink(sequence: &Sequence, token: usize) -> Ink {
    let layout = &sequence.layout;
    match (
        layout.owner.get(token).copied().flatten(),
        layout.role.get(token),
    ) {
        (Some(owner), _) => Ink::Owner(sequence.place(owner as usize)),
        (None, Some(Role::Shared | Role::Context)) => Ink::Shared,
        (None, Some(Role::Orphan)) => Ink::Nobody,
        (None, _) => Ink::Fuse,
    }
}
