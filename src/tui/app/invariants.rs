//! What must hold after every event.

use super::{App, Pane, Run};

impl App {
    /// Checks that the state is what its fields promise; the text of the first broken promise.
    ///
    /// For tests that throw random events at the state.
    pub fn invariants(&self) -> Result<(), String> {
        let fine = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
        for (name, list) in [
            ("relations", &self.relations),
            ("facts", &self.facts),
            ("templates", &self.templates),
        ] {
            fine(
                list.cursor() < list.items().len().max(1),
                &format!("cursor of {name} is outside its list"),
            )?;
            fine(
                list.offset() <= list.items().len(),
                &format!("{name} is scrolled past its end"),
            )?;
        }
        fine(
            self.choice.picks.iter().all(|picks| picks.is_sound()),
            "picks lost a template",
        )?;
        if let Some(data) = self.data() {
            fine(
                self.relation < data.relations.len().max(1),
                "relation does not exist",
            )?;
            let fits = self
                .fact
                .is_none_or(|fact| data.facts[fact].relation == self.relation);
            fine(fits, "the fact belongs to another relation")?;
        }
        let waits_for_nothing = self.runs.next.is_some() && !self.runs.is_active();
        fine(!waits_for_nothing, "a run waits although none goes on")?;
        if let Some((_, Ok(sequence))) = &self.sequence {
            fine(
                sequence.texts.len() >= sequence.layout.len(),
                "tokens without text",
            )?;
        }
        if let Some((at, lines)) = &self.lines {
            fine(
                self.prompt_top < lines.len().max(1),
                &format!("prompt of width {at} is scrolled past its end"),
            )?;
        }
        let answers = self.runs.current.as_ref().map_or(0, Run::row_lines);
        fine(
            self.show_log || self.run_top < answers.max(1),
            "answers are scrolled past their end",
        )?;
        fine(
            self.filtering.is_none_or(Pane::is_list),
            "a pane without a list is being filtered",
        )
    }
}
