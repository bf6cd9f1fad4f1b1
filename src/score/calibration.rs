//! Whether probabilities of answers are worth what they say.

/// How many bins there are.
pub const BINS: usize = 10;

/// Probabilities p of answers held against whether they were right, c = 0 or 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    pub n: usize,
    /// Mean p and mean c.
    pub probability: f64,
    pub right: f64,
    /// Mean (p − c)². G. W. Brier, Monthly Weather Review 78 (1950).
    pub brier: f64,
    /// Probability that a right answer has a greater p than a wrong one, ties as ½; `None` where all are right or none.
    pub auroc: Option<f64>,
    /// [`BINS`] bins with as many answers each, or one more in the first ones; fewer bins of fewer answers.
    pub equal_count: Vec<Bin>,
    /// p in (i/10, (i+1)/10], 0 in the first bin; those without answers are left out.
    pub equal_width: Vec<Bin>,
}

/// Answers of similar probability.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bin {
    pub n: usize,
    /// Mean p and mean c.
    pub probability: f64,
    pub right: f64,
    /// The least and the greatest p.
    pub low: f64,
    pub high: f64,
}

impl Calibration {
    /// Independent of the order of answers: where a bin's border cuts through equal p, each of these answers counts with
    /// the share of them that is right. `None` without answers.
    pub fn of(answers: &[(f64, bool)]) -> Option<Self> {
        let n = answers.len();
        if n == 0 {
            return None;
        }
        let mut sorted = answers.to_vec();
        sorted.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let number = |right: bool| f64::from(u8::from(right));
        let tied: Vec<(f64, f64)> = sorted
            .chunk_by(|a, b| a.0 == b.0)
            .flat_map(|tie| {
                let right = tie.iter().map(|of| number(of.1)).sum::<f64>() / tie.len() as f64;
                tie.iter().map(move |of| (of.0, right))
            })
            .collect();
        let whole = Bin::of(&tied)?;
        let square = |&(p, right): &(f64, bool)| (p - number(right)).powi(2);
        let width = |&(p, _): &(f64, f64)| {
            let reached = (1..BINS).filter(|&i| p > i as f64 / BINS as f64);
            reached.count()
        };
        let by_width = tied.chunk_by(|a, b| width(a) == width(b));
        Some(Calibration {
            n,
            probability: whole.probability,
            right: whole.right,
            brier: sorted.iter().map(square).sum::<f64>() / n as f64,
            auroc: auroc(&sorted),
            equal_count: equal_parts(&tied).filter_map(Bin::of).collect(),
            equal_width: by_width.filter_map(Bin::of).collect(),
        })
    }

    /// Mean p less mean c: above 0 the model is surer than it is right.
    pub fn overconfidence(&self) -> f64 {
        self.probability - self.right
    }

    /// Expected calibration error: Σ n_b / n · |mean p − mean c| over bins of equal count.
    pub fn ece_equal_count(&self) -> f64 {
        self.ece(&self.equal_count)
    }

    /// The same over bins of equal width.
    pub fn ece_equal_width(&self) -> f64 {
        self.ece(&self.equal_width)
    }

    fn ece(&self, bins: &[Bin]) -> f64 {
        let off = |bin: &Bin| bin.n as f64 * (bin.probability - bin.right).abs();
        bins.iter().map(off).sum::<f64>() / self.n as f64
    }
}

impl Bin {
    /// Of sorted answers: p, and the share of right ones among its equals.
    fn of(answers: &[(f64, f64)]) -> Option<Self> {
        let n = answers.len() as f64;
        let (first, last) = answers.first().zip(answers.last())?;
        Some(Bin {
            n: answers.len(),
            probability: answers.iter().map(|of| of.0).sum::<f64>() / n,
            right: answers.iter().map(|of| of.1).sum::<f64>() / n,
            low: first.0,
            high: last.0,
        })
    }
}

/// Cut into [`BINS`] parts whose lengths differ by one at most, the longer ones first.
fn equal_parts<T>(mut rest: &[T]) -> impl Iterator<Item = &[T]> {
    (1..=BINS).rev().map(move |parts| {
        let (part, others) = rest.split_at(rest.len().div_ceil(parts));
        rest = others;
        part
    })
}

/// From the ranks of right answers among all, ties with the mean of theirs.
///
/// H. B. Mann, D. R. Whitney, Annals of Mathematical Statistics 18 (1947).
fn auroc(sorted: &[(f64, bool)]) -> Option<f64> {
    let (mut below, mut ranks, mut right) = (0.0, 0.0, 0.0);
    for tie in sorted.chunk_by(|a, b| a.0 == b.0) {
        let n = tie.len() as f64;
        let of_tie = tie.iter().filter(|of| of.1).count() as f64;
        ranks += of_tie * (below + (n + 1.0) / 2.0);
        right += of_tie;
        below += n;
    }
    let wrong = below - right;
    let pairs = right * wrong;
    (pairs > 0.0).then(|| (ranks - right * (right + 1.0) / 2.0) / pairs)
}
