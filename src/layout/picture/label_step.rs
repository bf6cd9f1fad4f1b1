//! Which labels stand along an axis that has no room for all of them.

/// The least n for which every n-th of `count` labels has room, from the first on: `fits(i, k)` says whether label `i`
/// ends before label `k` begins.
pub fn label_step(count: usize, fits: impl Fn(usize, usize) -> bool) -> usize {
    let all_fit = |&n: &usize| (n..count).step_by(n).all(|next| fits(next - n, next));
    (1..=count).find(all_fit).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::label_step;

    #[test]
    fn as_many_names_as_fit() {
        let starts = [0, 10, 12, 20, 30];
        let with = |width: usize| label_step(starts.len(), |i, k| starts[i] + width <= starts[k]);
        assert_eq!(with(2), 1);
        assert_eq!(with(3), 2);
        assert_eq!(with(12), 2);
        assert_eq!(with(19), 3);
        assert_eq!(with(99), 5, "only the first");
        assert_eq!(label_step(0, |_, _| false), 1);
        assert_eq!(label_step(1, |_, _| false), 1);
    }
}
