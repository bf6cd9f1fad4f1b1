//! Layout options.

use std::fmt::Display;

use clap::Args;

use crate::cli::CliError;
use crate::layout::{Bias, Cue, Fusion, Glue, Isolation, Options, Positions, Prefix, Preset};

const HEADING: &str = "Layout (method flex)";

/// A preset and what is set on top of it.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = HEADING)]
pub struct LayoutArgs {
    /// Named set of layout options; the options below are set on top of it
    #[arg(long, default_value_t)]
    pub preset: Preset,
    #[command(flatten)]
    on_top: OptionArgs,
}

/// What is set on top of a preset, or of several.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = HEADING)]
pub struct OptionArgs {
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
    /// The preset with the given options on top; refuses what has no meaning.
    pub fn options(&self) -> Result<Options, CliError> {
        self.on_top.on(self.preset).map_err(CliError::Usage)
    }

    /// Whether anything was asked for that only `flex` would notice.
    pub fn is_given(&self) -> bool {
        self.preset != Preset::default() || !self.on_top.words().is_empty()
    }
}

impl OptionArgs {
    /// A preset with these options on top; refuses what has no meaning.
    pub fn on(&self, preset: Preset) -> Result<Options, String> {
        let preset = preset.options();
        let options = Options {
            prefix: self.prefix.unwrap_or(preset.prefix),
            cue: self.cue.unwrap_or(preset.cue),
            glue: self.glue.unwrap_or(preset.glue),
            positions: self.positions.unwrap_or(preset.positions),
            isolation: self.isolation.unwrap_or(preset.isolation),
            fusion: self.fusion.unwrap_or(preset.fusion),
            bias: self.bias.unwrap_or(preset.bias),
            manual_cross_attention: self.manual_cross_attention || preset.manual_cross_attention,
        };
        options.check()?;
        Ok(options)
    }

    /// What was given, as it would be typed.
    pub fn words(&self) -> Vec<String> {
        let all = [
            word("prefix", self.prefix),
            word("cue", self.cue),
            word("glue", self.glue),
            word("positions", self.positions),
            word("isolation", self.isolation),
            word("fusion", self.fusion),
            word("bias", self.bias),
        ];
        let mut words: Vec<String> = all.into_iter().flatten().collect();
        if self.manual_cross_attention {
            words.push("--manual-cross-attention".to_owned());
        }
        words
    }
}

fn word(name: &str, value: Option<impl Display>) -> Option<String> {
    value.map(|value| format!("--{name} {value}"))
}
