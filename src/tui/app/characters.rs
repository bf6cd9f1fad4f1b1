//! Characters that several tokens share, written where they begin: a tokenizer names their bytes alone.

use std::sync::Arc;

/// The texts of tokens, with every character whose bytes stand in several of them at the first: `<0xCE>`, `<0xA9>`
/// become `Ω` and nothing. Bytes that make no character stay as they are.
pub(super) fn whole(texts: &[Arc<str>]) -> Vec<Arc<str>> {
    let mut out = texts.to_vec();
    for first in 0..out.len() {
        if let Some(found) = Shared::find(&out, first) {
            out[first] = found.whole.into();
            out[first + 1..found.last].fill("".into());
            out[found.last] = found.rest.into();
        }
    }
    out
}

/// A character whose bytes stand in several tokens.
struct Shared {
    /// The first token's text with the character in it.
    whole: String,
    last: usize,
    /// What the last token adds behind the character.
    rest: String,
}

impl Shared {
    /// The character that begins at the end of a token.
    fn find(texts: &[Arc<str>], first: usize) -> Option<Shared> {
        let at = texts[first].find("<0x")?;
        let (head, tail) = texts[first].split_at(at);
        let (mut bytes, rest) = leading(tail);
        if !rest.is_empty() {
            return None;
        }
        for (last, text) in texts.iter().enumerate().skip(first + 1) {
            let (more, rest) = leading(text);
            for (used, byte) in more.iter().enumerate() {
                bytes.push(*byte);
                if let Ok(character) = std::str::from_utf8(&bytes) {
                    return Some(Shared {
                        whole: format!("{head}{character}"),
                        last,
                        rest: text[(used + 1) * SPELLED..].to_owned(),
                    });
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
            let written = whole(&texts);
            let written: Vec<&str> = written.iter().map(|text| &**text).collect();
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
