//! Types of option values that are not only words.

use std::collections::HashSet;
use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::data::TemplateId;
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

impl<T: Named + Display> Value for T {
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
    /// ln(mean length / (N · own length)).
    Length,
    /// ln of the question's share of all confidences.
    Weighted,
}

/// A number above 0 that 1 leaves without effect.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Factor(f32);

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
        word(
            "length",
            "Every question starts with the same weight, however long it is",
        ),
        word(
            "weighted",
            "ln of each question's share of the templates' confidences",
        ),
    ];
    const FREE: Option<&'static str> = Some("a number");

    fn word(&self) -> String {
        match self {
            Bias::Number(value) => value.to_string(),
            Bias::InverseN => "inverse-n".to_owned(),
            Bias::Length => "length".to_owned(),
            Bias::Weighted => "weighted".to_owned(),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        match (text, text.parse::<f32>()) {
            ("inverse-n", _) => Ok(Bias::InverseN),
            ("length", _) => Ok(Bias::Length),
            ("weighted", _) => Ok(Bias::Weighted),
            (_, Ok(value)) if value.is_finite() => Ok(Bias::Number(value)),
            _ => Err("expected a number, inverse-n, length or weighted".to_owned()),
        }
    }
}

impl Bias {
    /// What is added per segment. `lengths` are the segments' tokens; `weights` the confidences of their questions, equal
    /// where empty or all 0.
    pub fn per_segment(self, lengths: &[usize], weights: &[f32]) -> Vec<f32> {
        let n = lengths.len() as f32;
        match self {
            Bias::Number(value) => vec![value; lengths.len()],
            Bias::InverseN => vec![-n.ln(); lengths.len()],
            Bias::Length => {
                let mean = lengths.iter().sum::<usize>() as f32 / n;
                // A segment without tokens has no keys that could be read.
                let bias = |&length: &usize| (mean / (n * length.max(1) as f32)).ln();
                lengths.iter().map(bias).collect()
            }
            Bias::Weighted => {
                let sum: f32 = weights.iter().sum();
                if sum > 0.0 {
                    weights.iter().map(|weight| (weight / sum).ln()).collect()
                } else {
                    Bias::InverseN.per_segment(lengths, weights)
                }
            }
        }
    }
}

impl Value for Factor {
    const NAMED: &'static [Word] = &[
        word("1", "No effect"),
        word("0.9", "As APE's authors set it"),
    ];
    const FREE: Option<&'static str> = Some("a number above 0");

    fn word(&self) -> String {
        self.0.to_string()
    }

    fn parse(text: &str) -> Result<Self, String> {
        let value = text.parse().ok().and_then(Factor::new);
        value.ok_or_else(|| "expected a number above 0".to_owned())
    }
}

impl Factor {
    pub const ONE: Factor = Factor(1.0);
    /// As the authors of APE set both.
    pub const APE: Factor = Factor(0.9);

    /// `None` where the number is not above 0.
    pub fn new(value: f32) -> Option<Factor> {
        (value.is_finite() && value > 0.0).then_some(Factor(value))
    }

    pub fn get(self) -> f32 {
        self.0
    }
}

/// Questions that read each other, by the ids of their templates.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Groups(Vec<Vec<TemplateId>>);

impl Value for Groups {
    const NAMED: &'static [Word] = &[word("none", "Every question is alone")];
    const FREE: Option<&'static str> = Some("groups such as m1,m3/a1,a2");

    fn word(&self) -> String {
        let group = |ids: &Vec<TemplateId>| {
            let ids: Vec<String> = ids.iter().map(TemplateId::to_string).collect();
            ids.join(",")
        };
        match self.0.as_slice() {
            [] => "none".to_owned(),
            groups => groups.iter().map(group).collect::<Vec<_>>().join("/"),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        if text == "none" {
            return Ok(Groups::default());
        }
        let group = |part: &str| -> Result<Vec<TemplateId>, String> {
            part.split(',').map(|id| id.trim().parse()).collect()
        };
        let groups: Vec<Vec<TemplateId>> = text.split('/').map(group).collect::<Result<_, _>>()?;
        let mut seen = HashSet::new();
        match groups.iter().flatten().find(|id| !seen.insert(**id)) {
            Some(twice) => Err(format!("{twice} stands twice: name it in one group")),
            None => Ok(Groups(groups)),
        }
    }
}

impl Groups {
    /// The order in which questions stand, as indices into `ids`, and the sizes of the groups that they begin with:
    /// groups in the order named, then every question that is in none.
    pub fn arrange(&self, ids: &[TemplateId]) -> (Vec<usize>, Vec<usize>) {
        let mut order: Vec<usize> = Vec::with_capacity(ids.len());
        let mut sizes = Vec::new();
        for group in &self.0 {
            let before = order.len();
            order.extend(
                group
                    .iter()
                    .filter_map(|id| ids.iter().position(|other| other == id)),
            );
            // A relation may lack all of a group's templates.
            sizes.extend(Some(order.len() - before).filter(|&size| size > 0));
        }
        let alone: Vec<usize> = (0..ids.len()).filter(|at| !order.contains(at)).collect();
        order.extend(alone);
        (order, sizes)
    }
}

/// Files hold these values as they are typed.
macro_rules! stored_as_typed {
    ($($type:ty),*) => {$(
        impl From<$type> for String {
            fn from(value: $type) -> Self {
                value.word()
            }
        }

        impl TryFrom<String> for $type {
            type Error = String;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text).map_err(|e| format!("`{text}`: {e}"))
            }
        }
    )*};
}
stored_as_typed!(Bias, Factor, Groups);
