//! The parts in which families differ, and which family has which.

use crate::model::architecture::Architecture;

/// Where RMS norms stand in a layer, f attention or MLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Norms {
    /// x += f(norm(x)): Llama and most others.
    Before,
    /// x += norm(f(x)): OLMo 2 and 3, EXAONE 4.
    After,
    /// x += norm(f(norm(x))): Gemma.
    Around,
}

/// What queries and keys are normalised over before they are rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QkNorm {
    None,
    /// Each head by itself, one weight of `head_dim` for all: Qwen 3, Gemma 3, EXAONE 4.
    Head,
    /// All heads together, one weight per number: OLMo 2 and 3.
    All,
}

/// The gate of the MLP: down(activation(gate x) · up x).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    Silu,
    /// GELU by its tanh form.
    GeluTanh,
    /// g σ(α g) · (u + 1) with g the gate, at most L, and u the up projection, between −L and L: gpt-oss.
    Clamped,
}

impl Activation {
    /// α and L of [`Activation::Clamped`].
    pub const ALPHA: f32 = 1.702;
    pub const LIMIT: f32 = 7.0;
}

impl Norms {
    /// The names on the hub of a layer's norms of whole rows.
    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        [
            self.before_attention(),
            self.after_attention(),
            self.before_mlp(),
            self.after_mlp(),
        ]
        .into_iter()
        .flatten()
    }

    pub fn before_attention(self) -> Option<&'static str> {
        (self != Norms::After).then_some("input_layernorm")
    }

    pub fn after_attention(self) -> Option<&'static str> {
        (self != Norms::Before).then_some("post_attention_layernorm")
    }

    pub fn before_mlp(self) -> Option<&'static str> {
        match self {
            Norms::Before => Some("post_attention_layernorm"),
            Norms::After => None,
            Norms::Around => Some("pre_feedforward_layernorm"),
        }
    }

    pub fn after_mlp(self) -> Option<&'static str> {
        (self != Norms::Before).then_some("post_feedforward_layernorm")
    }
}

/// What a family has whatever its files say, and what it takes where they say nothing.
pub(in crate::model) struct Family {
    pub norms: Norms,
    pub qk_norm: QkNorm,
    pub gemma: bool,
    pub tied: bool,
    /// Head size where none is named; else hidden size over heads.
    pub head_dim: Option<usize>,
    pub one_key_per_head: bool,
    pub may_bias_mlp: bool,
    /// Counts that files leave out where they are these.
    pub usual: &'static [(&'static str, usize)],
}

impl Family {
    pub fn of(architecture: Architecture) -> &'static Family {
        const LLAMA: Family = Family {
            norms: Norms::Before,
            qk_norm: QkNorm::None,
            gemma: false,
            tied: false,
            head_dim: None,
            one_key_per_head: true,
            may_bias_mlp: false,
            usual: &[],
        };
        const GEMMA: Family = Family {
            norms: Norms::Around,
            gemma: true,
            tied: true,
            head_dim: Some(256),
            one_key_per_head: false,
            ..LLAMA
        };
        match architecture {
            Architecture::Llama | Architecture::Granite => &Family {
                may_bias_mlp: true,
                ..LLAMA
            },
            Architecture::Mistral => &Family {
                one_key_per_head: false,
                ..LLAMA
            },
            Architecture::Ministral3 => &Family {
                head_dim: Some(128),
                one_key_per_head: false,
                ..LLAMA
            },
            Architecture::Phi3 => &LLAMA,
            Architecture::SmolLm3 => &Family {
                tied: true,
                may_bias_mlp: true,
                one_key_per_head: false,
                ..LLAMA
            },
            Architecture::Qwen2 => &Family {
                one_key_per_head: false,
                ..LLAMA
            },
            Architecture::Qwen3 => &Family {
                qk_norm: QkNorm::Head,
                // transformers' Qwen3Config takes this, whatever the hidden size.
                head_dim: Some(128),
                one_key_per_head: false,
                ..LLAMA
            },
            Architecture::Qwen3Moe => &Family {
                qk_norm: QkNorm::Head,
                one_key_per_head: false,
                ..LLAMA
            },
            Architecture::GptOss => &Family {
                head_dim: Some(64),
                one_key_per_head: false,
                ..LLAMA
            },
            Architecture::Exaone4 => &Family {
                norms: Norms::After,
                qk_norm: QkNorm::Head,
                ..LLAMA
            },
            Architecture::Olmo2 | Architecture::Olmo3 => &Family {
                norms: Norms::After,
                qk_norm: QkNorm::All,
                ..LLAMA
            },
            Architecture::Gemma2 => &GEMMA,
            Architecture::Gemma3 => &Family {
                qk_norm: QkNorm::Head,
                usual: &[
                    ("vocab_size", 262_208),
                    ("num_attention_heads", 8),
                    ("num_key_value_heads", 4),
                    ("max_position_embeddings", 131_072),
                ],
                ..GEMMA
            },
        }
    }
}
