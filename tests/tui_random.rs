//! Ten thousand random keys, clicks and sizes: no panic, and the state keeps its promises after each.

mod tui_support;

use std::sync::Arc;

use lamascope::tui::app::{Effect, Event, Mouse, MouseKind, Question, Refusal, RunEvent};
use lamascope::tui::archive::{News, Order};
use lamascope::tui::keymap::{Key, Keymap};
use lamascope::tui::theme::Level;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use ratatui::crossterm::event::KeyCode;
use tui_support::*;

/// Every key of the table, and enough others to type into filters and questions.
fn keys() -> Vec<Key> {
    let mut keys: Vec<Key> = Keymap::default()
        .help()
        .flat_map(|(_, keys, _)| keys.split(' ').map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|key| key.parse().ok())
        .collect();
    keys.extend(('a'..='z').chain('0'..='9').map(Key::char));
    keys.extend(
        [
            KeyCode::Enter,
            KeyCode::Esc,
            KeyCode::Backspace,
            KeyCode::Delete,
            KeyCode::Tab,
        ]
        .map(Key::code),
    );
    keys
}

fn rounds(seed: u64, count: usize, auto: usize) {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let keys = keys();
    let mut app = app_with(auto, (140, 42), Level::Ansi256);
    let mut jobs = Vec::new();
    let mut kept = 0;
    let kinds = [
        MouseKind::Press,
        MouseKind::Drag,
        MouseKind::ScrollUp,
        MouseKind::ScrollDown,
        MouseKind::ScrollLeft,
        MouseKind::ScrollRight,
    ];
    for step in 0..count {
        let effects = match random.random_range(0..20) {
            0 => app.handle(Event::Resize(
                random.random_range(0..200),
                random.random_range(0..60),
            )),
            1..4 => {
                let (column, row) = (random.random_range(0..220), random.random_range(0..70));
                app.handle(Event::Mouse(Mouse {
                    kind: *kinds.choose(&mut random).unwrap(),
                    column,
                    row,
                }))
            }
            4 => app.handle(Event::Paste("pasted\r\n\u{1b}[2J日本\n".into())),
            5 => match jobs.choose(&mut random).cloned() {
                Some(job) => {
                    let job: std::sync::Arc<lamascope::tui::app::Job> = job;
                    let plan = random.random_range(0..job.plans.len());
                    let fact = *job.plans[plan].1.facts.choose(&mut random).unwrap();
                    match random.random_range(0..4) {
                        0 => stream(
                            &mut app,
                            &job,
                            fact,
                            random.random_range(0..4),
                            " tok\u{7}en",
                        ),
                        1 => drop(finish(&mut app, &job, plan, fact, " Paris\n", step as u64)),
                        _ => {}
                    }
                    match random.random_range(0..6) {
                        0 => tell(&mut app, &job, step as u64, RunEvent::Done),
                        1 => tell(&mut app, &job, step as u64, RunEvent::Cancelled),
                        2 => tell(
                            &mut app,
                            &job,
                            step as u64,
                            RunEvent::Failed("no\u{1b}".into()),
                        ),
                        _ => Vec::new(),
                    }
                }
                None => Vec::new(),
            },
            _ => app.handle(Event::Key(*keys.choose(&mut random).unwrap())),
        };
        for effect in effects {
            match effect {
                Effect::Start(job) => jobs.push(job),
                looks @ (Effect::Observe(_) | Effect::Warm(..) | Effect::Judge(_)) => {
                    carry_out(&mut app, vec![looks]);
                }
                Effect::Study(wish) => {
                    let version = wish.version;
                    let found = (step % 2 == 0).then(|| Err("too much".to_owned()));
                    drop(app.handle(Event::Studied { version, found }));
                }
                Effect::SaveView { overwrite, .. } => drop(app.handle(if overwrite {
                    Event::Said(Ok("saved".into()))
                } else {
                    Event::Refused {
                        question: Question::ViewPath,
                        answer: "a.svg".into(),
                        refusal: Refusal::Exists,
                    }
                })),
                Effect::WriteSet { set, replace } if replace || set.name.len() > 1 => {
                    drop(app.handle(Event::Sets(Ok(vec![set]))));
                }
                Effect::WriteSet { set, .. } => drop(app.handle(Event::Refused {
                    question: Question::SetName,
                    answer: set.name,
                    refusal: Refusal::Failed("no room\u{1b} left".repeat(9)),
                })),
                Effect::Keep { job, .. } => {
                    kept += 1;
                    let generation = job.generation;
                    let id = format!("run-{}", kept % 40);
                    drop(app.handle(Event::Archive(News::Kept { generation, id })));
                    drop(app.handle(Event::Archive(News::Listed(listing(kept % 40, None)))));
                }
                Effect::Archive(Order::Pin(id)) => {
                    drop(app.handle(Event::Archive(News::Listed(listing(kept % 40, id)))));
                }
                Effect::Archive(Order::Open(_)) => {
                    let opened = Box::new(opened(step % 2 == 0));
                    drop(app.handle(Event::Archive(News::Opened(opened))));
                }
                Effect::Archive(Order::Compare { id, with }) => {
                    let outcome = None;
                    drop(app.handle(Event::Archive(News::Compared { id, with, outcome })));
                }
                Effect::Save {
                    path,
                    overwrite,
                    job,
                    ..
                } => drop(app.handle(if overwrite {
                    Event::Said(Ok("saved".into()))
                } else {
                    Event::Refused {
                        question: Question::SavePath(job.generation),
                        answer: path.to_string_lossy().into_owned(),
                        refusal: Refusal::Exists,
                    }
                })),
                Effect::LoadModel(_) => drop(app.handle(match step % 3 {
                    0 => Event::Kept(about(), "no such model".into()),
                    _ => Event::Model(Ok(about())),
                })),
                // Sometimes other data come, sometimes they are not there.
                Effect::LoadData(_) => drop(app.handle(Event::Data(match step % 3 {
                    0 => Err("no such file".into()),
                    _ => Ok(Arc::new(data(2 + step % 3))),
                }))),
                _ => {}
            }
        }
        if step % 4 == 0 {
            draw(&mut app);
        } else {
            app.prepare();
        }
        if let Err(broken) = app.invariants() {
            panic!("seed {seed}, step {step}: {broken}");
        }
    }
}

#[test]
fn ten_thousand_random_events_break_nothing() {
    for seed in 0..10 {
        rounds(seed, 1_000, 4);
    }
}

#[test]
fn every_size_is_drawn() {
    let mut app = app_with(4, (20, 6), Level::None);
    for width in (0..40).chain([64, 80, 109, 110, 140, 200]) {
        for height in (0..24).chain([42, 60]) {
            app.handle(Event::Resize(width, height));
            for keys in [
                "1",
                "3",
                "4",
                "5",
                "6",
                "?",
                "esc",
                "o",
                "esc",
                "Y",
                "down",
                "esc",
                "t",
                "esc",
                "f",
                "x",
                "enter",
                "esc",
                ":",
                "c",
                "down",
                "esc",
                "3",
                "n",
                "x",
                "esc",
                "A",
                "esc",
                "5",
                "/",
                "a",
                "esc",
                "ctrl-right",
                "ctrl-up",
                "W",
                "B",
                "o",
                "x",
                "esc",
                "esc",
            ] {
                press(&mut app, keys);
                draw(&mut app);
            }
        }
    }
}
