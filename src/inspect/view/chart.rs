//! A view as lines of bars or as small maps: what screen and pictures draw.

use super::{Contrasted, Sighted, Studied, View};
use crate::inspect::attention::Heads;
use crate::inspect::mass::Mass;

/// What a view shows, whatever draws it.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// What it is of: token, layer, head.
    pub title: String,
    /// Names of the parts that its colours stand for.
    pub parts: Vec<String>,
    pub body: Body,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// Lines of cells under a header, and which of them is chosen.
    Lines {
        header: Vec<String>,
        lines: Vec<Vec<Cell>>,
        chosen: Option<usize>,
    },
    /// Maps of one size with the same rows and columns.
    Maps {
        maps: Vec<Map>,
        rows: Vec<String>,
        columns: Vec<String>,
        /// Row and column that are chosen.
        chosen: (Option<usize>, Option<usize>),
    },
}

#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    /// Aligned at its right end.
    Number(String),
    /// The parts of 1.
    Stack(Vec<f32>),
    /// From −1 to 1, in the colour of a part.
    Bar {
        value: f64,
        part: Option<usize>,
    },
}

/// A small map.
#[derive(Debug, Clone, PartialEq)]
pub struct Map {
    pub name: String,
    /// Whose colour it has; of columns, each its own, where it is of what questions read.
    pub part: Option<usize>,
    /// `[row][column]`
    pub values: Vec<Vec<f32>>,
    pub unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Shares of 1, in per cent.
    Share,
    Nats,
}

/// A view of an answer; `None` for attention on the mask, which has a grid of its own, and for what is not known yet.
pub fn chart(view: View, sighted: &Sighted<'_>) -> Option<Chart> {
    let (title, body) = match view {
        View::Attention => return None,
        View::Tokens => tokens(sighted),
        View::Layers => layers(sighted)?,
        View::Heads => heads(sighted)?,
        View::Questions => questions(sighted, sighted.studied?)?,
        View::Between => between(sighted, sighted.studied?),
        View::Contrast => contrast(sighted, sighted.contrast?),
    };
    Some(Chart {
        title,
        parts: sighted.parts(),
        body,
    })
}

fn number(value: f64) -> Cell {
    Cell::Number(format!("{value:+.3}"))
}

fn nats(value: f64) -> Cell {
    Cell::Number(format!("{value:.2}"))
}

