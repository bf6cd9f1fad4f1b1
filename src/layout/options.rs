//! Layout options and presets.

use std::fmt;
use std::str::FromStr;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prefix {
    /// Every segment carries the whole context
    Repeated,
    /// The context and one separator stand once in front
    Shared,
}

/// Where the cue ("A:") stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cue {
    /// The cue ends each segment
    Segment,
    /// The cue stands once, after the last segment
    Tail,
}

/// Whom BOS and the separators between segments belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Glue {
    /// BOS is shared; a separator belongs to the segment before it
    Attached,
    /// BOS and separators belong to no segment
    Orphan,
    /// As orphan, but every owner slides one token to the left where there is a BOS
    Shifted,
}

/// How position ids run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Positions {
    /// Position = index
    Continuous,
    /// Each segment starts where the shared part ends
    Restart,
}

/// Whether segments are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// Segments do not read each other
    Segments,
    /// Plain causal attention
    None,
}

/// Which rows read everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fusion {
    /// Tail and generated tokens
    Generated,
    /// The last prompt token too, which emits the first answer token
    LastToken,
}

/// Added to the scaled scores of fusing rows on keys in segments.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Bias {
    Number(f32),
    /// −ln N for N segments.
    InverseN,
}

/// All options of a layout; each is written as its command-line word.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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
    /// The preset's name, or `custom` where no preset is like this.
    pub fn preset_name(&self) -> String {
        Preset::of(self).map_or("custom".to_owned(), |preset| preset.to_string())
    }

    /// The preset that differs in the fewest options, manual cross-attention aside; of equals the first.
    pub fn nearest(&self) -> Preset {
        let presets = Preset::value_variants().iter().copied();
        presets
            .min_by_key(|&preset| self.beyond(preset).len())
            .unwrap_or_default()
    }

    /// What must be set on top of a preset to get these options, as it is typed (`--bias -0.5`), manual
    /// cross-attention aside.
    pub fn beyond(&self, preset: Preset) -> Vec<String> {
        let words = self.words().into_iter().zip(preset.options().words());
        words
            .filter(|(mine, base)| mine != base)
            .map(|((name, word), _)| format!("--{name} {word}"))
            .collect()
    }

    /// `series --bias -0.5, manual cross-attention off`.
    pub fn describe(&self, preset: Preset) -> String {
        let words: Vec<String> = [preset.to_string()]
            .into_iter()
            .chain(self.beyond(preset))
            .collect();
        format!(
            "{}, manual cross-attention {}",
            words.join(" "),
            self.cross()
        )
    }

    /// `on` or `off`: manual cross-attention.
    pub fn cross(&self) -> &'static str {
        if self.manual_cross_attention {
            "on"
        } else {
            "off"
        }
    }

    /// Name and word of every option that has more to say than yes and no.
    pub fn words(&self) -> [(&'static str, String); 7] {
        [
            ("prefix", self.prefix.to_string()),
            ("cue", self.cue.to_string()),
            ("glue", self.glue.to_string()),
            ("positions", self.positions.to_string()),
            ("isolation", self.isolation.to_string()),
            ("fusion", self.fusion.to_string()),
            ("bias", self.bias.to_string()),
        ]
    }

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

impl From<Bias> for String {
    fn from(bias: Bias) -> Self {
        bias.to_string()
    }
}

impl TryFrom<String> for Bias {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_told_by_the_nearest_preset() {
        assert_eq!(Preset::Seed.options().nearest(), Preset::Seed);
        let custom = Options {
            bias: Bias::Number(-1.5),
            manual_cross_attention: true,
            ..Preset::Fused.options()
        };
        assert_eq!(custom.nearest(), Preset::Fused);
        let words = "fused --bias -1.5, manual cross-attention on";
        assert_eq!(custom.describe(Preset::Fused), words);
    }

    #[test]
    fn options_are_written_as_they_are_typed() {
        for preset in Preset::value_variants() {
            let options = preset.options();
            let written = serde_json::to_value(options).expect("plain words");
            for (name, word) in options.words() {
                assert_eq!(written[name], word, "{preset}");
            }
            let read: Options = serde_json::from_value(written).expect("its own words");
            assert_eq!(read, options);
        }
    }
}
