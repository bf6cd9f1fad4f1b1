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

use super::{put, put_wrapped};
use crate::layout::Role;
use crate::tui::app::{App, Sequence};
use crate::tui::text::visible;
use crate::tui::theme::{Ink, Level};

/// How strong every second token is drawn.
const SECOND: f32 = 0.72;

pub fn title(app: &App) -> String {
    let Some(Ok(sequence)) = app.sequence() else {
        return "Prompt".into();
    };
    let layout = &sequence.layout;
    let dash = app.theme.symbols.pick("–", "-");
    format!(
        "Prompt  {} tokens, positions 0{dash}{}",
        layout.len(),
        layout.next_position().saturating_sub(1)
    )
}

pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let sequence = match app.sequence() {
        Some(Ok(sequence)) => sequence,
        Some(Err(message)) => {
            put_wrapped(buf, area, 0, &visible(message, theme.symbols), theme.warn);
            return;
        }
        None => {
            let shots = app.shots().and_then(Result::err);
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
    let layout = &sequence.layout;
    for (line, shown) in (0u16..).zip(
        app.prompt_lines()
            .iter()
            .skip(app.prompt_top)
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
                &[(&text, style(app, sequence, token..token + parts + 1))],
            );
            rest = Rect {
                x: rest.x + used,
                width: rest.width - used,
                ..rest
            };
        }
    }
}

/// Of a token, or of several that share a character: the owner's colour; the crosshair's row and key stand out.
fn style(app: &App, sequence: &Sequence, tokens: Range<usize>) -> Style {
    let theme = &app.theme;
    let second = tokens.start % 2 == 1;
    let ink = ink(sequence, tokens.start);
    let mut style = theme.written(ink, if second { SECOND } else { 1.0 });
    if theme.level <= Level::Ansi16 && second {
        // Too few colours for two strengths.
        style = style.add_modifier(Modifier::UNDERLINED);
    }
    if tokens.contains(&app.mask.row) || tokens.contains(&app.mask.key) {
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
        (Some(owner), _) => Ink::Owner(owner as usize),
        (None, Some(Role::Shared)) => Ink::Shared,
        (None, Some(Role::Orphan)) => Ink::Nobody,
        (None, _) => Ink::Fuse,
    }
}
