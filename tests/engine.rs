//! What must hold for every model and every question: the method's invariants, and sameness across batches,
//! threads and paths.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use lamascope::engine::{
    Answer, Blend, Cancel, Device, Draws, Dtype, Engine, EngineError, EngineSettings, Event,
    Method, Path, Request, Task, TaskError, label_tokens,
};
use lamascope::layout::{Bias, Glue, LayoutOption, Options, Positions, Prefix, Preset};
use lamascope::model::ModelRef;
use lamascope::prompt::{Context, Encode};
use proptest::prelude::*;

#[path = "fixtures/poison.rs"]
mod poison;

const MODELS: [&str; 3] = ["tiny-llama", "tiny-qwen2", "tiny-qwen3"];

fn engine(model: &str, path: Path, batch: usize) -> Engine {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures")
        .join(model);
    load(ModelRef::Dir(folder), path, batch, Dtype::Auto)
}

fn load(model: ModelRef, path: Path, batch: usize, dtype: Dtype) -> Engine {
    let settings = EngineSettings {
        model,
        device: Device::Cpu,
        dtype,
        batch: Some(batch),
        path,
    };
    Engine::load(&settings, &mut |_| {}, &Cancel::new()).expect("the fixture loads")
}

fn context() -> Context {
    let shot = |q: &str, a: &str| (q.to_owned(), a.to_owned());
    Context::new(
        "Fill in the blank.",
        &[
            shot("The capital of Peru is [MASK].", "Lima"),
            shot("[MASK] flows through Cairo.", "Nile"),
        ],
    )
}

fn request(method: Method, options: Options) -> Request {
    Request {
        method,
        options,
        blend: Default::default(),
        context: context(),
        max_new_tokens: 5,
        until: None,
        stream: false,
        draws: None,
    }
}

fn task(id: usize, questions: &[String], manual: usize) -> Task {
    Task {
        id,
        questions: questions.to_vec(),
        manual,
        contexts: Vec::new(),
        groups: Vec::new(),
        labels: Vec::new(),
        confidence: None,
    }
}

/// Answers by task id.
fn run(engine: &mut Engine, request: &Request, tasks: &[Task]) -> Vec<Vec<Answer>> {
    let mut found = vec![Vec::new(); tasks.len()];
    engine
        .run(
            request,
            tasks,
            &mut |event| {
                if let Event::Finished { task, answers } = event {
                    found[task] = answers;
                }
            },
            &Cancel::new(),
        )
        .expect("the run succeeds");
    found
}

fn one(engine: &mut Engine, method: Method, options: Options, questions: &[String]) -> Answer {
    run(
        engine,
        &request(method, options.clone()),
        &[task(0, questions, 0)],
    )
    .remove(0)
    .remove(0)
}

/// Asserts that two answers made the same steps, logits within `tolerance`.
///
/// Where the best two logits are closer than that, either may win and the answers part.
fn assert_close(a: &Answer, b: &Answer, tolerance: f32) {
    for (a, b) in a.steps.iter().zip(&b.steps) {
        for (a, b) in a.iter().zip(b) {
            assert!((a.1 - b.1).abs() < tolerance, "{a:?} and {b:?}");
        }
        if a[0].1 - a[1].1 < 2.0 * tolerance {
            return;
        }
        assert_eq!(a[0].0, b[0].0);
    }
    assert_eq!(a.generated, b.generated);
}

fn questions(range: std::ops::Range<usize>) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(
        "[A-Z][a-z]{2,6} (is|was|lies) [a-z]{2,7} \\[MASK\\]\\.",
        range,
    )
}

