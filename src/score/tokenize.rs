//! English tokenizer in the way of spaCy's: whitespace, then affixes peeled off both ends, then infixes.
//!
//! A span between spaces is looked up among the [`super::exceptions`]; failing that one prefix and one
//! suffix at a time are peeled off until nothing changes, and what is left is cut at infixes such as a hyphen between
//! letters. See <https://spacy.io/usage/linguistic-features#how-tokenizer-works>.

use super::{
    chars::{is_alpha, is_currency, is_icon, is_lower, is_punctuation, is_quote, is_upper},
    exceptions,
};

/// Units of measure that are cut off a number: `18M` → `18`, `M`.
const UNITS: [&str; 73] = [
    "km", "km²", "km³", "m", "m²", "m³", "dm", "dm²", "dm³", "cm", "cm²", "cm³", "mm", "mm²",
    "mm³", "ha", "µm", "nm", "yd", "in", "ft", "kg", "g", "mg", "µg", "t", "lb", "oz", "m/s",
    "km/h", "kmh", "mph", "hPa", "Pa", "mbar", "mb", "MB", "kb", "KB", "gb", "GB", "tb", "TB", "T",
    "G", "M", "K", "%", "км", "км²", "км³", "м", "м²", "м³", "см", "см²", "мм", "нм", "кг", "г",
    "мг", "м/с", "км/ч", "кПа", "Па", "мбар", "Кб", "кб", "Мб", "мб", "Гб", "гб", "Тб",
];

/// Currency signs of more than one character.
const DOLLARS: [&str; 3] = ["US$", "C$", "A$"];

/// How many pieces the affix rules make of an exception at most: the six of `(>_<)`.
const LONGEST_EXCEPTION: usize = 6;

/// The tokens of `text`, in order. One space between words is no token; any further whitespace is.
///
/// ```
/// use lamascope::score::tokenize;
/// assert_eq!(tokenize("Paris's state-of-the-art (18M) U.S. labs."),
///     ["Paris", "'s", "state", "-", "of", "-", "the", "-", "art", "(", "18", "M", ")", "U.S.", "labs", "."]);
/// ```
pub fn tokenize(text: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut start = 0;
    // spaCy counts the edge of the text as whitespace, so a single leading space is a token of its own.
    let mut in_space = text.chars().next().is_some_and(char::is_whitespace);
    for (at, c) in text.char_indices() {
        if c.is_whitespace() == in_space {
            continue;
        }
        if start < at {
            span(&text[start..at], in_space, &mut tokens);
        }
        // The first plain space after a word only separates; a run of whitespace starts after it.
        start = if c == ' ' { at + 1 } else { at };
        in_space = !in_space;
    }
    if start < text.len() {
        span(&text[start..], in_space, &mut tokens);
    }
    tokens
}

fn span<'a>(text: &'a str, is_space: bool, tokens: &mut Vec<&'a str>) {
    if is_space {
        tokens.push(text);
    } else if !push_exception(text, tokens) {
        let first = tokens.len();
        peel(text, tokens);
        let pieces = tokens.split_off(first);
        rejoin(text, &pieces, tokens);
    }
}

/// Pushes `pieces` of `text`, joined again where some in a row spell an exception that the affix rules cut through:
/// the abbreviation in `Co.,Ltd.` or the emoticon in `fine:)`. The longest wins: `°c.` is three tokens, though `c.` is
/// one.
fn rejoin<'a>(text: &'a str, pieces: &[&'a str], tokens: &mut Vec<&'a str>) {
    let mut start = 0;
    let mut rest = pieces;
    while let Some((&piece, after)) = rest.split_first() {
        let end_after = |count: usize| start + rest[..count].iter().map(|p| p.len()).sum::<usize>();
        let longest = (2..=rest.len().min(LONGEST_EXCEPTION))
            .rev()
            .find(|&count| exceptions::parts(&text[start..end_after(count)]).is_some());
        if let Some(count) = longest {
            let end = end_after(count);
            push_exception(&text[start..end], tokens);
            (start, rest) = (end, &rest[count..]);
        } else {
            tokens.push(piece);
            (start, rest) = (start + piece.len(), after);
        }
    }
}

