//! The words of the field, one line each: the help lists them, the line above the keys says the one that is under the
//! cursor, and the README has the same table.

/// A word and what it means.
pub const GLOSSARY: &[(&str, &str)] = &[
    (
        "relation",
        "a Wikidata property, such as P36 capital; it has its own templates",
    ),
    (
        "fact",
        "a subject of a relation, with every answer that counts as right",
    ),
    (
        "template",
        "a sentence with [X] for the subject and [Y] for the answer",
    ),
    (
        "question",
        "a template with the subject for [X] and [MASK] for [Y]",
    ),
    ("manual", "a template that a person wrote: m1, m2, …"),
    ("auto", "a template that was generated: a1, a2, …"),
    (
        "own",
        "a wording that you typed: o1, o2, …; template sets carry its text",
    ),
    (
        "shots",
        "answered examples in front of a question: part of its context",
    ),
    (
        "cue",
        "the A: after which the answer comes, per segment or once behind all",
    ),
    (
        "segment",
        "one question of the sequence, with its context if that is repeated",
    ),
    (
        "glue",
        "whose BOS and the blank lines between segments are; orphan: nobody's",
    ),
    (
        "shared",
        "stands once in front of all questions and is read by every row",
    ),
    (
        "context",
        "instruction and shots set apart: only rows that fuse read them",
    ),
    (
        "fuse",
        "to read every question: the row mixes what all of them say",
    ),
    (
        "cross",
        "manual cross-attention: manual questions read each other",
    ),
    ("group", "questions that read each other and no others"),
    (
        "isolation",
        "segments do not read each other; without it all before is read",
    ),
    (
        "window",
        "some layers reach only so many tokens back, whoever's they are",
    ),
    (
        "cell",
        "a block of tokens, dim where only some are read; zoom in for one each",
    ),
    ("mass", "the attention that a row spends on one question"),
    (
        "left out",
        "how much less likely (in nats, ln p) the answer is when no fusing row reads the question",
    ),
    (
        "Shapley value",
        "what a question adds to ln p of the answer, mean over the orders in which questions may be added",
    ),
    ("lens", "what the model would say if a layer were its last"),
    (
        "interval",
        "where the accuracy lies with 95 % certainty, in %: [60.8, 87.0]",
    ),
    (
        "McNemar",
        "a test of two runs by the facts that only one of them has right",
    ),
    (
        "bidirectional",
        "a looser match: the prediction may also stand inside an answer",
    ),
    (
        "oracle-or",
        "right under any template; oracle-and: right under every one",
    ),
    (
        "consistency",
        "templates that give the same prediction, by its lemmas, pair by pair",
    ),
    (
        "fluctuation",
        "the accuracies that one template per relation gives, drawn at random",
    ),
    (
        "maximum",
        "the best template of each relation; flatters where it is chosen",
    ),
    (
        "optimism",
        "how much better chosen templates look on the facts that chose them",
    ),
    (
        "calibration",
        "whether answers of probability 0.8 are right 8 times of 10",
    ),
    (
        "ECE",
        "how far probability and share of right answers lie apart, mean over bins",
    ),
    (
        "Brier score",
        "mean of (probability − right)², right as 1, wrong as 0: small is good",
    ),
    (
        "AUROC",
        "how often a right answer has a greater probability than a wrong one",
    ),
    (
        "majority",
        "the most frequent prediction of the templates as the answer",
    ),
    ("one word", "an answer whose first line is a single word"),
];

/// `segment: one question of the sequence, …`.
pub fn explained(word: &str) -> Option<String> {
    let (_, meaning) = GLOSSARY.iter().find(|(known, _)| *known == word)?;
    Some(format!("{word}: {meaning}"))
}
