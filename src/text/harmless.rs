//! Characters that act on a terminal instead of being seen.

use std::borrow::Cow;
use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::Formatter;

/// Control characters (C0, U+007F, C1), bidi marks and overrides, zero-width and other format characters without a
/// picture of their own, tag characters.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c as u32,
            0xAD | 0x61C | 0x115F..=0x1160 | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F
            | 0x3164 | 0xFEFF | 0xFFA0 | 0xFFF9..=0xFFFB | 0xE0000..=0xE007F)
}

/// The text with every hidden character as an escape: `\n`, `\u{1b}`, `\u{202e}`.
///
/// For tables and messages, which may quote any file. Idempotent.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match is_hidden(c) {
            true => shown.extend(c.escape_default()),
            false => shown.push(c),
        }
    }
    Cow::Owned(shown)
}

/// Writes compact JSON in which hidden characters are `\u` escapes. JSON itself asks that of C0 controls only.
pub fn write_json(to: impl Write, value: &(impl Serialize + ?Sized)) -> serde_json::Result<()> {
    value.serialize(&mut serde_json::Serializer::with_formatter(
        to,
        HarmlessJson,
    ))
}

struct HarmlessJson;

impl Formatter for HarmlessJson {
    fn write_string_fragment<W: Write + ?Sized>(
        &mut self,
        to: &mut W,
        text: &str,
    ) -> io::Result<()> {
        let mut rest = text;
        while let Some(at) = rest.find(is_hidden) {
            let (seen, hidden) = rest.split_at(at);
            to.write_all(seen.as_bytes())?;
            let Some(c) = hidden.chars().next() else {
                break;
            };
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(to, "\\u{unit:04x}")?;
            }
            rest = &hidden[c.len_utf8()..];
        }
        to.write_all(rest.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_acts_is_shown_as_an_escape() {
        for (text, shown) in [
            ("Zürich 東京 🇫🇷", "Zürich 東京 🇫🇷"),
            ("a\u{1b}[2J\n", "a\\u{1b}[2J\\n"),
            ("\u{7f}\u{9b}31m", "\\u{7f}\\u{9b}31m"),
            ("P36\u{202e}63P\u{200b}", "P36\\u{202e}63P\\u{200b}"),
            ("\u{e0041}", "\\u{e0041}"),
        ] {
            assert_eq!(harmless(text), shown);
            assert_eq!(harmless(shown), shown);
        }
    }

    #[test]
    fn json_escapes_more_than_it_must_and_means_the_same() -> Result<(), serde_json::Error> {
        let text = "\u{1b}\u{7f}\u{9b}\u{202e}é\"\\\u{e0041}";
        let mut json = Vec::new();
        write_json(&mut json, text)?;
        let said = String::from_utf8_lossy(&json);
        assert_eq!(said, r#""\u001b\u007f\u009b\u202eé\"\\\udb40\udc41""#);
        assert_eq!(serde_json::from_slice::<String>(&json)?, text);
        Ok(())
    }
}
