//! Layout options: one table of names, meanings and values, from which command line, explorer, help, file metadata and
//! differences come.
//!
//! To add an option, add a row to [`options!`] and its rule to `build.rs`, `visible.rs` or the engine.

use serde::{Deserialize, Serialize};

use super::value::{Bias, Factor, Groups, Value};
use crate::named::{Word, named};

named! {
    /// Where the context stands.
    pub enum Prefix {
        /// Every segment carries the whole context
        Repeated = "repeated",
        /// The context and one separator stand once in front
        Shared = "shared",
        /// As shared, but segments do not read the context: only rows that fuse do (arXiv 2409.15355)
        Apart = "apart",
    }
}

named! {
    /// Where the cue ("A:") stands.
    pub enum Cue {
        /// The cue ends each segment
        Segment = "segment",
        /// The cue stands once, after the last segment
        Tail = "tail",
    }
}

named! {
    /// Which segment BOS and the separators between segments belong to.
    pub enum Glue {
        /// BOS is shared; a separator belongs to the segment before it
        Attached = "attached",
        /// BOS and separators belong to no segment
        Orphan = "orphan",
        /// As orphan, but every owner slides one token to the left where there is a BOS
        Shifted = "shifted",
    }
}

named! {
    /// How position ids run.
    pub enum Positions {
        /// Position = index
        Continuous = "continuous",
        /// Each segment starts where the shared part ends
        Restart = "restart",
        /// As restart, but shorter segments start later, so that all end at the same position
        AlignEnd = "align-end",
    }
}

named! {
    /// Whether segments are kept apart.
    pub enum Isolation {
        /// Segments do not read each other
        Segments = "segments",
        /// Plain causal attention
        None = "none",
    }
}

named! {
    /// Which rows read everything.
    pub enum Fusion {
        /// Tail and generated tokens only
        Generated = "generated",
        /// The last prompt token too, which emits the first answer token
        LastToken = "last-token",
    }
}

/// Defines [`Options`] and its table: meaning, name, field, type and what the preset `fused` has.
macro_rules! options {
    ($(#[doc = $what:literal] $name:literal $(| $alias:literal)* $field:ident: $type:ty = $fused:expr,)+) => {
        /// All options of a layout. Files hold each as the word that is typed for it.
        #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct Options {
            $(#[doc = $what] pub $field: $type,)+
        }

        impl Default for Options {
            fn default() -> Self {
                Options { $($field: $fused,)+ }
            }
        }

        impl LayoutOption {
            /// The table, in the order of help and screen.
            pub const ALL: &'static [LayoutOption] = &[
                $(LayoutOption {
                    name: $name,
                    aliases: &[$($alias),*],
                    what: $what.trim_ascii(),
                    words: <$type as Value>::NAMED,
                    free: <$type as Value>::FREE,
                    get: |options| options.$field.word(),
                    set: |options, text| {
                        options.$field = Value::parse(text)?;
                        Ok(())
                    },
                },)+
            ];
        }
    };
}

/// A row of the table.
#[derive(Debug)]
pub struct LayoutOption {
    /// As it is typed: `--name`.
    pub name: &'static str,
    /// Other spellings of the name.
    pub aliases: &'static [&'static str],
    /// What the option decides, in one line.
    pub what: &'static str,
    /// The values that have a name.
    pub words: &'static [Word],
    /// What else may be typed: `a number`.
    pub free: Option<&'static str>,
    get: fn(&Options) -> String,
    set: fn(&mut Options, &str) -> Result<(), String>,
}

options! {
    /// Where the context stands
    "prefix" prefix: Prefix = Prefix::Repeated,
    /// Where the cue "A:" stands
    "cue" cue: Cue = Cue::Segment,
    /// Which segment BOS and the separators between segments belong to
    "glue" glue: Glue = Glue::Attached,
    /// How position ids run
    "positions" positions: Positions = Positions::Continuous,
    /// Whether segments are kept apart
    "isolation" isolation: Isolation = Isolation::Segments,
    /// Which rows read everything
    "fusion" fusion: Fusion = Fusion::LastToken,
    /// Added to the scaled scores of fusing rows on keys in segments
    "bias" bias: Bias = Bias::Number(0.0),
    /// Divides the scores of fusing rows on keys in segments (APE's T, arXiv 2502.05431)
    "temperature" temperature: Factor = Factor::ONE,
    /// Scales the mass of all segments together in fusing rows (APE's S)
    "scale" scale: Factor = Factor::ONE,
    /// Which questions read each other and stand next to each other
    "groups" groups: Groups = Groups::default(),
    /// Manual segments read each other
    "manual-cross-attention" | "manual_cross_attention" | "allow_manual_cross_attention"
        | "allow-manual-cross-attention" manual_cross_attention: bool = false,
}

impl LayoutOption {
    /// The row of a name.
    pub fn of(name: &str) -> Option<&'static LayoutOption> {
        LayoutOption::ALL.iter().find(|row| row.name == name)
    }

    /// The option's value as it is typed.
    pub fn get(&self, options: &Options) -> String {
        (self.get)(options)
    }

    /// Sets the option to what was typed.
    ///
    /// # Errors
    /// What was expected, where the text is no value.
    pub fn set(&self, options: &mut Options, text: &str) -> Result<(), String> {
        (self.set)(options, text)
    }

    /// Whether the option is off or on, and so typed without a value.
    pub fn is_switch(&self) -> bool {
        self.words == bool::NAMED
    }

    /// Gives the option the named value `by` places after its present one; a value without a name counts as the first.
    pub fn turn(&self, options: &mut Options, by: isize) {
        let now = self.get(options);
        let at = self.words.iter().position(|word| word.name == now);
        let next = (at.unwrap_or(0) as isize + by).rem_euclid(self.words.len() as isize);
        let set = self.set(options, self.words[next as usize].name);
        debug_assert!(set.is_ok(), "{}: its own word", self.name);
    }

    /// As it would be typed: `--bias -0.5`.
    pub fn typed(&self, value: &str) -> String {
        if self.is_switch() {
            format!("--{}", self.name)
        } else {
            format!("--{} {value}", self.name)
        }
    }
}

impl Options {
    /// Whether fusing rows may do more than add one number to the scores of all keys in segments.
    pub fn is_tempered(&self) -> bool {
        let plain = (self.temperature, self.scale) == (Factor::ONE, Factor::ONE);
        !plain || matches!(self.bias, Bias::Length | Bias::Weighted)
    }

    /// `on` or `off`: manual cross-attention.
    pub fn cross(&self) -> String {
        self.manual_cross_attention.word()
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
