//! The explorer's state machine, driven by events, without a terminal.

mod tui_support;

use std::sync::Arc;

use lamascope::data::TemplateId;
use lamascope::engine::{Event as EngineEvent, Method};
use lamascope::evaluate::Update;
use lamascope::layout::picture::Level as Readable;
use lamascope::layout::{Preset, Role};
use lamascope::prompt::Shots;
use lamascope::sets::TemplateSet;
use lamascope::tui::app::{
    App, Effect, Event, Job, Model, Mouse, MouseKind, News, Overlay, Pane, Scope, ShotsFrom, State,
    Step, Zoom,
};
use lamascope::tui::app::{Grid, MaskParts};
use lamascope::tui::keymap::Keymap;
use lamascope::tui::theme::Level;
use tui_support::*;

#[test]
fn starts_with_words_before_anything_is_loaded() {
    let mut app = App::new(start(), Keymap::default(), theme(Level::True), (140, 42));
    let first = screen(&mut app);
    assert!(
        first.contains("reading data") && first.contains("loading model"),
        "{first}"
    );
    let step = |what: &str, done, total| Step {
        what: what.into(),
        done,
        total,
    };
    app.handle(Event::Loading(step("loading weights", 1, 4)));
    assert!(screen(&mut app).contains(" loading weights 25 %"));
    app.handle(Event::Loading(step("compiling kernels", 0, 0)));
    app.handle(Event::Reading(step("downloading data", 1, 2)));
    let shown = screen(&mut app);
    let header = shown.lines().next().unwrap_or_default();
    assert!(
        header.contains("lamascope  downloading data 50 %")
            && header.ends_with(" compiling kernels"),
        "{header}"
    );
    // A model that is ready, or has failed, stays so while data are still read.
    app.handle(Event::Model(Ok(about())));
    app.handle(Event::Reading(step("reading data", 1, 2)));
    assert!(matches!(app.model, Model::Ready(_)));
    app.handle(Event::Data(Err("data.csv: no column `uuid`".into())));
    assert!(screen(&mut app).contains("data.csv: no column `uuid`"));
}

#[test]
fn a_failed_model_is_a_message_with_the_way_out() {
    let mut app = app();
    app.handle(Event::Model(Err("cannot read weights".into())));
    assert!(press(&mut app, "r").is_empty());
    let shown = screen(&mut app);
    assert!(shown.contains("L loads it again"), "{shown}");
    assert!(matches!(
        press(&mut app, "D")[..],
        [Effect::LoadModel { demo: true }]
    ));
}

#[test]
fn a_filter_finds_the_relation_and_opens_it() {
    let mut app = app();
    press(&mut app, "/");
    type_text(&mut app, "p17");
    assert_eq!(app.data().unwrap().relations[app.relation].id, "P17");
    press(&mut app, "enter");
    assert!(app.filtering.is_none());
    // P1376 has the letters too, but not next to each other.
    assert_eq!(app.relations.items(), [2, 1]);
    press(&mut app, "esc");
    assert_eq!(app.relations.items().len(), 3);
    assert_eq!(app.data().unwrap().relations[app.relation].id, "P17");
}

#[test]
fn toggles_pick_templates_and_undo_takes_them_back() {
    let mut app = app();
    assert_eq!(ids(&app), ["m1", "m2", "a1"]);
    press(&mut app, "3 space");
    assert_eq!(ids(&app), ["m2", "a1"]);
    press(&mut app, "a");
    assert_eq!(ids(&app), ["m2", "a1", "a2", "a3", "a4"]);
    press(&mut app, "O");
    assert_eq!(ids(&app), ["m1", "m2", "m3"]);
    press(&mut app, "i");
    assert_eq!(ids(&app), ["a1", "a2", "a3", "a4"]);
    press(&mut app, "u u u u");
    assert_eq!(ids(&app), ["m1", "m2", "a1"]);
    press(&mut app, "u");
    assert!(
        app.notice
            .as_ref()
            .is_some_and(|notice| notice.text == "nothing to undo")
    );
    press(&mut app, "U");
    assert_eq!(ids(&app), ["m2", "a1"]);
}

