//! A line of text being typed.

use ratatui::buffer::Buffer;
use ratatui::crossterm::event::{KeyCode, KeyModifiers};
use ratatui::layout::Rect;
use ratatui::style::Modifier;
use tui_input::{Input, InputRequest};

use super::cells::put;

use crate::tui::keymap::Key;
use crate::tui::text::{visible, wrap};
use crate::tui::theme::Theme;

/// Types, deletes or moves the cursor, with the keys of a shell.
pub fn edit(input: &mut Input, key: Key) {
    let ctrl = key.modifiers.contains(KeyModifiers::CONTROL);
    let request = match key.code {
        KeyCode::Char('u') if ctrl => InputRequest::DeleteLine,
        KeyCode::Char('w') if ctrl => InputRequest::DeletePrevWord,
        KeyCode::Char('a') if ctrl => InputRequest::GoToStart,
        KeyCode::Char('e') if ctrl => InputRequest::GoToEnd,
        KeyCode::Char(c) if !ctrl => InputRequest::InsertChar(c),
        KeyCode::Backspace => InputRequest::DeletePrevChar,
        KeyCode::Delete => InputRequest::DeleteNextChar,
        KeyCode::Left => InputRequest::GoToPrevChar,
        KeyCode::Right => InputRequest::GoToNextChar,
        KeyCode::Home => InputRequest::GoToStart,
        KeyCode::End => InputRequest::GoToEnd,
        _ => return,
    };
    input.handle(request);
}

/// Draws a line being edited, scrolled so that its cursor shows.
pub fn draw(theme: &Theme, input: &Input, area: Rect, line: u16, buf: &mut Buffer) {
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
    let pieces = [
        (&*before, theme.text),
        (&*under, cursor),
        (rest.as_str(), theme.text),
    ];
    put(buf, area, line, &pieces);
}

/// Puts a text in at the cursor.
pub fn insert(input: &mut Input, text: &str) {
    for c in text.chars() {
        input.handle(InputRequest::InsertChar(c));
    }
}

/// A pasted text as one line: line breaks and tabs, with the blanks around them, become one blank; at its ends they are
/// dropped, and so is every other control character.
pub fn one_line(text: &str) -> String {
    let breaks = |c: char| matches!(c, '\n' | '\r' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}');
    let parts = text.split(breaks).map(|part| {
        let clean: String = part.chars().filter(|c| !c.is_control()).collect();
        clean.trim().to_owned()
    });
    let parts: Vec<String> = parts.filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pasted_text_becomes_one_line() {
        assert_eq!(one_line("one \r\n\n two\tthree\n"), "one two three");
        assert_eq!(one_line("a  b\u{1b}[2J"), "a  b[2J");
        assert_eq!(one_line("\n\n"), "");
    }
}
