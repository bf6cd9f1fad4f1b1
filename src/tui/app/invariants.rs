//! What must hold after every event.

use super::{App, Pane};

impl App {
    /// Checks that the state is what its fields promise; the text of the first broken promise.
    ///
    /// For tests that throw random events at the state.
    pub fn invariants(&self) -> Result<(), String> {
        let work = &self.work;
        let fine = |holds: bool, what: &str| if holds { Ok(()) } else { Err(what.to_owned()) };
        for &pane in Pane::ALL {
            let checked = self.panes.get(pane).check(work);
            checked.map_err(|broken| format!("{}: {broken}", pane.title()))?;
        }
        fine(
            work.choice.picks.iter().all(|picks| picks.is_sound()),
            "picks lost a template",
        )?;
        if let Some(data) = work.data() {
            fine(
                work.browse.relation < data.relations.len().max(1),
                "relation does not exist",
            )?;
            let fact = work.browse.fact;
            let fits = fact.is_none_or(|fact| data.facts[fact].relation == work.browse.relation);
            fine(fits, "the fact belongs to another relation")?;
        }
        let waits_for_nothing = work.runs.next.is_some() && !work.runs.is_active();
        fine(!waits_for_nothing, "a run waits although none goes on")?;
        if let Some(sequence) = work.built() {
            fine(
                sequence.texts.len() >= sequence.layout.len(),
                "tokens without text",
            )?;
        }
        fine(work.opens.is_none(), "an overlay was asked for in vain")?;
        fine(work.acts.is_none(), "an action was asked for in vain")?;
        fine(
            self.filtering.is_none_or(Pane::is_list),
            "a pane without a list is being filtered",
        )
    }
}
