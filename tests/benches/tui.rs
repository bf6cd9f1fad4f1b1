//! How long a toggle and a scroll take on screen with 100 templates and more than 10,000 tokens.
//!
//! `cargo bench --bench tui`: a toggle must repaint in 16 ms, a scroll in 4 ms.

#[path = "../tui_support/mod.rs"]
mod tui_support;

use criterion::{Criterion, criterion_group, criterion_main};
use lamascope::engine::Shape;
use lamascope::tui::app::{App, Event, OptionRow};
use lamascope::tui::graphics::{Graphics, Protocol};
use lamascope::tui::screen;
use lamascope::tui::theme::Level;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tui_support::*;

fn frames(criterion: &mut Criterion) {
    let mut app = app_with(97, (200, 60), Level::True);
    press(&mut app, "o");
    let shots = OptionRow::ALL
        .iter()
        .position(|&row| row == OptionRow::Shots);
    press(
        &mut app,
        &vec!["down"; shots.expect("the row of shots")].join(" "),
    );
    press(&mut app, &["right"; 10].join(" "));
    press(&mut app, "esc 3 a M");
    app.prepare();
    let tokens = app
        .work
        .sequence()
        .and_then(Result::ok)
        .map_or(0, |sequence| sequence.layout.len());
    assert!(tokens >= 10_000, "{tokens} tokens");
    let mut terminal = Terminal::new(TestBackend::new(200, 60)).expect("a terminal in memory");
    let mut frame = |app: &mut lamascope::tui::app::App| {
        app.prepare();
        terminal
            .draw(|frame| screen::draw(app, frame.area(), frame.buffer_mut()))
            .map(|_| ())
    };
    criterion.bench_function("toggle one of 100 templates", |bench| {
        bench.iter(|| {
            press(&mut app, "space");
            frame(&mut app)
        });
    });
    criterion.bench_function("scroll the mask", |bench| {
        press(&mut app, "4 +");
        let mut down = true;
        bench.iter(|| {
            down = !down;
            press(&mut app, if down { "down" } else { "up" });
            frame(&mut app)
        });
    });
    criterion.bench_function("resize", |bench| {
        bench.iter(|| {
            app.handle(Event::Resize(200, 60));
            frame(&mut app)
        });
    });
    // The answer to this prompt, by a model of the demo's shape.
    let shape = Shape {
        layers: 6,
        heads: 4,
        kv_heads: 2,
        head_dim: 32,
        hidden: 128,
        vocabulary: 4_096,
        scale: 0.2,
        softcap: None,
        window: None,
    };
    let mut app = answer(app);
    for keys in ["4 0 a", ". ;"] {
        let effects = press(&mut app, keys);
        carry_out_as(&mut app, effects, shape);
    }
    let held = app.work.seen().expect("it was looked at").attention.bytes();
    println!(
        "attention of {tokens} tokens holds {:.1} MB",
        held as f64 / 1e6
    );
    for (name, keys) in [
        ("step a layer of attention", [".", ","]),
        ("step to the mean of all heads and back", ["'", ";"]),
    ] {
        let mut there = false;
        criterion.bench_function(name, |bench| {
            bench.iter(|| {
                there = !there;
                let effects = press(&mut app, keys[usize::from(!there)]);
                carry_out_as(&mut app, effects, shape);
                frame(&mut app)
            });
        });
    }
    pictures(&mut app, criterion, shape);
}

/// The same step where the terminal draws pictures: every pixel of the pane, as it is written to kitty.
fn pictures(app: &mut App, criterion: &mut Criterion, shape: Shape) {
    app.work.graphics = Some(Graphics {
        protocol: Protocol::Kitty,
        cell: (10, 20),
    });
    let mut there = false;
    criterion.bench_function("step a layer of attention, as a picture", |bench| {
        bench.iter(|| {
            there = !there;
            let effects = press(app, if there { "." } else { "," });
            carry_out_as(app, effects, shape);
            app.prepare();
            let raster = app.raster().expect("a picture");
            let mut written = Vec::new();
            Protocol::Kitty
                .write(&mut written, &raster)
                .map(|()| written.len())
        });
    });
}

criterion_group!(benches, frames);
criterion_main!(benches);
