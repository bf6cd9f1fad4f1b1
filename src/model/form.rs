//! How a family stores what others store otherwise, so that the decoder finds the same tensors in all of them.

use std::borrow::Cow;
use std::ops::Range;

use super::architecture::Architecture;
use super::config::Config;

/// Where the tensors that the decoder asks for stand in a file, and in which order their rows.
#[derive(Debug, Default)]
pub(super) struct Form {
    fused: Option<Fused>,
    partial: Option<Partial>,
    stacked: Option<Stacked>,
}

/// In which way a file holds the experts of a family that stacks them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stack {
    /// `[experts, inputs, outputs]`, gate and up by turns: gpt-oss on the hub.
    Turned,
    /// `[experts, outputs, inputs]` in blocks of four bits with scales, gate and up by turns: gpt-oss as published.
    Packed,
    /// `[experts, outputs, inputs]`, gate and up apart: GGUF.
    Plain,
}

/// Projections of one input stand in one tensor: Phi-3. Numbers of outputs.
#[derive(Debug)]
struct Fused {
    queries: usize,
    keys: usize,
    inner: usize,
}

/// Heads of which only the first dimensions are rotated.
#[derive(Debug)]
struct Partial {
    rotated: usize,
    head_dim: usize,
}

/// The experts of a layer stand in one tensor per projection.
#[derive(Debug)]
struct Stacked {
    how: Stack,
    count: usize,
}

/// A part of a stored tensor.
pub(super) struct Stored<'a> {
    pub name: Cow<'a, str>,
    pub shape: Vec<usize>,
    /// `None`: all of it.
    pub part: Option<Part>,
    /// Its rows are blocks of four bits; scales stand beside it.
    pub packed: bool,
}

/// Some rows of a tensor, all its dimensions but the last joined. A bias has rows of one number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub rows: Range<usize>,
    /// Those rows turned by a quarter.
    pub turned: bool,
    /// Of what is left, from this row on each `every`th.
    pub first: usize,
    pub every: usize,
}

impl Part {
    fn rows(rows: Range<usize>) -> Part {
        Part {
            rows,
            turned: false,
            first: 0,
            every: 1,
        }
    }

    /// Cuts the part out of a tensor of so many rows; `size` is that of a number.
    pub fn cut<'a>(&self, bytes: Cow<'a, [u8]>, rows: usize, size: usize) -> Cow<'a, [u8]> {
        let row = bytes.len() / rows.max(1);
        let range = self.rows.start * row..self.rows.end * row;
        if !self.turned && self.every == 1 {
            return match bytes {
                Cow::Borrowed(all) => Cow::Borrowed(&all[range]),
                Cow::Owned(all) => Cow::Owned(all[range].to_vec()),
            };
        }
        let block = &bytes[range];
        if !self.turned {
            let rows = block.chunks_exact(row).skip(self.first);
            return Cow::Owned(rows.step_by(self.every).flatten().copied().collect());
        }
        let mut cut = Vec::with_capacity(block.len() / self.every);
        for column in (self.first..row / size).step_by(self.every) {
            for row in block.chunks_exact(row) {
                cut.extend_from_slice(&row[column * size..(column + 1) * size]);
            }
        }
        Cow::Owned(cut)
    }
}

impl Form {
    /// `stack` says how a family that stacks its experts does so in this file.
    pub fn of(config: &Config, stack: Stack) -> Form {
        let fused = (config.architecture == Architecture::Phi3).then(|| Fused {
            queries: config.heads * config.head_dim,
            keys: config.kv_heads * config.head_dim,
            inner: config.intermediate_size,
        });
        let partial = config.rope.dims.map(|rotated| Partial {
            rotated,
            head_dim: config.head_dim,
        });
        let stacks = stack == Stack::Plain || config.architecture == Architecture::GptOss;
        let experts = config.experts.as_ref().filter(|_| stacks);
        let stacked = experts.map(|experts| Stacked {
            how: stack,
            count: experts.count,
        });
        Form {
            fused,
            partial,
            stacked,
        }
    }

