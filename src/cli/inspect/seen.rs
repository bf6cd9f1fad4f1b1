//! Everything about one answer under a mask, on its way to a report.

use super::depth::Depth;
use super::files::{Kind, To};
use super::page;
use crate::cli::CliError;
use crate::evaluate::Plan;
use crate::inspect::view::{Contrasted, Sighted, Studied};
use crate::inspect::{Contrast, Heads, Inside, Shapley};
use crate::layout::picture::Labels;
use crate::model::Tokenizer;
use crate::results::MassTable;

/// Everything that a report shows.
pub struct Seen<'a> {
    pub plan: &'a Plan,
    pub fact: usize,
    pub inside: Inside,
    pub labels: Labels,
    pub tokenizer: &'a Tokenizer,
    /// The first token of the first accepted answer.
    pub gold: Option<u32>,
    pub contrast: Option<Contrast>,
}

impl Seen<'_> {
    pub fn write(&self, to: To<'_>, heads: Heads) -> Result<(), CliError> {
        if to.kind == Kind::Html {
            return to.page(|file| page::write(file, self));
        }
        if to.table(&self.table())? {
            return Ok(());
        }
        self.sighted(heads, |sighted| to.view(sighted))
    }

    /// Hands over what views are made of.
    pub fn sighted<T>(&self, heads: Heads, with: impl FnOnce(&Sighted<'_>) -> T) -> T {
        let text = |id: u32| self.tokenizer.text(id);
        let inside = &self.inside;
        let tokens: Vec<String> = inside.answer.generated.iter().map(|id| text(*id)).collect();
        let best = inside.lens.iter().map(|layers| {
            let best = layers.iter().map(|sight| text(sight.best));
            best.collect()
        });
        let best: Vec<Vec<String>> = best.collect();
        let gold = self.gold.map(text);
        let contrast = self.contrast.as_ref();
        let sides = contrast.map(|of| {
            let said = |answer: &Vec<u32>| self.tokenizer.decode(answer).trim().to_owned();
            let parts = |answer: &Vec<u32>| text(answer[of.part]);
            let best: Vec<String> = of.lens.iter().map(|sight| text(sight.best)).collect();
            let answers = of.answers.each_ref();
            (answers.map(said), answers.map(parts), best)
        });
        let contrasted = contrast.zip(sides.as_ref());
        with(&Sighted {
            attention: &inside.attention,
            mass: &inside.mass,
            studied: Some(Studied {
                between: &inside.between,
                values: &inside.values,
                shapley: &inside.shapley,
                lens: &inside.lens,
                alone: &inside.alone,
                best: &best,
            }),
            labels: &self.labels,
            tokens: &tokens,
            contrast: contrasted.map(|(contrast, (answers, tokens, best))| Contrasted {
                contrast,
                answers: answers.each_ref().map(String::as_str),
                tokens: tokens.each_ref().map(String::as_str),
                best,
            }),
            gold: gold.as_deref(),
            heads,
            step: 0,
        })
    }

    /// Names of the parts: templates, `front`, `rest`.
    pub fn parts(&self) -> Vec<String> {
        let names = self.labels.segments.iter().map(|(name, _)| name.clone());
        names.chain(["front", "rest"].map(str::to_owned)).collect()
    }

    /// The fused row beside each question alone.
    pub fn depth(&self) -> Depth<'_> {
        let names = self.labels.segments.iter().map(|(name, _)| name.as_str());
        let lenses = self.inside.alone_lens.iter().map(Vec::as_slice);
        let fused = ("fused", self.inside.lens[0].as_slice());
        let answer = self.inside.answer.generated.first().copied();
        Depth {
            whose: "fused, and each question alone",
            rows: std::iter::once(fused).chain(names.zip(lenses)).collect(),
            tokens: answer.into_iter().chain(self.gold).enumerate().collect(),
        }
    }

    fn table(&self) -> MassTable {
        let mut table = MassTable::default();
        let fact = &self.plan.data.facts[self.fact];
        let whose = (
            fact.uuid.as_str(),
            self.plan.data.relation_of(fact).id.as_str(),
        );
        let text = |id: &u32| self.tokenizer.text(*id);
        let tokens: Vec<String> = self.inside.answer.generated.iter().map(text).collect();
        table.add(whose, &tokens, &self.parts(), &self.inside.mass);
        table
    }
}

/// A Shapley value with its standard error, where it has one.
pub fn plus_minus(shapley: &Shapley, question: usize) -> String {
    let value = shapley.values[question];
    match &shapley.errors {
        None => format!("{value:+.3}"),
        Some(errors) => format!("{value:+.3} ± {:.3}", errors[question]),
    }
}
