//! Prompts apart for people.

use std::io::{self, Write};

use super::SeenApart;
use crate::cli::inspect::bars;
use crate::cli::inspect::depth::{self, Depth};
use crate::cli::inspect::text::{quoted, rank, shortened};
use crate::cli::plain::{Align, Table};
use crate::engine::Answer;
use crate::inspect::{ContrastApart, Given};
use crate::numbers::count;
use crate::text::harmless;

/// Tokens of an answer that there are columns for.
const MOST_TOKENS: usize = 4;

impl SeenApart<'_> {
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
            let measure = answer.measure();
            write!(to, "answer {generation:?}, {measure} {probability:.3}; ")?;
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
        depth::write(to, &self.depth(), self.tokenizer)?;
        match &self.contrast {
            Some(contrast) => self.contrasted(to, contrast),
            None => Ok(()),
        }
    }

    /// What each prompt says of two answers.
    fn contrasted(&self, to: &mut impl Write, contrast: &ContrastApart) -> io::Result<()> {
        let [one, other] = [0, 1].map(|at| self.tokenizer.decode(&contrast.answers[at]));
        writeln!(
            to,
            "\nWhy {one:?} and not {other:?}: ln p of the first less ln p of the second, in nats"
        )?;
        let mut table = Table::new(&[
            ("", Align::Left),
            ("first token", Align::Right),
            ("whole answer", Align::Right),
            ("question", Align::Left),
        ]);
        for (at, prompt) in self.apart.prompts.iter().enumerate() {
            let (name, question) = self.name(prompt);
            table.row([
                name.to_owned(),
                format!("{:+.3}", contrast.first(at)),
                format!("{:+.3}", contrast.whole(at)),
                question.to_owned(),
            ]);
        }
        if let Some(together) = contrast.together {
            table.row(["together".to_owned(), format!("{together:+.3}")]);
        }
        table.write(to)?;
        if contrast.part > 0 {
            let both = self.tokenizer.decode(&contrast.answers[0][..contrast.part]);
            writeln!(to, "first token: after {both:?}, which both begin with")?;
        }
        Ok(())
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
