//! How long a toggle and a scroll take on screen with 100 templates and more than 10,000 tokens.
//!
//! `cargo bench --bench tui`: a toggle must repaint in 16 ms, a scroll in 4 ms.

#[path = "../tui_support/mod.rs"]
mod tui_support;

use criterion::{Criterion, criterion_group, criterion_main};
use lamascope::tui::app::{Event, OptionRow};
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
}

criterion_group!(benches, frames);
criterion_main!(benches);