#[test]
fn first_and_random_ask_for_numbers() {
    let mut app = app();
    press(&mut app, "3 f 4 enter");
    assert_eq!(ids(&app), ["m1", "m2", "m3", "a1"]);
    press(&mut app, "F");
    type_text(&mut app, "3 7");
    press(&mut app, "enter");
    let drawn = ids(&app);
    assert_eq!(drawn.len(), 3);
    press(&mut app, "f 0 enter F");
    type_text(&mut app, "3 7");
    press(&mut app, "enter");
    assert_eq!(ids(&app), drawn);
    // What cannot be taken stays in its box until it is corrected.
    for (keys, text, says) in [
        ("F", "x", "`x`: expected a count"),
        ("f", "two", "`two` is no count"),
    ] {
        press(&mut app, keys);
        type_text(&mut app, text);
        press(&mut app, "enter");
        assert!(screen(&mut app).contains(says) && app.says_lines().concat().contains(says));
        press(&mut app, "ctrl-u 2");
        assert!(app.says_lines().is_empty());
        press(&mut app, "enter");
        assert!(app.overlay.is_none());
        assert_eq!(ids(&app).len(), 2);
    }
    // More than there are: all of them, in words.
    for keys in ["F 9 9 enter", "f 9 9 enter"] {
        press(&mut app, keys);
        assert!(screen(&mut app).contains("all 7 templates"), "{keys}");
        assert_eq!(ids(&app).len(), 7);
    }
    press(&mut app, "F 7 enter");
    assert!(screen(&mut app).contains("all 7 templates"));
    press(&mut app, "F 1 enter");
    assert!(screen(&mut app).contains("1 template drawn with seed 42"));
}

#[test]
fn templates_move_within_their_kind_only() {
    let mut app = app();
    press(&mut app, "3 J");
    assert_eq!(ids(&app), ["m2", "m1", "a1"]);
    assert_eq!(app.templates.selected(), Some(0));
    press(&mut app, "J J J");
    press(&mut app, "G K K K K K K K");
    assert_eq!(ids(&app), ["m2", "m1", "a1"]);
    assert_eq!(app.picks().unwrap().order()[3], 6);
}

#[test]
fn seed_does_not_fuse_the_first_token_and_fused_does() {
    let mut app = app();
    let fused = screen(&mut app);
    assert!(
        fused.contains("fused: first answer token reads 3 of 3 questions"),
        "{fused}"
    );
    press(&mut app, "p");
    let seed = screen(&mut app);
    assert!(
        seed.contains("NOT fused: first answer token reads 1 of 3 questions"),
        "{seed}"
    );
    let sequence = app.sequence().unwrap().unwrap();
    assert_eq!(sequence.layout.role[0], Role::Orphan);
    press(&mut app, "p");
    assert!(screen(&mut app).contains("first answer token reads 3 of 3 questions"));
    press(&mut app, "x");
    assert!(app.choice.options.manual_cross_attention);
    press(&mut app, "P");
    assert!(
        app.choice.options.manual_cross_attention
            && Preset::of(&app.choice.options) == Some(Preset::Seed)
    );
}

#[test]
fn the_reason_stands_under_the_crosshair() {
    let mut app = app();
    press(&mut app, "4 g [ [ [");
    let (row, key) = {
        let segments = app.sequence().unwrap().unwrap().layout.segments();
        (segments[2].start + 1, segments[0].start + 1)
    };
    app.mask.row = row;
    app.mask.key = key;
    assert!(screen(&mut app).contains("a1 cannot read m1: other segment"));
    press(&mut app, "e");
    assert!(screen(&mut app).contains("fuses: reads all 3 questions"));
    app.mask.key = 0;
    app.mask.row = row;
    assert!(screen(&mut app).contains("a1 reads token 0: it is shared"));
}

