//! Text from data and models, made fit for a terminal.
//!
//! [`visible`] is the only door: whatever comes from a file or a model passes through it before it is drawn, so that
//! an escape sequence or a bidi override appears as a symbol and never acts.

use std::borrow::Cow;

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::theme::Symbols;
use crate::text::is_hidden;

/// The text with every control, format and bidi character replaced by a visible symbol.
///
/// Newlines become `⏎`, ESC becomes `␛`, a right-to-left override `‹202E›`; a leading combining mark gets a dotted
/// circle to stand on, since it would otherwise change the cell before it. Where only ASCII is drawn, every other
/// character is written by its number, `<E9>`, or as ASCII writes it where there is a way (`…`, `–`).
pub fn visible(text: &str, symbols: Symbols) -> Cow<'_, str> {
    let replaced = |c: char| is_hidden(c) || !(symbols.unicode || c.is_ascii());
    let stands_on_nothing = |c: char| c.width() == Some(0) && !replaced(c);
    let orphan = text.chars().next().is_some_and(stands_on_nothing);
    if !orphan && !text.chars().any(replaced) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    if orphan {
        out.push('◌');
    }
    for c in text.chars() {
        if replaced(c) {
            push_symbol(&mut out, c, symbols);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

fn push_symbol(out: &mut String, c: char, symbols: Symbols) {
    match (c, symbols.unicode) {
        ('\n', true) => out.push('⏎'),
        ('\n', false) => out.push_str("\\n"),
        ('\t', true) => out.push('⇥'),
        ('\t', false) => out.push_str("\\t"),
        ('\0'..='\x1F', true) => out.extend(char::from_u32(0x2400 + c as u32)),
        ('\0'..='\x1F', false) => out.extend(['^', char::from(b'@' + c as u8)]),
        ('\x7F', true) => out.push('␡'),
        ('\x7F', false) => out.push_str("^?"),
        ('…', _) => out.push_str("..."),
        ('–' | '—', _) => out.push('-'),
        (_, true) => out.push_str(&format!("‹{:X}›", c as u32)),
        (_, false) => out.push_str(&format!("<{:X}>", c as u32)),
    }
}

/// Terminal columns of a text that passed [`visible`].
pub fn width(text: &str) -> usize {
    text.width()
}

/// The text cut to `columns`, with an ellipsis where something is missing.
pub fn clip(text: &str, columns: usize, symbols: Symbols) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let (ellipsis, room) = ellipsis(columns, symbols);
    let mut out = fitting(text.graphemes(true), room).concat();
    out.push_str(ellipsis);
    Cow::Owned(out)
}

/// As [`clip`], cut at its beginning.
pub fn clip_start(text: &str, columns: usize, symbols: Symbols) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let (ellipsis, room) = ellipsis(columns, symbols);
    let mut kept = fitting(text.graphemes(true).rev(), room);
    kept.push(ellipsis);
    kept.reverse();
    Cow::Owned(kept.concat())
}

/// The first of these, from long to short, that fits; the last where none does.
pub fn longest(forms: &[String], columns: usize) -> String {
    let fits = |form: &&String| width(form) <= columns;
    let form = forms.iter().find(fits).or(forms.last());
    form.cloned().unwrap_or_default()
}

/// What stands for missing text, if there is room for it, and the columns beside it.
fn ellipsis(columns: usize, symbols: Symbols) -> (&'static str, usize) {
    let ellipsis = symbols.ellipsis();
    match columns.checked_sub(ellipsis.width()) {
        Some(room) => (ellipsis, room),
        None => ("", 0),
    }
}

/// The first pieces that fit into so many columns.
fn fitting<'a>(pieces: impl Iterator<Item = &'a str>, columns: usize) -> Vec<&'a str> {
    let mut used = 0;
    pieces
        .take_while(|piece| {
            used += piece.width();
            used <= columns
        })
        .collect()
}

/// The text in lines of at most `columns`, broken at spaces where that is possible.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(1);
    let mut lines = Vec::new();
    let mut line = String::new();
    for word in text.split_inclusive(' ') {
        if !line.is_empty() && line.width() + word.trim_end().width() > columns {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
        }
        for grapheme in word.graphemes(true) {
            if !line.is_empty() && grapheme != " " && line.width() + grapheme.width() > columns {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(grapheme);
        }
    }
    lines.push(line.trim_end().to_owned());
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const UNICODE: Symbols = Symbols { unicode: true };
    const ASCII: Symbols = Symbols { unicode: false };

    #[test]
    fn nothing_that_acts_gets_through() {
        assert_eq!(visible("a\x1b]52;c;AAAA\x07b", UNICODE), "a␛]52;c;AAAA␇b");
        assert_eq!(visible("a\u{202E}b\u{9b}2J", UNICODE), "a‹202E›b‹9B›2J");
        assert_eq!(visible("\n\x1b", ASCII), "\\n^[");
        assert_eq!(visible("m1 … m5 — é", ASCII), "m1 ... m5 - <E9>");
        assert_eq!(visible("m1 … m5 — é", UNICODE), "m1 … m5 — é");
        assert_eq!(visible("\u{301}x", UNICODE), "◌\u{301}x");
        for c in (0..=0x10FFFF).filter_map(char::from_u32) {
            let shown = visible(&c.to_string(), UNICODE).into_owned();
            assert!(!shown.chars().any(is_hidden), "{c:?} gets through");
        }
    }

    #[test]
    fn clipping_counts_columns() {
        assert_eq!(clip("日本語", 4, UNICODE), "日…");
        assert_eq!(clip("abc", 3, UNICODE), "abc");
        assert_eq!(clip("abcd", 3, ASCII), "ab~");
        assert_eq!(clip("abcd", 0, UNICODE), "");
        assert_eq!(clip_start("日本語", 4, UNICODE), "…語");
        assert_eq!(clip_start("abcd", 3, ASCII), "~cd");
        assert_eq!(clip_start("abcd", 0, UNICODE), "");
    }

    #[test]
    fn wrapping_keeps_every_word() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefgh", 3), ["abc", "def", "gh"]);
    }
}
