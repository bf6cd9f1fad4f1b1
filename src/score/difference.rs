//! How sure a difference between two accuracies on the same facts is.

use super::stats::{Interval, Z_95, wilson_interval};

/// 95 % interval of the difference p₂ − p₁ between two runs over the same `n` facts, of which `both` are right in both runs,
/// `only_first` and `only_second` in one alone; `None` without facts. Ends lie in −1..=1.
///
/// With the Wilson intervals [l, u] of both shares and φ, the correlation of right answers (its numerator ad − bc less n/2
/// where that is positive), the ends are d − √((p₂ − l₂)² − 2φ(p₂ − l₂)(u₁ − p₁) + (u₁ − p₁)²) and the like upwards.
///
/// R. G. Newcombe, *Improved confidence intervals for the difference between binomial proportions based on paired data*,
/// Statistics in Medicine 17 (1998), method 10.
pub fn paired_interval(both: u64, only_first: u64, only_second: u64, n: u64) -> Option<Interval> {
    let (first, second) = (both + only_first, both + only_second);
    let (one, two) = (wilson_interval(first, n)?, wilson_interval(second, n)?);
    let (p1, p2) = (first as f64 / n as f64, second as f64 / n as f64);
    let neither = n.saturating_sub(both + only_first + only_second);
    let [a, b, c, d] = [both, only_first, only_second, neither].map(|count| count as f64);
    let margins = (a + b) * (c + d) * (a + c) * (b + d);
    let phi = match a * d - b * c {
        _ if margins == 0.0 => 0.0,
        product if product > 0.0 => (product - n as f64 / 2.0).max(0.0) / margins.sqrt(),
        product => product / margins.sqrt(),
    };
    let reach = |x: f64, y: f64| (x * x - 2.0 * phi * x * y + y * y).max(0.0).sqrt();
    let difference = p2 - p1;
    Some(Interval {
        low: difference - reach(p2 - two.low, one.high - p1),
        high: difference + reach(two.high - p2, p1 - one.low),
    })
}

/// 95 % interval of the mean of differences per fact, each in −1..=1, from their standard error; `None` for fewer than two.
pub fn mean_interval(differences: &[f64]) -> Option<Interval> {
    let n = differences.len() as f64;
    if differences.len() < 2 {
        return None;
    }
    let mean = differences.iter().sum::<f64>() / n;
    let squares = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>();
    let reach = Z_95 * (squares / (n - 1.0) / n).sqrt();
    Some(Interval {
        low: (mean - reach).max(-1.0),
        high: (mean + reach).min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ends(interval: Option<Interval>) -> (i64, i64) {
        let ten_thousandths = |end: f64| (10_000.0 * end).round() as i64;
        interval.map_or((0, 0), |one| {
            (ten_thousandths(one.low), ten_thousandths(one.high))
        })
    }

    /// As a program of its own computes them, for p₁ − p₂.
    #[test]
    fn paired_shares_have_the_intervals_of_the_formula() {
        let backwards = |a, b, c, d: u64| ends(paired_interval(a, c, b, a + b + c + d));
        assert_eq!(backwards(36, 12, 2, 0), (569, 3404));
        assert_eq!(backwards(20, 12, 2, 16), (562, 3292));
        assert_eq!(backwards(54, 0, 0, 0), (-664, 664));
    }

    #[test]
    fn shares_have_an_interval_too() {
        assert_eq!(ends(mean_interval(&[0.5, 0.5, 0.5])), (5_000, 5_000));
        let mixed = mean_interval(&[1.0, 0.0, 1.0, 0.0]);
        assert_eq!(ends(mixed), (-658, 10_000));
        assert_eq!(mean_interval(&[1.0]), None);
    }
}
