//! Sets of templates that are judged by asking the model.

use crate::cli::CliError;
use crate::cli::progress::{Facts, Loading};
use crate::cli::session::Session;
use crate::evaluate::select::{Judge, Matrix};
use crate::evaluate::{Plan, Row};

/// Runs a plan with the set's templates. Prompts that several sets share are in the engine's tree already.
pub struct Asks<'a> {
    session: &'a mut Session,
    plan: Plan,
    relation: usize,
    /// Indices into the relation's templates, and into the data's facts, in the order of the matrix.
    pool: Vec<usize>,
    facts: Vec<usize>,
    loading: Loading,
    sets: usize,
}

impl<'a> Asks<'a> {
    /// `plan` holds the facts of the matrix among others.
    pub fn new(session: &'a mut Session, plan: Plan, matrix: &Matrix, loading: Loading) -> Self {
        let place = |uuid: &String| {
            let is = |fact: &&usize| plan.data.facts[**fact].uuid == *uuid;
            plan.facts.iter().find(is).copied()
        };
        let facts: Vec<usize> = matrix.facts.iter().filter_map(place).collect();
        let relation = plan.data.facts[facts[0]].relation;
        let templates = &plan.data.relations[relation];
        let pool = matrix.templates.iter();
        Asks {
            pool: pool.filter_map(|&id| templates.find_template(id)).collect(),
            session,
            relation,
            facts,
            plan,
            loading,
            sets: 0,
        }
    }
}

impl Judge for Asks<'_> {
    type Error = CliError;

    /// Facts without an answer count as wrong.
    fn shares(&mut self, set: &[usize], facts: &[usize]) -> Result<Vec<f64>, CliError> {
        self.sets += 1;
        let name = &self.plan.data.relations[self.relation].id;
        self.loading.searching(name, self.sets);
        let mut plan = self.plan.clone();
        plan.templates[self.relation] = set.iter().map(|&at| self.pool[at]).collect();
        plan.facts = facts.iter().map(|&at| self.facts[at]).collect();
        let hidden = Facts::new(String::new(), 0, plan.facts.len(), true);
        let rows = ask(self.session, &plan, &hidden)?;
        let share = |fact: &usize| {
            let uuid = &plan.data.facts[*fact].uuid;
            let mine: Vec<&Row> = rows.iter().filter(|row| row.uuid == *uuid).collect();
            let right = mine.iter().filter(|row| row.verdict.correct).count();
            right as f64 / mine.len().max(1) as f64
        };
        Ok(plan.facts.iter().map(share).collect())
    }
}

/// The rows of a plan, in the order of the data.
pub fn ask(session: &mut Session, plan: &Plan, bar: &Facts) -> Result<Vec<Row>, CliError> {
    let mut finished = Vec::new();
    let mut tally = crate::evaluate::Tally::default();
    session.ask(plan, bar, &mut |fact| {
        tally.add(&fact.rows);
        bar.advance(&tally);
        finished.push((fact.fact, fact.rows.clone()));
        Ok(())
    })?;
    finished.sort_by_key(|(fact, _)| *fact);
    Ok(finished.into_iter().flat_map(|(_, rows)| rows).collect())
}
