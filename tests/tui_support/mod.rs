//! What the explorer's tests share: a small data set, a tokenizer that cuts at spaces, an application without a
//! terminal, and pictures of its screen.
#![allow(dead_code, reason = "every test file uses its own part")]

pub mod svg;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lamascope::data::{Dataset, Fact, Relation, Style, Template, TemplateId};
use lamascope::engine::{
    About, Answer, Cancel, Candidate, Engine, Event as EngineEvent, Method, Observed,
    ObservedLayer, Reading, Shape, Token,
};
use lamascope::evaluate::{Row, Update, evaluate};
use lamascope::inspect::{Attention, Heat, Mass, Study, Wanted};
use lamascope::layout::Preset;
use lamascope::prompt::{Chat, Encode};
use lamascope::score::{Extract, judge};
use lamascope::tui::app::{
    App, Effect, Event, Found, Inputs, Job, Mouse, MouseKind, Observation, Opened, Overlay, Pane,
    Picture, Rivals, RunEvent, RunParts, Seen, ShotsFrom, Start, TokenText,
};
use lamascope::tui::archive::{Counts, Entry, Listing, Pinned};
use lamascope::tui::keymap::{Key, Keymap};
use lamascope::tui::screen;
use lamascope::tui::theme::{Level, Symbols, Theme, ThemeName};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Cuts before every space; remembers what it has seen.
pub struct Spaces {
    words: Mutex<Vec<String>>,
    bos: bool,
}

impl Spaces {
    pub fn new(bos: bool) -> Self {
        Spaces {
            words: Mutex::new(vec!["<s>".into()]),
            bos,
        }
    }
}

impl Encode for Spaces {
    fn encode(&self, text: &str) -> Vec<u32> {
        let mut words = self.words.lock().unwrap();
        text.split_inclusive([' ', '\n'])
            .map(|word| {
                let known = words
                    .iter()
                    .position(|other| other == word)
                    .unwrap_or_else(|| {
                        words.push(word.to_owned());
                        words.len() - 1
                    });
                known as u32
            })
            .collect()
    }

    fn bos(&self) -> Option<u32> {
        self.bos.then_some(0)
    }
}

impl TokenText for Spaces {
    fn text(&self, id: u32) -> String {
        self.words.lock().unwrap()[id as usize].clone()
    }
}

/// Three relations; the first has as many auto templates as asked for.
pub fn data(auto: usize) -> Dataset {
    let template = |id, text: &str| Template {
        id,
        text: text.into(),
    };
    let capital = [
        "The capital of [X] is [Y].",
        "[X]'s capital is [Y].",
        "[Y] is the seat of power of [X].",
    ];
    let mut templates: Vec<Template> = (1..)
        .map(TemplateId::manual)
        .zip(capital)
        .map(|(id, text)| template(id, text))
        .collect();
    templates.extend((1..=auto).map(|n| {
        template(
            TemplateId::auto(n),
            &format!("Wording {n}: [X] is ruled from [Y]."),
        )
    }));
    let relations = vec![
        Relation {
            id: "P36".into(),
            label: "capital".into(),
            templates: templates.clone(),
        },
        Relation {
            id: "P1376".into(),
            label: "capital of".into(),
            templates: templates.clone(),
        },
        Relation {
            id: "P17".into(),
            label: "country".into(),
            templates,
        },
    ];
    let subjects = [
        ("France", "Paris"),
        ("Japan", "Tokyo"),
        ("Kenya", "Nairobi"),
        ("Peru", "Lima"),
        ("日本 \u{202e}x", "東京"),
        ("Cuba\x1b[2J", "Havana"),
        ("Chad", "N'Djamena"),
        ("Egypt", "Cairo"),
    ];
    let facts = (0..3).flat_map(|relation| {
        subjects
            .iter()
            .enumerate()
            .map(move |(i, (subject, answer))| Fact {
                uuid: format!("{relation}-{i}"),
                relation,
                subject: (*subject).into(),
                answers: vec![(*answer).into(), format!("City of {answer}")],
                paraphrases: Vec::new(),
                choices: Vec::new(),
            })
    });
    Dataset {
        style: Style::MyriadLama,
        facts: facts.collect(),
        relations,
    }
}

