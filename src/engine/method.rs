//! Ways to get one answer from several prompts.

use std::fmt;

use clap::ValueEnum;

/// How the questions about one fact become answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, ValueEnum)]
pub enum Method {
    /// The first chosen template's prompt alone
    Origin,
    /// Every chosen template alone; accuracy is the mean over templates
    #[value(alias = "per_prompt")]
    PerPrompt,
    /// One token per step from the mean of the templates' logits
    Avg,
    /// One token per step from the largest of the templates' probabilities
    Max,
    /// Logits weighted by each template's confidence
    #[value(alias = "weighted_avg")]
    WeightedAvg,
    /// Logits of the most confident template
    #[value(alias = "weighted_max")]
    WeightedMax,
    /// One sequence under the segment-isolated mask
    #[default]
    Flex,
}

impl Method {
    /// Whether each template's confidence must be known before fusing.
    pub fn is_weighted(self) -> bool {
        matches!(self, Method::WeightedAvg | Method::WeightedMax)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // No value is skipped, so each has a word.
        f.pad(
            self.to_possible_value()
                .as_ref()
                .map_or("", |word| word.get_name()),
        )
    }
}
