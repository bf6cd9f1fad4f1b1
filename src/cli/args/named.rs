//! Enumerations of the core as values of options.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use crate::named::{Named, Word};

/// Takes the names of an enumeration, which help, errors and completions list.
pub fn named<T: Named>() -> impl TypedValueParser<Value = T> {
    PossibleValuesParser::new(possible(T::WORDS))
        .map(|name| T::from_name(&name).expect("no other name passes"))
}

/// The words with their meanings.
pub fn possible(words: &'static [Word]) -> impl Iterator<Item = PossibleValue> {
    words.iter().map(|word| {
        PossibleValue::new(word.name)
            .aliases(word.aliases)
            .help(word.meaning)
    })
}
