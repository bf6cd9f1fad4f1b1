//! Attention in place of the mask: what the answer on screen read.

use lamascope::engine::{About, Method, Shape};
use lamascope::inspect::{Heads, Mass};
use lamascope::layout::Window;
use lamascope::tui::app::{App, Effect, Event, MaskParts, Pane, RunEvent, Zoom};
use lamascope::tui::theme::{Level, Symbols, Theme, ThemeName};

use crate::tui_support::*;

#[test]
fn what_an_answer_read_is_asked_once_and_shown() {
    let mut app = answered((140, 42), Level::True);
    let mask = screen(&mut app);
    assert!(
        mask.contains("fused: first answer token reads 3 of 3"),
        "{mask}"
    );
    let effects = press(&mut app, "4 a");
    let asked = |effects: &[Effect]| {
        effects
            .iter()
            .filter(|e| matches!(e, Effect::Observe(_)))
            .count()
    };
    assert_eq!(asked(&effects), 1);
    assert!(screen(&mut app).contains("attention is being read"));
    assert_eq!(asked(&press(&mut app, "up down")), 0, "asked already");
    carry_out(&mut app, effects);
    let seen = screen(&mut app);
    for words in [
        "Attention  ",
        "mean of 2 layers, mean of 2 heads",
        "\"",
        " read m1 ",
        "of the row",
    ] {
        assert!(seen.contains(words), "{words} is missing:\n{seen}");
    }
    press(&mut app, "a");
    assert!(screen(&mut app).contains("fused: first answer token reads 3 of 3"));
}

#[test]
fn layers_and_heads_are_stepped_and_late_pictures_are_dropped() {
    let mut app = answered((140, 42), Level::True);
    let effects = press(&mut app, "4 a");
    carry_out(&mut app, effects);
    // The second key comes before the first picture: one picture at a time, and the last wins.
    let effects = press(&mut app, ". .");
    assert_eq!(warmed(&effects).len(), 1);
    carry_out(&mut app, effects);
    let text = screen(&mut app);
    assert!(text.contains("layer 2 of 2, mean of 2 heads"), "{text}");
    let effects = press(&mut app, "; ; ;");
    carry_out(&mut app, effects);
    assert_eq!(
        app.work.looking.heads,
        Heads {
            layer: Some(1),
            head: None
        }
    );
    let effects = press(&mut app, "' ,");
    carry_out(&mut app, effects);
    assert_eq!(
        app.work.looking.heads,
        Heads {
            layer: Some(0),
            head: Some(1)
        }
    );
    assert!(screen(&mut app).contains("layer 1 of 2, head 2 of 2"));
}

/// Attention stands on the mask of its own layer: what a window cuts off is masked, and not a weight of nothing.
#[test]
fn attention_of_a_layer_with_a_window_is_on_its_mask() {
    let window = Window {
        tokens: 8,
        layers: 1,
        all_layers: 2,
    };
    let shape = Shape {
        window: Some(window.tokens),
        ..SMALL
    };
    let mut app = app_with(4, (140, 42), Level::True);
    app.handle(Event::Model(Ok(About {
        window: Some(window),
        ..about()
    })));
    app = answer(app);
    let effects = press(&mut app, "4 a");
    carry_out_as(&mut app, effects, shape);
    let read = |app: &mut App| {
        let effects = press(app, "e { { {");
        carry_out_as(app, effects, shape);
        screen(app)
    };
    let mean = read(&mut app);
    assert!(mean.contains("mean of 2 layers"), "{mean}");
    assert!(!mean.contains("its window begins at"), "{mean}");
    let effects = press(&mut app, ". .");
    carry_out_as(&mut app, effects, shape);
    let slides = read(&mut app);
    assert!(slides.contains("layer 2 of 2"), "{slides}");
    assert!(slides.contains("its window begins at token"), "{slides}");
    let effects = press(&mut app, ",");
    carry_out_as(&mut app, effects, shape);
    assert!(!read(&mut app).contains("its window begins at"));
}

/// At one token to a cell every weight on screen is the row's own, and sums to 1 over what the row may read.
#[test]
fn weights_on_screen_are_those_of_the_rows() {
    let mut app = answered((140, 42), Level::True);
    app.panes.mask.zoom = Zoom::Tokens(1);
    for keys in ["4 Z a", ". ; e"] {
        let effects = press(&mut app, keys);
        carry_out(&mut app, effects);
    }
    app.prepare();
    let row = app.work.crosshair.row;
    let seen = app.work.seen().expect("it was looked at").clone();
    let frame = app.frame(&app.screen(), Pane::Mask);
    let (grid, _, keys) = app.panes.mask.picture(&app.work, frame).expect("a picture");
    let heat = app.work.heat(&grid).expect("a picture of it");
    let expected = seen.attention.row(0, 0, row);
    for key in keys {
        let share = heat.at(grid.rows.of(row), key).expect("on screen");
        let wanted = expected.get(key).copied().unwrap_or(0.0);
        assert!(
            (share - wanted).abs() < 1e-6,
            "key {key}: {share}, not {wanted}"
        );
    }
    app.work.crosshair.key = grid.keys.block(1).start;
    let share = 100.0 * expected[app.work.crosshair.key];
    let digits = if share < 0.1 { 3 } else { 1 };
    let said = format!("{share:.digits$} % of the row; row {row} fuses");
    let text = screen(&mut app);
    assert!(text.contains(&said), "{said}:\n{text}");
}

