//! A run made up by hand: its plan, what an engine would answer, and its configuration.

use std::sync::Arc;

use lamascope::data::{Dataset, Fact, Relation, Style, Template, TemplateId};
use lamascope::engine::{Answer, Method};
use lamascope::evaluate::{Finished, Plan};
use lamascope::layout::{Layout, Preset};
use lamascope::prompt::{Chat, Encode, Shots};
use lamascope::results::{Configuration, Selected, fingerprint};
use lamascope::score::Extract;

/// One token per byte.
pub struct Bytes;

impl Encode for Bytes {
    fn encode(&self, text: &str) -> Vec<u32> {
        text.bytes().map(u32::from).collect()
    }

    fn bos(&self) -> Option<u32> {
        None
    }
}

/// `facts` facts of one relation with two templates.
pub fn plan(facts: usize, method: Method) -> Plan {
    let template = |id, text: &str| Template {
        id,
        text: text.to_owned(),
    };
    let fact = |i: usize| Fact {
        uuid: format!("uuid-{i}"),
        relation: 0,
        subject: format!("subject {i}"),
        answers: vec![format!("answer {i}"), "Ünïcode \"quoted\"\n".to_owned()],
        paraphrases: Vec::new(),
        choices: Vec::new(),
    };
    let relation = Relation {
        id: "P1".to_owned(),
        label: String::new(),
        templates: vec![
            template(TemplateId::manual(1), "[X] is [Y]."),
            template(TemplateId::auto(1), "[Y] was [X]."),
        ],
    };
    Plan {
        data: Arc::new(Dataset {
            style: Style::MyriadLama,
            relations: vec![relation],
            facts: (0..facts).map(fact).collect(),
        }),
        facts: (0..facts).collect(),
        templates: vec![vec![0, 1]],
        shots: Shots {
            instruction: "Say.".to_owned(),
            shots: Vec::new(),
            near: None,
        },
        chat: Chat::Off,
        method,
        options: Preset::Fused.options(),
        blend: Default::default(),
        max_new_tokens: 10,
        extract: Extract::Line,
        confidence: Default::default(),
        thinking: None,
        stream: false,
    }
}

/// What an engine would say about a fact.
pub fn finished(plan: &Plan, fact: usize) -> Finished {
    let task = plan.task(fact);
    let answer = |question: &String| Answer {
        generated: vec![fact as u32, 10],
        generation: format!(" answer {}\nQ", fact - fact % 2),
        steps: vec![vec![(fact as u32, 0.1 + fact as f32), (0, -1.5)]],
        probability: 1.0 / (fact as f32 + 3.0),
        confidence: 0.5,
        labels: Vec::new(),
        layouts: vec![Layout::plain(
            &Bytes,
            &plan.context().frame(&Bytes).expect("no chat"),
            question,
        )],
        drawn: Vec::new(),
    };
    let answers = match plan.method {
        Method::PerPrompt => task.questions.iter().map(answer).collect(),
        _ => vec![answer(&task.questions[0])],
    };
    plan.finish(fact, answers)
}

pub fn configuration(plan: &Plan) -> Configuration {
    Configuration {
        version: "0".to_owned(),
        model: "none".to_owned(),
        device: "cpu".to_owned(),
        dtype: "f32".to_owned(),
        path: "cached".to_owned(),
        method: plan.method.to_string(),
        preset: None,
        blend: None,
        options: None,
        max_new_tokens: plan.max_new_tokens,
        extract: plan.extract.to_string(),
        confidence: None,
        sampled: None,
        files: Default::default(),
        data: "hand".to_owned(),
        dataset: "myriadlama".to_owned(),
        selection: Selected {
            relations: Vec::new(),
            uuids: None,
            templates: "all".to_owned(),
            asked: Default::default(),
            max_samples: None,
            facts: plan.facts.len(),
            sha256: fingerprint(plan),
        },
        seed: 1,
        shots: plan.shots.clone(),
        chat: plan.chat,
        thinking: plan.thinking,
        left_out: 0,
        finished: None,
        no_answer: Vec::new(),
        shard: None,
    }
}