    /// Where a tensor of this name and shape stands.
    pub fn find<'a>(&self, name: &'a str, shape: &[usize]) -> Stored<'a> {
        let found = match (&self.fused, &self.stacked) {
            (Some(fused), _) => fused.find(name, shape),
            (None, Some(stacked)) => stacked.find(name, shape),
            (None, None) => None,
        };
        found.unwrap_or_else(|| Stored {
            name: Cow::Borrowed(name),
            shape: shape.to_vec(),
            part: None,
            packed: false,
        })
    }

    /// The rows of queries and keys in the order in which pair i of a head is its dimensions i and i + `head_dim` / 2,
    /// those that are not rotated last. Scores do not change, since queries and keys are reordered alike.
    pub fn ordered<'a>(&self, name: &str, bytes: Cow<'a, [u8]>, rows: usize) -> Cow<'a, [u8]> {
        let Some(Partial { rotated, head_dim }) = self.partial else {
            return bytes;
        };
        if !name.contains(".q_proj.") && !name.contains(".k_proj.") {
            return bytes;
        }
        let row = bytes.len() / rows.max(1);
        let still = (head_dim - rotated) / 2;
        let halves = [
            (0..rotated / 2, rotated..rotated + still),
            (rotated / 2..rotated, rotated + still..head_dim),
        ];
        let mut ordered = Vec::with_capacity(bytes.len());
        for head in bytes.chunks_exact(head_dim * row) {
            for (turning, still) in &halves {
                for run in [turning, still] {
                    ordered.extend_from_slice(&head[run.start * row..run.end * row]);
                }
            }
        }
        Cow::Owned(ordered)
    }
}

impl Fused {
    fn find<'a>(&self, name: &'a str, shape: &[usize]) -> Option<Stored<'a>> {
        let Fused {
            queries,
            keys,
            inner,
        } = *self;
        let qkv = queries + 2 * keys;
        let parts = [
            (".q_proj.", ".qkv_proj.", 0..queries, qkv),
            (".k_proj.", ".qkv_proj.", queries..queries + keys, qkv),
            (".v_proj.", ".qkv_proj.", queries + keys..qkv, qkv),
            (".gate_proj.", ".gate_up_proj.", 0..inner, 2 * inner),
            (".up_proj.", ".gate_up_proj.", inner..2 * inner, 2 * inner),
        ];
        let mut parts = parts.into_iter();
        let (part, fused, rows, all) = parts.find(|(part, ..)| name.contains(part))?;
        Some(Stored {
            name: Cow::Owned(name.replace(part, fused)),
            shape: [&[all], shape.get(1..).unwrap_or_default()].concat(),
            part: Some(Part::rows(rows)),
            packed: false,
        })
    }
}

impl Stacked {
    fn find<'a>(&self, name: &'a str, shape: &[usize]) -> Option<Stored<'a>> {
        let (layer, rest) = name.split_once(".mlp.")?;
        if self.how != Stack::Plain
            && let Some(kind) = rest.strip_prefix("gate.")
        {
            return Some(Stored {
                name: Cow::Owned(format!("{layer}.mlp.router.{kind}")),
                shape: shape.to_vec(),
                part: None,
                packed: false,
            });
        }
        let (expert, projection) = rest.strip_prefix("experts.")?.split_once('.')?;
        let (projection, kind) = projection.split_once('.')?;
        let expert: usize = expert.parse().ok()?;
        let of = |rows: usize| Part::rows(expert * rows..(expert + 1) * rows);
        let outputs = shape[0];
        let found = |name: String, shape: Vec<usize>, part: Part, packed: bool| Stored {
            name: Cow::Owned(format!("{layer}.mlp.experts.{name}")),
            shape: [vec![self.count], shape].concat(),
            part: Some(part),
            packed,
        };
        if self.how == Stack::Plain {
            let name = format!("{projection}.{kind}");
            return Some(found(name, shape.to_vec(), of(outputs), false));
        }
        // Gate and up are one, by turns.
        let (projection, every, first) = match projection {
            "gate_proj" => ("gate_up_proj", 2, 0),
            "up_proj" => ("gate_up_proj", 2, 1),
            other => (other, 1, 0),
        };
        let all = every * outputs;
        let part = |rows: Part, turned: bool| Part {
            turned,
            first,
            every,
            ..rows
        };
        Some(match (kind, shape.get(1), self.how) {
            (_, None, _) => {
                let name = format!("{projection}_bias");
                found(name, vec![all], part(of(all), false), false)
            }
            (_, Some(&inputs), Stack::Packed) => {
                let name = format!("{projection}_blocks");
                let shape = vec![all, inputs / super::mxfp4::BLOCK, super::mxfp4::BYTES];
                found(name, shape, part(of(all), false), true)
            }
            (_, Some(&inputs), _) => {
                let shape = vec![inputs, all];
                found(projection.to_owned(), shape, part(of(inputs), true), false)
            }
        })
    }
}
