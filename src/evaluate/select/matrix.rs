//! What every template alone answered about every fact.

use std::collections::HashMap;

use crate::data::TemplateId;
use crate::evaluate::Row;

/// Facts × templates of one relation: predictions and verdicts of a `per-prompt` run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Matrix {
    /// Uuids, in the order of the rows.
    pub facts: Vec<String>,
    pub templates: Vec<TemplateId>,
    /// Facts of which some template has no answer: they do not stand in the matrix.
    pub left_out: usize,
    /// Row by row.
    cells: Vec<Cell>,
}

/// What one template answered about one fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Cell {
    /// Which of the fact's different predictions: equal numbers, equal lemmas.
    pub prediction: usize,
    pub right: bool,
}

impl Matrix {
    /// A matrix of these cells, row by row.
    pub fn new(facts: Vec<String>, templates: Vec<TemplateId>, cells: Vec<Cell>) -> Self {
        assert_eq!(cells.len(), facts.len() * templates.len(), "a cell each");
        Matrix {
            facts,
            templates,
            left_out: 0,
            cells,
        }
    }

    /// From the rows of one relation, in whatever order; templates in the order of their ids.
    pub fn of(rows: &[Row]) -> Self {
        let mut matrix = Matrix::default();
        let mut of_fact: HashMap<&str, Vec<(TemplateId, &Row)>> = HashMap::new();
        let mut facts: Vec<&str> = Vec::new();
        for row in rows {
            let [template] = row.templates[..] else {
                continue;
            };
            if !matrix.templates.contains(&template) {
                matrix.templates.push(template);
            }
            let rows = of_fact.entry(&row.uuid).or_insert_with(|| {
                facts.push(&row.uuid);
                Vec::new()
            });
            rows.push((template, row));
        }
        matrix.templates.sort();
        for uuid in facts {
            let mut rows = of_fact.remove(uuid).unwrap_or_default();
            rows.sort_by_key(|(template, _)| *template);
            rows.dedup_by_key(|(template, _)| *template);
            if rows.len() < matrix.templates.len() {
                matrix.left_out += 1;
                continue;
            }
            matrix.facts.push(uuid.to_owned());
            let mut known: HashMap<(&[String], &str), usize> = HashMap::new();
            for (_, row) in rows {
                // What has no lemmas, such as a number sign, is compared as it stands.
                let lemmas = row.verdict.predict_lemma.as_slice();
                let text = if lemmas.is_empty() {
                    row.prediction.as_str()
                } else {
                    ""
                };
                let next = known.len();
                matrix.cells.push(Cell {
                    prediction: *known.entry((lemmas, text)).or_insert(next),
                    right: row.verdict.correct,
                });
            }
        }
        matrix
    }

    pub fn cell(&self, fact: usize, template: usize) -> Cell {
        self.cells[fact * self.templates.len() + template]
    }

    /// Right answers of a template.
    pub fn right(&self, template: usize) -> usize {
        let facts = 0..self.facts.len();
        facts
            .filter(|&fact| self.cell(fact, template).right)
            .count()
    }

    /// Share of facts about which two templates predict the same; 0 without facts.
    pub fn agreement(&self, a: usize, b: usize) -> f64 {
        let facts = 0..self.facts.len();
        let same = |&fact: &usize| self.cell(fact, a).prediction == self.cell(fact, b).prediction;
        facts.filter(same).count() as f64 / self.facts.len().max(1) as f64
    }

    /// Share of the set's templates that are right about a fact.
    pub fn mean(&self, fact: usize, set: &[usize]) -> f64 {
        let right = set.iter().filter(|&&t| self.cell(fact, t).right).count();
        right as f64 / set.len().max(1) as f64
    }

    /// Whether the most frequent prediction of the set is right about a fact; of equally frequent ones that of the
    /// earliest template counts.
    pub fn vote(&self, fact: usize, set: &[usize]) -> bool {
        let cells: Vec<Cell> = set.iter().map(|&t| self.cell(fact, t)).collect();
        let votes = |cell: &Cell| {
            let same = cells.iter().filter(|c| c.prediction == cell.prediction);
            same.count()
        };
        // The last of equal maxima wins, so that the earliest template comes last.
        let best = cells.iter().rev().max_by_key(|cell| votes(cell));
        best.is_some_and(|cell| cell.right)
    }
}
