//! Types of option values that are not only words.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::named::{Named, Word, expected};

/// What a layout option may be.
pub trait Value: Sized {
    /// The values that have a name.
    const NAMED: &'static [Word];
    /// What else may be typed.
    const FREE: Option<&'static str>;

    /// As it is typed.
    fn word(&self) -> String;

    /// Reads what was typed; what was expected where it is no value.
    fn parse(text: &str) -> Result<Self, String>;
}

impl<T: Named + fmt::Display> Value for T {
    const NAMED: &'static [Word] = T::WORDS;
    const FREE: Option<&'static str> = None;

    fn word(&self) -> String {
        self.to_string()
    }

    fn parse(text: &str) -> Result<Self, String> {
        T::from_name(text).ok_or_else(|| expected(Self::NAMED))
    }
}

/// What is added to the scaled scores of fusing rows on keys in segments.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Bias {
    Number(f32),
    /// −ln N for N segments.
    InverseN,
}

/// A word of a value that is not only words.
const fn word(name: &'static str, meaning: &'static str) -> Word {
    Word {
        name,
        aliases: &[],
        meaning,
    }
}

impl Value for bool {
    const NAMED: &'static [Word] = &[word("off", "no"), word("on", "yes")];
    const FREE: Option<&'static str> = None;

    fn word(&self) -> String {
        if *self { "on" } else { "off" }.to_owned()
    }

    fn parse(text: &str) -> Result<Self, String> {
        match text {
            "on" => Ok(true),
            "off" => Ok(false),
            _ => Err(expected(Self::NAMED)),
        }
    }
}

impl Value for Bias {
    const NAMED: &'static [Word] = &[
        word("0", "Nothing is added"),
        word("inverse-n", "-ln N for N questions"),
    ];
    const FREE: Option<&'static str> = Some("a number");

    fn word(&self) -> String {
        self.to_string()
    }

    fn parse(text: &str) -> Result<Self, String> {
        text.parse()
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
