//! Tables that are known by their columns, read without `--columns`.

use super::columns::Columns;

/// Columns by which a table is known, and what they hold. Of the same columns the first counts.
const KNOWN: [(&[&str], &str); 4] = [
    // CommonsenseQA and ARC on the hub.
    (
        &["question", "choices", "answerKey"],
        "question=question,choices=choices.text,labels=choices.label,answers=answerKey",
    ),
    // OpenBookQA.
    (
        &["question_stem", "choices", "answerKey"],
        "question=question_stem,choices=choices.text,labels=choices.label,answers=answerKey",
    ),
    // CommonsenseQA as its makers give it out: everything lies in one object.
    (
        &["question", "answerKey"],
        "question=question.stem,choices=question.choices.text,labels=question.choices.label,answers=answerKey",
    ),
    // MMLU.
    (
        &["question", "choices", "answer"],
        "question=question,choices=choices,answers=answer",
    ),
];

/// Columns that say more where a known table has them.
const MORE: [(&str, &str); 2] = [("id", "id=id"), ("subject", "relation=subject")];

/// What the columns of a well-known table hold.
pub(in crate::data) fn known(names: &[String]) -> Option<Columns> {
    let has = |name: &str| names.iter().any(|known| known == name);
    let (_, columns) = KNOWN
        .iter()
        .find(|(needed, _)| needed.iter().all(|name| has(name)))?;
    let more = MORE.iter().filter(|(name, _)| has(name));
    let columns = more.fold((*columns).to_owned(), |all, (_, one)| {
        format!("{all},{one}")
    });
    columns.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_known_table_is_read_by_its_columns() {
        for (names, columns) in KNOWN {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(known(&names).expect(columns).to_string(), columns);
        }
        let mmlu = ["answer", "choices", "subject", "question"].map(str::to_owned);
        let columns = known(&mmlu).expect("MMLU").to_string();
        assert!(columns.ends_with(",relation=subject"), "{columns}");
        assert_eq!(known(&["question".into(), "answer".into()]), None);
    }
}
