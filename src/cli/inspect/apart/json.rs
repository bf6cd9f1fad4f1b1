//! Prompts apart as JSON.

use std::io::{self, Write};

use serde::Serialize;

use super::SeenApart;
use crate::cli::inspect::json::mapped;
use crate::cli::plain::write_json;
use crate::engine::Answer;
use crate::inspect::{ContrastApart, Given, Prompt, Sight};

#[derive(Serialize)]
struct View<'a> {
    uuid: &'a str,
    method: String,
    /// What `gives` of all prompts sums to, per token: `lead` over the runner-up in nats, or `probability`.
    given: &'static str,
    gold: Option<u32>,
    answers: Vec<AnswerView<'a>>,
    prompts: Vec<PromptView<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contrast: Option<ContrastView<'a>>,
}

/// ln p of the first answer less ln p of the second, per prompt.
#[derive(Serialize)]
struct ContrastView<'a> {
    answers: [&'a [u32]; 2],
    /// How many tokens both begin with.
    part: usize,
    /// Where they part.
    first: Vec<f64>,
    whole: Vec<f64>,
    /// As the method makes it of all prompts, where they part.
    #[serde(skip_serializing_if = "Option::is_none")]
    together: Option<f64>,
}

impl<'a> ContrastView<'a> {
    fn of(contrast: &'a ContrastApart) -> Self {
        let prompts = 0..contrast.ln_p.len();
        ContrastView {
            answers: [&contrast.answers[0], &contrast.answers[1]],
            part: contrast.part,
            first: prompts.clone().map(|at| contrast.first(at)).collect(),
            whole: prompts.map(|at| contrast.whole(at)).collect(),
            together: contrast.together,
        }
    }
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
                contrast: self.contrast.as_ref().map(ContrastView::of),
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
}
