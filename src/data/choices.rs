//! Questions with answers to choose from: their labels, and the ways to write them down.

/// More options than the alphabet has letters cannot be labelled.
pub(super) const MOST: usize = 26;

/// The label of an option, counted from 0: `A`.
pub(super) fn letter(option: usize) -> String {
    (b'A'..=b'Z')
        .nth(option)
        .map_or_else(String::new, |letter| char::from(letter).to_string())
}

/// One way to write down a question and its options.
pub(super) struct Phrasing {
    /// With `[Q]` for the question and `[O]` for its options, in this order.
    text: &'static str,
    /// Around an option's letter.
    around: (&'static str, &'static str),
    /// Between options.
    between: &'static str,
}

/// The ways to ask where a table has one wording of each question: the first two are lm-evaluation-harness's for MMLU and
/// for CommonsenseQA, so that a single template's accuracy can be held against published ones.
pub(super) const PHRASINGS: [Phrasing; 5] = [
    Phrasing {
        text: "[Q]\n[O]",
        around: ("", ". "),
        between: "\n",
    },
    Phrasing {
        text: "Question: [Q]\n[O]",
        around: ("", ". "),
        between: "\n",
    },
    Phrasing {
        text: "[Q]\n[O]",
        around: ("(", ") "),
        between: "\n",
    },
    Phrasing {
        text: "Choose the right answer.\n[Q]\n[O]",
        around: ("", ": "),
        between: "\n",
    },
    Phrasing {
        text: "[Q]\nOptions: [O]",
        around: ("", ") "),
        between: "; ",
    },
];

impl Phrasing {
    /// A question with its options.
    pub(super) fn ask<S: AsRef<str>>(&self, question: &str, options: &[S]) -> String {
        let (open, close) = self.around;
        let options: Vec<String> = (options.iter().enumerate())
            .map(|(at, option)| format!("{open}{}{close}{}", letter(at), option.as_ref()))
            .collect();
        // The text is cut before anything is put in: a question may hold the marks themselves.
        let (before, rest) = self.text.split_once("[Q]").unwrap_or(("", self.text));
        let (middle, behind) = rest.split_once("[O]").unwrap_or((rest, ""));
        let options = options.join(self.between);
        format!("{before}{}{middle}{options}{behind}", question.trim())
    }

    /// The phrasing as a template shows it.
    pub(super) fn pattern(&self) -> String {
        self.ask("[Q]", &["[option]", "[option]"])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_labelled_and_marks_in_a_question_stay() {
        let asked = |at: usize| PHRASINGS[at].ask(" Is [O] or [Q]? ", &["yes", "no"]);
        assert_eq!(asked(0), "Is [O] or [Q]?\nA. yes\nB. no");
        assert_eq!(asked(1), "Question: Is [O] or [Q]?\nA. yes\nB. no");
        assert_eq!(asked(4), "Is [O] or [Q]?\nOptions: A) yes; B) no");
        assert_eq!(
            (letter(0), letter(25), letter(26)),
            ("A".into(), "Z".into(), String::new())
        );
    }

    #[test]
    fn phrasings_differ() {
        let mut patterns: Vec<String> = PHRASINGS.iter().map(Phrasing::pattern).collect();
        patterns.sort();
        patterns.dedup();
        assert_eq!(patterns.len(), PHRASINGS.len());
    }
}
