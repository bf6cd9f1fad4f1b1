//! Named sets of layout options, and the one name that any options have.

use std::fmt;

use super::options::{Cue, Fusion, Glue, Isolation, LayoutOption, Options, Positions, Prefix};
use super::value::{Bias, Factor};
use crate::named::named;

named! {
    /// Named sets of options.
    #[derive(Default)]
    pub enum Preset {
        /// The method as meant: the first answer token reads every question
        #[default]
        Fused = "fused",
        /// The method as documented: the first answer token is read from inside the last segment
        Seed = "seed",
        /// The method as its script ran, with segment borders shifted by BOS
        SeedAsRun = "seed-as-run",
        /// Shared context, restarted positions and a bias of -ln N
        Series = "series",
        /// Parallel Context Windows, arXiv 2212.10947
        Pcw = "pcw",
        /// Adaptive Parallel Encoding, arXiv 2502.05431: as series, with T = S = 0.9 in place of the bias
        Ape = "ape",
        /// Control: plain concatenation
        Causal = "causal",
    }
}

impl Preset {
    /// The preset's options, manual cross-attention off.
    pub fn options(self) -> Options {
        let fused = Options::default();
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
            Preset::Ape => Options {
                temperature: Factor::APE,
                scale: Factor::APE,
                bias: Bias::Number(0.0),
                ..Preset::Series.options()
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
        let setting = options.setting();
        setting.on_top.is_empty().then_some(setting.preset)
    }
}

/// The one name of some options: the nearest preset and what is set on top of it. Manual cross-attention, which goes
/// with every preset, is no part of it.
///
/// Displayed as it is typed: `series --bias -0.5`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    pub preset: Preset,
    /// As it is typed: `--bias -0.5`.
    pub on_top: Vec<String>,
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.preset)?;
        self.on_top.iter().try_for_each(|word| write!(f, " {word}"))
    }
}

impl Options {
    /// The name of these options, however they came about: a preset where they equal one, else the preset that differs
    /// in the fewest options, of equals the first.
    pub fn setting(&self) -> Setting {
        let all = Preset::ALL.iter().map(|&preset| Setting {
            preset,
            on_top: self.beyond(preset),
        });
        // `min_by_key` gives the first of equals.
        all.min_by_key(|setting| setting.on_top.len())
            .expect("there is a preset")
    }

    /// What must be set on top of a preset to get these options, manual cross-attention aside.
    fn beyond(&self, preset: Preset) -> Vec<String> {
        let base = preset.options();
        let rows = LayoutOption::ALL.iter().filter(|row| !row.is_switch());
        let differing = rows.filter(|row| row.get(self) != row.get(&base));
        differing.map(|row| row.typed(&row.get(self))).collect()
    }

    /// `series --bias -0.5, manual cross-attention off`.
    pub fn describe(&self) -> String {
        let cross = self.cross();
        format!("{}, manual cross-attention {cross}", self.setting())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_options_always_have_one_name() {
        for &preset in Preset::ALL {
            assert_eq!(preset.options().setting().to_string(), preset.name());
        }
        // However they are reached.
        let reached = Options {
            glue: Glue::Attached,
            fusion: Fusion::LastToken,
            ..Preset::Seed.options()
        };
        assert_eq!(Preset::of(&reached), Some(Preset::Fused));
        let custom = Options {
            bias: Bias::Number(-1.5),
            manual_cross_attention: true,
            ..Preset::Fused.options()
        };
        assert_eq!(
            custom.describe(),
            "fused --bias -1.5, manual cross-attention on"
        );
    }

    #[test]
    fn files_hold_options_as_they_are_typed() {
        for &preset in Preset::ALL {
            let options = preset.options();
            let written = serde_json::to_value(&options).expect("plain words");
            for row in LayoutOption::ALL.iter().filter(|row| !row.is_switch()) {
                assert_eq!(written[row.name], row.get(&options), "{preset}");
            }
            let read: Options = serde_json::from_value(written).expect("its own words");
            assert_eq!(read, options);
        }
    }

    #[test]
    fn a_key_turns_through_every_named_value_and_back() {
        for row in LayoutOption::ALL {
            let mut options = Options::default();
            let first = row.get(&options);
            let mut seen = vec![first.clone()];
            for _ in 1..row.words.len() {
                row.turn(&mut options, 1);
                seen.push(row.get(&options));
            }
            for word in row.words {
                assert!(
                    seen.contains(&word.name.to_owned()),
                    "{}: {seen:?}",
                    row.name
                );
            }
            row.turn(&mut options, 1);
            assert_eq!(row.get(&options), first, "{}", row.name);
        }
    }
}
