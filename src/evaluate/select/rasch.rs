//! All templates' accuracies from a few cells of the matrix.
//!
//! ```text
//! P(template t right about fact f) = 1 / (1 + exp(−(ability_t − difficulty_f)))
//! ```
//!
//! After PromptEval: F. Maia Polo et al., *Efficient multi-prompt evaluation of LLMs*, arXiv 2405.17202, without covariates.

/// One answer: template, fact, whether it was right.
pub type Seen = (usize, usize, bool);

/// Precisions of the normal priors: abilities lie about 1 logit around their centre, difficulties about 1.4 around 0. They keep
/// finite what is always or never right, and hold near the centre what was asked a few times.
const OF_ABILITY: f64 = 1.0;
const OF_DIFFICULTY: f64 = 0.5;

/// Passes of Newton steps; each moves every parameter once.
const PASSES: usize = 60;

/// The estimated accuracy of each of `templates` over all `facts`: seen cells count as they are, the others by their
/// probability under the model.
pub fn rasch(templates: usize, facts: usize, seen: &[Seen]) -> Vec<f64> {
    let mut ability = vec![0.0; templates];
    let mut difficulty = vec![0.0; facts];
    let right = seen.iter().filter(|(_, _, right)| *right).count();
    let share = (right as f64 + 1.0) / (seen.len() as f64 + 2.0);
    // Everyone's ability before anything is known of a template.
    let centre = (share / (1.0 - share)).ln();
    ability.fill(centre);
    for _ in 0..PASSES {
        let mut step = vec![(0.0, OF_ABILITY); templates];
        for &(t, f, right) in seen {
            add(&mut step[t], ability[t] - difficulty[f], right, 1.0);
        }
        for (value, (slope, curve)) in ability.iter_mut().zip(step) {
            *value += bounded((slope - OF_ABILITY * (*value - centre)) / curve);
        }
        let mut step = vec![(0.0, OF_DIFFICULTY); facts];
        for &(t, f, right) in seen {
            add(&mut step[f], ability[t] - difficulty[f], right, -1.0);
        }
        for (value, (slope, curve)) in difficulty.iter_mut().zip(step) {
            *value += bounded((slope - OF_DIFFICULTY * *value) / curve);
        }
    }
    let mut sums: Vec<f64> = ability
        .iter()
        .map(|ability| difficulty.iter().map(|d| logistic(ability - d)).sum())
        .collect();
    for &(t, f, right) in seen {
        sums[t] += f64::from(right) - logistic(ability[t] - difficulty[f]);
    }
    sums.iter().map(|sum| sum / facts.max(1) as f64).collect()
}

/// Adds one answer to slope and curvature of ln likelihood in a parameter that stands with this sign.
fn add((slope, curve): &mut (f64, f64), logit: f64, right: bool, sign: f64) {
    let p = logistic(logit);
    *slope += sign * (f64::from(right) - p);
    *curve += p * (1.0 - p);
}

/// A Newton step from where the curve is flat would overshoot.
fn bounded(step: f64) -> f64 {
    step.clamp(-1.0, 1.0)
}

fn logistic(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}
