//! Both engine paths against reference answers (PyTorch, float64, dense masks, no cache).
//!
//! The repository's own fixtures always run; where `../shared/oracle` stands beside the checkout, all of its cases
//! do too.

mod apart;
mod blend;
mod contrast;
mod families;
mod gguf;
mod inside;
mod naive;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use lamascope::data::Style;
use lamascope::engine::{
    Answer, Cancel, Device, Dtype, Engine, EngineSettings, Event, Method, Path as EnginePath,
    Request, Task,
};
use lamascope::layout::{Layout, LayoutOption, Options, Preset};
use lamascope::model::ModelRef;
use lamascope::prompt::Shots;
use serde::Deserialize;

/// How far a logit may be from the reference.
const TOLERANCE: f32 = 1e-3;

#[derive(Deserialize)]
struct Cases {
    groups: Vec<Group>,
    shots: Option<Shots>,
}

#[derive(Deserialize)]
struct Group {
    model: String,
    num_manual: usize,
    few_shot: usize,
    method: String,
    preset: Option<String>,
    #[serde(rename = "override")]
    overridden: BTreeMap<String, serde_json::Value>,
    cross: bool,
    max_new: usize,
    results: Vec<Reference>,
}

impl Group {
    /// What is asked of the engine, the same for every result.
    fn request(&self, shots: &Shots) -> Request {
        let mut shots = shots.clone();
        shots.shots.truncate(self.few_shot);
        Request {
            method: word::<Method>(&self.method),
            options: options(self),
            blend: Default::default(),
            context: shots.context(Style::MyriadLama),
            max_new_tokens: self.max_new,
            until: None,
            stream: false,
            draws: None,
        }
    }

    fn tasks(&self) -> Vec<Task> {
        let groups = self.listed::<Vec<usize>>("groups");
        let task = |(id, reference): (usize, &Reference)| Task {
            id,
            questions: reference.questions.clone(),
            manual: self.num_manual.min(reference.questions.len()),
            contexts: Vec::new(),
            groups: groups.iter().map(Vec::len).collect(),
            labels: Vec::new(),
            confidence: Some(self.listed("weights")).filter(|weights| !weights.is_empty()),
        };
        self.results.iter().enumerate().map(task).collect()
    }

    /// A list that stands among the options on top.
    fn listed<T: serde::de::DeserializeOwned>(&self, name: &str) -> Vec<T> {
        let list = self.overridden.get(name).cloned();
        list.map_or(Vec::new(), |list| serde_json::from_value(list).expect(name))
    }
}

#[derive(Deserialize)]
struct Reference {
    uuid: String,
    questions: Vec<String>,
    generated: Vec<u32>,
    generation: String,
    steps: Vec<Vec<(u32, f32)>>,
    tokens: Option<Vec<u32>>,
    owner: Option<Vec<i64>>,
    role: Option<Vec<String>>,
    positions: Option<Vec<u32>>,
    visible: Option<usize>,
    rows: Option<Vec<String>>,
    inside: Option<inside::Reference>,
}

