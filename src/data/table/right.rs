//! Which of the choices are right, as a table says it.

use super::questions::Asked;
use crate::data::choices::letter;
use crate::data::error::quote;
use crate::data::fold::{Place, What};

/// Puts the letters of the right choices in place of what column `name` says of them, the whole column read in one way;
/// `first` is the number of the first choice.
///
/// # Errors
/// An answer that is none of the choices, with the place of its row.
pub(super) fn label_answers(
    facts: &mut [Asked],
    first: usize,
    name: &str,
) -> Result<(), (Place, What)> {
    let misread = |reading: &Reading| -> Option<usize> {
        let wrong = |fact: &Asked| reading.letters(fact, first).is_none();
        facts.iter().position(wrong)
    };
    let readings = [
        Reading::Labels,
        Reading::Letters,
        Reading::Indices,
        Reading::Texts,
    ];
    let fits = readings.iter().find(|reading| misread(reading).is_none());
    let Some(reading) = fits else {
        // The reading that goes furthest is what was meant.
        let furthest = readings.iter().filter_map(misread).max();
        let fact = &facts[furthest.unwrap_or_default()];
        let what = format!(
            "`{name}` is {}: expected {}",
            quote(&fact.answers.join(", ")),
            expected(fact, first)
        );
        return Err((fact.place, what));
    };
    for fact in facts {
        fact.answers = reading.letters(fact, first).unwrap_or_default();
    }
    Ok(())
}

/// What a column says of the right choices.
#[derive(Clone, Copy)]
enum Reading {
    /// The table's own labels.
    Labels,
    /// A for the first choice.
    Letters,
    Indices,
    Texts,
}

impl Reading {
    /// The letters of the right choices, where every answer can be read so.
    fn letters(self, fact: &Asked, first: usize) -> Option<Vec<String>> {
        let find =
            |texts: &[String], answer: &str| texts.iter().position(|text| text.trim() == answer);
        let choice = |answer: &String| {
            let answer = answer.trim();
            let at = match self {
                Reading::Labels => find(&fact.labels, answer),
                Reading::Letters => (0..fact.choices.len()).find(|&at| letter(at) == answer),
                Reading::Indices => answer.parse::<usize>().ok()?.checked_sub(first),
                Reading::Texts => find(&fact.choices, answer),
            };
            at.filter(|&at| at < fact.choices.len()).map(letter)
        };
        fact.answers.iter().map(choice).collect()
    }
}

/// What the right choice of a fact may be.
fn expected(fact: &Asked, first: usize) -> String {
    let last = fact.choices.len().saturating_sub(1);
    let label = match fact.labels.is_empty() {
        true => format!("a letter from A to {}", letter(last)),
        false => format!("one of {}", fact.labels.join(", ")),
    };
    format!(
        "{label}, an index from {first} to {} (first=1 counts from 1), or the text of a choice",
        first + last
    )
}