/// Pushes the parts of a listed spelling as slices of `word`; false if it is not listed.
fn push_exception<'a>(word: &'a str, tokens: &mut Vec<&'a str>) -> bool {
    let Some(parts) = exceptions::parts(word) else {
        return false;
    };
    let mut rest = word;
    for part in parts {
        let (head, tail) = rest.split_at(part.len());
        tokens.push(head);
        rest = tail;
    }
    true
}

/// Takes prefixes and suffixes off `word`, then cuts the rest at infixes.
fn peel<'a>(word: &'a str, tokens: &mut Vec<&'a str>) {
    let mut rest = word;
    let mut suffixes = Vec::new();
    while !rest.is_empty() && exceptions::parts(rest).is_none() {
        let prefix = prefix_len(rest);
        let (head, without_prefix) = rest.split_at(prefix);
        if prefix > 0 && exceptions::parts(without_prefix).is_some() {
            tokens.push(head);
            rest = without_prefix;
            break;
        }
        let suffix = suffix_len(without_prefix);
        let (without_suffix, tail) = rest.split_at(rest.len() - suffix);
        if suffix > 0 && exceptions::parts(without_suffix).is_some() {
            suffixes.push(tail);
            rest = without_suffix;
            break;
        }
        if prefix == 0 && suffix == 0 {
            break;
        }
        if prefix > 0 {
            tokens.push(head);
        }
        if suffix > 0 {
            suffixes.push(tail);
        }
        rest = &without_prefix[..without_prefix.len() - suffix];
    }
    if !rest.is_empty() && !push_exception(rest, tokens) {
        if is_url(rest) {
            tokens.push(rest);
        } else {
            cut_infixes(rest, tokens);
        }
    }
    tokens.extend(suffixes.into_iter().rev());
}

/// Bytes of the prefix to take off, 0 if none.
fn prefix_len(text: &str) -> usize {
    let mut chars = text.chars();
    let Some(first) = chars.next() else { return 0 };
    let alone = matches!(first, '§' | '%' | '=' | '—' | '–')
        || is_punctuation(first)
        || is_quote(first)
        || is_currency(first)
        || is_icon(first);
    match first {
        '+' if !chars.next().is_some_and(|c| c.is_ascii_digit()) => 1,
        '.' => ellipsis_len(text),
        _ if alone => first.len_utf8(),
        _ => DOLLARS
            .iter()
            .find(|sign| text.starts_with(**sign))
            .map_or(0, |sign| sign.len()),
    }
}

/// Bytes of a run of two or more full stops at the start of `text`, 0 if there is none.
fn ellipsis_len(text: &str) -> usize {
    let dots = text.bytes().take_while(|&b| b == b'.').count();
    if dots >= 2 { dots } else { 0 }
}

/// Bytes of the longest suffix to take off, 0 if none.
fn suffix_len(text: &str) -> usize {
    let mut back = text.chars().rev();
    let Some(last) = back.next() else { return 0 };
    let before = back.next();
    let second = back.next();

    let dots = text.bytes().rev().take_while(|&b| b == b'.').count();
    if dots >= 2 {
        return dots;
    }
    if let Some(possessive) = ["'s", "'S", "’s", "’S"]
        .iter()
        .find(|s| text.ends_with(**s))
    {
        return possessive.len();
    }
    let digit_before = |rest: &str| rest.ends_with(|c: char| c.is_ascii_digit());
    if text.contains(|c: char| c.is_ascii_digit()) {
        let units = UNITS
            .iter()
            .chain(&DOLLARS)
            .filter(|unit| text.strip_suffix(**unit).is_some_and(digit_before));
        if let Some(longest) = units.map(|unit| unit.len()).max() {
            return longest;
        }
    }
    let cut = match last {
        '.' => before.is_some_and(|b| {
            b.is_ascii_digit()
                || is_lower(b)
                || is_quote(b)
                || is_punctuation(b)
                || matches!(b, '%' | '²' | '-' | '+' | '|')
                || (is_upper(b) && second.is_some_and(is_upper))
                || (matches!(b, 'F' | 'C' | 'K') && second == Some('°'))
        }),
        '+' => before.is_some_and(|b| b.is_ascii_digit()),
        '—' | '–' => true,
        c if is_currency(c) => before.is_some_and(|b| b.is_ascii_digit()),
        c => is_punctuation(c) || is_quote(c) || is_icon(c),
    };
    if cut { last.len_utf8() } else { 0 }
}

