//! What one reading of a prompt and its answer leaves for looking inside.

use super::error::EngineError;
use crate::model::Config;

/// Bytes of queries and keys at most.
const MOST_BYTES: usize = 2 << 30;

/// Sizes of a model, as far as looking inside needs them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    pub layers: usize,
    /// Query heads.
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub hidden: usize,
    pub vocabulary: usize,
    /// What q · k is multiplied with.
    pub scale: f32,
    /// What scores are bent to after that, c · tanh(s / c).
    pub softcap: Option<f32>,
    /// The tokens that a row reaches in layers that slide.
    pub window: Option<usize>,
}

impl Shape {
    pub(crate) fn of(config: &Config) -> Self {
        Shape {
            layers: config.layers,
            heads: config.heads,
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
            hidden: config.hidden_size,
            vocabulary: config.vocab_size,
            scale: config.attention_scale,
            softcap: config.attention_softcap,
            window: config.window,
        }
    }

    /// Elements of one row's query heads.
    pub fn query(&self) -> usize {
        self.heads * self.head_dim
    }

    /// Elements of one row's key heads.
    pub fn key(&self) -> usize {
        self.kv_heads * self.head_dim
    }

    /// Bytes of one token's queries and keys in all layers.
    fn token_bytes(&self) -> usize {
        self.layers * (self.query() + self.key()) * size_of::<f32>()
    }
}

/// Queries, keys and the residual stream of one sequence. Attention is computed from it where somebody looks.
#[derive(Debug, Clone, PartialEq)]
pub struct Observed {
    pub shape: Shape,
    /// Per token, generated ones included, where its query and key stand: tokens that are computed once share a row.
    pub rows: Vec<u32>,
    pub layers: Vec<ObservedLayer>,
}

/// What one layer leaves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ObservedLayer {
    /// Whether its rows read no further back than the window.
    pub slides: bool,
    /// Rotated, `[rows, heads · head_dim]`.
    pub queries: Vec<f32>,
    /// Rotated, `[rows, kv_heads · head_dim]`.
    pub keys: Vec<f32>,
    /// Per head the score of one key more, whose value is 0; empty where the model has none.
    pub sinks: Vec<f32>,
    /// The residual stream after the layer, of the rows that emit a token of the answer, `[steps, hidden]`.
    pub residual: Vec<f32>,
}

impl Observed {
    /// Nothing yet.
    ///
    /// # Errors
    /// [`EngineError::TooMuchToObserve`] for more than memory should be taken for.
    pub(crate) fn new(config: &Config, tokens: usize) -> Result<Self, EngineError> {
        let shape = Shape::of(config);
        let bytes = tokens.saturating_mul(shape.token_bytes());
        if bytes > MOST_BYTES {
            return Err(EngineError::TooMuchToObserve {
                tokens,
                bytes,
                most: MOST_BYTES,
            });
        }
        Ok(Observed {
            shape,
            rows: Vec::with_capacity(tokens),
            layers: (0..shape.layers)
                .map(|layer| ObservedLayer {
                    slides: config.slides(layer),
                    ..ObservedLayer::default()
                })
                .collect(),
        })
    }

    /// Number of tokens, generated ones included.
    pub fn tokens(&self) -> usize {
        self.rows.len()
    }

    /// The sliding window of a layer, if it has one.
    pub fn window(&self, layer: usize) -> Option<usize> {
        self.shape.window.filter(|_| self.layers[layer].slides)
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> usize {
        let floats =
            |layer: &ObservedLayer| layer.queries.len() + layer.keys.len() + layer.residual.len();
        let all: usize = self.layers.iter().map(floats).sum();
        all * size_of::<f32>() + self.rows.len() * size_of::<u32>()
    }

    /// A token's query of one head, `[head_dim]`.
    pub fn query(&self, layer: usize, token: usize, head: usize) -> &[f32] {
        let at = self.rows[token] as usize * self.shape.query() + head * self.shape.head_dim;
        &self.layers[layer].queries[at..][..self.shape.head_dim]
    }

    /// The score of one key more, whose value is 0, for one query head.
    pub fn sink(&self, layer: usize, head: usize) -> Option<f32> {
        self.layers[layer].sinks.get(head).copied()
    }

    /// A token's key for one query head, `[head_dim]`.
    pub fn key(&self, layer: usize, token: usize, head: usize) -> &[f32] {
        let kv_head = head / (self.shape.heads / self.shape.kv_heads);
        let at = self.rows[token] as usize * self.shape.key() + kv_head * self.shape.head_dim;
        &self.layers[layer].keys[at..][..self.shape.head_dim]
    }

    /// The residual stream of one step after each layer, `[layers, hidden]`.
    pub fn residuals(&self, step: usize) -> Vec<f32> {
        let at = step * self.shape.hidden;
        let of_layer = |layer: &ObservedLayer| layer.residual[at..][..self.shape.hidden].to_vec();
        self.layers.iter().flat_map(of_layer).collect()
    }
}
