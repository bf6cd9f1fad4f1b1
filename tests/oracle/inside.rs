//! Attention, mass, influence and lens against reference values, on both paths.

use std::collections::BTreeMap;

use lamascope::engine::{Cancel, Dtype, Engine, Path as EnginePath, Request, Task};
use lamascope::inspect::{Heads, Inside, MOST_EXACT, Mass, Wanted, look};
use serde::Deserialize;

use super::{Folder, Group, Setting, check_layout, load, on_a_gpu, on_the_cpu};

/// How far anything may be from the reference.
const TOLERANCE: f64 = 1e-5;
/// The same for the repository's own models, whose logits are some times larger: f32 alone puts them 9e-6 off.
const OWN_TOLERANCE: f64 = 3e-5;

/// As the reference program writes it.
#[derive(Deserialize)]
pub struct Reference {
    mass: Vec<Vec<Vec<Vec<f64>>>>,
    rows: Vec<Vec<Vec<f64>>>,
    between: Vec<Vec<Vec<f64>>>,
    value: BTreeMap<String, Vec<f64>>,
    lens: Vec<Vec<(f64, u32)>>,
}

/// Compares numbers, and remembers the differences by what is compared.
#[derive(Default)]
struct Judge {
    label: String,
    /// How far anything may be off, where each number is held to it.
    tolerance: Option<f64>,
    off: BTreeMap<String, Vec<f64>>,
}

impl Judge {
    fn near(&mut self, what: &str, found: f64, expected: f64) {
        // ln p of an unlikely token is as large as its rounding.
        let off = (found - expected).abs() / expected.abs().max(1.0);
        let within = self.tolerance.is_none_or(|tolerance| off < tolerance);
        assert!(within, "{}: {what}: {found}, not {expected}", self.label);
        let (kind, _) = what.split_once(' ').unwrap_or((what, ""));
        self.off.entry(kind.to_owned()).or_default().push(off);
    }

    /// The largest difference of all.
    fn worst(&self) -> f64 {
        self.off.values().flatten().copied().fold(0.0, f64::max)
    }

    fn all_near(
        &mut self,
        what: &str,
        found: impl IntoIterator<Item = impl Into<f64>>,
        expected: &[f64],
    ) {
        let found: Vec<f64> = found.into_iter().map(Into::into).collect();
        assert_eq!(found.len(), expected.len(), "{}: {what}", self.label);
        for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
            self.near(&format!("{what} {at}"), *found, *expected);
        }
    }

    fn inside(&mut self, inside: &Inside, reference: &Reference) {
        assert_eq!(inside.mass.len(), reference.mass.len());
        for (step, (found, expected)) in inside.mass.iter().zip(&reference.mass).enumerate() {
            for (layer, (found, expected)) in found.iter().zip(expected).enumerate() {
                assert_eq!(found.len(), expected.len());
                for (head, (found, expected)) in found.iter().zip(expected).enumerate() {
                    let what = format!("mass {step} {layer} {head}");
                    self.all_near(&what, found.parts.iter().copied(), expected);
                }
            }
        }
        let first = inside.attention.emitting(0);
        for (layer, heads) in reference.rows.iter().enumerate() {
            for (head, expected) in heads.iter().enumerate() {
                // The reference has the answer's keys too, which the row does not read.
                let (expected, later) = expected.split_at(first + 1);
                assert!(later.iter().all(|weight| *weight == 0.0));
                let row = inside.attention.row(layer, head, first);
                self.all_near(&format!("row {layer} {head}"), row, expected);
            }
        }
        for (found, expected) in inside.between.iter().zip(&reference.between) {
            for (found, expected) in found.iter().zip(expected) {
                self.all_near("between", found.iter().copied(), expected);
            }
        }
        let listed: Vec<_> = inside.values.list().collect();
        assert_eq!(listed.len(), reference.value.len(), "{}", self.label);
        for (questions, found) in listed {
            let key: Vec<String> = questions.iter().map(usize::to_string).collect();
            let key = key.join(",");
            let what = format!("value of {key:?}");
            self.all_near(&what, found.iter().copied(), &reference.value[&key]);
        }
        for (found, expected) in inside.lens.iter().zip(&reference.lens) {
            assert_eq!(found.len(), expected.len());
            for (layer, (found, (ln_p, best))) in found.iter().zip(expected).enumerate() {
                self.near("lens", found.tokens[0].log_probability, *ln_p);
                if self.tolerance.is_some() {
                    assert_eq!(found.best, *best, "{}: lens, layer {layer}", self.label);
                }
            }
        }
    }
}

