//! In which order rows and columns of a matrix stand.

use crate::named::named;
use crate::score::belief::Verdicts;

named! {
    /// How facts and templates are sorted.
    #[derive(Default)]
    pub enum Order {
        /// What is right most often first
        #[default]
        Score = "score",
        /// What is right together next to each other
        Cluster = "cluster",
    }
}

/// More rows than this are sorted, not clustered: time grows with their cube.
const MOST: usize = 400;

/// Facts and templates in order.
pub fn sorted(verdicts: &Verdicts, order: Order) -> (Vec<usize>, Vec<usize>) {
    let (facts, templates) = (verdicts.facts(), verdicts.templates());
    let counts = verdicts.counts();
    let mut columns: Vec<usize> = (0..templates).collect();
    columns.sort_by_key(|&template| std::cmp::Reverse(counts[template]));
    let row = |fact: usize| -> Vec<bool> {
        let right = columns
            .iter()
            .map(|&template| verdicts.right(fact, template));
        right.collect()
    };
    let patterns: Vec<Vec<bool>> = (0..facts).map(row).collect();
    let right = |fact: usize| patterns[fact].iter().filter(|right| **right).count();
    let mut rows: Vec<usize> = (0..facts).collect();
    rows.sort_by(|&a, &b| (right(b), &patterns[b]).cmp(&(right(a), &patterns[a])));
    if order == Order::Score {
        return (rows, columns);
    }
    if facts <= MOST {
        let pattern = |fact: &usize| patterns[*fact].clone();
        rows = clustered(&rows.iter().map(pattern).collect::<Vec<_>>(), &rows);
    }
    let pattern = |&template: &usize| -> Vec<bool> {
        (0..facts)
            .map(|fact| verdicts.right(fact, template))
            .collect()
    };
    columns = clustered(&columns.iter().map(pattern).collect::<Vec<_>>(), &columns);
    (rows, columns)
}

/// Average linkage: of all groups, the two whose members differ least on average are joined, until one is left. Names
/// come back in the order of its leaves; groups are laid side by side with the one that came first in front.
fn clustered(patterns: &[Vec<bool>], names: &[usize]) -> Vec<usize> {
    let apart = |a: &[bool], b: &[bool]| a.iter().zip(b).filter(|(a, b)| a != b).count() as f64;
    let mut distances: Vec<Vec<f64>> = (patterns.iter())
        .map(|a| patterns.iter().map(|b| apart(a, b)).collect())
        .collect();
    let mut groups: Vec<Vec<usize>> = (0..patterns.len()).map(|at| vec![at]).collect();
    while groups.len() > 1 {
        let pairs = (0..groups.len()).flat_map(|a| (a + 1..groups.len()).map(move |b| (a, b)));
        let nearest = pairs.min_by(|&(a, b), &(c, d)| distances[a][b].total_cmp(&distances[c][d]));
        let Some((a, b)) = nearest else { break };
        let (n, m) = (groups[a].len() as f64, groups[b].len() as f64);
        // Lance and Williams' update for averages, in both directions.
        let both = distances[a].iter().zip(&distances[b]);
        let means: Vec<f64> = both.map(|(x, y)| (n * x + m * y) / (n + m)).collect();
        for (row, mean) in distances.iter_mut().zip(&means) {
            row[a] = *mean;
        }
        distances[a] = means;
        distances.remove(b);
        distances.iter_mut().for_each(|row| {
            row.remove(b);
        });
        let joined = groups.remove(b);
        groups[a].extend(joined);
    }
    groups.into_iter().flatten().map(|at| names[at]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(rows: &[&str]) -> Verdicts {
        let mut verdicts = Verdicts::new(rows[0].len());
        rows.iter()
            .for_each(|row| verdicts.push(row.chars().map(|c| c == '1')));
        verdicts
    }

    #[test]
    fn what_is_right_most_often_comes_first() {
        let of = verdicts(&["001", "111", "011", "000"]);
        assert_eq!(sorted(&of, Order::Score), (vec![1, 2, 0, 3], vec![2, 1, 0]));
    }

    /// Two kinds of facts, mixed: either order of the kinds will do, as long as neither is torn apart.
    #[test]
    fn what_is_alike_stands_together() {
        let of = verdicts(&["1100", "0011", "1101", "0111", "1100", "0011"]);
        let (rows, columns) = sorted(&of, Order::Cluster);
        let kinds: Vec<usize> = rows.iter().map(|row| row % 2).collect();
        assert!(
            kinds.is_sorted() || kinds.iter().rev().is_sorted(),
            "{rows:?}"
        );
        let pairs: Vec<usize> = columns.iter().map(|column| column / 2).collect();
        assert!(
            pairs.is_sorted() || pairs.iter().rev().is_sorted(),
            "{columns:?}"
        );
    }
}
