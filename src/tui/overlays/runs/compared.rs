//! How a run compares with the pinned one, in words.

use crate::numbers::{count, thousands};
use crate::results::Test;
use crate::tui::archive::Compared;

/// `89.5 %, the pinned run 76.3 %: +13.2 points [4.1, 22.3] on 38 facts that both have; …`. The pinned run is the first.
pub fn in_words(
    Compared {
        comparison,
        trained,
    }: &Compared,
) -> String {
    let (pinned, this) = comparison.accuracies;
    let points = |share: f64| format!("{:+.1}", 100.0 * share);
    let interval = comparison.interval;
    let test = match comparison.test {
        Test::McNemar {
            only_first,
            only_second,
        } => format!(
            "{} gained, {} lost, McNemar",
            thousands(only_second as usize),
            thousands(only_first as usize)
        ),
        Test::Permutation => "permutation test".to_owned(),
    };
    let p = match comparison.p {
        p if p < 0.001 => "p < 0.001".to_owned(),
        p => format!("p = {p:.3}"),
    };
    let sure = match interval.low > 0.0 || interval.high < 0.0 {
        true => "",
        false => "; no difference can be told from this",
    };
    // What the demo model has seen is memory, and may differ between the two.
    let (before, now) = *trained;
    let trained = match before + now {
        0 => String::new(),
        _ => format!(
            "; in wordings that the model was trained in: {}, the pinned run {}",
            thousands(now),
            thousands(before)
        ),
    };
    format!(
        "{:.1} %, the pinned run {:.1} %: {} points [{}, {}] on {} that both have; {test} {p}{sure}{trained}",
        100.0 * this,
        100.0 * pinned,
        points(this - pinned),
        points(interval.low),
        points(interval.high),
        count(comparison.facts, "fact"),
    )
}
