//! Shapes of well-known models, to be filled with random weights.

use clap::ValueEnum;

use crate::model::Config;

/// `--shape`
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// 28 layers of 3072, 24 heads over 8, vocabulary 128,256
    #[value(name = "llama3.2-3b")]
    Llama3b,
    /// 16 layers of 2048, 32 heads over 8, vocabulary 128,256
    #[value(name = "llama3.2-1b")]
    Llama1b,
    /// Small enough for any machine: 4 layers of 256, vocabulary 4,096
    Demo,
}

impl Shape {
    pub fn config(self) -> Config {
        let (layers, hidden_size, intermediate_size, heads, kv_heads, head_dim, vocab_size) =
            match self {
                Shape::Llama3b => (28, 3072, 8192, 24, 8, 128, 128_256),
                Shape::Llama1b => (16, 2048, 8192, 32, 8, 64, 128_256),
                Shape::Demo => (4, 256, 768, 8, 4, 32, 4_096),
            };
        Config {
            vocab_size,
            intermediate_size,
            layers,
            kv_heads,
            ..Config::plain(500_000.0, hidden_size, heads, head_dim)
        }
    }
}
