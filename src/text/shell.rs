//! Words as a POSIX shell takes them.

/// A word of a command line, in quotes where a shell would read it otherwise.
pub fn shell_word(word: &str) -> String {
    // `#` begins a comment only where it begins a word.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:=@%+#".contains(c);
    if !word.is_empty() && !word.starts_with('#') && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Several of them.
pub fn shell_line(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| shell_word(word)).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell_word("P36,P17"), "P36,P17");
        assert_eq!(shell_word("it's"), r"'it'\''s'");
        assert_eq!(shell_word(""), "''");
        assert_eq!(
            shell_line(&["m1#2".into(), "#x".into(), "a b".into()]),
            "m1#2 '#x' 'a b'"
        );
    }
}
