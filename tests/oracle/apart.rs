//! Methods without a mask, prompt by prompt: what the prompts give is what the method chose by.

use lamascope::engine::{Cancel, Engine, Method, Mix, Path as EnginePath, Reads, Request, Task};
use lamascope::inspect::{Apart, Given, Wanted, look_apart};

use super::{Folder, load, on_the_cpu};

const NEAR: f64 = 1e-4;

fn apart(engine: &mut Engine, request: &Request, task: &Task) -> Apart {
    let wanted = Wanted {
        gold: Some(7),
        ..Wanted::default()
    };
    let cancel = Cancel::new();
    look_apart(engine, request, task, wanted, &mut |_| {}, &cancel).expect("it can be looked at")
}

#[test]
fn what_prompts_give_is_what_the_method_chose_by() {
    let folder = Folder::of_fixtures("inside.json");
    let group = &folder.cases.groups[0];
    for path in [EnginePath::Cached, EnginePath::Dense] {
        let mut engine = load(folder.model(&group.model), &on_the_cpu(path, 1));
        for &method in Method::ALL
            .iter()
            .filter(|method| !method.has_layout() && method.blended().is_none())
        {
            let request = Request {
                method,
                ..group.request(&folder.shots)
            };
            let mut task = group.tasks().swap_remove(0);
            // Given or measured: the weights are those that the engine used.
            for confidence in [None, Some(vec![0.2, 0.5, 0.3])] {
                task.confidence = confidence;
                let seen = apart(&mut engine, &request, &task);
                let each = method.answers_each();
                assert_eq!(seen.answers.len(), if each { 3 } else { 1 });
                let prompts = match (method, method.mix()) {
                    (Method::Origin, _) | (_, Mix::MostConfident) => 1,
                    _ => 3,
                };
                assert_eq!(seen.prompts.len(), prompts, "{method}");
                chosen(&seen, method);
                let others = method.reads() == Reads::All && prompts > 1;
                assert!(seen.prompts.iter().all(|p| p.left_out.is_empty() != others));
                for prompt in &seen.prompts {
                    let steps = seen.answers[prompt.answer].generated.len();
                    assert_eq!(prompt.mass.len(), steps);
                    for mass in prompt.mass.iter().flatten().flatten() {
                        assert!((mass.parts.iter().sum::<f32>() - 1.0).abs() < 1e-5);
                    }
                    assert_eq!(prompt.lens[0][0].tokens.len(), 3, "made, second, expected");
                }
            }
        }
    }
}

/// What prompts give sums to what the engine said of the fused choice.
fn chosen(seen: &Apart, method: Method) {
    for (at, answer) in seen.answers.iter().enumerate() {
        for (step, best) in answer.steps.iter().enumerate() {
            let prompts = seen.prompts.iter().filter(|prompt| prompt.answer == at);
            let gives: Vec<f64> = prompts.map(|prompt| prompt.gives[step]).collect();
            let sum: f64 = gives.iter().sum();
            let expected = match Given::by(method) {
                Given::Lead => f64::from(best[0].1) - f64::from(best[1].1),
                Given::Probability => f64::from(best[0].1),
            };
            let label = format!("{method}, step {step}: {gives:?}");
            assert!((sum - expected).abs() < NEAR, "{label}, not {expected}");
            if method.mix() == Mix::Max {
                let giving = gives.iter().filter(|gives| **gives > 0.0);
                assert_eq!(giving.count(), 1, "{label}");
            }
        }
    }
}

/// Without one of two prompts the other says everything; of probabilities the rest is arithmetic.
#[test]
fn a_prompt_left_out_leaves_what_the_others_say() {
    let folder = Folder::of_fixtures("inside.json");
    let group = &folder.cases.groups[0];
    let setting = on_the_cpu(EnginePath::Cached, 1);
    let mut engine = load(folder.model(&group.model), &setting);
    let look = |engine: &mut Engine, method, questions: usize, confidence: &[f32]| {
        let request = Request {
            method,
            ..group.request(&folder.shots)
        };
        let mut task = group.tasks().swap_remove(0);
        task.questions.truncate(questions);
        task.confidence = Some(confidence.to_vec());
        apart(engine, &request, &task)
    };
    // ln p by one prompt after the last layer.
    let said = |seen: &Apart, at: usize, step: usize| {
        let last = seen.prompts[at].lens[step].last().expect("a layer");
        last.tokens[0].log_probability
    };
    for method in [Method::Avg, Method::WeightedAvg, Method::Mix, Method::Max] {
        let seen = look(&mut engine, method, 2, &[0.7, 0.3]);
        let generated = &seen.answers[0].generated;
        // The probability of an answer leaves out the token that ended it.
        let said_before_the_end = engine.without_end(generated).len();
        let mut whole = 0.0;
        for step in 0..generated.len() {
            let [one, other] = [0, 1].map(|at| {
                let left_out = seen.prompts[at].left_out[step];
                left_out + said(&seen, 1 - at, step)
            });
            assert!((one - other).abs() < NEAR, "{method}: {one} and {other}");
            whole += if step < said_before_the_end { one } else { 0.0 };
        }
        let probability = f64::from(seen.answers[0].probability);
        assert!(
            (whole.exp() / probability - 1.0).abs() < 1e-3,
            "{method}: {whole}"
        );
    }
    let seen = look(&mut engine, Method::Mix, 3, &[0.2, 0.3, 0.5]);
    let p = [0, 1, 2].map(|at| said(&seen, at, 0).exp());
    let expected = ((p[0] + p[1] + p[2]) / 3.0).ln() - ((p[0] + p[2]) / 2.0).ln();
    assert!((seen.prompts[1].left_out[0] - expected).abs() < 1e-6);
    let seen = look(&mut engine, Method::Max, 3, &[0.2, 0.3, 0.5]);
    let p = [0, 1, 2].map(|at| said(&seen, at, 0));
    let largest = p.into_iter().fold(f64::NEG_INFINITY, f64::max);
    let expected = largest - p[0].max(p[2]);
    assert!((seen.prompts[1].left_out[0] - expected).abs() < 1e-6);
    // All weight on one: without it the others count alike.
    let seen = look(&mut engine, Method::WeightedAvg, 3, &[1.0, 0.0, 0.0]);
    assert!(seen.prompts[1].left_out[0].abs() < NEAR);
    assert!(seen.prompts[0].left_out[0].is_finite());
}

/// What stands in front of the question is what all prompts begin with.
#[test]
fn prompts_share_what_is_in_front() {
    let folder = Folder::of_fixtures("inside.json");
    let group = &folder.cases.groups[0];
    let setting = on_the_cpu(EnginePath::Cached, 1);
    let mut engine = load(folder.model(&group.model), &setting);
    let request = Request {
        method: Method::Avg,
        ..group.request(&folder.shots)
    };
    let seen = apart(&mut engine, &request, &group.tasks()[0]);
    let tokenizer = engine.tokenizer().clone();
    for prompt in &seen.prompts {
        let layout = prompt.attention.layout();
        let front = tokenizer.decode(&layout.tokens[..layout.front_tokens()]);
        assert_eq!(front.trim_end(), request.context.text());
        let question = tokenizer.decode(&layout.tokens[layout.segments()[0].clone()]);
        let asked = &group.tasks()[0].questions[prompt.question];
        assert_eq!(question.trim(), format!("Q: {asked}\nA:"));
    }
}
