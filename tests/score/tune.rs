//! Options chosen for a model without right answers: a teacher whose options are known is found out.

use std::sync::Arc;

use lamascope::data::{Dataset, Source, Style, Watch};
use lamascope::engine::{Cancel, Device, Dtype, Engine, EngineSettings, Method, Path};
use lamascope::evaluate::{Plan, Teacher, Tune, Tuning};
use lamascope::layout::{Bias, Factor, Options, Preset};
use lamascope::model::ModelRef;
use lamascope::prompt::Shots;
use lamascope::score::Extract;

fn engine(path: Path) -> Engine {
    let settings = EngineSettings {
        model: ModelRef::default(),
        device: Device::Cpu,
        dtype: Dtype::F32,
        batch: None,
        path,
    };
    Engine::load(&settings, &mut |_| {}, &Cancel::new()).expect("the demo model loads")
}

fn plan(options: Options) -> Plan {
    let data = Dataset::load(&Source::Embedded, Style::MyriadLama, Watch::none());
    let data = data.expect("the sample is there");
    Plan {
        facts: (0..6).collect(),
        templates: vec![vec![0, 1, 4]; data.relations.len()],
        data: Arc::new(data),
        shots: Shots {
            instruction: "Fill in.".to_owned(),
            shots: Vec::new(),
            near: None,
        },
        method: Method::Flex,
        options,
        blend: Default::default(),
        max_new_tokens: 2,
        extract: Extract::Line,
        confidence: Default::default(),
        thinking: None,
        chat: lamascope::prompt::Chat::Off,
        stream: false,
    }
}

#[test]
fn a_planted_teacher_is_found() {
    let series = Preset::Series.options();
    let factor = |value| Factor::new(value).expect("above 0");
    for (bias, temperature, scale) in [(-1.5, 1.0, 1.0), (0.25, 0.9, 1.1)] {
        let planted = Options {
            bias: Bias::Number(bias),
            temperature: factor(temperature),
            scale: factor(scale),
            ..series.clone()
        };
        let mut engine = engine(Path::Cached);
        let plan = plan(series.clone());
        let mut last = None;
        let mut tune = Tune {
            engine: &mut engine,
            plan: &plan,
            teacher: &Teacher::Layout(Box::new(planted.clone())),
            heard: &mut |tuning| last = Some(tuning),
            cancel: &Cancel::new(),
        };
        let tried = tune.search(&plan.facts).expect("the search ends");
        let best = &tried[0];
        // What a question's keys weigh together, bias and scale change nearly alike: with both planted, the pair that is
        // found need not be the same, but says the same.
        assert_eq!(best.options.temperature, planted.temperature);
        if scale == 1.0 {
            assert!(best.divergence.abs() < 1e-6, "{best:?}");
            assert_eq!(best.options, planted);
        }
        assert!(best.divergence < 1e-4, "{best:?}");
        let before = tried.iter().find(|tried| tried.options == series);
        assert!(before.is_some_and(|series| series.divergence > 1e-2));
        assert!(
            tried
                .windows(2)
                .all(|pair| pair[0].divergence <= pair[1].divergence)
        );
        let Tuning {
            options,
            done,
            facts,
        } = last.expect("it says how far it is");
        assert_eq!((options, done, facts), (tried.len(), 5, 6));
    }
}

/// The mean of one template's logits is what it says alone, and that is what `fused` says of one question.
#[test]
fn one_question_is_its_own_teacher_on_both_paths() {
    let mut plan = plan(Preset::Fused.options());
    plan.templates
        .iter_mut()
        .for_each(|chosen| chosen.truncate(1));
    for path in [Path::Cached, Path::Dense] {
        let mut tune = Tune {
            engine: &mut engine(path),
            plan: &plan,
            teacher: &Teacher::Avg,
            heard: &mut |_| {},
            cancel: &Cancel::new(),
        };
        let other = Options {
            bias: Bias::Number(-3.0),
            ..plan.options.clone()
        };
        let judged = tune.judge(&plan.facts, vec![plan.options.clone(), other]);
        let judged = judged.expect("it is judged");
        assert_eq!(judged[0].options, plan.options);
        assert!(judged[0].divergence.abs() < 1e-6, "{judged:?}");
        assert!(judged[1].divergence > 1e-6, "{judged:?}");
    }
}

#[test]
fn a_search_can_be_cancelled() {
    let plan = plan(Preset::Series.options());
    let cancel = Cancel::new();
    let stop = cancel.clone();
    let mut tune = Tune {
        engine: &mut engine(Path::Cached),
        plan: &plan,
        teacher: &Teacher::Avg,
        heard: &mut |tuning| {
            if tuning.done == 2 {
                stop.cancel();
            }
        },
        cancel: &cancel,
    };
    let error = tune.search(&plan.facts).expect_err("it was cancelled");
    assert!(error.is_cancelled(), "{error}");
}