#[test]
fn a_picture_agrees_with_the_mask_cell_by_cell_at_every_zoom() {
    let mut app = app();
    for preset in 0..6 {
        app.prepare();
        let sequence = app.sequence().unwrap().unwrap();
        let layout = &sequence.layout;
        for (zoom, half) in [
            (Zoom::Tokens(1), true),
            (Zoom::Tokens(3), true),
            (Zoom::Tokens(7), false),
            (Zoom::Fit, true),
        ] {
            let grid = Grid::new(sequence, zoom, 40, 20, half);
            for r in 0..grid.blocks.rows.len() {
                for k in 0..grid.blocks.keys.len() {
                    let (rows, keys) = (grid.blocks.rows.block(r), grid.blocks.keys.block(k));
                    let all = rows.len() * keys.len();
                    let lit: usize = rows.map(|row| layout.visible(row).overlap(&keys)).sum();
                    let expected = match lit {
                        0 => Readable::Empty,
                        lit if lit == all => Readable::Full,
                        _ => Readable::Partly,
                    };
                    assert_eq!(
                        grid.blocks.cell(layout, r, k).level,
                        expected,
                        "preset {preset} {zoom:?} block {r},{k}"
                    );
                }
            }
            // Borders survive: no block holds tokens of two owners.
            for k in 0..grid.blocks.keys.len() {
                let mut owners: Vec<_> = grid
                    .blocks
                    .keys
                    .block(k)
                    .map(|key| layout.owner[key])
                    .collect();
                owners.dedup();
                assert_eq!(owners.len(), 1);
            }
            assert_eq!(
                grid.blocks
                    .rows
                    .block(grid.blocks.rows.of(sequence.emitting()))
                    .start,
                sequence.emitting()
            );
        }
        press(&mut app, "p");
    }
}

#[test]
fn a_run_streams_and_finishes_and_news_of_others_are_dropped() {
    let mut app = app();
    let job = started(&press(&mut app, "r"));
    assert_eq!(job.scope, Scope::Fact(0));
    stream(&mut app, &job, 0, 0, " Paris");
    let shown = screen(&mut app);
    assert!(
        shown.contains(" Paris") && shown.contains(".91") && shown.contains(".04  Lyon"),
        "{shown}"
    );
    finish(&mut app, &job, 0, 0, " Paris\n", 30);
    tell(&mut app, &job, 31, News::Done);
    assert_eq!(app.runs.current.as_ref().unwrap().state, State::Done);
    // Too late: the run is over.
    finish(&mut app, &job, 0, 0, " Lyon\n", 40);
    assert_eq!(app.runs.current.as_ref().unwrap().columns[0].rows.len(), 1);
    // The generated tokens are rows of the mask, until the settings change.
    app.prepare();
    assert_eq!(
        app.sequence().unwrap().unwrap().len(),
        app.sequence().unwrap().unwrap().layout.len() + 2
    );
    press(&mut app, "p");
    app.prepare();
    assert_eq!(
        app.sequence().unwrap().unwrap().len(),
        app.sequence().unwrap().unwrap().layout.len()
    );
    assert!(screen(&mut app).contains("earlier settings"));
}

#[test]
fn a_character_in_parts_grows_whole_and_its_bytes_stand_below() {
    let mut app = app();
    let job = started(&press(&mut app, "r"));
    for (step, (text, alone)) in [
        (" O", " O"),
        ("", "<0xCA>"),
        ("ʻ", "<0xBB>"),
        ("ahu", "ahu"),
    ]
    .into_iter()
    .enumerate()
    {
        let mut token = token(alone, 0.91);
        token.text = text.into();
        let update = Update::Engine(EngineEvent::Token {
            task: 0,
            question: None,
            step,
            token,
        });
        tell(&mut app, &job, 10, News::Update { plan: 0, update });
    }
    let shown = screen(&mut app);
    assert!(shown.contains("France →  Oʻahu"), "{shown}");
    assert!(
        shown.contains(".91 <0xCA>") && shown.contains(".91 <0xBB>"),
        "{shown}"
    );
}

#[test]
fn a_long_prompt_shows_how_far_it_is_read() {
    let mut app = app();
    for (keys, plan) in [("r", 0), ("c", 3), ("R", 0)] {
        let job = started(&press(&mut app, keys));
        read(&mut app, &job, plan, 1_024, 2_712);
        let shown = screen(&mut app);
        let line = shown
            .lines()
            .find(|line| line.contains("reading 1,024 of 2,712 tokens"));
        assert!(line.is_some(), "{keys}: {shown}");
        // In a comparison it stands beside the way that is in work.
        assert_eq!(keys == "c", line.is_some_and(|line| line.contains("max  ")));
        have_read(&mut app, &job, plan, 2_712);
        assert!(!screen(&mut app).contains("reading"), "{keys}");
        // Cancelled while it reads, nothing is being read any more.
        read(&mut app, &job, plan, 0, 512);
        tell(&mut app, &job, 7, News::Cancelled);
        assert!(!screen(&mut app).contains("reading"), "{keys}");
    }
}

