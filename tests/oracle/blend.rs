//! Mixing inside the model, held against the words themselves: a decoder in f64 that keeps nothing and reads every
//! prompt anew at every step, so that only last rows are ever mixed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lamascope::engine::{
    Answer, Blend, Cancel, Dtype, Event, Method, Path as EnginePath, Request, Task,
};
use lamascope::layout::Preset;
use lamascope::prompt::Context;
use safetensors::SafeTensors;

use crate::{Setting, load, on_a_gpu, on_the_cpu};

const TOLERANCE: f64 = 1e-3;
/// Best logits closer than this may change places by rounding.
const CLEAR: f64 = 2e-3;

/// Rows of one prompt.
type Rows = Vec<Vec<f64>>;

/// A Llama or Qwen3 with tied embeddings.
struct Naive {
    tensors: BTreeMap<String, Rows>,
    layers: usize,
    head_dim: usize,
    heads: usize,
    kv_heads: usize,
    eps: f64,
    theta: f64,
}

impl Naive {
    fn read(folder: &Path) -> Naive {
        let config = std::fs::read(folder.join("config.json")).expect("a configuration");
        let config: serde_json::Value = serde_json::from_slice(&config).expect("well-formed");
        let whole = |name: &str| config[name].as_u64().expect("a number") as usize;
        let theta = match config["rope_theta"].as_f64() {
            Some(theta) => theta,
            None => config["rope_parameters"]["rope_theta"]
                .as_f64()
                .expect("theta"),
        };
        let bytes = std::fs::read(folder.join("model.safetensors")).expect("weights");
        let stored = SafeTensors::deserialize(&bytes).expect("well-formed weights");
        let rows = |(name, view): (String, safetensors::tensor::TensorView<'_>)| {
            let bf16 = |pair: &[u8]| {
                f64::from(f32::from_bits(
                    u32::from(u16::from_le_bytes([pair[0], pair[1]])) << 16,
                ))
            };
            let numbers: Vec<f64> = view.data().chunks_exact(2).map(bf16).collect();
            let width = *view.shape().last().expect("a width");
            (
                name,
                numbers.chunks_exact(width).map(<[f64]>::to_vec).collect(),
            )
        };
        Naive {
            tensors: stored.tensors().into_iter().map(rows).collect(),
            layers: whole("num_hidden_layers"),
            head_dim: whole("head_dim"),
            heads: whole("num_attention_heads"),
            kv_heads: whole("num_key_value_heads"),
            eps: config["rms_norm_eps"].as_f64().expect("a number"),
            theta,
        }
    }

    fn of_layer(&self, layer: usize, name: &str) -> Option<&Rows> {
        self.tensors
            .get(&format!("model.layers.{layer}.{name}.weight"))
    }

    fn project(&self, layer: usize, name: &str, x: &[f64]) -> Vec<f64> {
        product(self.of_layer(layer, name).expect(name), x)
    }

    fn norm(&self, weight: &[f64], x: &[f64]) -> Vec<f64> {
        let square: f64 = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
        let scale = 1.0 / (square + self.eps).sqrt();
        x.iter().zip(weight).map(|(x, w)| x * scale * w).collect()
    }

    /// Normalised and turned heads of one row.
    fn turned(&self, layer: usize, norm: &str, projected: &[f64], position: usize) -> Rows {
        let half = self.head_dim / 2;
        let heads = projected.chunks_exact(self.head_dim).map(|head| {
            let head = match self.of_layer(layer, norm) {
                Some(weight) => self.norm(&weight[0], head),
                None => head.to_vec(),
            };
            let mut turned = head.clone();
            for i in 0..half {
                let frequency = self.theta.powf(-2.0 * i as f64 / self.head_dim as f64);
                let (sin, cos) = (position as f64 * frequency).sin_cos();
                turned[i] = head[i] * cos - head[i + half] * sin;
                turned[i + half] = head[i + half] * cos + head[i] * sin;
            }
            turned
        });
        heads.collect()
    }

