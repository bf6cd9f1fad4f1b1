//! What the prompts of a method without a mask read, and what they gave, in every form.

use std::io::{self, Write};

use serde::Serialize;

use super::bars;
use super::depth::{self, Depth};
use super::files::To;
use super::json::mapped;
use super::text::{quoted, rank, shortened};
use crate::cli::CliError;
use crate::cli::plain::{Align, Table, write_json};
use crate::engine::Answer;
use crate::evaluate::Plan;
use crate::inspect::view::Sighted;
use crate::inspect::{Apart, Given, Heads, Prompt, Sight};
use crate::layout::picture::Labels;
use crate::model::Tokenizer;
use crate::numbers::count;
use crate::results::MassTable;
use crate::text::harmless;

/// Tokens of an answer that the text has columns for.
const MOST_TOKENS: usize = 4;

/// Everything that a report shows.
pub struct SeenApart<'a> {
    pub plan: &'a Plan,
    pub fact: usize,
    pub apart: Apart,
    pub labels: Labels,
    pub tokenizer: &'a Tokenizer,
    /// The first token of the first accepted answer.
    pub gold: Option<u32>,
}

#[derive(Serialize)]
struct View<'a> {
    uuid: &'a str,
    method: String,
    /// What `gives` of all prompts sums to, per token: `lead` over the runner-up in nats, or `probability`.
    given: &'static str,
    gold: Option<u32>,
    answers: Vec<AnswerView<'a>>,
    prompts: Vec<PromptView<'a>>,
}

#[derive(Serialize)]
struct AnswerView<'a> {
    generated: &'a [u32],
    generation: &'a str,
    probability: f32,
}

impl<'a> AnswerView<'a> {
    fn of(answer: &'a Answer) -> Self {
        AnswerView {
            generated: &answer.generated,
            generation: &answer.generation,
            probability: answer.probability,
        }
    }
}

