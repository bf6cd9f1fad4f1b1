//! A MyriadLAMA row as strings, which is how text formats and the sample hold it.

use super::fold::{self, Fold, Place, What};

/// Rows between two looks at the cancel flag.
pub(super) const CHECK_EVERY: u64 = 1_024;

/// A MyriadLAMA row without its answers.
pub(super) struct TextRow<'a> {
    pub(super) uuid: &'a str,
    pub(super) relation: &'a str,
    pub(super) subject: &'a str,
    pub(super) template: &'a str,
    pub(super) manual: bool,
}

impl TextRow<'_> {
    /// Folds the row; `answers` are read only where they are needed, in a fact's first row.
    pub(super) fn fold(
        self,
        fold: &mut Fold,
        place: Place,
        answers: impl FnOnce() -> Result<Vec<String>, What>,
    ) -> Result<(), What> {
        let row = fold::Row {
            fact: fold.uuids.number(self.uuid)?,
            relation: fold.relations.number(self.relation)?,
            subject: fold.subjects.number(self.subject)?,
            template: fold.templates.number(self.template)?,
            manual: self.manual,
        };
        match fold.row(row, place)? {
            Some(fact) => fold.answer(fact, answers()?),
            None => Ok(()),
        }
    }
}
