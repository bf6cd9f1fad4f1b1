//! Both engine paths against reference answers (PyTorch, float64, dense masks, no cache).
//!
//! The repository's own fixtures always run; where `../shared/oracle` stands beside the checkout, all of its cases
//! do too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use lamascope::engine::{
    Answer, Cancel, Device, Dtype, Engine, EngineSettings, Event, Method, Path as EnginePath,
    Request, Task,
};
use lamascope::layout::{Layout, Options, Preset};
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
}

fn word<T: ValueEnum>(text: &str) -> T {
    T::from_str(text, false).unwrap_or_else(|_| panic!("unknown word {text}"))
}

fn options(group: &Group) -> Options {
    let mut options = group
        .preset
        .as_deref()
        .map_or(Preset::Fused, word::<Preset>)
        .options();
    options.manual_cross_attention = group.cross;
    for (key, value) in &group.overridden {
        let text = value.as_str().map_or(value.to_string(), str::to_owned);
        match key.as_str() {
            "prefix" => options.prefix = word(&text),
            "cue" => options.cue = word(&text),
            "glue" => options.glue = word(&text),
            "positions" => options.positions = word(&text),
            "isolation" => options.isolation = word(&text),
            "fusion" => options.fusion = word(&text),
            "bias" => options.bias = text.parse().expect("a bias"),
            other => panic!("unknown option {other}"),
        }
    }
    options
}

fn load(model: PathBuf, path: EnginePath, batch: usize) -> Engine {
    let settings = EngineSettings {
        model: ModelRef::Dir(model),
        device: Device::Cpu,
        dtype: Dtype::Auto,
        batch: Some(batch),
        path,
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

/// Runs every group on one path; returns how many answers were compared and the largest difference of a logit.
fn run_all(
    cases: &Cases,
    shots: &Shots,
    models: &Path,
    path: EnginePath,
    batch: usize,
) -> (usize, f32) {
    let (mut compared, mut worst) = (0, 0.0f32);
    let mut engine: Option<(String, Engine)> = None;
    for (index, group) in cases.groups.iter().enumerate() {
        if engine.as_ref().is_none_or(|(name, _)| *name != group.model) {
            let loaded = load(models.join(&group.model), path, batch);
            engine = Some((group.model.clone(), loaded));
        }
        let (_, engine) = engine.as_mut().expect("just loaded");
        let mut shots = shots.clone();
        shots.shots.truncate(group.few_shot);
        let request = Request {
            method: word::<Method>(&group.method),
            options: options(group),
            context: shots.context(),
            max_new_tokens: group.max_new,
            stream: false,
        };
        let tasks: Vec<Task> = group
            .results
            .iter()
            .enumerate()
            .map(|(id, reference)| Task {
                id,
                questions: reference.questions.clone(),
                manual: group.num_manual.min(reference.questions.len()),
                confidence: None,
            })
            .collect();
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
                        worst = worst.max(check_answer(&answers[0], reference, &label));
                        finished += 1;
                    }
                },
                &Cancel::new(),
            )
            .expect("the group runs");
        assert_eq!(finished, group.results.len(), "group {index}: all finish");
        compared += finished;
    }
    (compared, worst)
}

fn check(folder: &Path, cases: &str, shots: Option<&Path>, paths: &[(EnginePath, usize)]) {
    let text = std::fs::read(folder.join(cases)).expect("the cases can be read");
    let cases: Cases = serde_json::from_slice(&text).expect("the cases are well-formed");
    let shots = match shots {
        Some(file) => Shots::read(file, None).expect("the shots can be read"),
        None => cases.shots.clone().expect("the cases bring their shots"),
    };
    let models = ["models", "."]
        .map(|name| folder.join(name))
        .into_iter()
        .find(|models| models.join("tiny-llama").is_dir())
        .expect("the models stand beside the cases");
    for &(path, batch) in paths {
        let (compared, worst) = run_all(&cases, &shots, &models, path, batch);
        println!("{path} --batch {batch}: {compared} answers agree, logits within {worst:.1e}");
        assert!(compared > 0);
    }
}

#[test]
fn own_fixtures_agree_on_both_paths() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let paths = [
        (EnginePath::Cached, 1),
        (EnginePath::Cached, 7),
        (EnginePath::Dense, 1),
        (EnginePath::Dense, 7),
    ];
    check(&folder, "cases.json", None, &paths);
}

#[test]
fn shared_cases_agree_on_both_paths() {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    if !shared.join("oracle/cases-dev.json").exists() {
        println!("skipped: {} does not exist", shared.display());
        return;
    }
    let shots = shared.join("data/upstream-shots.json");
    // The reference path reads every prompt anew at every step: once over all cases is enough.
    let paths = [
        (EnginePath::Cached, 1),
        (EnginePath::Cached, 7),
        (EnginePath::Dense, 7),
    ];
    check(
        &shared.join("oracle"),
        "cases-dev.json",
        Some(&shots),
        &paths,
    );
}
