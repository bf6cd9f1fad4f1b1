//! What overlays share: a box in the middle; and the two small ones, the command line and a question.
//!
//! ```text
//!        ┌ Save results as (.feather) ───────────┐
//!        │P36-flex-fused.feather_                │
//!        │enter do it   esc leave it             │
//!        └───────────────────────────────────────┘
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use ratatui::widgets::{Block, Clear, Widget};
use tui_input::Input;

use super::{borders, put, put_wrapped};
use crate::tui::app::{App, Question, Scope};
use crate::tui::text::{clip, visible, wrap};

/// Clears a box of at most this size in the middle of the screen and returns its inside. The last line says `keys`.
pub fn open(
    app: &App,
    title: &str,
    keys: &[(&str, &str)],
    size: (u16, u16),
    screen: Rect,
    buf: &mut Buffer,
) -> Rect {
    let theme = &app.theme;
    let (width, height) = (size.0.min(screen.width), size.1.min(screen.height));
    let area = Rect::new(
        (screen.width - width) / 2,
        (screen.height - height) / 2,
        width,
        height,
    );
    Clear.render(area, buf);
    // A wide character that reaches under the box would hide its border.
    for y in area.top()..area.bottom() {
        if let Some(cell) = area.x.checked_sub(1).and_then(|x| buf.cell_mut((x, y)))
            && crate::tui::text::width(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
    let inner = if height >= 5 && width >= 10 {
        let title = format!(
            " {} ",
            clip(title, usize::from(width.saturating_sub(4)), theme.symbols)
        );
        let block = Block::bordered()
            .border_set(borders(app))
            .border_style(theme.focused)
            .title(title);
        let inner = block.inner(area);
        block.render(area, buf);
        inner
    } else {
        area
    };
    if inner.height > 1 {
        let pieces: Vec<_> = keys
            .iter()
            .flat_map(|(key, words)| {
                [
                    (*key, theme.key),
                    (" ", theme.text),
                    (*words, theme.dim),
                    ("  ", theme.text),
                ]
            })
            .collect();
        put(buf, inner, inner.height - 1, &pieces);
        return Rect {
            height: inner.height - 1,
            ..inner
        };
    }
    inner
}

/// A line being edited, scrolled so that its cursor shows.
pub fn edit_line(app: &App, input: &Input, area: Rect, line: u16, buf: &mut Buffer) {
    let theme = &app.theme;
    let room = usize::from(area.width.saturating_sub(1)).max(1);
    let before: String = input.value().chars().take(input.cursor()).collect();
    let after: String = input.value().chars().skip(input.cursor()).collect();
    let (before, after) = (
        visible(&before, theme.symbols).into_owned(),
        visible(&after, theme.symbols).into_owned(),
    );
    // Only the end of a long text in front of the cursor shows.
    let start = wrap(&before.chars().rev().collect::<String>(), room)
        .into_iter()
        .next()
        .unwrap_or_default();
    let before: String = start.chars().rev().collect();
    let mut rest = after.chars();
    let under: String = rest.next().map_or(" ".into(), String::from);
    let cursor = theme.text.add_modifier(Modifier::REVERSED);
    put(
        buf,
        area,
        line,
        &[
            (&before, theme.text),
            (&under, cursor),
            (rest.as_str(), theme.text),
        ],
    );
}

pub fn ask(app: &App, question: Question, input: &Input, screen: Rect, buf: &mut Buffer) {
    let keys = [("enter", "do it"), ("esc", "leave it")];
    let inner = open(app, question.title(), &keys, (64, 5), screen, buf);
    edit_line(app, input, inner, 0, buf);
}

/// The command lines of the relation, the fact, the selection and everything.
pub fn command(app: &App, top: usize, screen: Rect, buf: &mut Buffer) {
    let theme = &app.theme;
    let keys = [("y", "copy the first"), ("esc", "close")];
    let inner = open(
        app,
        "What is on screen, as a command line",
        &keys,
        (100, 20),
        screen,
        buf,
    );
    let mut scopes = vec![("this relation", Scope::Relation(app.relation))];
    scopes.extend(app.fact.map(|fact| ("this fact", Scope::Fact(fact))));
    if !app.choice.marks.is_empty() {
        scopes.push(("the marked selection", Scope::Selection));
    }
    scopes.push(("everything", Scope::Everything));
    let mut lines = Vec::new();
    for (name, scope) in scopes {
        lines.push((format!("{name}:"), theme.dim));
        let (text, style) = match app.command(scope) {
            Ok(command) => (command.text, theme.text),
            Err(message) => (message, theme.warn),
        };
        let text = visible(&text, theme.symbols).into_owned();
        lines.extend(
            wrap(&text, usize::from(inner.width))
                .into_iter()
                .map(|line| (line, style)),
        );
        lines.push((String::new(), theme.text));
    }
    if app.choice.shots_by_hand() {
        lines.push((
            "The shots written by hand are saved when the line is copied.".into(),
            theme.dim,
        ));
    }
    let top = top.min(lines.len().saturating_sub(1));
    for (line, (text, style)) in (0..inner.height).zip(&lines[top..]) {
        put(buf, inner, line, &[(text, *style)]);
    }
    if lines.is_empty() {
        put_wrapped(buf, inner, 0, "nothing to run yet", theme.dim);
    }
}