/// What must hold of every answer, whatever it says.
fn holds(inside: &Inside, label: &str) {
    for mass in inside.mass.iter().flatten().flatten() {
        let sum: f32 = mass.parts.iter().sum();
        assert!((sum - 1.0).abs() < 1e-5, "{label}: masses sum to {sum}");
        assert!(mass.entropy >= 0.0, "{label}");
    }
    let sum = |values: &[f64]| values.iter().sum::<f64>();
    let all = sum(inside.values.of_all()) - sum(inside.values.of_none());
    let shapley = sum(&inside.shapley.values);
    assert!(
        (shapley - all).abs() < 1e-9 * all.abs().max(1.0),
        "{label}: Shapley values sum to {shapley}, not {all}"
    );
    let questions = inside.shapley.values.len();
    assert_eq!(inside.shapley.errors.is_none(), questions <= MOST_EXACT);
    assert_eq!(inside.alone.len(), questions, "{label}");
    for (step, lens) in inside.lens.iter().enumerate() {
        let last = lens.last().expect("a layer");
        let ln_p = last.tokens[0].log_probability;
        assert_eq!(
            last.best, inside.answer.generated[step],
            "{label}: the lens ends in the answer"
        );
        assert_eq!(last.tokens[0].rank, 1, "{label}");
        let value = inside.values.of_all()[step];
        assert!((ln_p - value).abs() < 1e-5, "{label}: {ln_p} and {value}");
    }
}

fn inside(engine: &mut Engine, request: &Request, task: &Task, orders: usize) -> Inside {
    let wanted = Wanted {
        orders,
        ..Wanted::default()
    };
    look(engine, request, task, wanted, &mut |_| {}, &Cancel::new()).expect("it can be looked at")
}

fn agrees(folder: &Folder, setting: &Setting, tolerance: f64) {
    let mut judge = Judge {
        tolerance: Some(tolerance),
        ..Judge::default()
    };
    let mut compared = 0;
    look_at_all(folder, setting, &mut |inside, result, label| {
        check_layout(inside.attention.layout(), result, label);
        assert_eq!(inside.answer.generated, result.generated, "{label}");
        holds(inside, label);
        label.clone_into(&mut judge.label);
        judge.inside(inside, result.inside.as_ref().expect("a reference"));
        compared += 1;
    });
    assert!(compared > 0);
    let Setting { device, path, .. } = setting;
    let worst = judge.worst();
    println!("{device} {path}: {compared} answers seen from inside, all within {worst:.1e}");
}

/// Looks into every answer that has a reference.
fn look_at_all(
    folder: &Folder,
    setting: &Setting,
    seen: &mut dyn FnMut(&Inside, &super::Reference, &str),
) {
    let mut engine: Option<(&str, Engine)> = None;
    for (index, group) in folder.cases.groups.iter().enumerate() {
        if engine.as_ref().is_none_or(|(name, _)| *name != group.model) {
            let loaded = load(folder.model(&group.model), setting);
            engine = Some((&group.model, loaded));
        }
        let (_, engine) = engine.as_mut().expect("just loaded");
        let request = group.request(&folder.shots);
        for (task, result) in group.tasks().iter().zip(&group.results) {
            if result.inside.is_none() {
                continue;
            }
            let Setting { device, path, .. } = setting;
            let label = format!(
                "{device} {path} group {index} ({} {:?})",
                group.model, group.preset
            );
            // Few orders: what must hold of drawn values holds of any number.
            seen(&inside(engine, &request, task, 4), result, &label);
        }
    }
}

#[test]
fn own_fixtures_agree_inside_on_both_paths() {
    for path in [EnginePath::Cached, EnginePath::Dense] {
        let folder = Folder::of_fixtures("inside.json");
        agrees(&folder, &on_the_cpu(path, 1), OWN_TOLERANCE);
    }
}

