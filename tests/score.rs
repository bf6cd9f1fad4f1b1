//! Scoring as a user of the library sees it: lemmas, matching, verdicts against spaCy, and each statistic against
//! values computed by hand or with SciPy 1.17.1.

#[path = "score/select.rs"]
mod select;

use std::{fs, path::Path, time::Instant};

#[path = "score/belief.rs"]
mod belief;
#[path = "score/calibration.rs"]
mod calibration;
#[path = "score/clusters.rs"]
mod clusters;
#[path = "score/tune.rs"]
mod tune;

use lamascope::score::*;
use proptest::prelude::*;
use serde::Deserialize;

fn close(got: f64, want: f64) {
    assert!(
        (got - want).abs() <= 1e-12 * want.abs().max(1.0),
        "{got} is not {want}"
    );
}

// ---- text ----

#[test]
fn tokenizer_splits_affixes_infixes_and_contractions() {
    for (text, want) in [
        ("Paris, France.", "Paris|,|France|."),
        ("(the) \"old\" town!", "(|the|)|\"|old|\"|town|!"),
        ("don't cannot it's", "do|n't|can|not|it|'s"),
        ("St. Mary's", "St.|Mary|'s"),
        ("Dr. Who & Co.", "Dr.|Who|&|Co."),
        ("jack-of-all-trades", "jack|-|of|-|all|-|trades"),
        ("1990-95", "1990|-|95"),
        ("10km 5% $3.50", "10|km|5|%|$|3.50"),
        ("e.g. U.S. p.m.", "e.g.|U.S.|p.m."),
        ("wait...what", "wait|...|what"),
        ("www.example.org/a,b", "www.example.org/a,b"),
        ("🇫🇷", "🇫|🇷"),
        ("20 °C. 20 °C", "20|°|C|.|20|°|C"),
        ("451 °F. 20°c. (5 °K.)", "451|°|F|.|20|°|c|.|(|5|°|K|.|)"),
        ("at -5°C.x 20 °C.,", "at|-5|°|C.x|20|°|C|.|,"),
        ("two  spaces ", "two| |spaces"),
        ("", ""),
    ] {
        assert_eq!(tokenize(text).join("|"), want, "{text:?}");
    }
}

#[test]
fn lemmatizer_reduces_running_english() {
    for (text, want) in [
        ("three blind mice", "three blind mouse"),
        ("churches and buses", "church and bus"),
        ("wolves' knives", "wolf ' knife"),
        ("they were carrying boxes", "they be carry box"),
        ("it was written and edited", "it be write and edit"),
        ("stopped running", "stop running"), // the last word of a compound is read as a noun
        (
            "she travelled, agreed and tied knots",
            "she travel , agree and tie knot",
        ),
        ("the largest cities", "the large city"),
        ("isn't it", "be not it"),
        ("dancing", "dance"),
        ("economics", "economic"),
        ("chess", "chess"),
    ] {
        assert_eq!(lemmas(text).join(" "), want, "{text:?}");
    }
}

#[test]
fn lemmatizer_leaves_names_alone() {
    for (text, want) in [
        ("Rolling Stones", "rolling stones"),
        ("Texas", "texas"),
        ("Brussels", "brussels"),
        ("Ross", "ross"),
        ("NATO", "nato"),
        ("US", "us"),
        ("Beijing", "beijing"),
        ("Land of 1,000 Hills", "land of 1,000 hill"),
        ("Belgians", "belgian"),
    ] {
        assert_eq!(lemmas(text).join(" "), want, "{text:?}");
    }
}

// ---- prediction and match ----

#[test]
fn extraction_takes_a_line_or_a_word() {
    for (generation, line, word) in [
        (" New York \n\nQ: The", "New York", "New"),
        ("\nParis", "", ""),
        ("Paris", "Paris", "Paris"),
        ("", "", ""),
    ] {
        assert_eq!(Extract::Line.prediction(generation), line);
        assert_eq!(Extract::Word.prediction(generation), word);
    }
    for extract in Extract::ALL {
        assert_eq!(extract.to_string().parse(), Ok(extract));
    }
    let error = "sentence".parse::<Extract>().unwrap_err().to_string();
    assert_eq!(error, "unknown extraction `sentence`; use `line` or `word`");
}

