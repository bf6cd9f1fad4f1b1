//! JSON as Python's `json` writes it, with `NaN`, `Infinity` and `-Infinity` for numbers that JSON does not have.

/// Words of Python's `json.dumps` that are no JSON, the longest first.
const WORDS: [&str; 3] = ["-Infinity", "Infinity", "NaN"];

/// The text with `instead` for every number that is not finite; `None` where there is none outside of strings.
pub fn replace_non_finite(json: &str, instead: &str) -> Option<String> {
    let mut replaced = String::with_capacity(json.len());
    let mut kept = 0;
    let mut at = 0;
    let mut in_string = false;
    while let Some(byte) = json.as_bytes().get(at) {
        let word = WORDS
            .iter()
            .find(|word| json.as_bytes()[at..].starts_with(word.as_bytes()));
        match (byte, word) {
            (b'\\', _) if in_string => at += 1,
            (b'"', _) => in_string = !in_string,
            (_, Some(word)) if !in_string => {
                replaced.push_str(&json[kept..at]);
                replaced.push_str(instead);
                kept = at + word.len();
                at = kept - 1;
            }
            _ => {}
        }
        at += 1;
    }
    (kept > 0).then(|| replaced + &json[kept..])
}

#[cfg(test)]
mod tests {
    use super::replace_non_finite;

    #[test]
    fn words_are_replaced_outside_of_strings() {
        assert_eq!(
            replace_non_finite(
                r#"{"NaN": NaN, "a": [-Infinity,Infinity], "é\"NaN": "NaN"}"#,
                "null"
            )
            .as_deref(),
            Some(r#"{"NaN": null, "a": [null,null], "é\"NaN": "NaN"}"#)
        );
        for plain in [
            r#"{"a": "NaN\\", "b": -1}"#,
            "",
            "\"\\",
            "{\"a\": \"Infinity",
        ] {
            assert_eq!(replace_non_finite(plain, "null"), None, "{plain}");
        }
    }
}