fn config() -> ProptestConfig {
    // Every case runs a model.
    ProptestConfig::with_cases(8)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn one_question_under_fused_is_the_plain_prompt(questions in questions(1..2)) {
        for model in MODELS {
            for path in [Path::Cached, Path::Dense] {
                let engine = &mut engine(model, path, 4);
                let options = Preset::Fused.options();
                let fused = one(engine, Method::Flex, options.clone(), &questions);
                let plain = one(engine, Method::Origin, options.clone(), &questions);
                prop_assert_eq!(&fused.layouts[0].tokens, &plain.layouts[0].tokens);
                assert_close(&fused, &plain, 1e-5);
            }
        }
    }

    #[test]
    fn copies_of_a_question_under_series_are_one_copy(questions in questions(1..2), copies in 2usize..6) {
        for model in MODELS {
            for path in [Path::Cached, Path::Dense] {
                let engine = &mut engine(model, path, 4);
                let options = Preset::Series.options();
                let single = one(engine, Method::Flex, options.clone(), &questions);
                let many = one(engine, Method::Flex, options.clone(), &vec![questions[0].clone(); copies]);
                assert_close(&single, &many, 1e-4);
            }
        }
    }

    #[test]
    fn copies_of_a_question_are_one_copy_whatever_their_weights(
        questions in questions(1..2),
        weights in prop::collection::vec(0.01f32..1.0, 2..6),
    ) {
        let mut options = Preset::Series.options();
        options.bias = Bias::Weighted;
        for model in MODELS {
            for path in [Path::Cached, Path::Dense] {
                let engine = &mut engine(model, path, 4);
                let single = one(engine, Method::Flex, Preset::Series.options(), &questions);
                let copies = Task {
                    confidence: Some(weights.clone()),
                    ..task(0, &vec![questions[0].clone(); weights.len()], 0)
                };
                let request = request(Method::Flex, options.clone());
                let many = run(engine, &request, &[copies]);
                assert_close(&single, &many[0][0], 1e-4);
            }
        }
    }

    #[test]
    fn order_of_questions_does_not_matter_where_segments_restart(
        questions in questions(2..6),
        by in 1usize..5,
    ) {
        let mut turned = questions.clone();
        turned.rotate_left(by % questions.len());
        turned.swap(0, questions.len() - 1);
        for model in MODELS {
            for preset in [Preset::Series, Preset::Pcw] {
                for path in [Path::Cached, Path::Dense] {
                    let engine = &mut engine(model, path, 4);
                    let a = one(engine, Method::Flex, preset.options(), &questions);
                    let b = one(engine, Method::Flex, preset.options(), &turned);
                    assert_close(&a, &b, 1e-4);
                }
            }
        }
    }

    #[test]
    fn cached_equals_dense(
        questions in questions(1..6),
        manual in 0usize..4,
        preset in prop::sample::select(Preset::ALL),
        turns in prop::collection::vec(0isize..12, LayoutOption::ALL.len()),
        bias in prop::option::of(-2.0f32..1.0),
        groups in prop::collection::vec(1usize..4, 0..3),
    ) {
        let mut options = preset.options();
        // About half of the options change.
        for (row, by) in LayoutOption::ALL.iter().zip(turns) {
            row.turn(&mut options, (by - 6).max(0));
        }
        if let Some(bias) = bias {
            options.bias = Bias::Number(bias);
        }
        if options.check().is_err() {
            options.glue = Glue::Attached;
        }
        let tasks = [Task {
            groups,
            confidence: Some((1..).map(|i| 1.0 / i as f32).take(questions.len()).collect()),
            ..task(0, &questions, manual.min(questions.len()))
        }];
        for model in MODELS {
            let request = request(Method::Flex, options.clone());
            let cached = run(&mut engine(model, Path::Cached, 4), &request, &tasks);
            let dense = run(&mut engine(model, Path::Dense, 4), &request, &tasks);
            assert_close(&cached[0][0], &dense[0][0], 1e-4);
        }
    }

    #[test]
    fn rows_mixed_inside_the_model_keep_to_their_bounds(
        questions in questions(2..5),
        method in prop::sample::select(Method::ALL).prop_filter("mixes", |m| m.blended().is_some()),
        from_layer in prop::option::of(1usize..3),
        alpha in 0.0f32..1.0,
    ) {
        let options = Preset::Fused.options();
        let mixed = |alpha| Request {
            blend: Blend { from_layer, alpha },
            ..request(method, options.clone())
        };
        let ask = |engine: &mut Engine, alpha, questions: &[String]| {
            run(engine, &mixed(alpha), &[task(0, questions, 0)]).remove(0).remove(0)
        };
        for model in MODELS {
            let mut both = Vec::new();
            for path in [Path::Cached, Path::Dense] {
                let engine = &mut engine(model, path, 4);
                let first = &questions[..1];
                let origin = one(engine, Method::Origin, options.clone(), first);
                assert_close(&ask(engine, alpha, first), &origin, 1e-5);
                let copies = vec![first[0].clone(); questions.len()];
                assert_close(&ask(engine, alpha, &copies), &origin, 1e-4);
                let avg = one(engine, Method::Avg, options.clone(), &questions);
                assert_close(&ask(engine, 0.0, &questions), &avg, 1e-5);
                both.push(ask(engine, alpha, &questions));
            }
            assert_close(&both[0], &both[1], 1e-4);
        }
    }

    #[test]
    fn batch_threads_order_and_what_was_cached_change_no_bit(
        sets in prop::collection::vec(questions(3..4), 5..9),
        method in prop::sample::select(Method::ALL),
        cross in any::<bool>(),
    ) {
        let mut options = Preset::Fused.options();
        options.manual_cross_attention = cross;
        let request = request(method, options.clone());
        let tasks: Vec<Task> = sets.iter().enumerate().map(|(id, set)| task(id, set, 2)).collect();
        let reversed: Vec<Task> = tasks.iter().rev().cloned().collect();
        for model in MODELS {
            let first = run(&mut engine(model, Path::Cached, 1), &request, &tasks);
            let engine = &mut engine(model, Path::Cached, 4);
            prop_assert_eq!(&first, &run(engine, &request, &tasks), "batch");
            prop_assert_eq!(&first, &run(engine, &request, &reversed), "order, warm cache");
            let threads = rayon::ThreadPoolBuilder::new().num_threads(3).build().expect("a pool");
            let threaded = threads.install(|| run(engine, &request, &tasks));
            prop_assert_eq!(&first, &threaded, "threads");
        }
    }
}