#[test]
fn one_way_looks_in_the_prediction_and_bidirectional_in_both() {
    for (prediction, answers, one_way, bidirectional) in [
        ("the city of Paris", &["Paris"][..], true, true),
        ("York", &["New York"], false, true),
        ("New York City", &["New City"], false, false), // a run has no gaps
        ("cats", &["cat"], true, true),
        ("Lyon", &["Paris", "lyon"], true, true),
        ("", &["Paris"], false, false),
        ("Paris", &[""], false, false),
        ("", &[""], false, false),
        ("Paris", &[], false, false),
    ] {
        let verdict = judge(prediction, answers);
        let got = (verdict.correct, verdict.correct_bidirectional);
        assert_eq!(got, (one_way, bidirectional), "{prediction:?} {answers:?}");
    }
}

proptest! {
    #[test]
    fn a_prediction_equal_to_an_answer_matches_if_it_has_lemmas(text in "\\PC{0,24}", other in "\\PC{0,12}") {
        let verdict = judge(&text, &[other, text.clone()]);
        prop_assert_eq!(verdict.correct, !verdict.predict_lemma.is_empty());
    }

    #[test]
    fn one_way_implies_bidirectional_and_bidirectional_is_symmetric(
        p in "[ab]( [ab]){0,4}", a in "[ab]( [ab]){0,4}",
    ) {
        let (there, back) = (judge(&p, &[&a]), judge(&a, &[&p]));
        prop_assert!(!there.correct || there.correct_bidirectional);
        prop_assert_eq!(there.correct_bidirectional, back.correct_bidirectional);
        prop_assert_eq!(there.correct_bidirectional, there.correct || back.correct);
    }

    #[test]
    fn tokens_lose_nothing_but_spaces(text in "\\PC{0,40}|[a-zA-Z0-9.,'/:@()$+* -]{0,40}") {
        let kept: String = tokenize(&text).concat();
        let no_space = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
        prop_assert_eq!(no_space(&kept), no_space(&text));
        prop_assert_eq!(lemmas(&text).len(), tokenize(&text).len());
    }
}

// ---- statistics ----

#[test]
fn wilson_agrees_with_scipy() {
    // scipy.stats.binomtest(k, n).proportion_ci(method="wilson")
    for (k, n, low, high) in [
        (13, 18, 0.4912734343970254, 0.8750024662044601),
        (0, 10, 0.0, 0.27753279986288926),
        (10, 10, 0.7224672001371109, 1.0),
        (1, 1, 0.20654931437723745, 1.0),
        (50, 100, 0.4038315303659956, 0.5961684696340044),
        (771, 1030, 0.7211579929095595, 0.7740823513730541),
    ] {
        let interval = wilson_interval(k, n).unwrap();
        close(interval.low, low);
        close(interval.high, high);
    }
    assert_eq!(wilson_interval(0, 0), None);
}

#[test]
fn mcnemar_agrees_with_scipy() {
    // scipy.stats.binomtest(b, b + c).pvalue; (6, 1) by hand: 2 · (1 + 7) / 2⁷
    for (b, c, p) in [
        (6, 1, 0.125),
        (0, 5, 0.0625),
        (10, 10, 1.0),
        (3, 12, 0.03515625),
        (121, 59, 4.4344492637551645e-06),
        (1500, 1400, 0.06598734966518463),
        (0, 0, 1.0),
    ] {
        let got = mcnemar_exact(b, c);
        assert!((got - p).abs() <= 1e-9 * p, "{b} {c}: {got} is not {p}");
        assert_eq!(got, mcnemar_exact(c, b));
    }
    for n in 0..200 {
        assert_eq!(mcnemar_exact(n, n + 1), 1.0, "{n}");
    }
}

#[test]
fn permutation_comes_close_to_the_full_enumeration() {
    // scipy.stats.permutation_test(…, permutation_type="samples", n_resamples=inf): 48 of 1,024 sign vectors
    let differences = [0.4, -0.2, 1.0, 0.6, 0.0, 0.8, -0.4, 1.0, 0.2, 0.6];
    let exact: f64 = 48.0 / 1024.0;
    let p = paired_permutation(&differences, 42);
    let deviation = (exact * (1.0 - exact) / f64::from(PERMUTATIONS)).sqrt();
    assert!(
        (p - exact).abs() < 4.0 * deviation,
        "{p} is not near {exact}"
    );
    assert_eq!(p, paired_permutation(&differences, 42));
    assert_ne!(p, paired_permutation(&differences, 43));
}

#[test]
fn permutation_at_its_limits() {
    assert_eq!(paired_permutation(&[], 42), 1.0);
    assert_eq!(paired_permutation(&[0.0, 0.0], 42), 1.0);
    // one difference reaches itself under either sign
    assert_eq!(paired_permutation(&[0.3], 42), 1.0);
    // 0.1 + 0.2 and 0.3 are the same sum: every sign vector of a cancelling set reaches 0
    assert_eq!(paired_permutation(&[0.1, 0.2, -0.3], 42), 1.0);
    // 200 equal differences: no draw of 10,000 reaches the sum, and p stays above 0
    close(paired_permutation(&[0.5; 200], 42), 1.0 / 10_001.0);
}

