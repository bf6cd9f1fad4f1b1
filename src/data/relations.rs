//! Relations by their ids, and the words for several of them.

use super::did_you_mean::did_you_mean;
use super::error::quote;
use super::{Dataset, Error};

impl Dataset {
    /// Index of the relation with this id; also in other letters (`p36`) where that means one relation.
    ///
    /// # Errors
    /// There is none; the message says which there are.
    pub fn relation(&self, id: &str) -> Result<usize, Error> {
        let ids = || self.relations.iter().map(|r| r.id.as_str());
        let alike = || {
            let mut alike = ids()
                .enumerate()
                .filter(|(_, known)| known.eq_ignore_ascii_case(id));
            let (first, _) = alike.next()?;
            alike.next().is_none().then_some(first)
        };
        if let Some(found) = ids().position(|known| known == id).or_else(alike) {
            return Ok(found);
        }
        let all: Vec<usize> = (0..self.relations.len()).collect();
        Err(Error::Selection(format!(
            "no relation {} in the data: {}it has {}",
            quote(id),
            did_you_mean(id, ids()),
            relation_names(self, &all)
        )))
    }
}

/// The ids of some relations, the first few by name.
pub(super) fn relation_names(data: &Dataset, relations: &[usize]) -> String {
    let names: Vec<&str> = relations
        .iter()
        .map(|&r| data.relations[r].id.as_str())
        .collect();
    match names.as_slice() {
        [first, second, third, rest @ ..] if rest.len() > 1 => {
            format!("{first}, {second}, {third} and {} more", rest.len())
        }
        [most @ .., last] if !most.is_empty() => format!("{} and {last}", most.join(", ")),
        all => all.join(", "),
    }
}
