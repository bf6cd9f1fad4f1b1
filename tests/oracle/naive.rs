//! Ministral 3 and EXAONE 4 against their formulas, written down once more in float64 without a part of the program:
//! every row for itself, straight from `config.json` and the tensors.

use std::collections::HashMap;

use candle_core::Tensor;
use serde_json::{Value, json};

use super::families::{kind, numbers, save, understood};
use super::*;

type Row = Vec<f64>;

struct Naive<'a> {
    json: &'a Value,
    tensors: &'a HashMap<String, Tensor>,
}

impl Naive<'_> {
    fn size(&self, key: &str) -> usize {
        self.json[key].as_u64().expect(key) as usize
    }

    fn vector(&self, name: &str) -> Row {
        let numbers = self.tensors[name].to_vec1::<f32>().expect(name);
        numbers.into_iter().map(f64::from).collect()
    }

    fn matrix(&self, name: &str) -> Vec<Row> {
        let rows = self.tensors[name].to_vec2::<f32>().expect(name);
        let wide = |row: Vec<f32>| row.into_iter().map(f64::from).collect();
        rows.into_iter().map(wide).collect()
    }

    fn project(&self, name: &str, x: &Row) -> Row {
        self.matrix(&format!("{name}.weight"))
            .iter()
            .map(|row| dot(row, x))
            .collect()
    }

    fn normed(&self, name: &str, x: &[f64]) -> Row {
        let square: f64 = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
        let weight = self.vector(&format!("{name}.weight"));
        let scale = 1.0 / (square + 1e-5).sqrt();
        x.iter()
            .zip(weight)
            .map(|(x, weight)| x * scale * weight)
            .collect()
    }

    /// The logits behind the last token.
    fn logits(&self, tokens: &[u32], family: &dyn Family) -> Row {
        let (heads, kv_heads, head_dim) = (
            self.size("num_attention_heads"),
            self.size("num_key_value_heads"),
            self.size("head_dim"),
        );
        let embedding = self.matrix("model.embed_tokens.weight");
        let mut rows: Vec<Row> = tokens
            .iter()
            .map(|id| embedding[*id as usize].clone())
            .collect();
        for layer in 0..self.size("num_hidden_layers") {
            let at = |name: &str| format!("model.layers.{layer}.{name}");
            let read: Vec<Row> = rows
                .iter()
                .map(|x| family.before(self, &at("input_layernorm"), x))
                .collect();
            let of_heads = |name: &str, x: &Row| -> Vec<Row> {
                let all = self.project(&at(&format!("self_attn.{name}_proj")), x);
                all.chunks(head_dim).map(<[f64]>::to_vec).collect()
            };
            let turned = |name: &str, x: &Row, position: usize| -> Vec<Row> {
                let heads = of_heads(name, x).into_iter();
                let normed = heads
                    .map(|head| family.head(self, &at(&format!("self_attn.{name}_norm")), head));
                let turned =
                    normed.map(|head| turn(&head, &family.angles(layer, position, head_dim)));
                turned.collect()
            };
            let places = || read.iter().zip(0..);
            let keys: Vec<Vec<Row>> = places().map(|(x, at)| turned("k", x, at)).collect();
            let values: Vec<Vec<Row>> = read.iter().map(|x| of_heads("v", x)).collect();
            let attended: Vec<Row> = places()
                .map(|(x, at)| {
                    let queries = turned("q", x, at).into_iter().enumerate();
                    let of_head = |(head, query): (usize, Row)| {
                        let kv = head / (heads / kv_heads);
                        let scale = family.query(at) / (head_dim as f64).sqrt();
                        let first = family.first(layer, at);
                        let scores: Row = (first..=at)
                            .map(|key| scale * dot(&query, &keys[key][kv]))
                            .collect();
                        let sum: f64 = scores.iter().map(|score| score.exp()).sum();
                        let weigh = |dim: usize| -> f64 {
                            let of_keys = scores.iter().zip(first..);
                            of_keys
                                .map(|(score, key)| score.exp() / sum * values[key][kv][dim])
                                .sum()
                        };
                        (0..head_dim).map(weigh).collect::<Row>()
                    };
                    queries.flat_map(of_head).collect()
                })
                .collect();
            for (x, attended) in rows.iter_mut().zip(attended) {
                let branch = self.project(&at("self_attn.o_proj"), &attended);
                add(
                    x,
                    &family.behind(self, &at("post_attention_layernorm"), branch),
                );
                let read = family.before(self, &at("post_attention_layernorm"), x);
                let gate = self.project(&at("mlp.gate_proj"), &read);
                let up = self.project(&at("mlp.up_proj"), &read);
                let product: Row = gate
                    .iter()
                    .zip(up)
                    .map(|(g, u)| g / (1.0 + (-g).exp()) * u)
                    .collect();
                let branch = self.project(&at("mlp.down_proj"), &product);
                add(
                    x,
                    &family.behind(self, &at("post_feedforward_layernorm"), branch),
                );
            }
        }
        let last = self.normed("model.norm", &rows[rows.len() - 1]);
        self.project("lm_head", &last)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(x: &mut Row, more: &Row) {
    x.iter_mut().zip(more).for_each(|(x, more)| *x += more);
}

/// The halves of a head against each other.
fn turn(head: &[f64], angles: &[f64]) -> Row {
    let (low, high) = head.split_at(head.len() / 2);
    let pairs = || low.iter().zip(high).zip(angles);
    let first = pairs().map(|((low, high), angle)| low * angle.cos() - high * angle.sin());
    let second = pairs().map(|((low, high), angle)| high * angle.cos() + low * angle.sin());
    first.chain(second).collect()
}

/// What one family does otherwise than the other.
trait Family {
    fn before(&self, naive: &Naive<'_>, name: &str, x: &Row) -> Row;
    fn behind(&self, naive: &Naive<'_>, name: &str, branch: Row) -> Row;
    fn head(&self, naive: &Naive<'_>, name: &str, head: Row) -> Row;
    fn angles(&self, layer: usize, position: usize, head_dim: usize) -> Row;
    /// What a query is multiplied with.
    fn query(&self, position: usize) -> f64;
    /// The first key that a row reads.
    fn first(&self, layer: usize, row: usize) -> usize;
}

const THETA: f64 = 1e4;
const WINDOW: usize = 20;

/// Norms in front, yarn by 4 of 32 positions, q · (1 + 0.3 ln(1 + ⌊p / 32⌋)).
struct Ministral;

impl Family for Ministral {
    fn before(&self, naive: &Naive<'_>, name: &str, x: &Row) -> Row {
        naive.normed(name, x)
    }

    fn behind(&self, _: &Naive<'_>, _: &str, branch: Row) -> Row {
        branch
    }

    fn head(&self, _: &Naive<'_>, _: &str, head: Row) -> Row {
        head
    }

    fn angles(&self, _: usize, position: usize, head_dim: usize) -> Row {
        let d = head_dim as f64;
        let border =
            |turns: f64| d * (32.0 / (turns * std::f64::consts::TAU)).ln() / (2.0 * THETA.ln());
        let low = border(32.0).floor().max(0.0);
        let high = border(1.0).ceil().min(d - 1.0);
        let angle = |pair: usize| {
            let g = ((pair as f64 - low) / (high - low)).clamp(0.0, 1.0);
            position as f64 * (g / 4.0 + 1.0 - g) * THETA.powf(-2.0 * pair as f64 / d)
        };
        (0..head_dim / 2).map(angle).collect()
    }

    fn query(&self, position: usize) -> f64 {
        1.0 + 0.3 * ((1 + position / 32) as f64).ln()
    }

    fn first(&self, _: usize, _: usize) -> usize {
        0
    }
}

/// Norms behind, of every query and key head, two layers with a window to one without; where there are such, only they turn.
struct Exaone {
    windows: bool,
}

impl Exaone {
    fn slides(&self, layer: usize) -> bool {
        self.windows && layer % 3 != 2
    }
}

impl Family for Exaone {
    fn before(&self, _: &Naive<'_>, _: &str, x: &Row) -> Row {
        x.clone()
    }

    fn behind(&self, naive: &Naive<'_>, name: &str, branch: Row) -> Row {
        naive.normed(name, &branch)
    }

    fn head(&self, naive: &Naive<'_>, name: &str, head: Row) -> Row {
        naive.normed(name, &head)
    }

    fn angles(&self, layer: usize, position: usize, head_dim: usize) -> Row {
        let turns = !self.windows || self.slides(layer);
        let position = if turns { position as f64 } else { 0.0 };
        let angle = |pair: usize| position * THETA.powf(-2.0 * pair as f64 / head_dim as f64);
        (0..head_dim / 2).map(angle).collect()
    }

    fn query(&self, _: usize) -> f64 {
        1.0
    }

    fn first(&self, layer: usize, row: usize) -> usize {
        match self.slides(layer) {
            true => (row + 1).saturating_sub(WINDOW),
            false => 0,
        }
    }
}

#[test]
fn families_without_references_follow_their_formulas() {
    let ministral = json!({"head_dim": 12, "sliding_window": null, "rope_parameters": {"rope_type": "yarn",
        "rope_theta": THETA, "factor": 4.0, "mscale": 1.0, "mscale_all_dim": 1.0,
        "original_max_position_embeddings": 32, "llama_4_scaling_beta": 0.3}});
    let windows = json!({"head_dim": 12, "sliding_window": WINDOW,
        "layer_types": ["sliding_attention", "sliding_attention", "full_attention"]});
    let none = json!({"head_dim": 12, "sliding_window": null});
    let exaone = |more: Value| kind("Exaone4ForCausalLM", "exaone4", more);
    let cases: [(&str, Value, &dyn Family); 3] = [
        (
            "Ministral 3",
            kind("Ministral3ForCausalLM", "ministral3", ministral),
            &Ministral,
        ),
        ("EXAONE 4", exaone(none), &Exaone { windows: false }),
        ("EXAONE 4 32B", exaone(windows), &Exaone { windows: true }),
    ];
    let folder = Folder::of_fixtures("cases.json");
    let alone = |group: &&Group| group.model == "tiny-llama" && group.method == "origin";
    let group = folder
        .cases
        .groups
        .iter()
        .find(alone)
        .expect("one prompt alone");
    for (label, family, formulas) in cases {
        let place = tempfile::tempdir().expect("a folder");
        let (json, config) = understood(&family);
        let tensors = numbers(&config);
        save(place.path(), &json, &config, tensors.clone());
        let mut engine = load(place.path().to_owned(), &on_the_cpu(EnginePath::Cached, 1));
        let answer = &families::answers(&mut engine, &folder, group)[0];
        let naive = Naive {
            json: &json,
            tensors: &tensors,
        };
        let tokens = &answer.layouts[0].tokens;
        assert!(tokens.len() > 64, "{label}: {} tokens", tokens.len());
        let logits = naive.logits(tokens, formulas);
        let best = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        for (id, found) in &answer.steps[0] {
            let wanted = logits[*id as usize];
            let off = (wanted - f64::from(*found)).abs();
            assert!(
                off < f64::from(TOLERANCE),
                "{label}: token {id}: {found} and {wanted}"
            );
        }
        assert_eq!(logits[answer.steps[0][0].0 as usize], best, "{label}");
    }
}