#[test]
fn templates_of_one_fact() {
    // by hand: of the 10 pairs of five, "a" makes 1 and "b" makes 1
    assert_eq!(consistency(&["a", "b", "a", "b", "c"]), Some(0.2));
    assert_eq!(consistency(&["a", "a", "a"]), Some(1.0));
    assert_eq!(consistency(&["a", "b"]), Some(0.0));
    assert_eq!(consistency(&["a"]), None);

    assert_eq!(majority(&["c", "b", "a", "a", "b"]), Some(1)); // a tie: "b" came first
    assert_eq!(majority(&["c", "a", "a"]), Some(1));
    assert_eq!(majority(&["c", "a", "b"]), Some(0));
    assert_eq!(majority::<&str>(&[]), None);

    assert!(oracle_or(&[false, true]) && !oracle_or(&[false]) && !oracle_or(&[]));
    assert!(oracle_and(&[true, true]) && !oracle_and(&[false, true]) && !oracle_and(&[]));
}

proptest! {
    #[test]
    fn wilson_contains_the_share_and_mirrors(n in 1..5_000_u64, seed in 0..5_000_u64) {
        let k = seed % (n + 1);
        let (interval, mirror) = (wilson_interval(k, n).unwrap(), wilson_interval(n - k, n).unwrap());
        let share = k as f64 / n as f64;
        prop_assert!(0.0 <= interval.low && interval.low <= share);
        prop_assert!(share <= interval.high && interval.high <= 1.0);
        prop_assert!((interval.low + mirror.high - 1.0).abs() < 1e-12);
    }

    #[test]
    fn p_values_are_probabilities(b in 0..400_u64, c in 0..400_u64, seed: u64) {
        let p = mcnemar_exact(b, c);
        prop_assert!(0.0 < p && p <= 1.0);
        let differences = [b as f64, -(c as f64), 0.25];
        let p = paired_permutation(&differences, seed);
        prop_assert!(0.0 < p && p <= 1.0);
        prop_assert_eq!(p, paired_permutation(&differences.map(|d| -d), seed));
    }

    #[test]
    fn agreement_holds_together(predictions in prop::collection::vec(0..4_u8, 1..9)) {
        let pairs = |same: bool| {
            let n = predictions.len();
            let all = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
            all.filter(|&(i, j)| !same || predictions[i] == predictions[j]).count()
        };
        let share = (predictions.len() > 1).then(|| pairs(true) as f64 / pairs(false) as f64);
        prop_assert_eq!(consistency(&predictions), share);
        let count = |p: u8| predictions.iter().filter(|&&q| q == p).count();
        let first = majority(&predictions).unwrap();
        prop_assert!(predictions.iter().all(|&p| count(p) <= count(predictions[first])));
        prop_assert!(predictions[..first].iter().all(|&p| count(p) < count(predictions[first])));
    }
}

// ---- spaCy's verdicts ----

/// A row of the reference file: what spaCy's lemmas say of a real prediction.
#[derive(Deserialize)]
struct Reference {
    prediction: String,
    answers: Vec<String>,
    predict_lemma: Vec<String>,
    answer_lemmas: Vec<Vec<String>>,
    match_one_way: bool,
    match_bidirectional: bool,
}

/// The file belongs beside the repository, not in it; without it there is nothing to compare.
#[test]
fn verdicts_are_those_of_spacy() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data/verdicts-dev.jsonl");
    let Ok(text) = fs::read_to_string(&path) else {
        eprintln!("skipped: {} is not there", path.display());
        return;
    };
    let rows: Vec<Reference> = text
        .lines()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    let started = Instant::now();
    let verdicts: Vec<Verdict> = rows
        .iter()
        .map(|row| judge(&row.prediction, &row.answers))
        .collect();
    let each = started.elapsed() / rows.len() as u32;

    let (mut same_lemmas, mut answers, mut same_answers) = (0, 0, 0);
    for (row, verdict) in rows.iter().zip(&verdicts) {
        assert_eq!(
            (verdict.correct, verdict.correct_bidirectional),
            (row.match_one_way, row.match_bidirectional),
            "{:?} {verdict:?}",
            row.prediction
        );
        // The lists as spaCy made them give the same verdict, so the match alone is right too.
        assert_eq!(
            matches_one_way(&row.predict_lemma, &row.answer_lemmas),
            row.match_one_way
        );
        same_lemmas += usize::from(verdict.predict_lemma == row.predict_lemma);
        answers += row.answer_lemmas.len();
        let pairs = verdict.answer_lemmas.iter().zip(&row.answer_lemmas);
        same_answers += pairs.filter(|(ours, theirs)| ours == theirs).count();
    }
    eprintln!(
        "{} verdicts equal; lemmas equal: predictions {same_lemmas}, answers {same_answers} of {answers}; {each:?} a verdict",
        rows.len()
    );
    assert!(
        same_lemmas * 100 >= rows.len() * 99,
        "{same_lemmas} of {}",
        rows.len()
    );
    assert!(
        same_answers * 100 >= answers * 99,
        "{same_answers} of {answers}"
    );
}