#[test]
fn shared_cases_agree_inside_on_both_paths() {
    for folder in Folder::shared_with(&["inside-dev.json"]) {
        for path in [EnginePath::Cached, EnginePath::Dense] {
            agrees(&folder, &on_the_cpu(path, 1), TOLERANCE);
        }
    }
}

/// What is read back from a device is what its kernels worked with.
#[test]
fn a_gpu_agrees_inside() {
    if !on_a_gpu::is_there() {
        return;
    }
    for folder in folders_for_a_gpu() {
        agrees(&folder, &on_a_gpu::setting(Dtype::F32), OWN_TOLERANCE);
    }
}

fn folders_for_a_gpu() -> Vec<Folder> {
    let mut folders = Folder::shared_with(&["inside-dev.json"]);
    folders.push(Folder::of_fixtures("inside.json"));
    folders
}

/// How far what is seen in bf16 may be from the reference in f32, where both give the same answer: a middling number,
/// and the farthest. Weights between 0 and 1; ln p as it is, or where it is below -1 as a share of it.
const ROUNDED: [(&str, f64, f64); 5] = [
    ("mass", 1e-3, 0.05),
    ("row", 1e-3, 0.05),
    ("between", 1e-3, 0.01),
    ("value", 0.01, 0.15),
    ("lens", 0.01, 0.15),
];

#[test]
fn a_gpu_in_bf16_agrees_inside_within_its_rounding() {
    if !on_a_gpu::is_there() {
        return;
    }
    let mut judge = Judge::default();
    let (mut compared, mut all) = (0, 0);
    for folder in folders_for_a_gpu() {
        let setting = on_a_gpu::setting(Dtype::Bf16);
        look_at_all(&folder, &setting, &mut |inside, result, label| {
            all += 1;
            if inside.answer.generated == result.generated {
                label.clone_into(&mut judge.label);
                judge.inside(inside, result.inside.as_ref().expect("a reference"));
                compared += 1;
            }
        });
    }
    println!("bf16: {compared} of {all} answers are the same");
    for (kind, middling, farthest) in ROUNDED {
        let off = judge.off.get_mut(kind).expect("something is compared");
        off.sort_by(f64::total_cmp);
        let [median, p99, most] =
            [0.5, 0.99, 1.0].map(|at| off[((off.len() - 1) as f64 * at) as usize]);
        println!("bf16: {kind} off by {median:.1e} (median), {p99:.1e} (99 %), {most:.1e} (most)");
        assert!(median < middling && most < farthest, "{kind}");
    }
    assert!(4 * compared > 3 * all);
}

/// One question asked several times at the same positions: a question's copies are worth the same, whichever it is.
#[test]
fn copies_of_one_question_have_equal_values() {
    let folder = Folder::of_fixtures("inside.json");
    let is_series = |group: &&Group| group.preset.as_deref() == Some("series") && !group.cross;
    let group = folder
        .cases
        .groups
        .iter()
        .find(is_series)
        .expect("a group of this preset");
    let mut engine = load(
        folder.model(&group.model),
        &on_the_cpu(EnginePath::Cached, 1),
    );
    let mut task = group.tasks().swap_remove(0);
    let question = task.questions[0].clone();
    task.confidence = None;
    // Above MOST_EXACT the orders are drawn.
    for copies in [3, MOST_EXACT + 2] {
        task.questions = vec![question.clone(); copies];
        task.manual = copies;
        let inside = inside(&mut engine, &group.request(&folder.shots), &task, 32);
        holds(&inside, "copies");
        let first = inside.shapley.values[0];
        for value in &inside.shapley.values {
            let off = (value - first).abs();
            let error = inside
                .shapley
                .errors
                .as_ref()
                .map_or(0.0, |errors| errors[0]);
            assert!(off < 1e-5 + 6.0 * error, "{:?}", inside.shapley);
        }
        for question in 1..copies {
            for (a, b) in inside
                .values
                .left_out(0)
                .iter()
                .zip(inside.values.left_out(question))
            {
                assert!((a - b).abs() < 1e-5);
            }
            let mass = Mass::mean(&inside.mass[0], Heads::default());
            assert!((mass.parts[0] - mass.parts[question]).abs() < 1e-6);
        }
    }
}
