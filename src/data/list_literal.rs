//! A list of strings in one cell of text: JSON, or what Python prints for a list or tuple.

use super::error::quote;

/// Reads `["Paris", "City of Light"]`, `['Paris', "L'Aquila"]` or `('Paris',)`.
///
/// All notations are read by one rule: strings in either quote, with JSON's and Python's escapes, between brackets. The
/// comma may be missing, since NumPy prints `['a' 'b']`.
///
/// # Errors
/// What is wrong, for a person who looks at the cell.
pub(crate) fn parse(text: &str) -> Result<Vec<String>, String> {
    let text = text.trim();
    let inner = in_brackets(text, ('[', ']')).or_else(|| in_brackets(text, ('(', ')')));
    let inner = inner.ok_or("is not a list: expected [\"…\", …] or ['…', …]")?;
    match items(inner)? {
        (items, "") => Ok(items),
        (_, rest) => Err(format!(
            "holds something other than a string in its list, at {}: expected quoted strings",
            quote(rest)
        )),
    }
}

/// Reads `[['new', 'york'], ['nyc']]`.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_lists(text: &str) -> Result<Vec<Vec<String>>, String> {
    let inner = in_brackets(text.trim(), ('[', ']'));
    let mut rest = inner
        .ok_or("is not a list: expected [['…', …], …]")?
        .trim_start();
    let mut lists = Vec::new();
    while !rest.is_empty() {
        let list = rest
            .strip_prefix('[')
            .ok_or("holds something other than lists in its list")?;
        let (list, after) = items(list)?;
        lists.push(list);
        let after = after
            .strip_prefix(']')
            .ok_or("holds a list without its closing ]")?;
        rest = after.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    Ok(lists)
}

fn in_brackets(text: &str, (open, close): (char, char)) -> Option<&str> {
    text.strip_prefix(open)?.strip_suffix(close)
}

/// Reads quoted strings as long as there are any; returns them and what follows.
fn items(text: &str) -> Result<(Vec<String>, &str), String> {
    let mut items = Vec::new();
    let mut rest = text.trim_start();
    while let Some(mark @ ('"' | '\'')) = rest.chars().next() {
        let (item, after) = string(&rest[1..], mark)?;
        items.push(item);
        rest = after.trim_start();
        rest = rest.strip_prefix(',').unwrap_or(rest).trim_start();
    }
    Ok((items, rest))
}

/// Reads up to the closing quote; returns the string and what follows.
fn string(text: &str, mark: char) -> Result<(String, &str), String> {
    let mut value = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            c if c == mark => return Ok((value, chars.as_str())),
            '\\' => {
                let (c, rest) = escape(chars.as_str())
                    .ok_or("holds an escape that neither JSON nor Python knows")?;
                value.push(c);
                chars = rest.chars();
            }
            c => value.push(c),
        }
    }
    Err(format!("holds a string without its closing {mark}"))
}

/// Reads one escape after its backslash; returns the character and what follows.
fn escape(text: &str) -> Option<(char, &str)> {
    let kind = text.chars().next()?;
    let rest = &text[kind.len_utf8()..];
    let plain = match kind {
        '"' | '\'' | '\\' | '/' => kind,
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' => '\u{8}',
        'f' => '\u{c}',
        'a' => '\u{7}',
        'v' => '\u{b}',
        'x' => return hex(rest, 2).and_then(|(code, rest)| Some((char::from_u32(code)?, rest))),
        'U' => return hex(rest, 8).and_then(|(code, rest)| Some((char::from_u32(code)?, rest))),
        'u' => return utf16(rest),
        _ => return None,
    };
    Some((plain, rest))
}

/// `\uXXXX`, which JSON writes twice for a character beyond the first 65,536.
fn utf16(text: &str) -> Option<(char, &str)> {
    let (first, rest) = hex(text, 4)?;
    if let Some(c) = char::from_u32(first) {
        return Some((c, rest));
    }
    let (second, rest) = hex(rest.strip_prefix("\\u")?, 4)?;
    let units = [first as u16, second as u16];
    let c = char::decode_utf16(units).next()?.ok()?;
    Some((c, rest))
}

fn hex(text: &str, digits: usize) -> Option<(u32, &str)> {
    let code = text.get(..digits)?;
    if !code.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    Some((u32::from_str_radix(code, 16).ok()?, &text[digits..]))
}

#[cfg(test)]
mod tests {
    use super::{parse, parse_lists};

    #[test]
    fn json_and_python_lists_read_the_same() {
        let wanted = vec!["a \"b\"".to_owned(), "L'Aquila".into(), "é\n🇮".into()];
        for text in [
            r#"["a \"b\"", "L'Aquila", "é\n\ud83c\uddee"]"#,
            r#"['a "b"', "L'Aquila", '\xe9\n\U0001f1ee']"#,
            r#"[ 'a "b"' 'L\'Aquila' "é\n🇮" ]"#,
        ] {
            assert_eq!(parse(text).as_ref(), Ok(&wanted), "{text}");
        }
        assert_eq!(parse("[]"), Ok(vec![]));
        assert_eq!(parse("('a]', 'b',)"), Ok(vec!["a]".into(), "b".into()]));
    }

    #[test]
    fn lists_of_lists_are_read() {
        let wanted = vec![
            vec!["new".to_owned(), "york]".into()],
            vec![],
            vec!["nyc".into()],
        ];
        assert_eq!(parse_lists("[['new', 'york]'], [], [\"nyc\"]]"), Ok(wanted));
        assert_eq!(parse_lists("[]"), Ok(vec![]));
        for text in ["", "['a']", "[['a']", "[['a', 1]]", "[[]"] {
            assert!(parse_lists(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_no_list_of_strings_is_refused() {
        for text in [
            "",
            "Paris",
            "[",
            "['a'",
            "['a]",
            "[1, 2]",
            "[None]",
            "[\"\\q\"]",
            "['\\u12']",
            "[\"\\ud83c\"]",
            "{\"a\": 1}",
            "['a', ...]",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
