//! Which rows go through which experts of a layer.

use std::ops::Range;

use crate::model::Experts;

/// Rows grouped by expert, ascending in each, so that every expert's weights are multiplied once with all of its rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Routing {
    pub rows: Vec<u32>,
    /// The share of the expert's answer, beside each row.
    pub shares: Vec<f32>,
    /// Per expert where its rows begin, and one end more.
    starts: Vec<usize>,
}

impl Routing {
    /// `logits` `[rows, experts]`: what the router says. Of equal logits the earlier expert is chosen. A row depends on
    /// nothing but its own logits; where one is not finite, neither are its shares.
    pub fn of(logits: &[f32], experts: &Experts) -> Routing {
        let Experts { count, chosen, .. } = *experts;
        let choices: Vec<(usize, f32)> = logits
            .chunks_exact(count)
            .flat_map(|row| choose(row, chosen, experts.renormalised))
            .collect();
        let mut starts = vec![0; count + 1];
        for (expert, _) in &choices {
            starts[expert + 1] += 1;
        }
        for expert in 0..count {
            starts[expert + 1] += starts[expert];
        }
        let mut next = starts.clone();
        let (mut rows, mut shares) = (vec![0; choices.len()], vec![0.0; choices.len()]);
        for (row, choices) in (0..).zip(choices.chunks_exact(chosen)) {
            for (expert, share) in choices {
                let at = next[*expert];
                next[*expert] += 1;
                (rows[at], shares[at]) = (row, *share);
            }
        }
        Routing {
            rows,
            shares,
            starts,
        }
    }

    /// Experts that have rows, and where those stand.
    pub fn busy(&self) -> impl Iterator<Item = (usize, Range<usize>)> {
        let ranges = self.starts.windows(2).map(|pair| pair[0]..pair[1]);
        ranges.enumerate().filter(|(_, rows)| !rows.is_empty())
    }
}

/// The experts of the largest logits with their shares.
fn choose(logits: &[f32], chosen: usize, renormalised: bool) -> Vec<(usize, f32)> {
    let mut best: Vec<usize> = Vec::with_capacity(chosen);
    for _ in 0..chosen {
        let free = (0..logits.len()).filter(|expert| !best.contains(expert));
        let next = free.reduce(|a, b| if logits[b] > logits[a] { b } else { a });
        best.extend(next);
    }
    let top = logits[best[0]];
    let exp = |expert: usize| (logits[expert] - top).exp();
    let sum: f32 = match renormalised {
        true => best.iter().map(|expert| exp(*expert)).sum(),
        false => (0..logits.len()).map(exp).sum(),
    };
    // A logit that no comparison finds is in no share but must not go unseen.
    let sum = sum + logits.iter().sum::<f32>() * 0.0;
    best.iter()
        .map(|&expert| (expert, exp(expert) / sum))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn experts(count: usize, chosen: usize, renormalised: bool) -> Experts {
        Experts {
            count,
            chosen,
            inner_size: 8,
            renormalised,
            biased: false,
            layers: Vec::new(),
        }
    }

    #[test]
    fn rows_stand_by_expert_with_their_shares() {
        let logits = [0.0, 3.0f32.ln(), 2.0f32.ln(), 5.0, 5.0, -9.0];
        let routing = Routing::of(&logits, &experts(3, 2, true));
        let busy: Vec<_> = routing.busy().collect();
        assert_eq!(busy, [(0, 0..1), (1, 1..3), (2, 3..4)]);
        assert_eq!(routing.rows, [1, 0, 1, 0]);
        for (share, wanted) in routing.shares.iter().zip([0.5, 0.6, 0.5, 0.4]) {
            assert!((share - wanted).abs() < 1e-6, "{share} is not {wanted}");
        }
        // Out of all three.
        let routing = Routing::of(&logits[..3], &experts(3, 1, false));
        assert_eq!(routing.busy().collect::<Vec<_>>(), [(1, 0..1)]);
        assert!((routing.shares[0] - 0.5).abs() < 1e-6);
    }

    #[test]
    fn what_is_not_finite_is_in_its_own_rows_shares() {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let routing = Routing::of(&[1.0, bad, 2.0, 3.0], &experts(2, 1, true));
            let of = |row: u32| routing.rows.iter().position(|it| *it == row);
            let share = |row| routing.shares[of(row).expect("every row is there")];
            assert!(!share(0).is_finite() && share(1) == 1.0, "{routing:?}");
        }
    }
}