#[test]
fn the_strongest_head_of_a_question_is_one_key_away() {
    let mut app = answered((140, 42), Level::True);
    let effects = press(&mut app, "4 a");
    carry_out(&mut app, effects);
    let layout = app.work.built().expect("a prompt").layout.clone();
    app.work.crosshair.key = layout.segments()[1].start;
    let effects = press(&mut app, "H");
    carry_out(&mut app, effects);
    let Heads {
        layer: Some(layer),
        head: Some(head),
    } = app.work.looking.heads
    else {
        panic!("{:?}", app.work.looking.heads);
    };
    let mass: Vec<Vec<Mass>> = app.work.seen().expect("seen").mass[0].clone();
    let most = mass
        .iter()
        .flatten()
        .map(|mass| mass.parts[1])
        .fold(0.0, f32::max);
    assert_eq!(mass[layer][head].parts[1], most);
    app.work.crosshair.key = 0;
    press(&mut app, "H");
    assert!(footer(&mut app).contains("belongs to no question"));
}

#[test]
fn why_there_is_no_attention_is_said() {
    let mut app = app();
    assert!(press(&mut app, "4 a").is_empty());
    let text = screen(&mut app);
    assert!(
        text.contains("attention is that of an answer: run this fact (r)"),
        "{text}"
    );
    // The answer comes: it is looked into without another key.
    let job = started(&press(&mut app, "r"));
    let fact = app.work.browse.fact.expect("a fact");
    finish(&mut app, &job, 0, fact, " Paris", 100);
    assert!(screen(&mut app).contains("attention: when the run is over"));
    let effects = tell(&mut app, &job, 200, RunEvent::Done);
    assert!(
        effects
            .iter()
            .any(|effect| matches!(effect, Effect::Observe(_)))
    );
    carry_out(&mut app, effects);
    assert!(app.work.seen().is_some());
    // Another preset is another prompt, without an answer.
    press(&mut app, "p");
    let text = screen(&mut app);
    assert!(
        text.contains("run this fact (r)") && !text.contains("Attention"),
        "{text}"
    );
    // What the engine says against it is shown.
    press(&mut app, "P");
    let effects = press(&mut app, "a a");
    let Some(Effect::Observe(observation)) = effects
        .into_iter()
        .find(|e| matches!(e, Effect::Observe(_)))
    else {
        panic!("not asked");
    };
    let seen = Err("looking inside takes too much".to_owned());
    app.handle(Event::Observed {
        version: observation.version,
        seen,
    });
    assert!(screen(&mut app).contains("looking inside takes too much"));
}

/// What may be read and is not is drawn, what may not be read is blank or the mask's dot.
#[test]
fn masked_cells_stay_apart_from_zero() {
    for (level, unicode, zero) in [
        (Level::True, true, "▀"),
        (Level::None, true, "▁▂▃▄▅▆▇█"),
        (Level::None, false, "012345678"),
    ] {
        let theme = Theme::new(ThemeName::Dark, level, Symbols { unicode });
        let mut app = answer(app_of(data(4), theme, (140, 42)));
        let effects = press(&mut app, "4 a");
        carry_out(&mut app, effects);
        let buffer = draw(&mut app);
        let layout = app.work.built().expect("a prompt").layout.clone();
        let frame = app.frame(&app.screen(), Pane::Mask);
        let parts = MaskParts::new(frame.inner);
        let grid = app
            .panes
            .mask
            .grid(&app.work, frame, app.panes.mask.zoom)
            .expect("a grid");
        // In the middle of m2: its own keys are read, those of m1 are not.
        let [m1, m2] = [0, 1].map(|segment| layout.segments()[segment].clone());
        let line = grid.line(m2.end - 2);
        let cell = |key: usize| {
            let column = grid.blocks.keys.of(key);
            buffer[(parts.cells.x + column as u16, parts.cells.y + line as u16)].symbol()
        };
        let (read, unread) = (cell(m2.start), cell(m1.start + m1.len() / 2));
        assert!(zero.contains(read), "{level:?}: {read:?}");
        assert!([" ", "·", "."].contains(&unread), "{level:?}: {unread:?}");
    }
}

/// Methods that read each prompt alone show each prompt's attention.
#[test]
fn a_prompt_alone_can_be_looked_into() {
    let mut app = app();
    app.work.choice.method = Method::Avg;
    let mut app = answer(app);
    let effects = press(&mut app, "4 a");
    carry_out(&mut app, effects);
    assert!(app.work.seen().is_some());
    assert!(screen(&mut app).contains("m1 alone"));
}

/// Rows that are mixed with those of other prompts read otherwise than the prompt alone would.
#[test]
fn prompts_that_are_mixed_cannot_be_looked_into() {
    let mut app = app();
    app.work.choice.method = Method::LayerAvg;
    let mut app = answer(app);
    let effects = press(&mut app, "4 a");
    carry_out(&mut app, effects);
    assert!(app.work.seen().is_none());
    let why = "layer-avg mixes prompts inside the model";
    assert!(screen(&mut app).contains(why), "{}", screen(&mut app));
}
