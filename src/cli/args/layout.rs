//! Layout options.

use clap::Args;

use crate::layout::{Bias, Cue, Fusion, Glue, Isolation, Options, Positions, Prefix, Preset};

/// A preset and what is set on top of it.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Layout (method flex)")]
pub struct LayoutArgs {
    /// Named set of layout options; the options below are set on top of it
    #[arg(long, default_value_t)]
    pub preset: Preset,
    /// Where the context stands
    #[arg(long)]
    prefix: Option<Prefix>,
    /// Where the cue "A:" stands
    #[arg(long)]
    cue: Option<Cue>,
    /// Whom BOS and the separators between segments belong to
    #[arg(long)]
    glue: Option<Glue>,
    /// How position ids run
    #[arg(long)]
    positions: Option<Positions>,
    /// Whether segments are kept apart
    #[arg(long)]
    isolation: Option<Isolation>,
    /// Which rows read everything
    #[arg(long)]
    fusion: Option<Fusion>,
    /// Added to the scaled scores of fusing rows on keys in segments: a number, or inverse-n for -ln N
    #[arg(long, allow_negative_numbers = true)]
    bias: Option<Bias>,
    /// Manual segments read each other
    #[arg(long, aliases = ["manual_cross_attention", "allow_manual_cross_attention", "allow-manual-cross-attention"])]
    manual_cross_attention: bool,
}

impl LayoutArgs {
    /// The preset with the given options on top.
    pub fn options(&self) -> Options {
        let preset = self.preset.options();
        Options {
            prefix: self.prefix.unwrap_or(preset.prefix),
            cue: self.cue.unwrap_or(preset.cue),
            glue: self.glue.unwrap_or(preset.glue),
            positions: self.positions.unwrap_or(preset.positions),
            isolation: self.isolation.unwrap_or(preset.isolation),
            fusion: self.fusion.unwrap_or(preset.fusion),
            bias: self.bias.unwrap_or(preset.bias),
            manual_cross_attention: self.manual_cross_attention || preset.manual_cross_attention,
        }
    }

    /// Whether anything differs from the default, which only `flex` would notice.
    pub fn is_given(&self) -> bool {
        self.options() != Preset::default().options() || self.preset != Preset::default()
    }
}
