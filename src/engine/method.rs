//! Ways to get one answer from several prompts, as one table.

use crate::layout::{Bias, Options};
use crate::named::named;

named! {
    /// How the questions about one fact become answers.
    #[derive(Default)]
    pub enum Method {
        /// The first chosen template's prompt alone
        Origin = "origin",
        /// Every chosen template alone; accuracy is the mean over templates
        PerPrompt = "per-prompt" | "per_prompt",
        /// One token per step from the mean of the templates' logits
        Avg = "avg",
        /// One token per step from the largest of the templates' probabilities
        Max = "max",
        /// One token per step from the mean of the templates' probabilities
        Mix = "mix",
        /// Logits weighted by each template's confidence
        WeightedAvg = "weighted-avg" | "weighted_avg",
        /// Logits of the most confident template
        WeightedMax = "weighted-max" | "weighted_max",
        /// The templates' last rows are averaged inside the model, after each layer from --from-layer on
        LayerAvg = "layer-avg" | "layer_avg",
        /// The same mean on what the down projection of these layers reads
        FfnAvg = "ffn-avg" | "ffn_avg",
        /// The largest number of the templates instead of the mean
        FfnMax = "ffn-max" | "ffn_max",
        /// One sequence under the segment-isolated mask
        #[default]
        Flex = "flex",
    }
}

/// Which prompts a method reads for one fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// The first question's.
    First,
    /// Every question's, for an answer of its own.
    Each,
    /// Every question's, for one answer.
    All,
    /// One sequence of all questions under the mask of the layout options.
    Layout,
}

/// How the logits of the prompts become those of the next token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mix {
    /// Mean of the logits; of one prompt, its own.
    Mean,
    /// Largest probability.
    Max,
    /// Mean of the probabilities.
    Probabilities,
    /// Mean of the logits, weighted by confidence.
    Weighted,
    /// The logits of the most confident question.
    MostConfident,
}

/// What is mixed of the rows of several prompts inside the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blended {
    /// The mean of the residual stream behind a layer.
    LayerMean,
    /// The mean of gate times up, which the down projection reads.
    ProductMean,
    /// Its largest numbers.
    ProductMax,
}

impl Method {
    /// What the method does: everything that tells it from the others.
    const fn row(self) -> (Reads, Mix) {
        match self {
            Method::Origin => (Reads::First, Mix::Mean),
            Method::PerPrompt => (Reads::Each, Mix::Mean),
            Method::Avg => (Reads::All, Mix::Mean),
            Method::Max => (Reads::All, Mix::Max),
            Method::Mix => (Reads::All, Mix::Probabilities),
            Method::WeightedAvg => (Reads::All, Mix::Weighted),
            Method::WeightedMax => (Reads::All, Mix::MostConfident),
            // Where rows stay apart in part, as with α below 1, their logits are averaged.
            Method::LayerAvg | Method::FfnAvg | Method::FfnMax => (Reads::All, Mix::Mean),
            Method::Flex => (Reads::Layout, Mix::Mean),
        }
    }

    pub const fn reads(self) -> Reads {
        self.row().0
    }

    pub const fn mix(self) -> Mix {
        self.row().1
    }

    /// What is mixed inside the model, where anything is; [`super::Blend`] is read then.
    pub const fn blended(self) -> Option<Blended> {
        match self {
            Method::LayerAvg => Some(Blended::LayerMean),
            Method::FfnAvg => Some(Blended::ProductMean),
            Method::FfnMax => Some(Blended::ProductMax),
            _ => None,
        }
    }

    /// Whether the layout options are read.
    pub fn has_layout(self) -> bool {
        self.reads() == Reads::Layout
    }

    /// Whether each question has an answer of its own.
    pub fn answers_each(self) -> bool {
        self.reads() == Reads::Each
    }

    /// Whether one prompt stands behind each answer, so that answers can be drawn from it.
    pub fn has_one_prompt(self) -> bool {
        self.reads() != Reads::All
    }

    /// Whether each template's confidence must be known before fusing.
    pub fn is_weighted(self, options: &Options) -> bool {
        match self.reads() {
            Reads::Layout => options.bias == Bias::Weighted,
            _ => matches!(self.mix(), Mix::Weighted | Mix::MostConfident),
        }
    }
}
