//! Options of the methods that mix rows inside the model.

use clap::Args;

use super::positive;
use crate::engine::Blend;

/// Where inside the model rows are mixed, and how much.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Inside the model (methods layer-avg, ffn-avg, ffn-max)")]
pub struct BlendArgs {
    /// The first layer in which rows are mixed, counted from 1 [default: three quarters of the layers]
    #[arg(long, alias = "from_layer", value_name = "L", value_parser = positive, allow_negative_numbers = true)]
    from_layer: Option<usize>,
    /// How much: 0 leaves every row its own, 1 takes the mixed one [default: 1]
    #[arg(long, value_name = "A", value_parser = alpha, allow_negative_numbers = true)]
    alpha: Option<f32>,
}

impl BlendArgs {
    pub fn blend(&self) -> Blend {
        let usual = Blend::default();
        Blend {
            from_layer: self.from_layer,
            alpha: self.alpha.unwrap_or(usual.alpha),
        }
    }

    /// What was given, as it would be typed.
    pub fn words(&self) -> Vec<String> {
        let from = self.from_layer.map(|layer| format!("--from-layer {layer}"));
        let alpha = self.alpha.map(|alpha| format!("--alpha {alpha}"));
        from.into_iter().chain(alpha).collect()
    }

    /// Whether anything was asked for that only these methods would notice.
    pub fn is_given(&self) -> bool {
        self.from_layer.is_some() || self.alpha.is_some()
    }
}

fn alpha(text: &str) -> Result<f32, String> {
    let alpha = text
        .parse()
        .ok()
        .filter(|alpha| (0.0..=1.0).contains(alpha));
    alpha.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}