#[test]
fn a_second_run_waits_and_a_third_takes_its_place() {
    let mut app = app();
    let first = started(&press(&mut app, "R"));
    assert_eq!(first.plans[0].1.facts.len(), 8);
    assert!(press(&mut app, "r").is_empty());
    let asked = "not saved: r again drops P36 · flex fused when it is done";
    assert!(screen(&mut app).contains(asked));
    assert!(press(&mut app, "r").is_empty());
    assert!(screen(&mut app).contains("next: France"));
    assert!(press(&mut app, "c").is_empty());
    assert!(matches!(press(&mut app, "w")[..], [Effect::Pause(true)]));
    assert!(screen(&mut app).contains("paused"));
    assert!(matches!(press(&mut app, "w")[..], [Effect::Pause(false)]));
    finish(&mut app, &first, 0, 1, " Tokyo", 500);
    assert!(screen(&mut app).contains("100.0 %"));
    let next = started(&tell(&mut app, &first, 600, News::Done));
    assert_eq!(next.scope, Scope::Compare(0));
    assert!(matches!(press(&mut app, "X")[..], [Effect::Cancel]));
    // News that were on their way are dropped under the new generation.
    tell(&mut app, &first, 700, News::Failed("old".into()));
    assert_eq!(app.runs.current.as_ref().unwrap().state, State::Cancelling);
    tell(&mut app, &next, 710, News::Cancelled);
    assert_eq!(app.runs.current.as_ref().unwrap().state, State::Cancelled);
    assert!(press(&mut app, "X").is_empty());
}

#[test]
fn comparing_fills_the_templates_own_answers() {
    let mut app = app();
    let job = started(&press(&mut app, "c"));
    let labels: Vec<&str> = job.plans.iter().map(|(label, _)| label.as_str()).collect();
    let methods = [
        "per-prompt",
        "origin",
        "avg",
        "max",
        "weighted-avg",
        "weighted-max",
    ];
    assert_eq!(&labels[..6], methods);
    assert_eq!((labels[6], labels.len()), ("flex fused", 12));
    finish(&mut app, &job, 0, 0, " Paris", 20);
    let shown = screen(&mut app);
    assert!(
        shown
            .lines()
            .any(|line| line.contains("m1") && line.contains("Paris ✓ .83")),
        "{shown}"
    );
    // Other shots, other prompts: the answers do not show under them.
    press(&mut app, "o");
    press(&mut app, &["down"; 12].join(" "));
    press(&mut app, "right esc");
    assert!(!screen(&mut app).contains("Paris ✓ .83"));
}

#[test]
fn a_run_is_not_disturbed_by_changes() {
    let mut app = app();
    let job = started(&press(&mut app, "R"));
    press(&mut app, "p 3 space x m");
    assert_eq!(job.plans[0].1.options, Preset::Fused.options());
    assert_eq!(job.plans[0].1.method, Method::Flex);
    finish(&mut app, &job, 0, 2, " Nairobi", 20);
    assert_eq!(
        app.runs.current.as_ref().unwrap().columns[0]
            .tally
            .total
            .correct,
        1
    );
}

#[test]
fn everything_leaves_out_the_drawn_shots_and_marks_make_a_selection() {
    let mut app = app();
    let job = started(&press(&mut app, "E"));
    assert_eq!(job.plans[0].1.facts.len(), 22);
    tell(&mut app, &job, 1, News::Done);
    assert!(press(&mut app, "v").is_empty());
    press(&mut app, "1 space 2 space");
    let job = started(&press(&mut app, "v"));
    // A whole relation and the fact marked in the next one.
    assert_eq!(job.plans[0].1.facts.len(), 9);
}