fn header(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn tokens(sighted: &Sighted<'_>) -> (String, Body) {
    let lines = sighted.tokens.iter().zip(sighted.mass).map(|(text, mass)| {
        let mass = Mass::mean(mass, sighted.heads);
        vec![
            Cell::Text(format!("{text:?}")),
            Cell::Stack(mass.parts),
            nats(f64::from(mass.entropy)),
        ]
    });
    let body = Body::Lines {
        header: header(&["token", "what it read", "nats"]),
        lines: lines.collect(),
        chosen: Some(sighted.step),
    };
    let title = format!("What each token of the answer read: {}", sighted.whose());
    (title, body)
}

/// Per layer what it read and, where that is known, what stands in the residual stream after it.
fn layers(sighted: &Sighted<'_>) -> Option<(String, Body)> {
    let mass = sighted.mass.get(sighted.step)?;
    let known = |studied: Studied<'_>| studied.lens.len() > sighted.step;
    let studied = sighted.studied.filter(|studied| known(*studied));
    let token = sighted.token();
    let gold = sighted
        .gold
        .filter(|gold| sighted.step == 0 && *gold != token);
    let mut names = header(&["layer", "what it read"]);
    if studied.is_some() {
        names.extend([
            format!("p {token:?}"),
            String::new(),
            "rank".to_owned(),
            "best".to_owned(),
        ]);
        names.extend(gold.map(|gold| format!("p {gold:?}")));
        names.extend(gold.map(|_| "rank".to_owned()));
    }
    let line = |layer: usize| {
        let of = Heads {
            layer: Some(layer),
            head: sighted.heads.head,
        };
        let mut line = vec![
            Cell::Number((layer + 1).to_string()),
            Cell::Stack(Mass::mean(mass, of).parts),
        ];
        if let Some(studied) = studied {
            let sight = &studied.lens[sighted.step][layer];
            let best = &studied.best[sighted.step][layer];
            let p = |at: usize| sight.tokens[at].log_probability.exp();
            let rank = |at: usize| Cell::Number(sight.tokens[at].rank.to_string());
            let share = |at: usize| Cell::Number(format!("{:.3}", p(at)));
            let part = None;
            line.extend([share(0), Cell::Bar { value: p(0), part }, rank(0)]);
            line.push(Cell::Text(format!("{best:?}")));
            if gold.is_some() {
                line.extend([share(1), rank(1)]);
            }
        }
        line
    };
    let body = Body::Lines {
        header: names,
        lines: (0..mass.len()).map(line).collect(),
        chosen: sighted.heads.layer,
    };
    let whose = match sighted.heads.head {
        Some(head) => format!("head {}", head + 1),
        None => "mean of heads".to_owned(),
    };
    let title = format!("Where {token:?} is made: what each layer read ({whose}), what it says");
    Some((title, body))
}

fn heads(sighted: &Sighted<'_>) -> Option<(String, Body)> {
    let mass = sighted.mass.get(sighted.step)?;
    let shape = sighted.attention.shape();
    let parts = sighted.parts();
    let of = |value: &dyn Fn(&Mass) -> f32| -> Vec<Vec<f32>> {
        let row = |heads: &Vec<Mass>| heads.iter().map(value).collect();
        mass.iter().map(row).collect()
    };
    let mut maps: Vec<Map> = parts
        .iter()
        .enumerate()
        .map(|(part, name)| Map {
            name: name.clone(),
            part: Some(part),
            values: of(&|mass| mass.parts[part]),
            unit: Unit::Share,
        })
        .collect();
    maps.push(Map {
        name: "entropy".to_owned(),
        part: None,
        values: of(&|mass| mass.entropy),
        unit: Unit::Nats,
    });
    let count = |to: usize| (1..=to).map(|n| n.to_string()).collect();
    let body = Body::Maps {
        maps,
        rows: count(shape.layers),
        columns: count(shape.heads),
        chosen: (sighted.heads.layer, sighted.heads.head),
    };
    let title = format!(
        "Where {:?} is made: % of each head's attention, entropy in nats",
        sighted.token()
    );
    Some((title, body))
}

fn questions(sighted: &Sighted<'_>, studied: Studied<'_>) -> Option<(String, Body)> {
    let mass = Mass::mean(sighted.mass.get(sighted.step)?, sighted.heads);
    let values = studied.values;
    let count = sighted.labels.segments.len();
    let left_out: Vec<f64> = (0..count)
        .map(|question| values.left_out(question).iter().sum())
        .collect();
    let shapley = &studied.shapley.values;
    let largest = |values: &[f64]| values.iter().fold(1e-9f64, |most, v| most.max(v.abs()));
    let (most_left, most_shapley) = (largest(&left_out), largest(shapley));
    let segments = sighted.labels.segments.iter().enumerate();
    let lines = segments.map(|(at, (name, question))| {
        let bar = |value: f64| Cell::Bar {
            value,
            part: Some(at),
        };
        let alone = studied.alone.get(at);
        let text = alone.map_or("", |answer| answer.generation.trim());
        let p = alone.map_or(String::new(), |answer| format!("{:.3}", answer.probability));
        vec![
            Cell::Text(name.clone()),
            Cell::Number(format!("{:.1} %", 100.0 * mass.parts[at])),
            bar(f64::from(mass.parts[at])),
            number(left_out[at]),
            bar(left_out[at] / most_left),
            number(shapley[at]),
            bar(shapley[at] / most_shapley),
            Cell::Text(text.lines().next().unwrap_or_default().to_owned()),
            Cell::Number(p),
            Cell::Text(question.clone()),
        ]
    });
    let body = Body::Lines {
        header: header(&[
            "", "mass", "", "left out", "", "Shapley", "", "alone", "p", "question",
        ]),
        lines: lines.collect(),
        chosen: None,
    };
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    let (all, none) = (sum(values.of_all()), sum(values.of_none()));
    let title =
        format!("ln p of the answer: {all:.3} with all questions, {none:.3} with none of them");
    Some((title, body))
}

/// Of the chosen layer; of all in turn, after their mean, where none is.
fn between(sighted: &Sighted<'_>, studied: Studied<'_>) -> (String, Body) {
    let names: Vec<String> = (sighted.labels.segments.iter())
        .map(|(name, _)| name.clone())
        .collect();
    let map = |name: String, values: Vec<Vec<f32>>| Map {
        name,
        part: None,
        values,
        unit: Unit::Share,
    };
    let layer = |at: usize| map(format!("layer {}", at + 1), studied.between[at].clone());
    let maps = match sighted.heads.layer {
        Some(one) => vec![layer(one)],
        None => {
            let all = studied.between.len();
            let mean = |i: usize, j: usize| {
                let of = |layer: &Vec<Vec<f32>>| layer[i][j];
                studied.between.iter().map(of).sum::<f32>() / all as f32
            };
            let row = |i: usize| (0..names.len()).map(|j| mean(i, j)).collect();
            let mean = map(
                "mean of layers".to_owned(),
                (0..names.len()).map(row).collect(),
            );
            std::iter::once(mean).chain((0..all).map(layer)).collect()
        }
    };
    let body = Body::Maps {
        maps,
        rows: names.clone(),
        columns: names,
        chosen: (None, None),
    };
    let title = "What rows of a question (left) read of a question (above), in %";
    (title.to_owned(), body)
}

/// All questions and none of them, each left out, then each layer; bars and the first number are of the token where the
/// answers part.
fn contrast(sighted: &Sighted<'_>, of: Contrasted<'_>) -> (String, Body) {
    let (first, whole) = (&of.contrast.first, &of.contrast.whole);
    let by_layer: Vec<f64> = of.contrast.by_layer().collect();
    let questions = first.left_out.iter().chain([&first.all, &first.none]);
    let largest = |most: f64, value: &f64| most.max(value.abs());
    let most = questions.chain(&by_layer).fold(1e-9, largest);
    let bar = |value: f64, part| Cell::Bar {
        value: value / most,
        part,
    };
    let no_number = || Cell::Number(String::new());
    let whole_prompt = |name: &str, first: f64, whole: f64| {
        vec![
            Cell::Text(name.to_owned()),
            bar(first, None),
            number(first),
            no_number(),
            number(whole),
            Cell::Text(String::new()),
        ]
    };
    let mut lines = vec![
        whole_prompt("all questions", first.all, whole.all),
        whole_prompt("no question", first.none, whole.none),
    ];
    for (at, (name, question)) in sighted.labels.segments.iter().enumerate() {
        lines.push(vec![
            Cell::Text(format!("{name} left out")),
            bar(first.left_out[at], Some(at)),
            number(first.left_out[at]),
            number(first.shapley.values[at]),
            number(whole.left_out[at]),
            Cell::Text(question.clone()),
        ]);
    }
    let layers = by_layer.iter().zip(of.best).zip(&of.contrast.lens);
    for (layer, ((&difference, best), sight)) in layers.enumerate() {
        let [one, other] = [0, 1].map(|at| sight.tokens[at].rank);
        lines.push(vec![
            Cell::Text(format!("after layer {}", layer + 1)),
            bar(difference, None),
            number(difference),
            no_number(),
            no_number(),
            Cell::Text(format!("best {best:?}, ranks {one} and {other}")),
        ]);
    }
    let [one, other] = of.tokens;
    let body = Body::Lines {
        header: vec![
            String::new(),
            format!("{other:?} | {one:?}"),
            "nats".to_owned(),
            "Shapley".to_owned(),
            "whole".to_owned(),
            "question".to_owned(),
        ],
        lines,
        chosen: None,
    };
    let [one, other] = of.answers;
    let title = format!("Why {one:?} and not {other:?}: ln p of the first less ln p of the second");
    (title, body)
}
