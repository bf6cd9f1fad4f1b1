//! What the prompts of a method without a mask read, and what they gave, in every form.

mod json;
mod text;

use super::files::To;
use crate::cli::CliError;
use crate::engine::Answer;
use crate::evaluate::Plan;
use crate::inspect::view::Sighted;
use crate::inspect::{Apart, ContrastApart, Given, Heads, Prompt};
use crate::layout::picture::Labels;
use crate::model::Tokenizer;
use crate::numbers::count;
use crate::results::MassTable;

/// Everything that a report shows.
pub struct SeenApart<'a> {
    pub plan: &'a Plan,
    pub fact: usize,
    pub apart: Apart,
    pub labels: Labels,
    pub tokenizer: &'a Tokenizer,
    /// The first token of the first accepted answer.
    pub gold: Option<u32>,
    pub contrast: Option<ContrastApart>,
}

impl SeenApart<'_> {
    /// Template and question of a prompt.
    fn name(&self, prompt: &Prompt) -> (&str, &str) {
        let (name, question) = &self.labels.segments[prompt.question];
        (name, question)
    }

    fn answer(&self, prompt: &Prompt) -> &Answer {
        &self.apart.answers[prompt.answer]
    }

    pub fn write(&self, to: To<'_>, heads: Heads) -> Result<(), CliError> {
        if to.table(&self.table())? {
            return Ok(());
        }
        let [prompt] = self.apart.prompts.as_slice() else {
            return Err(CliError::Failed(format!(
                "{}: method {} reads {}, a picture shows one: choose one with --templates",
                to.path.display(),
                self.plan.method,
                count(self.apart.prompts.len(), "prompt")
            )));
        };
        let labels = Labels {
            segments: vec![self.labels.segments[prompt.question].clone()],
            subtitle: self.subtitle(),
            ..self.labels.clone()
        };
        // A page was refused before anything was computed.
        let text = |id: &u32| self.tokenizer.text(*id);
        let tokens: Vec<String> = self.answer(prompt).generated.iter().map(text).collect();
        to.view(&Sighted {
            attention: &prompt.attention,
            mass: &prompt.mass,
            studied: None,
            labels: &labels,
            tokens: &tokens,
            contrast: None,
            gold: None,
            heads,
            step: 0,
        })
    }

    /// Parts are named `m1`, `m1/front`, `m1/rest`.
    fn table(&self) -> MassTable {
        let mut table = MassTable::default();
        let fact = &self.plan.data.facts[self.fact];
        let relation = self.plan.data.relation_of(fact);
        for prompt in &self.apart.prompts {
            let (name, _) = self.name(prompt);
            let parts = [
                name.to_owned(),
                format!("{name}/front"),
                format!("{name}/rest"),
            ];
            let tokens = self.answer(prompt).generated.iter();
            let tokens: Vec<String> = tokens.map(|id| self.tokenizer.text(*id)).collect();
            table.add((&fact.uuid, &relation.id), &tokens, &parts, &prompt.mass);
        }
        table
    }

    fn given(&self) -> Given {
        Given::by(self.plan.method)
    }

    fn subtitle(&self) -> String {
        let shots = count(self.plan.shots.count(), "shot");
        format!("method {}, {shots}", self.plan.method)
    }
}