#[test]
fn every_combination_with_a_meaning_runs_on_both_paths() {
    let questions: Vec<String> = [
        "The sea is [MASK].",
        "[MASK] is wet.",
        "What is wet? [MASK]",
    ]
    .map(String::from)
    .to_vec();
    let cached = &mut engine("tiny-llama", Path::Cached, 4);
    let dense = &mut engine("tiny-llama", Path::Dense, 4);
    for prefix in [Prefix::Repeated, Prefix::Shared] {
        for glue in [Glue::Attached, Glue::Orphan, Glue::Shifted] {
            for positions in [Positions::Continuous, Positions::Restart] {
                let options = Options {
                    prefix,
                    glue,
                    positions,
                    manual_cross_attention: true,
                    ..Preset::Fused.options()
                };
                if options.check().is_err() {
                    continue;
                }
                let request = request(Method::Flex, options.clone());
                let tasks = [task(0, &questions, 2)];
                let a = run(cached, &request, &tasks);
                let b = run(dense, &request, &tasks);
                assert_close(&a[0][0], &b[0][0], 1e-4);
            }
        }
    }
}

#[test]
fn a_cancelled_run_stops_and_the_engine_can_go_on() {
    let engine = &mut engine("tiny-llama", Path::Cached, 2);
    let tasks: Vec<Task> = (0..20)
        .map(|id| task(id, &[format!("Number {id} is [MASK].")], 0))
        .collect();
    let request = request(Method::Flex, Preset::Fused.options());
    let cancel = Cancel::new();
    let mut finished = 0;
    let outcome = engine.run(
        &request,
        &tasks,
        &mut |event| {
            if matches!(event, Event::Finished { .. }) {
                finished += 1;
                cancel.cancel();
            }
        },
        &cancel,
    );
    assert!(matches!(outcome, Err(EngineError::Cancelled)));
    assert!((1..=2).contains(&finished), "one batch at most: {finished}");
    assert!(
        run(engine, &request, &tasks)
            .iter()
            .all(|answers| answers.len() == 1)
    );
}

