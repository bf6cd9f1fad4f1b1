//! Finding a text in the prompt: its places as tokens, and which of them is looked at.

use std::ops::Range;

use crate::tui::workspace::sequence::Sequence;

/// Where a text stands.
#[derive(Debug, Clone, Default)]
pub struct Hits {
    /// Tokens that have part of it, place by place.
    places: Vec<Range<usize>>,
    at: usize,
}

impl Hits {
    /// All places, in small or capital letters; the first one from `token` on is looked at.
    pub fn of(sequence: &Sequence, query: &str, token: usize) -> Hits {
        let query = query.to_lowercase();
        if query.is_empty() {
            return Hits::default();
        }
        let (mut text, mut starts) = (String::new(), Vec::new());
        for token in 0..sequence.len() {
            starts.push(text.len());
            text.push_str(&sequence.written(token).to_lowercase());
        }
        // The last token that begins at or before a byte.
        let token_of = |byte: usize| starts.partition_point(|&start| start <= byte) - 1;
        let places: Vec<Range<usize>> = text
            .match_indices(&query)
            .map(|(byte, found)| token_of(byte)..token_of(byte + found.len() - 1) + 1)
            .collect();
        let at = places.iter().position(|place| place.end > token);
        Hits {
            at: at.unwrap_or(0),
            places,
        }
    }

    /// Goes to the next place, or to the one before, around the ends.
    pub fn step(&mut self, by: isize) {
        if !self.places.is_empty() {
            let all = self.places.len() as isize;
            self.at = (self.at as isize + by).rem_euclid(all) as usize;
        }
    }

    /// The tokens that are looked at.
    pub fn here(&self) -> Option<&Range<usize>> {
        self.places.get(self.at)
    }

    /// Whether a token has part of the text.
    pub fn has(&self, token: usize) -> bool {
        let next = self.places.partition_point(|place| place.end <= token);
        self.places
            .get(next)
            .is_some_and(|place| place.contains(&token))
    }

    /// `2 of 5`.
    pub fn count(&self) -> String {
        match self.places.len() {
            0 => "not there".to_owned(),
            all => format!("{} of {all}", self.at + 1),
        }
    }
}
