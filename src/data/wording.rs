//! Wordings of one's own: templates that no data have.

use super::{Dataset, Relation, Style, Template, TemplateId, TemplateKind};

/// A typed template as data would hold it: without blanks at its ends, `[MASK]` read as `[Y]`, slots in capitals.
///
/// # Errors
/// What it lacks, in words for the one who types.
pub fn own_wording(typed: &str) -> Result<String, String> {
    let mut text = typed.trim().to_owned();
    for (written, slot) in [
        ("[MASK]", "[Y]"),
        ("[mask]", "[Y]"),
        ("[y]", "[Y]"),
        ("[x]", "[X]"),
    ] {
        text = text.replace(written, slot);
    }
    let subject = "[X] for the subject";
    let answer = "[Y] where the answer goes";
    match (text.contains("[X]"), text.matches("[Y]").count()) {
        (true, 1) => Ok(text),
        (false, 0) => Err(format!("missing: {subject}, and {answer}")),
        (false, _) => Err(format!("missing: {subject}")),
        (true, 0) => Err(format!("missing: {answer}")),
        (true, times) => Err(format!(
            "[Y] stands {times} times: one answer is asked for, so write it once"
        )),
    }
}

impl Dataset {
    /// Adds a wording to a relation, or finds it there; returns its index among the relation's templates. It gets the
    /// number that is asked for where no other wording has that, else the next one.
    ///
    /// Wordings are never taken away, so an index means the same text for ever.
    ///
    /// # Errors
    /// The questions of these data stand with the facts.
    pub fn add_wording(
        &mut self,
        relation: usize,
        number: Option<usize>,
        text: &str,
    ) -> Result<usize, String> {
        if self.style != Style::MyriadLama {
            let words = "these questions stand with their facts: there are no templates to add to";
            return Err(words.to_owned());
        }
        let relation = &mut self.relations[relation];
        if let Some(known) = relation.find_wording(text) {
            return Ok(known);
        }
        let taken = |number: usize| relation.find_template(TemplateId::own(number)).is_some();
        let next = || 1 + (relation.of_kind(TemplateKind::Own)).fold(0, |n, t| n.max(t.id.number));
        let number = number.filter(|&number| !taken(number));
        let id = TemplateId::own(number.unwrap_or_else(next));
        relation.templates.push(Template {
            id,
            text: text.to_owned(),
        });
        Ok(relation.templates.len() - 1)
    }
}

impl Relation {
    /// Index of the own wording with this text.
    pub fn find_wording(&self, text: &str) -> Option<usize> {
        let is = |template: &Template| template.is_own() && template.text == text;
        self.templates.iter().position(is)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Source, Watch};

    #[test]
    fn a_wording_says_what_it_lacks() {
        let fine = "[X] is ruled from [Y].";
        for typed in [
            fine,
            "  [X] is ruled from [Y]. ",
            "[x] is ruled from [MASK].",
            "[X] is ruled from [mask].",
        ] {
            assert_eq!(own_wording(typed).as_deref(), Ok(fine));
        }
        for (typed, lacks) in [
            ("", "missing: [X] for the subject, and [Y]"),
            ("where is it", "missing: [X] for the subject, and [Y]"),
            ("[X] is there", "missing: [Y] where"),
            ("[Y] is there", "missing: [X] for"),
            ("[X] [Y] [MASK]", "[Y] stands 2 times"),
        ] {
            let said = own_wording(typed).expect_err(typed);
            assert!(said.starts_with(lacks), "{typed}: {said}");
        }
    }

    #[test]
    fn a_wording_is_added_once_under_a_free_number() -> Result<(), Box<dyn std::error::Error>> {
        let mut data = Dataset::load(&Source::Embedded, Style::MyriadLama, Watch::none())?;
        let capital = data.relation("P36")?;
        let before = data.relations[capital].templates.len();
        for (number, text, place, id) in [
            (None, "[X] [Y]", 0, "o1"),
            (Some(7), "[X]: [Y]", 1, "o7"),
            (Some(7), "[X]? [Y]", 2, "o8"),
            (Some(3), "[X] [Y]", 0, "o1"),
        ] {
            let index = data.add_wording(capital, number, text)?;
            assert_eq!(index, before + place);
            assert_eq!(data.relations[capital].templates[index].id.to_string(), id);
        }
        let mut questions = Dataset::load(&Source::Embedded, Style::WebQuestions, Watch::none())?;
        assert!(questions.add_wording(0, None, "[X] [Y]").is_err());
        Ok(())
    }
}