pub fn theme(level: Level) -> Theme {
    Theme::new(ThemeName::Dark, level, Symbols { unicode: true })
}

pub fn start() -> Start {
    Start {
        relation: None,
        manual: Some(2),
        auto: 1,
        templates: None,
        shots: ShotsFrom::Drawn { count: 2, seed: 42 },
        chat: Chat::Off,
        method: Method::Flex,
        options: Preset::Fused.options(),
        max_new_tokens: None,
        extract: Extract::Line,
        engine_words: Vec::new(),
        place: None,
        inputs: Inputs {
            model: "embedded".into(),
            ..Inputs::default()
        },
        folder: PathBuf::from("/config"),
        mouse: true,
        offers_walk: false,
    }
}

pub fn about() -> About {
    About {
        model: "demo".into(),
        parameters: 3_000_000,
        device: "cpu".into(),
        dtype: "f32".into(),
        layers: 6,
        max_positions: 100_000,
        window: None,
        files: Default::default(),
        hardware: "2 threads".into(),
    }
}

/// An application that has data, tokenizer and model.
pub fn app_with(auto: usize, size: (u16, u16), level: Level) -> App {
    app_of(data(auto), theme(level), size)
}

/// As [`app_with`], on other data and in another theme.
pub fn app_of(data: Dataset, theme: Theme, size: (u16, u16)) -> App {
    let mut app = App::new(start(), Keymap::default(), theme, size);
    app.handle(Event::Data(Ok(Arc::new(data))));
    app.handle(Event::Words(Arc::new(Spaces::new(true))));
    app.handle(Event::Model(Ok(about())));
    app.prepare();
    app
}

pub fn app() -> App {
    app_with(4, (140, 42), Level::True)
}

/// Presses keys by name, `"p / c a p enter"`; returns all effects.
pub fn press(app: &mut App, keys: &str) -> Vec<Effect> {
    keys.split(' ')
        .flat_map(|key| app.handle(Event::Key(key.parse::<Key>().unwrap())))
        .collect()
}

/// Types a text as it stands.
pub fn type_text(app: &mut App, text: &str) {
    for c in text.chars() {
        app.handle(Event::Key(Key::char(c)));
    }
}

/// The screen as it would be drawn now.
pub fn draw(app: &mut App) -> Buffer {
    let area = Rect::new(0, 0, app.work.size.0, app.work.size.1);
    let mut buffer = Buffer::empty(area);
    app.prepare();
    screen::draw(app, area, &mut buffer);
    buffer
}

