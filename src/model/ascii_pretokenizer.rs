//! Llama 3's and Qwen's pre-tokenizer, a regular expression, written out for ASCII.

use std::ops::Range;

/// The matches of [`LLAMA3`](super::encode_cache::LLAMA3) (`digits` 3) or [`QWEN2`](super::encode_cache::QWEN2) (1) in
/// ASCII text, which they partition. Takes time in proportion to the text.
pub(super) fn pretokenize(text: &[u8], digits: usize) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    std::iter::from_fn(move || {
        let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
        let word = start..start + length(rest, digits);
        start = word.end;
        Some(word)
    })
}

/// Length of the match at the start of a text that is not empty. The alternatives in their order.
fn length(text: &[u8], digits: usize) -> usize {
    let first = text[0];
    // (?i:'s|'t|'re|'ve|'m|'ll|'d)
    if first == b'\'' {
        let next = |at: usize| text.get(at).map(u8::to_ascii_lowercase);
        match (next(1), next(2)) {
            (Some(b's' | b't' | b'm' | b'd'), _) => return 2,
            (Some(b'r' | b'v'), Some(b'e')) | (Some(b'l'), Some(b'l')) => return 3,
            _ => {}
        }
    }
    // [^\r\n\p{L}\p{N}]?\p{L}+
    let lead = usize::from(!first.is_ascii_alphanumeric() && !is_newline(first));
    let letters = run(&text[lead..], |byte| byte.is_ascii_alphabetic());
    if letters > 0 {
        return lead + letters;
    }
    // \p{N}{1,3} or \p{N}
    if first.is_ascii_digit() {
        // Looking no further than the match: the rest of a long run belongs to the next matches.
        return run(&text[..text.len().min(digits)], |byte| {
            byte.is_ascii_digit()
        });
    }
    //  ?[^\s\p{L}\p{N}]+[\r\n]*
    let lead = usize::from(first == b' ');
    let marks = run(&text[lead..], |byte| {
        !is_space(byte) && !byte.is_ascii_alphanumeric()
    });
    if marks > 0 {
        let end = lead + marks;
        return end + run(&text[end..], is_newline);
    }
    // What is left is white space: \s*[\r\n]+ up to its last newline, else \s+(?!\S) without its last character if
    // something follows, else \s+.
    let spaces = run(text, is_space);
    match text[..spaces].iter().rposition(|byte| is_newline(*byte)) {
        Some(last) => last + 1,
        None if spaces < text.len() && spaces > 1 => spaces - 1,
        None => spaces,
    }
}

/// How many bytes at the start are of a kind.
fn run(text: &[u8], kind: impl Fn(u8) -> bool) -> usize {
    text.iter().take_while(|byte| kind(**byte)).count()
}

fn is_newline(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// `\s` in Unicode: with the vertical tab.
fn is_space(byte: u8) -> bool {
    matches!(byte, b'\t'..=b'\r' | b' ')
}

#[cfg(test)]
mod tests {
    use super::pretokenize;

    #[test]
    fn each_alternative_in_its_turn() {
        let split = |text: &str, digits| -> Vec<String> {
            pretokenize(text.as_bytes(), digits)
                .map(|word| text[word].to_owned())
                .collect()
        };
        assert_eq!(
            split("It'LL be 12345 'red'.\n\n \t\n  x  ", 3),
            [
                "It", "'LL", " be", " ", "123", "45", " '", "red", "'.\n\n", " \t\n", " ", " x",
                "  "
            ]
        );
        assert_eq!(split("a12", 1), ["a", "1", "2"]);
        assert_eq!(split("[MASK]:\r\n", 3), ["[MASK", "]:\r\n"]);
        assert_eq!(split("", 3), [""; 0]);
    }
}
