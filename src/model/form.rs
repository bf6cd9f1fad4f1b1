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

/// A run of rows of a stored tensor.
pub(super) struct Stored<'a> {
    pub name: Cow<'a, str>,
    pub shape: Vec<usize>,
    /// Of its rows; `None`: all.
    pub rows: Option<Range<usize>>,
}

impl Form {
    pub fn of(config: &Config) -> Form {
        let fused = (config.architecture == Architecture::Phi3).then(|| Fused {
            queries: config.heads * config.head_dim,
            keys: config.kv_heads * config.head_dim,
            inner: config.intermediate_size,
        });
        let partial = config.rope.dims.map(|rotated| Partial {
            rotated,
            head_dim: config.head_dim,
        });
        Form { fused, partial }
    }

    /// Where a tensor of this name and shape stands.
    pub fn find<'a>(&self, name: &'a str, shape: &[usize]) -> Stored<'a> {
        let whole = || Stored {
            name: Cow::Borrowed(name),
            shape: shape.to_vec(),
            rows: None,
        };
        let Some(Fused {
            queries,
            keys,
            inner,
        }) = self.fused
        else {
            return whole();
        };
        let parts = [
            (".q_proj.", ".qkv_proj.", 0..queries, queries + 2 * keys),
            (
                ".k_proj.",
                ".qkv_proj.",
                queries..queries + keys,
                queries + 2 * keys,
            ),
            (
                ".v_proj.",
                ".qkv_proj.",
                queries + keys..queries + 2 * keys,
                queries + 2 * keys,
            ),
            (".gate_proj.", ".gate_up_proj.", 0..inner, 2 * inner),
            (".up_proj.", ".gate_up_proj.", inner..2 * inner, 2 * inner),
        ];
        let part = parts.into_iter().find(|(part, ..)| name.contains(part));
        let Some((part, fused, rows, all)) = part else {
            return whole();
        };
        let shape = [&[all], shape.get(1..).unwrap_or_default()].concat();
        Stored {
            name: Cow::Owned(name.replace(part, fused)),
            shape,
            rows: Some(rows),
        }
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
