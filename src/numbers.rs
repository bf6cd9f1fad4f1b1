//! Numbers as a reader wants them.

/// `1,025`.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `1 fact`, `1,025 facts`.
pub fn count(number: usize, thing: &str) -> String {
    let ending = if number == 1 { "" } else { "s" };
    format!("{} {thing}{ending}", thousands(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (2_464_300, "2,464,300"),
        ] {
            assert_eq!(thousands(number), text);
        }
    }

    #[test]
    fn one_thing_is_no_plural() {
        assert_eq!(count(0, "fact"), "0 facts");
        assert_eq!(count(1, "fact"), "1 fact");
        assert_eq!(count(1_025, "fact"), "1,025 facts");
    }
}
