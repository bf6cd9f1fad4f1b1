//! Characters that several tokens share, written where they begin: a tokenizer names their bytes alone.

use std::collections::HashMap;
use std::sync::Arc;

/// Tokens that are written otherwise than their texts say, by index: a character whose bytes stand in several of them
/// stands whole in the first. `<0xCE>`, `<0xA9>` become `Ω` and nothing; bytes that make no character stay as they are.
#[derive(Debug, Clone, Default)]
pub struct Rewritten(HashMap<usize, String>);

impl Rewritten {
    pub(in crate::tui) fn of(texts: &[Arc<str>]) -> Rewritten {
        let mut rewritten = Rewritten::default();
        for first in 0..texts.len() {
            // Most tokens are told by their last byte: prompts have thousands of them.
            if rewritten.text(texts, first).ends_with('>') {
                rewritten.join(texts, first);
            }
        }
        rewritten
    }

    /// How a token is written.
    pub(in crate::tui) fn text<'a>(&'a self, texts: &'a [Arc<str>], token: usize) -> &'a str {
        self.0.get(&token).map_or(&*texts[token], String::as_str)
    }

    /// Writes the character whose bytes begin at the end of a token, where they make one.
    fn join(&mut self, texts: &[Arc<str>], first: usize) -> Option<()> {
        let text = self.text(texts, first);
        let (head, tail) = text.split_at(text.find("<0x")?);
        let (mut bytes, rest) = leading(tail);
        if !rest.is_empty() {
            return None;
        }
        for (last, text) in texts.iter().enumerate().skip(first + 1) {
            let (more, rest) = leading(text);
            for (used, byte) in more.iter().enumerate() {
                bytes.push(*byte);
                if let Ok(character) = std::str::from_utf8(&bytes) {
                    let whole = format!("{head}{character}");
                    self.0.insert(first, whole);
                    self.0
                        .extend((first + 1..last).map(|token| (token, String::new())));
                    self.0.insert(last, text[(used + 1) * SPELLED..].to_owned());
                    return Some(());
                }
            }
            if more.is_empty() || !rest.is_empty() || bytes.len() >= char::MAX.len_utf8() {
                return None;
            }
        }
        None
    }
}

/// Length of a byte's name.
const SPELLED: usize = "<0xCE>".len();

/// The bytes beyond ASCII that a text begins with by name, and what follows them.
fn leading(text: &str) -> (Vec<u8>, &str) {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let Some((name, after)) = rest.split_at_checked(SPELLED)
        && let Some(digits) = name
            .strip_prefix("<0x")
            .and_then(|name| name.strip_suffix('>'))
        && let Ok(byte @ 0x80..) = u8::from_str_radix(digits, 16)
    {
        bytes.push(byte);
        rest = after;
    }
    (bytes, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_character_stands_at_its_first_token() {
        let check = |texts: &[&str], expected: &[&str]| {
            let texts: Vec<Arc<str>> = texts.iter().map(|&text| text.into()).collect();
            let rewritten = Rewritten::of(&texts);
            let written: Vec<&str> = (0..texts.len())
                .map(|token| rewritten.text(&texts, token))
                .collect();
            assert_eq!(written, expected);
        };
        check(&["a", "<0xCE>", "<0xA9>", "b"], &["a", "Ω", "", "b"]);
        check(&[" O<0xCA>", "<0xBB>ahu"], &[" Oʻ", "ahu"]);
        check(
            &["<0xF0><0x9F>", "<0x98>", "<0x80><0xCE>", "<0xA9>"],
            &["😀", "", "Ω", ""],
        );
        for bytes in [
            &["<0xCE>", "b"][..],
            &["<0xA9>"],
            &["<0x41>", "<0x42>"],
            &["<0xCE>x", "<0xA9>"],
            &["<0xFF>", "<0xFF>", "<0xFF>", "<0xFF>", "<0xFF>"],
        ] {
            check(bytes, bytes);
        }
    }
}