fn word<T: FromStr<Err = String>>(text: &str) -> T {
    text.parse().unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn options(group: &Group) -> Options {
    let mut options = group
        .preset
        .as_deref()
        .map_or(Preset::Fused, word::<Preset>)
        .options();
    options.manual_cross_attention = group.cross;
    for (key, value) in &group.overridden {
        // Of the questions, not of the layout.
        if matches!(key.as_str(), "weights" | "groups") {
            continue;
        }
        let text = value.as_str().map_or(value.to_string(), str::to_owned);
        let row = LayoutOption::of(key).unwrap_or_else(|| panic!("unknown option {key}"));
        row.set(&mut options, &text).expect("a value");
    }
    options
}

/// How the models are run.
#[derive(Debug, Clone)]
struct Setting {
    device: Device,
    dtype: Dtype,
    path: EnginePath,
    batch: usize,
}

fn load(model: PathBuf, setting: &Setting) -> Engine {
    let settings = EngineSettings {
        model: ModelRef::Dir(model),
        device: setting.device.clone(),
        dtype: setting.dtype,
        batch: Some(setting.batch),
        path: setting.path,
    };
    Engine::load(&settings, &mut |_| {}, &Cancel::new()).expect("the model loads")
}

fn check_layout(layout: &Layout, reference: &Reference, label: &str) {
    let Some(tokens) = &reference.tokens else {
        return;
    };
    assert_eq!(&layout.tokens, tokens, "{label}: tokens");
    let owner: Vec<i64> = layout
        .owner
        .iter()
        .map(|owner| owner.map_or(-1, i64::from))
        .collect();
    assert_eq!(Some(&owner), reference.owner.as_ref(), "{label}: owner");
    let role: Vec<String> = layout.role.iter().map(|r| r.name().to_owned()).collect();
    assert_eq!(Some(&role), reference.role.as_ref(), "{label}: role");
    assert_eq!(
        Some(&layout.positions),
        reference.positions.as_ref(),
        "{label}: positions"
    );
    assert_eq!(
        Some(layout.visible_pairs()),
        reference.visible,
        "{label}: visible pairs"
    );
    for (row, expected) in reference.rows.iter().flatten().enumerate() {
        let keys = layout.visible(row);
        let found: String = (0..layout.len())
            .map(|key| if keys.contains(key) { '1' } else { '0' })
            .collect();
        assert_eq!(&found, expected, "{label}: row {row}");
    }
}

fn check_answer(answer: &Answer, reference: &Reference, label: &str) -> f32 {
    assert_eq!(
        answer.generated, reference.generated,
        "{label}: tokens made"
    );
    assert_eq!(answer.generation, reference.generation, "{label}: text");
    let mut worst = 0.0f32;
    assert_eq!(answer.steps.len(), reference.steps.len(), "{label}: steps");
    for (step, (found, expected)) in answer.steps.iter().zip(&reference.steps).enumerate() {
        // Places below the first may swap where logits are equal to rounding; values may not.
        for ((_, found), (_, expected)) in found.iter().zip(expected) {
            let off = (found - expected).abs();
            assert!(
                off < TOLERANCE,
                "{label}: step {step}: {found} not {expected}"
            );
            worst = worst.max(off);
        }
    }
    worst
}

/// Runs every group; `judge` sees each answer beside its reference. Returns how many there were.
fn run_all(
    folder: &Folder,
    setting: &Setting,
    judge: &mut dyn FnMut(&Answer, &Reference, &str),
) -> usize {
    let Folder { cases, shots, .. } = folder;
    let mut compared = 0;
    let mut engine: Option<(String, Engine)> = None;
    for (index, group) in cases.groups.iter().enumerate() {
        if engine.as_ref().is_none_or(|(name, _)| *name != group.model) {
            let loaded = load(folder.model(&group.model), setting);
            engine = Some((group.model.clone(), loaded));
        }
        let (_, engine) = engine.as_mut().expect("just loaded");
        let (request, tasks) = (group.request(shots), group.tasks());
        let mut finished = 0;
        engine
            .run(
                &request,
                &tasks,
                &mut |event| {
                    if let Event::Finished { task, answers } = event {
                        let reference = &group.results[task];
                        let label = format!(
                            "group {index} ({} {} {:?} cross {}) {}",
                            group.model, group.method, group.preset, group.cross, reference.uuid
                        );
                        assert_eq!(answers.len(), 1, "{label}");
                        check_layout(&answers[0].layouts[0], reference, &label);
                        judge(&answers[0], reference, &label);
                        finished += 1;
                    }
                },
                &Cancel::new(),
            )
            .expect("the group runs");
        assert_eq!(finished, group.results.len(), "group {index}: all finish");
        compared += finished;
    }
    assert!(compared > 0);
    compared
}

/// Cases, and what they are run with.
struct Folder {
    cases: Cases,
    shots: Shots,
    /// Folders with a folder per model.
    models: [PathBuf; 3],
}

impl Folder {
    fn read(folder: &Path, cases: &str, shots: Option<&Path>) -> Folder {
        let text = std::fs::read(folder.join(cases)).expect("the cases can be read");
        let cases: Cases = serde_json::from_slice(&text).expect("the cases are well-formed");
        let shots = match shots {
            Some(file) => Shots::read(file, None).expect("the shots can be read"),
            None => cases.shots.clone().expect("the cases bring their shots"),
        };
        let models = ["models", "families", "."].map(|name| folder.join(name));
        Folder {
            cases,
            shots,
            models,
        }
    }

    /// The repository's own cases.
    fn own() -> [Folder; 2] {
        ["cases.json", "options.json"].map(Folder::of_fixtures)
    }

    fn of_fixtures(cases: &str) -> Folder {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
        Folder::read(&folder, cases, None)
    }

    /// Where a model stands.
    fn model(&self, name: &str) -> PathBuf {
        let mut places = self.models.iter().map(|models| models.join(name));
        let model = places.find(|model| model.is_dir());
        model.expect("the model stands beside the cases")
    }

    /// The cases beside the checkout, where there are any.
    fn shared() -> Vec<Folder> {
        Folder::shared_with(&["cases-dev.json", "options-dev.json"])
    }

    fn shared_with(cases: &[&str]) -> Vec<Folder> {
        let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
        let shots = shared.join("data/upstream-shots.json");
        let folder = shared.join("oracle");
        let there = cases.iter().filter(|cases| folder.join(cases).exists());
        let read: Vec<Folder> = there
            .map(|cases| Folder::read(&folder, cases, Some(&shots)))
            .collect();
        if read.is_empty() {
            println!("skipped: {} does not exist", folder.display());
        }
        read
    }
}

fn agrees(folder: &Folder, setting: &Setting) {
    let mut worst = 0.0f32;
    let compared = run_all(folder, setting, &mut |answer, reference, label| {
        worst = worst.max(check_answer(answer, reference, label));
    });
    let Setting {
        device,
        dtype,
        path,
        batch,
    } = setting;
    println!(
        "{device} {dtype} {path} --batch {batch}: {compared} answers agree, logits within {worst:.1e}"
    );
}

fn on_the_cpu(path: EnginePath, batch: usize) -> Setting {
    Setting {
        device: Device::Cpu,
        dtype: Dtype::Auto,
        path,
        batch,
    }
}

#[test]
fn own_fixtures_agree_on_both_paths() {
    for folder in Folder::own() {
        for path in [EnginePath::Cached, EnginePath::Dense] {
            for batch in [1, 7] {
                agrees(&folder, &on_the_cpu(path, batch));
            }
        }
    }
}

fn shared_families() -> Vec<Folder> {
    Folder::shared_with(&["families-dev.json"])
}

#[test]
fn shared_families_agree_on_both_paths() {
    for folder in shared_families() {
        agrees(&folder, &on_the_cpu(EnginePath::Dense, 7));
        agrees(&folder, &on_the_cpu(EnginePath::Cached, 1));
        agrees(&folder, &on_the_cpu(EnginePath::Cached, 7));
    }
}

#[test]
fn shared_cases_agree_on_both_paths() {
    for folder in Folder::shared() {
        agrees(&folder, &on_the_cpu(EnginePath::Cached, 1));
        agrees(&folder, &on_the_cpu(EnginePath::Cached, 7));
        // The reference path reads every prompt anew at every step: once over all cases is enough.
        agrees(&folder, &on_the_cpu(EnginePath::Dense, 7));
    }
}

/// On the first CUDA device; where there is none they say so and pass.
mod on_a_gpu {
    use super::*;

    /// How much further apart than this the reference's best two tokens are where bf16 must choose the same.
    const CLEAR: f32 = 0.1;
    /// How far a logit may be from the reference in bf16, and a middling one.
    const ROUNDED: f32 = 0.25;
    const ROUNDED_MEDIAN: f32 = 0.02;

    /// Steps whose tokens before them were the same.
    #[derive(Default)]
    struct Rounded {
        steps: usize,
        same: usize,
        clear: usize,
        clear_same: usize,
        off: Vec<f32>,
    }

    impl Rounded {
        fn add(&mut self, answer: &Answer, reference: &Reference) {
            let steps = answer.steps.iter().zip(&reference.steps);
            for (step, (found, expected)) in steps.enumerate() {
                if answer.generated.get(..step) != reference.generated.get(..step) {
                    return;
                }
                let best = |top: &[(u32, f32)]| top.first().map(|(id, _)| *id);
                let same = best(found) == best(expected);
                let clear = matches!(expected[..], [(_, a), (_, b), ..] if a - b > CLEAR);
                self.steps += 1;
                self.same += usize::from(same);
                self.clear += usize::from(clear);
                self.clear_same += usize::from(clear && same);
                self.off.extend(expected.iter().filter_map(|(id, value)| {
                    let (_, found) = found.iter().find(|(found, _)| found == id)?;
                    Some((found - value).abs())
                }));
            }
        }

        /// The share `at` of all differences is at most this.
        fn quantile(&mut self, at: f32) -> f32 {
            self.off.sort_by(f32::total_cmp);
            self.off[((self.off.len() - 1) as f32 * at) as usize]
        }
    }

    /// Whether there is a device to test.
    pub fn is_there() -> bool {
        lamascope::engine::cuda_devices()
            .inspect_err(|error| println!("skipped: {error}"))
            .is_ok()
    }

    fn folders() -> Vec<Folder> {
        Folder::own().into_iter().chain(Folder::shared()).collect()
    }

    pub fn setting(dtype: Dtype) -> Setting {
        Setting {
            device: Device::Cuda(vec![vec![0]]),
            dtype,
            path: EnginePath::Cached,
            batch: 7,
        }
    }

    #[test]
    fn f32_agrees() {
        if !is_there() {
            return;
        }
        let families = shared_families();
        for folder in folders().iter().chain(&families) {
            agrees(folder, &setting(Dtype::F32));
        }
    }

    #[test]
    fn bf16_agrees_within_its_rounding() {
        if !is_there() {
            return;
        }
        for folder in folders() {
            let mut rounded = Rounded::default();
            run_all(
                &folder,
                &setting(Dtype::Bf16),
                &mut |answer, reference, _| {
                    rounded.add(answer, reference);
                },
            );
            let [median, most] = [0.5, 1.0].map(|at| rounded.quantile(at));
            let p99 = rounded.quantile(0.99);
            let Rounded {
                steps,
                same,
                clear,
                clear_same,
                ..
            } = rounded;
            println!(
                "bf16: logits off by {median:.3} (median), {p99:.3} (99 %), {most:.3} (most); same token in {same} \
                 of {steps} steps, in {clear_same} of {clear} where the best two are more than {CLEAR} apart"
            );
            assert!(most < ROUNDED && median < ROUNDED_MEDIAN);
            assert!(100 * clear_same >= 99 * clear);
        }
    }
}