// ---- correlation ----

/// Mass and what a question did, three questions each of five facts.
const FACTS: [[(f64, f64); 3]; 5] = [
    [(0.10, 0.2), (0.25, 1.1), (0.65, 3.9)],
    [(0.30, 0.9), (0.30, 0.4), (0.40, 0.9)],
    [(0.55, 2.0), (0.05, -0.3), (0.40, 1.5)],
    [(0.20, 0.4), (0.20, 1.2), (0.60, 2.2)],
    [(0.45, 2.9), (0.35, 0.4), (0.20, 0.1)],
];

fn paired(facts: &[[(f64, f64); 3]]) -> Paired {
    let mut paired = Paired::default();
    facts.iter().for_each(|fact| paired.add(*fact));
    paired
}

/// Coefficients by `statistics.correlation` of Python 3.11, of the numbers and of mean ranks; intervals by 40,000 draws of
/// whole facts with Python's own generator.
#[test]
fn correlations_are_those_of_python() {
    let all = paired(&FACTS);
    assert_eq!((all.facts(), all.pairs()), (5, 15));
    let pooled = all.correlation(42);
    let (pearson, spearman) = (pooled.pearson.unwrap(), pooled.spearman.unwrap());
    close(pearson.value, 0.8561980342146395);
    close(spearman.value, 0.840397095490241);
    for (coefficient, low, high) in [(pearson, 0.7207, 0.9495), (spearman, 0.5511, 0.9846)] {
        let interval = coefficient.interval.expect("five facts");
        assert!((interval.low - low).abs() < 0.03, "{interval:?}");
        assert!((interval.high - high).abs() < 0.01, "{interval:?}");
    }
    let within = all.within_facts().correlation(42);
    close(within.pearson.unwrap().value, 0.8954393952392615);
    close(within.spearman.unwrap().value, 0.9154735487067834);
    assert_eq!(pooled, paired(&FACTS).correlation(42), "seeded");
}

/// Where each fact has one pair and the numbers are normal, the interval is that of Fisher's z.
#[test]
fn intervals_of_independent_normal_pairs_are_those_of_fisher() {
    let mut state = 12345u64;
    let mut uniform = || {
        state = state
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 53) as f64
    };
    let mut normal = || (0..12).map(|_| uniform()).sum::<f64>() - 6.0;
    let mut pairs = Paired::default();
    for _ in 0..300 {
        let (a, noise) = (normal(), normal());
        pairs.add([(a, 0.6 * a + 0.8 * noise)]);
    }
    let all = pairs.correlation(42);
    let pearson = all.pearson.unwrap();
    assert!((pearson.value - 0.6440564138710251).abs() < 1e-9);
    assert!((all.spearman.unwrap().value - 0.621444238269314).abs() < 1e-9);
    let interval = pearson.interval.unwrap();
    assert!((interval.low - 0.5725755).abs() < 0.02, "{interval:?}");
    assert!((interval.high - 0.7058194).abs() < 0.02, "{interval:?}");
}

#[test]
fn correlations_need_spread_and_three_facts() {
    let two = paired(&FACTS[..2]).correlation(42);
    assert!(two.pearson.is_some_and(|of| of.interval.is_none()));
    let mut flat = Paired::default();
    (0..4).for_each(|fact| flat.add([(0.1, f64::from(fact))]));
    let flat = flat.correlation(42);
    assert_eq!((flat.pearson, flat.spearman), (None, None));
    assert_eq!(Paired::default().correlation(42).pearson, None);
    // One pair a fact says nothing of what is within facts.
    let mut single = Paired::default();
    (0..4).for_each(|fact| single.add([(f64::from(fact), 1.0)]));
    assert_eq!(single.within_facts().facts(), 0);
}
