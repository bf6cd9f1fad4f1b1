//! What a model is told that is to write a question in other words.

use crate::prompt::Context;

const OF_SENTENCES: &str =
    "Rewrite the sentence in other words. Keep its meaning, every name and [MASK].";
const OF_QUESTIONS: &str =
    "Rewrite the question in other words. Keep its meaning and every name. Do not answer it.";

/// Sentences with a gap, and others that ask the same: voice, order and words change.
const SENTENCES: [(&str, &str); 6] = [
    (
        "The capital of Peru is [MASK].",
        "The government of Peru sits in the city of [MASK].",
    ),
    (
        "Hamlet was written by [MASK].",
        "[MASK] is the author of Hamlet.",
    ),
    (
        "Marie Curie was born in [MASK].",
        "The birthplace of Marie Curie is [MASK].",
    ),
    (
        "The official language of Brazil is [MASK].",
        "In Brazil, [MASK] has the status of official language.",
    ),
    (
        "[MASK] is the company that makes the iPhone.",
        "The iPhone is a product of [MASK].",
    ),
    (
        "Miles Davis plays the [MASK].",
        "The instrument that Miles Davis is known for is the [MASK].",
    ),
];

/// Questions that ask the same.
const QUESTIONS: [(&str, &str); 5] = [
    (
        "who wrote the novel Dracula?",
        "which author is the novel Dracula by?",
    ),
    (
        "what currency do they use in Norway?",
        "in Norway, people pay with which currency?",
    ),
    (
        "where was Marie Curie born?",
        "what is the birthplace of Marie Curie?",
    ),
    (
        "what team does Lionel Messi play for?",
        "Lionel Messi is a player of which team?",
    ),
    (
        "when did the Berlin Wall fall?",
        "in which year did the Berlin Wall come down?",
    ),
];

/// Instruction and examples, for sentences with a gap or for questions.
pub fn examples(has_mask: bool) -> Context {
    let (instruction, pairs) = match has_mask {
        true => (OF_SENTENCES, &SENTENCES[..]),
        false => (OF_QUESTIONS, &QUESTIONS[..]),
    };
    let own = |(one, other): &(&str, &str)| ((*one).to_owned(), (*other).to_owned());
    let pairs: Vec<_> = pairs.iter().map(own).collect();
    Context::new(instruction, &pairs)
}