#[derive(Serialize)]
struct PromptView<'a> {
    template: &'a str,
    question: &'a str,
    /// Index into the answers.
    answer: usize,
    tokens: &'a [u32],
    texts: Vec<String>,
    /// 0 for the question's tokens, −1 for those in front.
    owner: Vec<i64>,
    mass: Vec<Vec<Vec<&'a [f32]>>>,
    entropy: Vec<Vec<Vec<f32>>>,
    /// Per step: ln p and rank of the token that was made, by this prompt alone.
    said: Vec<(f64, usize)>,
    gives: &'a [f64],
    /// Per step; where there are other prompts.
    #[serde(skip_serializing_if = "<[f64]>::is_empty")]
    left_out: &'a [f64],
    lens: Vec<Vec<(f64, u32)>>,
    /// Of the first accepted answer's first token, where the first token of the answer is made.
    lens_gold: Vec<(f64, usize)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<Vec<Vec<f32>>>>,
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

    pub fn write_json(&self, to: &mut impl Write, rows: bool) -> io::Result<()> {
        write_json(
            to,
            &View {
                uuid: &self.plan.data.facts[self.fact].uuid,
                method: self.plan.method.to_string(),
                given: match self.given() {
                    Given::Lead => "lead",
                    Given::Probability => "probability",
                },
                gold: self.gold,
                answers: self.apart.answers.iter().map(AnswerView::of).collect(),
                prompts: (self.apart.prompts.iter())
                    .map(|prompt| self.view(prompt, rows))
                    .collect(),
            },
        )
    }

    fn view<'a>(&'a self, prompt: &'a Prompt, rows: bool) -> PromptView<'a> {
        let (template, question) = self.name(prompt);
        let (attention, layout) = (&prompt.attention, prompt.attention.layout());
        let shape = attention.shape();
        let row = |layer: usize| {
            let of = |head| attention.row(layer, head, attention.emitting(0));
            (0..shape.heads).map(of).collect()
        };
        let sight = |sight: &Sight| (sight.tokens[0].log_probability, sight.best);
        let gold = |sight: &Sight| {
            let seen = sight.tokens.get(2)?;
            Some((seen.log_probability, seen.rank))
        };
        PromptView {
            template,
            question,
            answer: prompt.answer,
            tokens: &layout.tokens,
            texts: layout
                .tokens
                .iter()
                .map(|&id| self.tokenizer.text(id))
                .collect(),
            owner: (layout.owner.iter())
                .map(|owner| owner.map_or(-1, i64::from))
                .collect(),
            mass: mapped(&prompt.mass, |mass| mass.parts.as_slice()),
            entropy: mapped(&prompt.mass, |mass| mass.entropy),
            said: (prompt.lens.iter())
                .filter_map(|layers| layers.last())
                .map(|sight| (sight.tokens[0].log_probability, sight.tokens[0].rank))
                .collect(),
            gives: &prompt.gives,
            left_out: &prompt.left_out,
            lens: (prompt.lens.iter())
                .map(|layers| layers.iter().map(sight).collect())
                .collect(),
            lens_gold: prompt
                .lens
                .iter()
                .take(1)
                .flatten()
                .filter_map(gold)
                .collect(),
            rows: rows.then(|| (0..shape.layers).map(row).collect()),
        }
    }

    fn subtitle(&self) -> String {
        let shots = count(self.plan.shots.shots.len(), "shot");
        format!("method {}, {shots}", self.plan.method)
    }

    pub fn write_text(&self, to: &mut impl Write) -> io::Result<()> {
        let expected = self.plan.data.facts[self.fact].answers.join(" | ");
        writeln!(to, "{}", self.labels.title)?;
        writeln!(to, "{}", self.subtitle())?;
        if let [answer] = self.apart.answers.as_slice() {
            let Answer {
                generation,
                probability,
                ..
            } = answer;
            write!(to, "answer {generation:?}, probability {probability:.3}; ")?;
        }
        writeln!(to, "expected {}\n", harmless(&expected))?;
        writeln!(
            to,
            "What each token of the answer read in each prompt: attention, mean of all layers and heads"
        )?;
        let bars = self.apart.prompts.iter().flat_map(|prompt| {
            let (name, _) = self.name(prompt);
            let tokens = self.answer(prompt).generated.iter().zip(&prompt.mass);
            tokens.map(|(id, mass)| {
                let token = quoted(self.tokenizer, *id);
                (Some(name.to_owned()), token, mass)
            })
        });
        let parts = ["its question", "front", "rest"].map(str::to_owned);
        bars::write(to, &parts, bars)?;
        match self.plan.method.answers_each() {
            true => self.own_answers(to)?,
            false => self.gifts(to)?,
        }
        writeln!(to)?;
        depth::write(to, &self.depth(), self.tokenizer)
    }

    /// Every prompt's own answer.
    fn own_answers(&self, to: &mut impl Write) -> io::Result<()> {
        writeln!(to, "What each prompt answers")?;
        let mut table = Table::new(&[
            ("", Align::Left),
            ("answer", Align::Left),
            ("p", Align::Right),
            ("question", Align::Left),
        ]);
        for prompt in &self.apart.prompts {
            let (name, question) = self.name(prompt);
            let answer = self.answer(prompt);
            table.row([
                name.to_owned(),
                shortened(answer.generation.trim()),
                format!("{:.3}", answer.probability),
                question.to_owned(),
            ]);
        }
        table.write(to)
    }

    /// What each prompt gives to the tokens of the answer that all make together.
    fn gifts(&self, to: &mut impl Write) -> io::Result<()> {
        let prompts = &self.apart.prompts;
        let tokens = &self.answer(&prompts[0]).generated;
        let shown = &tokens[..tokens.len().min(MOST_TOKENS)];
        let what = match self.given() {
            Given::Lead => "its part of the lead over the runner-up in nats",
            Given::Probability => "its part of the probability",
        };
        writeln!(
            to,
            "What each prompt gives to each token: by itself ln p and rank, then {what}"
        )?;
        let texts: Vec<String> = shown.iter().map(|id| quoted(self.tokenizer, *id)).collect();
        let columns = texts
            .iter()
            .flat_map(|text| [(text.as_str(), Align::Right), ("gives", Align::Right)]);
        let header: Vec<_> = std::iter::once(("", Align::Left))
            .chain(columns)
            .chain([("left out", Align::Right), ("question", Align::Left)])
            .collect();
        let mut table = Table::new(&header);
        for prompt in prompts {
            let (name, question) = self.name(prompt);
            let mut row = vec![name.to_owned()];
            for (layers, gives) in prompt.lens.iter().zip(&prompt.gives).take(shown.len()) {
                row.push(
                    layers
                        .last()
                        .map_or(String::new(), |sight| rank(&sight.tokens[0])),
                );
                row.push(format!("{gives:+.3}"));
            }
            row.push(match prompt.left_out.as_slice() {
                [] => String::new(),
                left_out => format!("{:+.3}", left_out.iter().sum::<f64>()),
            });
            row.push(question.to_owned());
            table.row(row);
        }
        let mut row = vec!["together".to_owned()];
        for step in 0..shown.len() {
            let sum: f64 = prompts.iter().map(|prompt| prompt.gives[step]).sum();
            row.extend([String::new(), format!("{sum:+.3}")]);
        }
        table.row(row);
        table.write(to)?;
        let left = tokens.len() - shown.len();
        if left > 0 {
            writeln!(to, "{} more: --json has them", count(left, "token"))?;
        }
        Ok(())
    }

    /// What each prompt would say after each layer: of the answer's first token, the runner-up and the expected one;
    /// where each prompt has an answer of its own, of the expected one alone.
    fn depth(&self) -> Depth<'_> {
        let prompts = &self.apart.prompts;
        let answer = self.answer(&prompts[0]);
        let first = answer.generated.first().copied();
        let best = answer.steps.first().and_then(|best| best.get(1));
        let second = best.map_or(first, |(id, _)| Some(*id));
        let tokens = [first, second, self.gold].into_iter().flatten().enumerate();
        let is_common = |at: usize| at == 2 || !self.plan.method.answers_each();
        Depth {
            whose: "each prompt",
            rows: (prompts.iter())
                .map(|prompt| (self.name(prompt).0, prompt.lens[0].as_slice()))
                .collect(),
            tokens: tokens.filter(|(at, _)| is_common(*at)).collect(),
        }
    }
}