#[test]
fn results_are_saved_with_their_plan() {
    let mut app = app();
    assert!(press(&mut app, "s").is_empty() && app.overlay.is_none());
    let job = started(&press(&mut app, "R"));
    finish(&mut app, &job, 0, 1, " Tokyo", 20);
    tell(&mut app, &job, 21, News::Done);
    let effects = press(&mut app, "s enter");
    let [Effect::Save { path, rows, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(path.to_str(), Some("P36-flex-fused.feather"));
    assert_eq!(rows.len(), 1);
}

#[test]
fn an_evaluation_that_is_not_saved_is_dropped_at_the_second_key_only() {
    let mut app = app();
    let evaluate = |app: &mut App| {
        let job = started(&press(app, "R"));
        finish(app, &job, 0, 1, " Tokyo", 20);
        finish(app, &job, 0, 2, " Nairobi", 21);
        tell(app, &job, 22, News::Done);
        job
    };
    let job = evaluate(&mut app);
    for (key, rest) in [
        ("r", "P36 · flex fused (2 of 8 facts)"),
        ("q", "P36"),
        ("c", "P36"),
    ] {
        assert!(press(&mut app, key).is_empty());
        let question = format!("not saved: s saves, {key} again drops {rest}");
        let shown = screen(&mut app);
        assert!(shown.contains(&question), "{shown}");
    }
    // A key in between is a no, and the answers are still there.
    assert!(press(&mut app, "down c").is_empty());
    assert_eq!(app.runs.current.as_ref().unwrap().columns[0].rows.len(), 2);
    let fact = started(&press(&mut app, "c"));
    finish(&mut app, &fact, 0, 1, " Tokyo", 30);
    tell(&mut app, &fact, 31, News::Done);

    // What is in a file, a comparison and a single fact cost nothing to drop.
    let saved = |app: &mut App, job: &Job, rows| {
        app.handle(Event::Saved {
            generation: job.generation,
            rows,
            message: "saved".into(),
        })
    };
    let other = evaluate(&mut app);
    saved(&mut app, &job, 8);
    assert!(press(&mut app, "q").is_empty());
    saved(&mut app, &other, 1);
    assert!(press(&mut app, "q").is_empty());
    saved(&mut app, &other, 2);
    let fact = started(&press(&mut app, "r"));
    finish(&mut app, &fact, 0, 1, " Tokyo", 40);
    tell(&mut app, &fact, 41, News::Done);
    assert!(matches!(press(&mut app, "q")[..], [_, Effect::Quit]));
}

#[test]
fn a_run_is_not_saved_under_the_name_of_the_one_before() {
    let mut app = app();
    let first = started(&press(&mut app, "R"));
    finish(&mut app, &first, 0, 1, " Tokyo", 20);
    press(&mut app, "r r s");
    let next = started(&tell(&mut app, &first, 21, News::Done));
    finish(&mut app, &next, 0, 0, " Paris", 30);
    assert!(press(&mut app, "enter").is_empty());
    assert!(screen(&mut app).contains("nothing is saved"));
}

#[test]
fn leaving_in_the_middle_of_an_evaluation_asks_once() {
    let mut app = app();
    let job = started(&press(&mut app, "R"));
    // Nothing has come back yet.
    assert!(matches!(press(&mut app, "q")[..], [_, Effect::Quit]));
    finish(&mut app, &job, 0, 1, " Tokyo", 20);
    assert!(press(&mut app, "q").is_empty());
    assert!(screen(&mut app).contains("(1 of 8 facts)"));
    assert!(matches!(press(&mut app, "ctrl-c")[..], [_, Effect::Quit]));
}

#[test]
fn a_comparison_is_not_saved_and_says_so() {
    let mut app = app();
    let job = started(&press(&mut app, "c"));
    finish(&mut app, &job, 0, 0, " Paris", 20);
    assert!(press(&mut app, "s").is_empty() && app.overlay.is_none());
    assert!(screen(&mut app).contains("a comparison is not saved"));
}

#[test]
fn an_overlay_always_says_the_way_out() {
    for width in 24..100 {
        let mut app = app_with(4, (width, 24), Level::True);
        for (keys, out) in [("o", "esc close"), ("t", "esc leave"), ("S", "esc close")] {
            press(&mut app, keys);
            let shown = screen(&mut app);
            assert!(shown.contains(out), "{width} {keys}: {shown}");
            press(&mut app, "esc");
        }
    }
}

#[test]
fn the_command_line_says_what_is_chosen() {
    let mut app = app();
    app.prepare();
    let command = app.command(Scope::Relation(0)).unwrap();
    assert_eq!(
        command.text,
        "lamascope run --relation P36 --templates m1,m2,a1 --few-shot 2 --method flex --preset fused"
    );
    let fact = app.command(Scope::Fact(1)).unwrap();
    assert!(fact.text.contains("--uuids <(printf '%s\\n' 0-1)"));
    // One fact is asked with the shots that are on screen, drawn for its relation.
    let (path, shots) = fact.shots.expect("a file of shots");
    assert!(fact.text.contains(&format!("--shots {}", path.display())));
    assert_eq!(Some(Ok(&shots)), app.shots());
    press(&mut app, "3 space p x");
    let effects = press(&mut app, "y");
    let [Effect::Copy(text)] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(
        text,
        "lamascope run --relation P36 --templates m2,a1 --few-shot 2 --method flex --preset seed --manual-cross-attention"
    );
    let differing = app
        .command(Scope::Everything)
        .map_err(|error| error.contains("as a set"));
    assert_eq!(differing, Err(true));
}

#[test]
fn a_comparison_has_a_command_line_of_its_own() {
    let mut app = app();
    assert!(
        !{
            press(&mut app, "Y");
            screen(&mut app)
        }
        .contains("lamascope compare")
    );
    press(&mut app, "esc x c");
    let opened = press(&mut app, "Y");
    assert!(matches!(&opened[..], [Effect::WriteShots { .. }]));
    let shown = screen(&mut app);
    assert!(shown.contains("this fact, all methods:"), "{shown}");
    let effects = press(&mut app, "y");
    let [Effect::Copy(text), Effect::WriteShots { path, .. }] = &effects[..] else {
        panic!("{effects:?}")
    };
    let shots = path.display();
    assert_eq!(
        *text,
        format!(
            "lamascope compare --uuids <(printf '%s\\n' 0-0) --templates m1,m2,a1 --shots {shots} \
             --manual-cross-attention"
        )
    );
    // What stands in no preset is compared on screen alone.
    press(&mut app, "o down down down down down right esc");
    let refused = app
        .command(Scope::Compare(0))
        .map_err(|e| e.contains("custom"));
    assert_eq!(refused, Err(true));
}

#[test]
fn shots_are_replaced_by_hand() {
    let mut app = app();
    press(&mut app, "t");
    press(&mut app, "down down e");
    press(&mut app, "ctrl-u");
    type_text(&mut app, "Atlantis");
    press(&mut app, "enter enter");
    let ShotsFrom::Given(shots) = &app.choice.shots else {
        panic!("still drawn")
    };
    assert_eq!(shots.shots[0].1, "Atlantis");
    app.prepare();
    let effects = press(&mut app, "y");
    assert!(
        matches!(&effects[..], [Effect::Copy(text), Effect::WriteShots { .. }] if text.contains("--shots /config/shots-"))
    );
    press(&mut app, "u");
    assert!(matches!(app.choice.shots, ShotsFrom::Drawn { .. }));
}

#[test]
fn sets_are_saved_and_used() {
    let mut app = app();
    assert!(matches!(press(&mut app, "S")[..], [Effect::ReadSets]));
    press(&mut app, "s");
    type_text(&mut app, "mine");
    let effects = press(&mut app, "enter");
    let [
        Effect::WriteSet {
            set,
            replace: false,
        },
    ] = &effects[..]
    else {
        panic!("{effects:?}")
    };
    assert_eq!(
        set.templates["P36"],
        [
            TemplateId::manual(1),
            TemplateId::manual(2),
            TemplateId::auto(1)
        ]
    );
    app.handle(Event::Sets(Ok(vec![set.clone()])));
    press(&mut app, "esc 3 i S enter");
    assert_eq!(ids(&app), ["m1", "m2", "a1"]);
}

#[test]
fn deleting_a_set_asks_once() {
    let mut app = app();
    let sets = ["one", "two"].map(|name| TemplateSet {
        name: name.into(),
        templates: Default::default(),
    });
    app.handle(Event::Sets(Ok(sets.to_vec())));
    assert!(matches!(press(&mut app, "S d")[..], [Effect::ReadSets]));
    let shown = screen(&mut app);
    assert!(shown.contains("one  d again deletes it"), "{shown}");
    // Another set is another question.
    assert!(press(&mut app, "down d up").is_empty());
    assert!(!screen(&mut app).contains("d again"));
    let effects = press(&mut app, "d d");
    assert!(matches!(&effects[..], [Effect::DeleteSet(name)] if name == "one"));
}

#[test]
fn the_mouse_selects_toggles_and_points() {
    let mut app = app();
    let press_at = |app: &mut App, column, row| {
        app.handle(Event::Mouse(Mouse {
            kind: MouseKind::Press,
            column,
            row,
        }))
    };
    let templates = app.screen().inner(Pane::Templates);
    press_at(&mut app, templates.x + 1, templates.y);
    assert_eq!(app.focus, Pane::Templates);
    assert_eq!(ids(&app), ["m2", "a1"]);
    press_at(&mut app, templates.x + 12, templates.y + 2);
    assert_eq!((app.templates.selected(), ids(&app).len()), (Some(2), 2));
    let cells = MaskParts::new(app.screen().inner(Pane::Mask)).cells;
    press_at(&mut app, cells.x, cells.y + 1);
    assert_eq!((app.focus, app.mask.key), (Pane::Mask, 0));
    let facts = app.screen().inner(Pane::Facts);
    app.handle(Event::Mouse(Mouse {
        kind: MouseKind::ScrollDown,
        column: facts.x,
        row: facts.y,
    }));
    assert_eq!((app.focus, app.fact), (Pane::Mask, Some(3)));
}

#[test]
fn nothing_is_drawn_when_nothing_changes() {
    let mut app = app();
    assert!(app.take_dirty());
    assert!(!app.take_dirty());
    app.handle(Event::Run {
        generation: 99,
        at: Default::default(),
        news: News::Done,
    });
    assert!(!app.take_dirty());
}

#[test]
fn control_sequences_never_reach_the_screen() {
    let mut app = app();
    for _ in 0..8 {
        press(&mut app, "2 down");
        let buffer = draw(&mut app);
        for cell in buffer.content() {
            assert!(
                !cell
                    .symbol()
                    .chars()
                    .any(|c| c.is_control() || c == '\u{202e}'),
                "{:?}",
                cell.symbol()
            );
        }
    }
}

#[test]
fn help_lists_every_key_and_options_change_the_layout() {
    let mut app = app();
    press(&mut app, "?");
    let mut seen = String::new();
    for _ in 0..12 {
        seen.push_str(&screen(&mut app));
        press(&mut app, "pagedown");
    }
    for (_, keys, words) in Keymap::default().help() {
        assert!(
            seen.contains(words) && seen.contains(&keys),
            "{keys}: {words}"
        );
    }
    press(&mut app, "x");
    assert!(app.overlay.is_none());
    press(&mut app, "o down right");
    assert_eq!(Preset::of(&app.choice.options), None);
    assert!(matches!(app.overlay, Some(Overlay::Options(rows)) if rows.cursor == 1));
    press(&mut app, "down down right");
    let shown = screen(&mut app);
    assert!(shown.contains("goes with prefix repeated"), "{shown}");
}

#[test]
fn given_shots_name_their_file_by_content() {
    let shots = |text: &str| {
        Arc::new(Shots {
            instruction: text.into(),
            shots: Vec::new(),
        })
    };
    let mut app = app();
    app.choice.shots = ShotsFrom::Given(shots("one"));
    let one = app.command(Scope::Relation(0)).unwrap();
    app.choice.shots = ShotsFrom::Given(shots("two"));
    assert_ne!(one.text, app.command(Scope::Relation(0)).unwrap().text);
}

#[test]
fn a_page_scrolled_past_its_end_comes_back_at_once() {
    let mut app = app();
    for key in ["?", "Y"] {
        press(&mut app, key);
        let top = screen(&mut app);
        press(&mut app, &["pagedown"; 40].join(" "));
        let bottom = screen(&mut app);
        press(&mut app, "up");
        let before = screen(&mut app);
        // The command lines fit as they are.
        assert_eq!(bottom != before, key == "?");
        press(&mut app, "end");
        assert_eq!(screen(&mut app), bottom);
        press(&mut app, "home");
        assert_eq!(screen(&mut app), top);
        press(&mut app, "esc");
    }
}

#[test]
fn settings_stay_on_narrow_screens() {
    let mut app = app_with(4, (80, 24), Level::True);
    let header = |app: &mut App| screen(app).lines().next().unwrap_or_default().to_owned();
    assert!(header(&mut app).contains("flex fused "));
    press(&mut app, "x");
    assert!(header(&mut app).contains("flex fused +cross"));
    press(&mut app, "m");
    assert!(header(&mut app).contains("origin"), "{}", header(&mut app));
    assert!(header(&mut app).ends_with("cpu f32"));
    app.handle(Event::Resize(140, 42));
    assert!(header(&mut app).contains("preset fused  cross on  method origin"));
}

#[test]
fn other_methods_do_not_claim_the_mask() {
    let mut app = app();
    press(&mut app, "m");
    let origin = screen(&mut app);
    assert!(origin.contains("method origin: the first question alone, not this mask"));
    press(&mut app, "m m");
    let avg = screen(&mut app);
    assert!(avg.contains("method avg: every question alone, not this mask"));
    assert!(!avg.contains("fused: first answer"));
}

#[test]
fn what_is_cut_in_the_run_ends_with_an_ellipsis() {
    let mut app = app_with(4, (80, 24), Level::True);
    let job = started(&press(&mut app, "c"));
    finish(&mut app, &job, 0, 0, " Constantinople", 20);
    let shown = screen(&mut app);
    let line = shown
        .lines()
        .find(|line| line.contains("per-prompt"))
        .unwrap();
    assert!(line.ends_with("…│"), "{line}");
    // Half of a wide character would move the border.
    finish(&mut app, &job, 0, 0, &" 東京".repeat(9), 30);
    let buffer = draw(&mut app);
    for y in 9..22 {
        assert_eq!(buffer[(79, y)].symbol(), if y == 9 { "┐" } else { "│" });
    }
}

#[test]
fn a_run_says_why_it_does_not_fit_the_screen_any_more() {
    let mut app = app();
    for (key, change, back, words) in [
        ("r", "2 down", "up", "another fact"),
        ("R", "1 down", "up", "another relation"),
        ("r", "p", "u", "earlier settings"),
        ("c", "3 space", "u", "earlier settings"),
        ("c", "x", "u", "earlier settings"),
        // Out of every preset, and then to other options that no preset has.
        ("c", "o down right esc", "u", "earlier settings"),
    ] {
        let job = started(&press(&mut app, key));
        tell(&mut app, &job, 1, News::Done);
        assert!(!screen(&mut app).contains(words));
        press(&mut app, change);
        assert!(screen(&mut app).contains(words), "{key} {change}");
        press(&mut app, back);
        assert!(!screen(&mut app).contains(words), "{key} {change} {back}");
    }
    // A comparison shows every preset, whichever is chosen.
    let job = started(&press(&mut app, "c"));
    tell(&mut app, &job, 1, News::Done);
    press(&mut app, "p");
    assert!(!screen(&mut app).contains("earlier settings"));
}

#[test]
fn esc_goes_back_from_a_filter_and_then_from_an_enlarged_pane() {
    let mut app = app();
    press(&mut app, "/ p enter enter");
    assert!(app.enlarged && !app.relations.query.is_empty());
    press(&mut app, "esc");
    assert!(app.enlarged && app.relations.query.is_empty());
    press(&mut app, "esc");
    assert!(!app.enlarged);
    press(&mut app, "4 enter esc");
    assert!(!app.enlarged);
}

#[test]
fn the_footer_names_what_works_now() {
    let mut app = app_with(4, (80, 24), Level::True);
    assert!(!footer(&mut app).contains("cancel"));
    let job = started(&press(&mut app, "R"));
    for pane in Pane::ALL {
        press(&mut app, &(pane as usize + 1).to_string());
        assert!(footer(&mut app).contains("w pause  X cancel"), "{pane:?}");
    }
    tell(&mut app, &job, 1, News::Done);
    assert!(!footer(&mut app).contains("cancel"));
    // What the first walk needs stands in every pane.
    for pane in Pane::ALL {
        press(&mut app, &(pane as usize + 1).to_string());
        for words in ["p preset", "r run fact"] {
            assert!(footer(&mut app).contains(words), "{pane:?}");
        }
    }
    press(&mut app, "?");
    assert_eq!(footer(&mut app), "");
}

#[test]
fn a_pane_that_hides_others_says_their_keys() {
    let mut app = app_with(4, (80, 24), Level::True);
    started(&press(&mut app, "r"));
    let shown = screen(&mut app);
    let title = shown.lines().find(|line| line.contains(" Run ")).unwrap();
    assert!(title.contains(" 4 mask  5 prompt "), "{title}");
    press(&mut app, "4");
    let shown = screen(&mut app);
    let title = shown.lines().find(|line| line.contains(" Mask ")).unwrap();
    assert!(title.contains(" 5 prompt  6 run "), "{title}");
    // Nothing is hidden, or the pane is enlarged, which the footer's esc is for.
    app.handle(Event::Resize(140, 42));
    assert!(!screen(&mut app).contains(" 5 prompt "));
    press(&mut app, "enter");
    assert!(!screen(&mut app).contains(" 5 prompt "));
}

#[test]
fn a_refused_combination_is_explained_to_the_end() {
    let mut app = app_with(4, (80, 24), Level::True);
    press(&mut app, "o down right down down right");
    let shown = screen(&mut app);
    assert!(shown.contains("change the other"), "{shown}");
}