    /// x and what the down projection reads.
    fn up_to_product(&self, layer: usize, x: &Rows) -> (Rows, Rows) {
        let weight = |name: &str| &self.of_layer(layer, name).expect(name)[0];
        let (mut queries, mut keys, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for (position, x) in x.iter().enumerate() {
            let x = self.norm(weight("input_layernorm"), x);
            let of = |name: &str| self.project(layer, &format!("self_attn.{name}_proj"), &x);
            queries.push(self.turned(layer, "self_attn.q_norm", &of("q"), position));
            keys.push(self.turned(layer, "self_attn.k_norm", &of("k"), position));
            values.push(of("v"));
        }
        let mut after = Rows::new();
        let mut products = Rows::new();
        for (row, x) in x.iter().enumerate() {
            let mut attended = Vec::new();
            for (head, query) in queries[row].iter().enumerate() {
                let kv = head / (self.heads / self.kv_heads);
                let score = |key: usize| dot(query, &keys[key][kv]) / (self.head_dim as f64).sqrt();
                let shares: Vec<f64> = (0..=row).map(|key| score(key).exp()).collect();
                let sum: f64 = shares.iter().sum();
                for i in 0..self.head_dim {
                    let value = |key: usize| values[key][kv * self.head_dim + i];
                    attended.push((0..=row).map(|key| shares[key] / sum * value(key)).sum());
                }
            }
            let x = added(x, &self.project(layer, "self_attn.o_proj", &attended));
            let read = self.norm(weight("post_attention_layernorm"), &x);
            let gate = self.project(layer, "mlp.gate_proj", &read);
            let up = self.project(layer, "mlp.up_proj", &read);
            let silu = |x: f64| x / (1.0 + (-x).exp());
            products.push(gate.iter().zip(&up).map(|(g, u)| silu(*g) * u).collect());
            after.push(x);
        }
        (after, products)
    }

    /// The mean of the logits of all prompts' last rows.
    fn logits(&self, prompts: &[Vec<u32>], method: Method, from: usize, alpha: f64) -> Vec<f64> {
        let embedding = &self.tensors["model.embed_tokens.weight"];
        let embedded = |prompt: &Vec<u32>| -> Rows {
            let row = |token: &u32| embedding[*token as usize].clone();
            prompt.iter().map(row).collect()
        };
        let mut all: Vec<Rows> = prompts.iter().map(embedded).collect();
        for layer in 0..self.layers {
            let mixes = layer + 1 >= from;
            let halves = all.iter().map(|x| self.up_to_product(layer, x));
            let (mut xs, mut products): (Vec<Rows>, Vec<Rows>) = halves.unzip();
            if mixes && method != Method::LayerAvg {
                mix(&mut products, method == Method::FfnMax, alpha);
            }
            for (x, products) in xs.iter_mut().zip(&products) {
                for (x, product) in x.iter_mut().zip(products) {
                    *x = added(x, &self.project(layer, "mlp.down_proj", product));
                }
            }
            if mixes && method == Method::LayerAvg {
                mix(&mut xs, false, alpha);
            }
            all = xs;
        }
        let mut mean = vec![0.0; embedding.len()];
        for x in &all {
            let last = self.norm(&self.tensors["model.norm.weight"][0], &x[x.len() - 1]);
            for (mean, logit) in mean.iter_mut().zip(product(embedding, &last)) {
                *mean += logit / all.len() as f64;
            }
        }
        mean
    }
}

/// h ← (1 − α) h + α · mixed, of the last rows.
fn mix(prompts: &mut [Rows], largest: bool, alpha: f64) {
    let last: Rows = prompts
        .iter()
        .map(|rows| rows[rows.len() - 1].clone())
        .collect();
    let column = |i: usize| last.iter().map(move |row| row[i]);
    let mixed: Vec<f64> = (0..last[0].len())
        .map(|i| match largest {
            true => column(i).fold(f64::NEG_INFINITY, f64::max),
            false => column(i).sum::<f64>() / last.len() as f64,
        })
        .collect();
    for rows in prompts {
        let last = rows.last_mut().expect("a row");
        for (h, mixed) in last.iter_mut().zip(&mixed) {
            *h = (1.0 - alpha) * *h + alpha * mixed;
        }
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn product(weight: &Rows, x: &[f64]) -> Vec<f64> {
    weight.iter().map(|row| dot(row, x)).collect()
}

fn added(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x + y).collect()
}

/// Every step of an answer, each after the tokens that were really made.
fn check(naive: &Naive, answer: &Answer, method: Method, from: usize, alpha: f64, label: &str) {
    let mut prompts: Vec<Vec<u32>> = answer.layouts.iter().map(|l| l.tokens.clone()).collect();
    for (step, (&made, top)) in answer.generated.iter().zip(&answer.steps).enumerate() {
        let logits = naive.logits(&prompts, method, from, alpha);
        for &(id, logit) in top {
            let off = (f64::from(logit) - logits[id as usize]).abs();
            assert!(
                off < TOLERANCE,
                "{label}, step {step}: token {id} is {off} off"
            );
        }
        let best = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        assert!(best - logits[made as usize] < CLEAR, "{label}, step {step}");
        prompts.iter_mut().for_each(|prompt| prompt.push(made));
    }
}

#[test]
fn rows_are_mixed_as_the_words_say() {
    let paths = [EnginePath::Cached, EnginePath::Dense];
    let settings = paths.map(|path| [1, 7].map(|batch| on_the_cpu(path, batch)));
    mixes(settings.as_flattened());
}

#[test]
fn a_gpu_mixes_rows_as_the_words_say() {
    if on_a_gpu::is_there() {
        let one = Setting {
            batch: 1,
            ..on_a_gpu::setting(Dtype::F32)
        };
        mixes(&[one, on_a_gpu::setting(Dtype::F32)]);
    }
}

fn mixes(settings: &[Setting]) {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let questions = |subject: &str| {
        let wordings = [
            "The capital of {} is [MASK].",
            "[MASK] governs {}.",
            "{} sits in [MASK].",
        ];
        wordings.map(|text| text.replace("{}", subject)).to_vec()
    };
    let tasks: Vec<Task> = ["France", "Peru", "Chad"]
        .iter()
        .enumerate()
        .map(|(id, subject)| Task {
            id,
            questions: questions(subject),
            manual: 3,
            contexts: Vec::new(),
            groups: Vec::new(),
            labels: Vec::new(),
            confidence: None,
        })
        .collect();
    let mixing = [
        (Method::LayerAvg, None, 1.0),
        (Method::LayerAvg, Some(1), 0.3),
        (Method::FfnAvg, Some(2), 1.0),
        (Method::FfnMax, None, 1.0),
        (Method::FfnMax, Some(1), 0.6),
    ];
    // Of two and of six layers: mixed from the first and from the fourth on where nothing is said.
    for (model, usual) in [("tests/fixtures/tiny-qwen3", 1), ("assets/demo/model", 4)] {
        let naive = Naive::read(&root.join(model));
        for setting in settings {
            let Setting { path, batch, .. } = *setting;
            let mut engine = load(root.join(model), setting);
            for (method, from_layer, alpha) in mixing {
                let request = Request {
                    method,
                    options: Preset::Fused.options(),
                    blend: Blend { from_layer, alpha },
                    context: Context::new("Fill in.", &[]),
                    max_new_tokens: 3,
                    until: None,
                    stream: false,
                    draws: None,
                };
                let mut finished = 0;
                let sink = &mut |event| {
                    let Event::Finished { task, answers } = event else {
                        return;
                    };
                    finished += 1;
                    // The others are held against the same answers of the first.
                    if task == 0 || (batch == 7 && path == EnginePath::Cached) {
                        let label = format!("{model} {path} {batch} {method} {from_layer:?}");
                        let from = from_layer.unwrap_or(usual);
                        check(&naive, &answers[0], method, from, alpha.into(), &label);
                    }
                };
                engine
                    .run(&request, &tasks, sink, &Cancel::new())
                    .expect("the run succeeds");
                assert_eq!(finished, tasks.len());
            }
        }
    }
}