#[test]
fn streamed_tokens_are_the_answer() {
    let engine = &mut engine("tiny-qwen3", Path::Cached, 4);
    let mut request = request(Method::Flex, Preset::Series.options());
    request.stream = true;
    let tasks = [task(7, &["The sky is [MASK].".to_owned()], 1)];
    let (mut streamed, mut answered) = (Vec::new(), Vec::new());
    let mut seen = Vec::new();
    engine
        .run(
            &request,
            &tasks,
            &mut |event| match event {
                Event::Token {
                    task, step, token, ..
                } => {
                    assert_eq!((task, step), (7, streamed.len()));
                    assert_eq!(token.top.len(), 5);
                    assert!(
                        token
                            .top
                            .windows(2)
                            .all(|p| p[0].probability >= p[1].probability)
                    );
                    streamed.push(token.id);
                }
                Event::Finished { answers, .. } => answered = answers[0].generated.clone(),
                other => seen.push(other),
            },
            &Cancel::new(),
        )
        .expect("the run succeeds");
    assert!(!streamed.is_empty());
    assert_eq!(streamed, answered);
    assert!(matches!(
        seen[..],
        [Event::Reading(_), Event::Prefilled { tasks: 1, .. }]
    ));
}

#[test]
fn reading_says_how_far_it_is_and_how_far_it_goes() {
    // More tokens than one pass takes.
    let tasks: Vec<Task> = (0..24)
        .map(|id| {
            let things = format!("Thing {id} and ").repeat(10);
            task(id, &[format!("{things} more are [MASK].")], 0)
        })
        .collect();
    // As a slow model would, each report takes until the next is due; and as fast as it goes.
    for (path, pause) in [(Path::Cached, 60), (Path::Dense, 60), (Path::Cached, 0)] {
        let engine = &mut engine("tiny-llama", path, tasks.len());
        let started = Instant::now();
        let (mut readings, mut prefilled) = (Vec::new(), None);
        engine
            .run(
                &request(Method::Flex, Preset::Fused.options()),
                &tasks,
                &mut |event| match event {
                    Event::Reading(reading) => {
                        assert_eq!(prefilled, None, "nothing is read after the end");
                        readings.push((reading.computed, reading.tokens));
                        std::thread::sleep(Duration::from_millis(pause));
                    }
                    Event::Prefilled { computed, .. } => prefilled = Some(computed),
                    _ => {}
                },
                &Cancel::new(),
            )
            .expect("the run succeeds");
        let all = prefilled.expect("prompts were read");
        assert_eq!(readings[0], (0, all));
        assert!(pause == 0 || readings.len() > 1, "{readings:?} of {all}");
        assert!(readings.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(
            readings
                .iter()
                .all(|(computed, of)| computed < of && *of == all)
        );
        // However fast it reads, an eye is not flooded.
        assert!(readings.len() as u128 <= 1 + started.elapsed().as_millis() / 60);
    }
}

#[test]
fn the_context_is_computed_once() {
    let engine = &mut engine("tiny-qwen2", Path::Cached, 8);
    let request = request(Method::Flex, Preset::Series.options());
    let tasks: Vec<Task> = (0..8)
        .map(|id| task(id, &[format!("Thing {id} is [MASK].")], 0))
        .collect();
    let mut work = Vec::new();
    let mut fusing = 0;
    for _ in 0..2 {
        fusing = 0;
        engine
            .run(
                &request,
                &tasks,
                &mut |event| match event {
                    Event::Prefilled {
                        computed,
                        prompt_tokens,
                        ..
                    } => work.push((computed, prompt_tokens)),
                    Event::Finished { answers, .. } => {
                        let layout = &answers[0].layouts[0];
                        fusing += (0..layout.len()).filter(|row| layout.fuses(*row)).count();
                    }
                    _ => {}
                },
                &Cancel::new(),
            )
            .expect("the run succeeds");
    }
    let (first, all) = work[0];
    assert!(first * 2 < all, "{first} of {all} tokens computed");
    assert_eq!(work[1].0, fusing, "only what fuses is computed again");
}

/// Weights of fewer bits make other logits, but near ones, and the same whatever is worked on at once.
#[test]
fn fewer_bits_are_near_and_do_not_depend_on_the_batch() {
    let tasks: Vec<Task> = (0..5)
        .map(|id| {
            let wordings = ["lies in", "is a part of", "belongs to"];
            let ask = |words| format!("Thing {id} {words} [MASK].");
            task(id, &wordings.map(ask), 2)
        })
        .collect();
    let request = request(Method::Flex, Preset::Fused.options());
    // The fixtures are too narrow for blocks.
    let of = |dtype, batch| load(ModelRef::Embedded, Path::Cached, batch, dtype);
    let exact = run(&mut of(Dtype::F32, 5), &request, &tasks);
    for (dtype, tolerance) in [(Dtype::Bf16, 0.3), (Dtype::Q8_0, 0.3)] {
        let together = run(&mut of(dtype, 5), &request, &tasks);
        let alone = run(&mut of(dtype, 1), &request, &tasks);
        assert_eq!(together, alone, "{dtype}");
        for (near, exact) in together.iter().zip(&exact) {
            assert_close(&near[0], &exact[0], tolerance);
        }
    }
    let rounded = run(&mut of(Dtype::Q8_0, 5), &request, &tasks);
    assert_ne!(rounded[0][0].steps, exact[0][0].steps);
}

#[test]
fn a_tokenizer_of_another_model_is_told_by_its_tokens() {
    let fixture = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/tiny-llama");
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["config.json", "model.safetensors"] {
        std::fs::copy(fixture.join(name), folder.path().join(name)).expect("the fixture is copied");
    }
    let text = std::fs::read(fixture.join("tokenizer.json")).expect("a tokenizer");
    let mut tokenizer: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
    tokenizer["model"]["vocab"]["Q"] = 5_000.into();
    std::fs::write(folder.path().join("tokenizer.json"), tokenizer.to_string()).expect("written");

    let model = ModelRef::Dir(folder.path().to_owned());
    let mut engine = load(model, Path::Cached, 1, Dtype::Auto);
    let tasks = [task(0, &["The capital of France is [MASK].".to_owned()], 1)];
    let request = request(Method::Origin, Preset::Fused.options());
    let error = engine
        .run(&request, &tasks, &mut |_| {}, &Cancel::new())
        .expect_err("the token has no embedding");
    assert_eq!(
        error.to_string(),
        "the tokenizer gives token 5000, but the model's vocabulary has 400: the tokenizer belongs to another model"
    );
}

/// Ids of the tasks that have answers, and of those that have none.
fn fates(engine: &mut Engine, request: &Request, tasks: &[Task]) -> (Vec<usize>, Vec<usize>) {
    let (mut finished, mut failed) = (Vec::new(), Vec::new());
    let sink = &mut |event| match event {
        Event::Finished { task, .. } => finished.push(task),
        Event::Failed { task, error } => {
            assert_eq!(error, TaskError::NotFinite);
            failed.push(task);
        }
        _ => {}
    };
    engine
        .run(request, tasks, sink, &Cancel::new())
        .expect("the others go on");
    finished.sort_unstable();
    failed.sort_unstable();
    (finished, failed)
}

#[test]
fn logits_that_are_not_finite_end_their_own_fact_only() {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let demo = root.join("assets/demo/model");
    let qwen = root.join("tests/fixtures/tiny-qwen2");
    let questions = |word: &str| {
        vec![
            format!("Hamlet was written by {word} [MASK]."),
            "[MASK] wrote this play.".to_owned(),
        ]
    };
    let cases = [
        (&qwen, Path::Cached, Dtype::Auto),
        (&qwen, Path::Cached, Dtype::Bf16),
        (&qwen, Path::Dense, Dtype::F32),
        (&demo, Path::Cached, Dtype::Q8_0),
    ];
    for (from, path, dtype) in cases {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let clean = &mut load(ModelRef::Dir(from.clone()), path, 4, dtype);
        let words = ["Bacon", "Zulu", "him", "Kyd", "Marlowe"];
        let tasks: Vec<Task> = (0..)
            .zip(words)
            .map(|(id, word)| task(id, &questions(word), 1))
            .collect();
        let ids = |task: usize| {
            clean.tokenizer().encode(
                &context()
                    .frame(clean.tokenizer())
                    .expect("no chat")
                    .prompt(&tasks[task].questions[0]),
            )
        };
        let others = [0, 2, 3, 4].map(ids).concat();
        let of_its_own: Vec<u32> = ids(1)
            .into_iter()
            .filter(|id| !others.contains(id))
            .collect();
        assert!(!of_its_own.is_empty(), "{of_its_own:?}");
        poison::poison(from, folder.path(), &of_its_own);
        let poisoned = &mut load(ModelRef::Dir(folder.path().to_owned()), path, 4, dtype);
        for &method in Method::ALL {
            let mut request = request(method, Preset::Fused.options());
            if method.blended().is_some() && dtype == Dtype::Q8_0 {
                // The quantized output matrix holds no NaN, so mixed rows may say the other fact's words and read them next.
                request.max_new_tokens = 1;
            }
            let (finished, failed) = fates(poisoned, &request, &tasks);
            assert_eq!(failed, [1], "{method}, {path}, {dtype}");
            assert_eq!(finished, [0, 2, 3, 4], "{method}, {path}, {dtype}");
        }
        // What the others say is what they say without it. Their probabilities need not be: where the embeddings are the
        // output matrix too, a word that nobody says has other logits.
        let request = request(Method::Flex, Preset::Fused.options());
        let others: Vec<Task> = tasks.into_iter().filter(|task| task.id != 1).collect();
        let answers = |engine: &mut Engine| {
            let mut answers = vec![Vec::new(); words.len()];
            let sink = &mut |event| {
                if let Event::Finished { task, answers: of } = event {
                    answers[task] = of.into_iter().map(|answer| answer.generated).collect();
                }
            };
            engine
                .run(&request, &others, sink, &Cancel::new())
                .expect("the run succeeds");
            answers
        };
        assert_eq!(answers(poisoned), answers(clean));
    }
}

fn drawing(method: Method, samples: usize, seed: u64) -> Request {
    Request {
        draws: Some(Draws {
            samples,
            seed,
            temperature: 1.0,
            top_p: 1.0,
        }),
        ..request(method, Preset::Series.options())
    }
}

/// What was drawn beside each answer of each task.
fn drawn(engine: &mut Engine, request: &Request, tasks: &[Task]) -> Vec<Vec<Vec<String>>> {
    let answers = run(engine, request, tasks).into_iter();
    answers
        .map(|of| of.into_iter().map(|answer| answer.drawn).collect())
        .collect()
}

fn asked(tasks: usize, each: usize) -> Vec<Task> {
    let question = |id: usize, number: usize| format!("Thing {id}{number} is [MASK].");
    (0..tasks)
        .map(|id| {
            let questions: Vec<String> = (0..each).map(|number| question(id, number)).collect();
            task(id, &questions, each)
        })
        .collect()
}

/// Samples depend on prompt, seed and number alone: not on batch, path, other tasks, or how many more are drawn.
#[test]
fn what_is_drawn_depends_on_prompt_and_seed() {
    for (method, model) in [
        (Method::PerPrompt, "tiny-llama"),
        (Method::Origin, "tiny-qwen2"),
        (Method::Flex, "tiny-qwen3"),
    ] {
        let tasks = asked(4, 3);
        let draw = |path, batch, request: &Request, tasks: &[Task]| {
            drawn(&mut engine(model, path, batch), request, tasks)
        };
        let of_seven = draw(Path::Cached, 7, &drawing(method, 12, 1), &tasks);
        let answers = if method == Method::PerPrompt { 3 } else { 1 };
        assert!(of_seven.iter().all(|of| of.len() == answers));
        assert!(of_seven.iter().flatten().all(|drawn| drawn.len() == 12));
        let of_one = |request: &Request, tasks: &[Task]| draw(Path::Cached, 1, request, tasks);
        assert_eq!(of_one(&drawing(method, 12, 1), &tasks), of_seven);
        let alone = Task {
            id: 0,
            ..tasks[2].clone()
        };
        let alone = of_one(&drawing(method, 12, 1), &[alone]);
        assert_eq!(alone, of_seven[2..3]);
        assert_ne!(of_one(&drawing(method, 12, 2), &tasks), of_seven);
        let mut more = of_one(&drawing(method, 20, 1), &tasks);
        more.iter_mut()
            .flatten()
            .for_each(|drawn| drawn.truncate(12));
        assert_eq!(more, of_seven);
        // Where logits differ in their last digits, one race in many ends otherwise.
        let dense = draw(Path::Dense, 3, &drawing(method, 12, 1), &tasks);
        let texts = |of: &[Vec<Vec<String>>]| of.iter().flatten().flatten().cloned().collect();
        let (dense, cached): (Vec<_>, Vec<_>) = (texts(&dense), texts(&of_seven));
        let same = dense.iter().zip(&cached).filter(|(a, b)| a == b).count();
        assert!(same * 50 >= cached.len() * 49, "{method}: {same} the same");
    }
}

/// First tokens come as often as the model says they are probable, within three standard errors.
#[test]
fn first_tokens_come_as_often_as_they_are_probable() {
    const DRAWS: usize = 20_000;
    let mut engine = engine("tiny-llama", Path::Cached, 1);
    let request = Request {
        max_new_tokens: 1,
        stream: true,
        ..drawing(Method::Origin, DRAWS, 3)
    };
    let mut best = Vec::new();
    let mut drawn = Vec::new();
    engine
        .run(
            &request,
            &asked(1, 1),
            &mut |event| match event {
                Event::Token { token, .. } => best = token.top,
                Event::Finished { answers, .. } => drawn = answers[0].drawn.clone(),
                _ => {}
            },
            &Cancel::new(),
        )
        .expect("the run succeeds");
    assert_eq!((best.len(), drawn.len()), (5, DRAWS));
    let texts: Vec<String> = (0..engine.tokenizer().vocab_size() as u32)
        .map(|id| engine.tokenizer().decode(&[id]))
        .collect();
    let mut compared = 0;
    for candidate in best {
        let text = &texts[candidate.id as usize];
        // Parts of characters look alike.
        if texts.iter().filter(|other| *other == text).count() > 1 {
            continue;
        }
        compared += 1;
        let count = drawn.iter().filter(|drawn| *drawn == text).count();
        let (p, n) = (f64::from(candidate.probability), DRAWS as f64);
        let error = (p * (1.0 - p) / n).sqrt();
        assert!(
            (count as f64 / n - p).abs() <= 3.0 * error,
            "{text:?}: drawn {count} times, probability {p}"
        );
    }
    assert!(compared > 1, "{compared} tokens have a text of their own");
}

/// Methods that make one answer of several prompts draw none.
#[test]
fn nothing_is_drawn_from_several_prompts() {
    let mut engine = engine("tiny-llama", Path::Cached, 1);
    let drawn = drawn(&mut engine, &drawing(Method::Avg, 9, 1), &asked(1, 2));
    assert_eq!(drawn, [[Vec::<String>::new()]]);
}

/// The likeliest next tokens as labels: their probabilities are those of the step that chooses freely, whatever fuses it.
#[test]
fn labels_are_as_likely_as_they_are_among_all_tokens() {
    const WHO: [&str; 12] = [
        "Ann", "Bob", "Kenya", "Peru", "The sea", "A cow", "Rome", "Ice", "Gold", "He", "It", "May",
    ];
    let mut compared = BTreeMap::new();
    for model in MODELS {
        for path in [Path::Cached, Path::Dense] {
            let mut engine = engine(model, path, 2);
            for (&method, who) in Method::ALL.iter().flat_map(|of| WHO.map(|who| (of, who))) {
                let of_method: &mut usize = compared.entry(method.name()).or_default();
                *of_method += labels_compared(&mut engine, method, who);
            }
        }
    }
    assert!(compared.values().all(|&labels| labels > 1), "{compared:?}");
}

/// Holds the labels' probabilities against the step that chooses freely; says how many there were.
fn labels_compared(engine: &mut Engine, method: Method, who: &str) -> usize {
    let questions = [
        format!("{who} has a [MASK]."),
        format!("The [MASK] is near {who}."),
        format!("{who}, [MASK]?"),
    ];
    let frame = context().frame(engine.tokenizer()).expect("no chat");
    let asked = Request {
        max_new_tokens: 1,
        ..request(method, Preset::Fused.options())
    };
    let asking = Task {
        // Own answers, which are others where labels are asked for, are not to weight.
        confidence: Some(vec![0.5, 0.2, 0.3]),
        ..task(0, &questions, 2)
    };
    let free = run(engine, &asked, std::slice::from_ref(&asking)).remove(0);
    let mut compared = 0;
    for (question, free) in free.iter().enumerate() {
        // Those of the five best whose text, as an answer, begins with them again.
        let label = |(id, value): &(u32, f32)| {
            let label = engine.tokenizer().text(*id).trim().to_owned();
            let only = std::slice::from_ref(&label);
            let token = label_tokens(engine.tokenizer(), &frame, only).ok()?;
            (token == [*id] && !label.is_empty()).then_some((label, *value))
        };
        let known: Vec<(String, f32)> = free.steps[0].iter().filter_map(label).collect();
        let labels: Vec<String> = known.iter().map(|(label, _)| label.clone()).collect();
        if labels.len() < 2 || label_tokens(engine.tokenizer(), &frame, &labels).is_err() {
            continue;
        }
        let chosen = Task {
            labels,
            ..asking.clone()
        };
        let chosen = &run(engine, &asked, &[chosen]).remove(0)[question];
        assert_eq!(chosen.generated.len(), 1);
        let p = |at: usize| chosen.labels[at];
        let sum: f32 = chosen.labels.iter().sum();
        assert!((chosen.probability - p(0) / sum).abs() < 1e-5, "{method}");
        // Steps hold probabilities where these are fused, else logits.
        let fuses_probabilities = matches!(method, Method::Max | Method::Mix);
        let best = known[0].1;
        for (at, (_, value)) in known.iter().enumerate() {
            let wanted = match fuses_probabilities {
                true => value / best,
                false => (value - best).exp(),
            };
            let ratio = p(at) / p(0);
            assert!((ratio - wanted).abs() < 1e-4, "{method}: {ratio} {wanted}");
        }
        assert!(
            !fuses_probabilities || (p(0) - best).abs() < 1e-6,
            "{method}"
        );
        compared += known.len();
    }
    compared
}
