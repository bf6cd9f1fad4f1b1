//! Layout options and presets.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use serde::Serialize;

/// Gives a value its command-line word as `Display`, so that screen, files and options agree.
macro_rules! words {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                // No value is skipped, so each has a word.
                f.pad(self.to_possible_value().as_ref().map_or("", |word| word.get_name()))
            }
        }
    )*};
}
words!(Prefix, Cue, Glue, Positions, Isolation, Fusion, Preset);

/// Where the context stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Prefix {
    /// Every segment carries the whole context
    Repeated,
    /// The context and one separator stand once in front
    Shared,
}

/// Where the cue ("A:") stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Cue {
    /// The cue ends each segment
    Segment,
    /// The cue stands once, after the last segment
    Tail,
}

/// Whom BOS and the separators between segments belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Glue {
    /// BOS is shared; a separator belongs to the segment before it
    Attached,
    /// BOS and separators belong to no segment
    Orphan,
    /// As orphan, but every owner slides one token to the left where there is a BOS
    Shifted,
}

/// How position ids run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Positions {
    /// Position = index
    Continuous,
    /// Each segment starts where the shared part ends
    Restart,
}

/// Whether segments are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Isolation {
    /// Segments do not read each other
    Segments,
    /// Plain causal attention
    None,
}

/// Which rows read everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum)]
pub enum Fusion {
    /// Tail and generated tokens
    Generated,
    /// The last prompt token too, which emits the first answer token
    LastToken,
}

/// Added to the scaled scores of fusing rows on keys in segments.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bias {
    Number(f32),
    /// −ln N for N segments.
    InverseN,
}

/// All options of a layout.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    pub prefix: Prefix,
    pub cue: Cue,
    pub glue: Glue,
    pub positions: Positions,
    pub isolation: Isolation,
    pub fusion: Fusion,
    pub bias: Bias,
    /// Manual segments read each other.
    pub manual_cross_attention: bool,
}

/// Named sets of options.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, ValueEnum)]
pub enum Preset {
    /// The method as meant: the first answer token reads every question
    #[default]
    Fused,
    /// The method as documented: the first answer token is read from inside the last segment
    Seed,
    /// The method as its script ran, with segment borders shifted by BOS
    SeedAsRun,
    /// Shared context, restarted positions and a bias of −ln N
    Series,
    /// Parallel Context Windows, arXiv 2212.10947
    Pcw,
    /// Control: plain concatenation
    Causal,
}

impl Preset {
    /// The preset's options, manual cross-attention off.
    pub fn options(self) -> Options {
        let fused = Options {
            prefix: Prefix::Repeated,
            cue: Cue::Segment,
            glue: Glue::Attached,
            positions: Positions::Continuous,
            isolation: Isolation::Segments,
            fusion: Fusion::LastToken,
            bias: Bias::Number(0.0),
            manual_cross_attention: false,
        };
        match self {
            Preset::Fused => fused,
            Preset::Seed => Options {
                glue: Glue::Orphan,
                fusion: Fusion::Generated,
                ..fused
            },
            Preset::SeedAsRun => Options {
                glue: Glue::Shifted,
                fusion: Fusion::Generated,
                ..fused
            },
            Preset::Series => Options {
                prefix: Prefix::Shared,
                cue: Cue::Tail,
                positions: Positions::Restart,
                bias: Bias::InverseN,
                ..fused
            },
            Preset::Pcw => Options {
                cue: Cue::Tail,
                positions: Positions::Restart,
                ..fused
            },
            Preset::Causal => Options {
                prefix: Prefix::Shared,
                cue: Cue::Tail,
                isolation: Isolation::None,
                ..fused
            },
        }
    }

    /// The preset that these options are, manual cross-attention aside.
    pub fn of(options: &Options) -> Option<Preset> {
        let plain = Options {
            manual_cross_attention: false,
            ..*options
        };
        Preset::value_variants()
            .iter()
            .copied()
            .find(|preset| preset.options() == plain)
    }
}

impl Options {
    /// Refuses combinations that have no meaning.
    pub fn check(&self) -> Result<(), String> {
        let plain = self.prefix == Prefix::Repeated && self.positions == Positions::Continuous;
        if self.glue != Glue::Attached && !plain {
            return Err(format!(
                "glue {} goes with prefix repeated and positions continuous only, not with prefix {} and \
                 positions {}: choose glue attached, or change the other two",
                self.glue, self.prefix, self.positions
            ));
        }
        Ok(())
    }
}

impl Bias {
    /// The number to add, for `n` segments.
    pub fn value(self, n: usize) -> f32 {
        match self {
            Bias::Number(value) => value,
            Bias::InverseN => -(n as f32).ln(),
        }
    }
}

impl fmt::Display for Bias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bias::Number(value) => write!(f, "{value}"),
            Bias::InverseN => f.write_str("inverse-n"),
        }
    }
}

impl FromStr for Bias {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "inverse-n" {
            return Ok(Bias::InverseN);
        }
        match text.parse::<f32>() {
            Ok(value) if value.is_finite() => Ok(Bias::Number(value)),
            _ => Err("expected a number or `inverse-n`".to_owned()),
        }
    }
}

/// Every option as its command-line word.
impl Serialize for Options {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut all = serializer.serialize_struct("Options", 8)?;
        all.serialize_field("prefix", &self.prefix.to_string())?;
        all.serialize_field("cue", &self.cue.to_string())?;
        all.serialize_field("glue", &self.glue.to_string())?;
        all.serialize_field("positions", &self.positions.to_string())?;
        all.serialize_field("isolation", &self.isolation.to_string())?;
        all.serialize_field("fusion", &self.fusion.to_string())?;
        all.serialize_field("bias", &self.bias.to_string())?;
        all.serialize_field("manual_cross_attention", &self.manual_cross_attention)?;
        all.end()
    }
}