/// The screen's characters, line by line.
pub fn text(buffer: &Buffer) -> String {
    let area = buffer.area;
    let mut out = String::new();
    for y in area.top()..area.bottom() {
        let mut line = String::new();
        let mut skip = 0;
        for x in area.left()..area.right() {
            let symbol = buffer[(x, y)].symbol();
            if skip > 0 {
                skip -= 1;
                continue;
            }
            skip = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
            line.push_str(symbol);
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    assert!(!out.contains("NaN"), "{out}");
    out
}

/// Ids of the templates chosen in the relation on screen.
pub fn ids(app: &App) -> Vec<String> {
    app.work
        .chosen_ids(app.work.browse.relation)
        .iter()
        .map(TemplateId::to_string)
        .collect()
}

/// The screen's characters now.
pub fn screen(app: &mut App) -> String {
    text(&draw(app))
}

/// The last line: keys, or what the program says.
pub fn footer(app: &mut App) -> String {
    screen(app).lines().last().unwrap_or_default().to_owned()
}

/// Whether what the program says is an error; `None` where it says nothing.
pub fn is_error(app: &App) -> Option<bool> {
    app.work
        .status
        .notice
        .as_ref()
        .map(|notice| notice.is_error)
}

/// The job that the effects start.
pub fn started(effects: &[Effect]) -> Arc<Job> {
    effects
        .iter()
        .find_map(|effect| match effect {
            Effect::Start(job) => Some(job.clone()),
            _ => None,
        })
        .expect("no job was started")
}

pub fn token(text: &str, probability: f32) -> Token {
    let candidate = |text: &str, probability| Candidate {
        id: 1,
        text: text.into(),
        probability,
    };
    Token {
        id: 1,
        text: text.into(),
        probability,
        top: vec![
            candidate(text, probability),
            candidate(" Lyon", 0.04),
            candidate(" Nice", 0.01),
        ],
    }
}

pub fn tell(app: &mut App, job: &Job, millis: u64, news: RunEvent) -> Vec<Effect> {
    app.handle(Event::Run {
        generation: job.generation,
        at: Duration::from_millis(millis),
        event: news,
    })
}

/// A token of a fact's answer.
pub fn stream(app: &mut App, job: &Job, fact: usize, step: usize, text: &str) {
    let token = token(text, 0.91);
    let update = Update::Engine(EngineEvent::Token {
        task: fact,
        question: None,
        step,
        token,
    });
    tell(
        app,
        job,
        10 + step as u64,
        RunEvent::Update { plan: 0, update },
    );
}

/// So many tokens of a plan's prompts have been read.
pub fn read(app: &mut App, job: &Job, plan: usize, computed: usize, tokens: usize) {
    let update = Update::Engine(EngineEvent::Reading(Reading { computed, tokens }));
    tell(app, job, 5, RunEvent::Update { plan, update });
}

/// All prompts of a plan have been read.
pub fn have_read(app: &mut App, job: &Job, plan: usize, tokens: usize) {
    let update = Update::Engine(EngineEvent::Prefilled {
        tasks: 1,
        computed: tokens,
        prompt_tokens: tokens,
        took: Duration::from_millis(5),
    });
    tell(app, job, 6, RunEvent::Update { plan, update });
}

/// Finishes a fact of a plan with this answer.
pub fn finish(
    app: &mut App,
    job: &Job,
    plan: usize,
    fact: usize,
    generation: &str,
    millis: u64,
) -> Vec<Effect> {
    let answer = Answer {
        generated: vec![1, 2],
        generation: generation.into(),
        steps: Vec::new(),
        probability: 0.83,
        confidence: 0.9,
        labels: Vec::new(),
        layouts: Vec::new(),
        drawn: Vec::new(),
    };
    let of = &job.plans[plan].1;
    let answers = match of.method {
        Method::PerPrompt => vec![answer; of.template_ids(fact).len()],
        _ => vec![answer],
    };
    let update = Update::Finished(of.finish(fact, answers));
    tell(app, job, millis, RunEvent::Update { plan, update })
}

/// An application with the answer to its fact on screen.
pub fn answered(size: (u16, u16), level: Level) -> App {
    answer(app_with(4, size, level))
}

/// The same with an answer to the fact on screen.
pub fn answer(mut app: App) -> App {
    let job = started(&press(&mut app, "r"));
    let fact = app.work.browse.fact.expect("a fact is on screen");
    finish(&mut app, &job, 0, fact, " Paris", 100);
    tell(&mut app, &job, 200, RunEvent::Done);
    app
}

/// Queries and keys drawn for each token; where the model has a window, every second layer slides.
pub fn observed(tokens: usize, shape: Shape) -> Observed {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut drawn =
        |count: usize| -> Vec<f32> { (0..count).map(|_| random.random_range(-1.5..1.5)).collect() };
    Observed {
        shape,
        rows: (0..tokens as u32).collect(),
        layers: (0..shape.layers)
            .map(|layer| ObservedLayer {
                slides: shape.window.is_some() && layer % 2 == 1,
                sinks: Vec::new(),
                queries: drawn(tokens * shape.query()),
                keys: drawn(tokens * shape.key()),
                residual: Vec::new(),
            })
            .collect(),
    }
}

/// What the pictures among the effects are of.
pub fn warmed(effects: &[Effect]) -> Vec<&Picture> {
    fn picture(effect: &Effect) -> Option<&Picture> {
        match effect {
            Effect::Warm(_, picture) => Some(picture),
            _ => None,
        }
    }
    effects.iter().filter_map(picture).collect()
}

/// Of a model that is quick to compute.
pub const SMALL: Shape = Shape {
    layers: 2,
    heads: 2,
    kv_heads: 1,
    head_dim: 8,
    hidden: 16,
    vocabulary: 10,
    scale: 0.353_553_4,
    softcap: None,
    window: None,
};

/// Looks into answers, counts and computes pictures, as worker and runtime do, until nothing more of these is asked;
/// returns what else is.
pub fn carry_out(app: &mut App, effects: Vec<Effect>) -> Vec<Effect> {
    carry_out_as(app, effects, SMALL)
}

/// The same for a model of any shape.
pub fn carry_out_as(app: &mut App, effects: Vec<Effect>, shape: Shape) -> Vec<Effect> {
    let (mut open, mut others) = (effects, Vec::new());
    while let Some(effect) = open.pop() {
        let event = match effect {
            Effect::Observe(observation) => {
                let Observation {
                    version,
                    layout,
                    answer,
                } = *observation;
                let tokens = layout.len() + answer.len();
                let attention = Attention::new(layout, observed(tokens, shape));
                let mut mass = Mass::of_all(&attention);
                mass.truncate(answer.len());
                Event::Observed {
                    version,
                    seen: Ok(Seen {
                        version,
                        attention: Arc::new(attention),
                        mass: Arc::new(mass),
                    }),
                }
            }
            Effect::Warm(attention, picture) => warm(&attention, *picture),
            Effect::Judge(case) => Event::Judged(case.judge()),
            other => {
                others.push(other);
                continue;
            }
        };
        open.extend(app.handle(event));
    }
    others
}

fn warm(attention: &Attention, picture: Picture) -> Event {
    let Picture {
        heads,
        grid,
        rows,
        keys,
        ..
    } = &picture;
    let heat = Heat::new(attention, *heads, grid, rows.clone(), keys.clone());
    Event::Warmed(picture, Some(heat))
}

/// As [`carry_out`], by an engine: runs, attention, and what each question did.
pub fn carry_out_by(engine: &mut Engine, app: &mut App, effects: Vec<Effect>) {
    let never = Cancel::new();
    let mut open = effects;
    while let Some(effect) = open.pop() {
        let event = match effect {
            Effect::Start(job) => {
                for (plan, (_, of)) in job.plans.iter().enumerate() {
                    let mut sink = |update| {
                        open.extend(tell(app, &job, 100, RunEvent::Update { plan, update }));
                    };
                    evaluate(engine, of, &mut sink, &never).unwrap();
                }
                open.extend(tell(app, &job, 200, RunEvent::Done));
                continue;
            }
            Effect::Observe(observation) => {
                let Observation {
                    version,
                    layout,
                    answer,
                } = *observation;
                let observed = engine.observe(&layout, &answer, &never).unwrap();
                let attention = Attention::new(layout, observed);
                let mut mass = Mass::of_all(&attention);
                mass.truncate(answer.len());
                let seen = Seen {
                    version,
                    attention: Arc::new(attention),
                    mass: Arc::new(mass),
                };
                Event::Observed {
                    version,
                    seen: Ok(seen),
                }
            }
            Effect::Study(wish) => {
                let asked = (&wish.plan.request(), &wish.plan.task(wish.fact));
                let (attention, wanted) = (&wish.attention, Wanted::default());
                let study = Study::new(engine, attention, &wish.answer, asked, wanted, &never);
                let study = study.unwrap();
                let tokenizer = engine.tokenizer();
                let best = study.lens.iter().map(|layers| {
                    let best = layers.iter().map(|sight| tokenizer.text(sight.best));
                    best.collect()
                });
                let found = Found {
                    version: wish.version,
                    best: best.collect(),
                    gold: None,
                    study,
                };
                Event::Studied {
                    version: wish.version,
                    found: Some(Ok(Box::new(found))),
                }
            }
            Effect::Contrast(rival) => {
                let (version, other) = (rival.version, rival.other.clone());
                let found = Rivals::compute(engine, *rival, &never);
                Event::Contrasted {
                    version,
                    other,
                    found,
                }
            }
            Effect::Warm(attention, picture) => warm(&attention, *picture),
            Effect::Judge(case) => Event::Judged(case.judge()),
            _ => continue,
        };
        open.extend(app.handle(event));
    }
}

/// The cell where a text stands on screen.
pub fn find(app: &mut App, words: &str) -> (u16, u16) {
    let buffer = draw(app);
    for (row, line) in (0..).zip(text(&buffer).lines()) {
        if let Some(at) = line.find(words) {
            return (line[..at].chars().count() as u16, row);
        }
    }
    panic!("{words} is not on screen:\n{}", text(&buffer));
}

pub fn mouse(app: &mut App, kind: MouseKind, (column, row): (u16, u16)) -> Vec<Effect> {
    app.handle(Event::Mouse(Mouse { kind, column, row }))
}

/// Where the parts of the run on screen stand.
pub fn run_parts(app: &App) -> RunParts {
    RunParts::of(&app.work, app.screen().inner(Pane::Run)).unwrap()
}

/// What a question says about its answer, in lines of its box.
pub fn says_lines(app: &App) -> Vec<String> {
    match &app.overlay {
        Some(Overlay::Question(question)) => question.says_lines(&app.work),
        _ => Vec::new(),
    }
}

/// A kept run that ended so many seconds after 1970.
pub fn entry(id: &str, time: u64, counts: Counts) -> Entry {
    let counts = serde_json::to_value(counts).unwrap();
    let text = serde_json::json!({
        "version": 1, "title": "P36 · flex fused", "templates": "m1,m2,a1", "model": "demo",
        "counts": counts, "time": time,
    });
    let mut entry = Entry::parse(&text.to_string()).unwrap();
    entry.id = id.to_owned();
    entry
}

/// So many kept runs, and which of them is pinned.
pub fn listing(count: usize, pinned: Option<String>) -> Listing {
    let counts = |i: usize| Counts {
        rows: 8,
        right: 8 - i % 9,
        facts: 8,
        of: 8 + i % 2,
        interval: None,
    };
    let run = |i: usize| entry(&format!("run-{i}"), 1_000 - i as u64, counts(i));
    Listing {
        runs: (0..count).map(run).collect(),
        pinned: pinned.map(|id| Arc::new(Pinned::new(id, opened(true).rows.into_iter()))),
        now: 1_030,
    }
}

/// A run from a file: France right, Japan wrong, and a fact that the data lack.
pub fn opened(own: bool) -> Opened {
    let row = |uuid: &str, prediction: &str, answer: &str| Row {
        uuid: uuid.into(),
        relation: "P36".into(),
        templates: ["m1", "m2"].map(|id| id.parse().unwrap()).to_vec(),
        answers: vec![answer.into()],
        prediction: prediction.into(),
        generation: prediction.into(),
        verdict: judge(prediction, &[answer]),
        probability: 0.5,
        confidence: None,
        subject: String::new(),
        questions: Vec::new(),
        template_texts: Vec::new(),
        labels: Vec::new(),
        label_probabilities: Vec::new(),
    };
    Opened {
        id: own.then(|| "run-0".into()),
        path: PathBuf::from("/state/runs/19700101T001640Z-P36-flex-fused.feather"),
        title: "P36 · flex fused".into(),
        configuration: None,
        asked: None,
        rows: vec![
            row("0-0", "Paris", "Paris"),
            row("0-1", "Kyoto", "Tokyo"),
            row("elsewhere", "Oslo", "Oslo"),
        ],
    }
}