/// Cuts `text` at every infix; a mark at its very start is no infix.
fn cut_infixes<'a>(text: &'a str, tokens: &mut Vec<&'a str>) {
    let mut start = 0;
    let mut at = 0;
    let mut before: Option<char> = None;
    while let Some(c) = text[at..].chars().next() {
        let len = infix_len(before, &text[at..]);
        if len > 0 && at > 0 {
            if start < at {
                tokens.push(&text[start..at]);
            }
            tokens.push(&text[at..at + len]);
            start = at + len;
        }
        let step = len.max(c.len_utf8());
        before = text[at..at + step].chars().next_back();
        at += step;
    }
    if start < text.len() {
        tokens.push(&text[start..]);
    }
}

/// Bytes of the infix at the start of `text` when `before` precedes it, 0 if none.
fn infix_len(before: Option<char>, text: &str) -> usize {
    let Some(first) = text.chars().next() else {
        return 0;
    };
    if is_icon(first) || first == '…' {
        return first.len_utf8();
    }
    if first == '.' && ellipsis_len(text) > 0 {
        return ellipsis_len(text);
    }
    let Some(before) = before else { return 0 };
    let after = |len: usize| text[len..].chars().next();
    let alpha_after = |len: usize| after(len).is_some_and(is_alpha);
    let len = first.len_utf8();
    let word_before = is_alpha(before) || before.is_ascii_digit();

    let arithmetic = matches!(first, '+' | '-' | '*' | '^')
        && before.is_ascii_digit()
        && after(len).is_some_and(|c| c.is_ascii_digit() || c == '-');
    let full_stop = first == '.'
        && (is_lower(before) || is_quote(before))
        && after(len).is_some_and(|c| is_upper(c) || is_quote(c));
    let comma = first == ',' && is_alpha(before) && alpha_after(len);
    let relation = matches!(first, ':' | '<' | '>' | '=' | '/') && word_before && alpha_after(len);
    if arithmetic || full_stop || comma || relation {
        return len;
    }
    if word_before && matches!(first, '-' | '–' | '—' | '~') {
        let hyphens = ["---", "--", "——", "-", "–", "—", "~"];
        let found = hyphens
            .iter()
            .find(|h| text.starts_with(**h) && alpha_after(h.len()));
        return found.map_or(0, |hyphen| hyphen.len());
    }
    0
}

/// Whether `text` is a web or mail address: `[scheme://][user@]label.label.tld[:port][/path]`.
fn is_url(text: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '+' | '-' | '.');
    let (scheme, rest) = text.split_once("://").unwrap_or(("any", text));
    if scheme.chars().count() < 2 || !scheme.chars().all(word) {
        return false;
    }
    let rest = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or(rest);
    let Some((labels, top)) = host.rsplit_once('.') else {
        return false;
    };
    let inner = |c: char| c.is_ascii_alphanumeric() || ('\u{A1}'..='\u{FFFF}').contains(&c);
    let label = |label: &str| {
        label.starts_with(inner)
            && label.ends_with(inner)
            && label.chars().all(|c| inner(c) || matches!(c, '-' | '_'))
    };
    (2..=63).contains(&top.chars().count())
        && top.chars().all(is_lower)
        && labels.split('.').all(label)
}
