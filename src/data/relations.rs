//! Relations by their ids, and the words for several of them.

use super::error::quote;
use super::suggest::suggestion;
use super::{Dataset, Error};

impl Dataset {
    /// Index of the relation with this id; also in other letters (`p36`) where that means one relation.
    ///
    /// # Errors
    /// There is none; the message says which there are.
    pub fn relation(&self, id: &str) -> Result<usize, Error> {
        let find = |same: &dyn Fn(&str) -> bool| {
            let found = (0..self.relations.len()).filter(|&r| same(&self.relations[r].id));
            found.collect::<Vec<_>>()
        };
        let exact = find(&|known| known == id);
        let alike = find(&|known| known.to_lowercase() == id.to_lowercase());
        if let ([relation], _) | ([], [relation]) = (exact.as_slice(), alike.as_slice()) {
            return Ok(*relation);
        }
        let known = self.relations.iter().map(|r| r.id.as_str());
        let all: Vec<usize> = (0..self.relations.len()).collect();
        Err(Error::Selection(format!(
            "no relation {} in the data: {}it has {}",
            quote(id),
            suggestion(id, known),
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
