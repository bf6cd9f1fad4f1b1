//! Pictures of every pane at three sizes, with and without colours.

mod tui_support;

use std::sync::Arc;

use lamascope::data::{Dataset, Source, Style, Watch};
use lamascope::engine::{Cancel, Device, Dtype, Engine, EngineSettings, Path};
use lamascope::inspect::view::View;
use lamascope::model::ModelRef;
use lamascope::tui::app::{App, Event, Pane, RunEvent, ShotsFrom, Start};
use lamascope::tui::keymap::Keymap;
use lamascope::tui::theme::Level;
use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};
use tui_support::*;

const SIZES: [(u16, u16); 3] = [(140, 42), (80, 24), (40, 12)];

/// A screen with a run on it.
fn busy(size: (u16, u16), level: Level) -> App {
    let mut app = app_with(4, size, level);
    let job = started(&press(&mut app, "R"));
    finish(&mut app, &job, 0, 1, " Tokyo", 100);
    finish(&mut app, &job, 0, 2, " Kampala", 200);
    stream(&mut app, &job, 3, 0, " Lima");
    tell(&mut app, &job, 300, RunEvent::Done);
    press(&mut app, "p");
    app
}

/// Characters, and the colours that the screen uses, so that a snapshot notices both.
fn picture(buffer: &Buffer) -> String {
    let mut styles: Vec<String> = Vec::new();
    let mut lines = String::new();
    for y in 0..buffer.area.height {
        let mut line = String::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let style = format!("{} {} {:?}", name(cell.fg), name(cell.bg), cell.modifier);
            let at = styles
                .iter()
                .position(|known| *known == style)
                .unwrap_or_else(|| {
                    styles.push(style);
                    styles.len() - 1
                });
            line.push(char::from_u32(if at == 0 { 0x20 } else { 0x40 + at as u32 }).unwrap_or('?'));
        }
        lines.push_str(line.trim_end());
        lines.push('\n');
    }
    let legend: Vec<String> = styles
        .iter()
        .enumerate()
        .map(|(at, style)| {
            format!(
                "{}: {style}",
                char::from_u32(if at == 0 { 0x20 } else { 0x40 + at as u32 }).unwrap_or('?')
            )
        })
        .collect();
    format!("{}\n{lines}\n{}\n", text(buffer), legend.join("\n"))
}

fn name(colour: Color) -> String {
    match colour {
        Color::Rgb(r, g, b) => format!("#{r:02x}{g:02x}{b:02x}"),
        other => other.to_string(),
    }
}

#[test]
fn screens_in_colour() {
    for (width, height) in SIZES {
        let mut app = busy((width, height), Level::True);
        insta::assert_snapshot!(
            format!("screen-{width}x{height}-colour"),
            picture(&draw(&mut app))
        );
    }
}

#[test]
fn every_pane_at_every_size() {
    for (width, height) in SIZES {
        for &pane in Pane::ALL {
            for (level, suffix) in [(Level::True, "colour"), (Level::None, "plain")] {
                let mut app = busy((width, height), level);
                press(&mut app, &format!("{} Z", pane as usize + 1));
                let buffer = draw(&mut app);
                let shown = if level == Level::True {
                    text(&buffer)
                } else {
                    picture(&buffer)
                };
                insta::assert_snapshot!(
                    format!("{}-{width}x{height}-{suffix}", pane.title().to_lowercase()),
                    shown
                );
            }
        }
    }
}

/// What an answer read, in place of the mask.
#[test]
fn attention_at_every_size() {
    for (width, height) in SIZES {
        for (level, suffix) in [(Level::True, "colour"), (Level::None, "plain")] {
            let mut app = answered((width, height), level);
            for keys in ["4 Z a", ". ;"] {
                let effects = press(&mut app, keys);
                carry_out(&mut app, effects);
            }
            let buffer = draw(&mut app);
            let shown = if level == Level::True {
                picture(&buffer)
            } else {
                text(&buffer)
            };
            insta::assert_snapshot!(format!("attention-{width}x{height}-{suffix}"), shown);
        }
    }
}

/// An application with the real answer about France, on the embedded sample and by the embedded model.
fn looked_into(engine: &mut Engine, size: (u16, u16), level: Level) -> App {
    let data = Dataset::load(&Source::Embedded, Style::MyriadLama, Watch::none()).unwrap();
    let start = Start {
        relation: Some("P36".into()),
        shots: ShotsFrom::Drawn { count: 5, seed: 42 },
        ..start()
    };
    let mut app = App::new(start, Keymap::default(), theme(level), size);
    app.handle(Event::Data(Ok(Arc::new(data))));
    app.handle(Event::Words(Arc::new(engine.tokenizer().clone())));
    app.handle(Event::Model(Ok(engine.about().clone())));
    app.prepare();
    let effects = press(&mut app, "r");
    carry_out_by(engine, &mut app, effects);
    app
}

/// What the answer read by token, layer, head and question, and what each question did.
#[test]
fn views_at_every_size() {
    let mut engine = embedded();
    for (width, height) in SIZES {
        for level in [Level::True, Level::None] {
            let mut app = looked_into(&mut engine, (width, height), level);
            let effects = press(&mut app, "4 Z a");
            carry_out_by(&mut engine, &mut app, effects);
            let views = View::ALL
                .iter()
                .skip(1)
                .filter(|view| **view != View::Contrast);
            for view in views {
                let effects = press(&mut app, "d");
                carry_out_by(&mut engine, &mut app, effects);
                let buffer = draw(&mut app);
                let (shown, suffix) = match level {
                    Level::None => (text(&buffer), "plain"),
                    _ if height == 24 => (picture(&buffer), "colour"),
                    _ => (text(&buffer), "colour"),
                };
                let name = format!("view-{view}-{width}x{height}-{suffix}");
                insta::assert_snapshot!(name, shown);
            }
        }
    }
}

/// The template lab and BELIEF's figures of the embedded model on P36, and an answer held against another one.
#[test]
fn judged_at_every_size() {
    let mut engine = embedded();
    for (width, height) in SIZES {
        let mut app = looked_into(&mut engine, (width, height), Level::True);
        let mut shown = |app: &mut App, name: &str, keys: &str| {
            let effects = press(app, keys);
            carry_out_by(&mut engine, app, effects);
            let name = format!("{name}-{width}x{height}");
            insta::assert_snapshot!(name, text(&draw(app)));
        };
        shown(&mut app, "contrast-asked", "4 Z n");
        press(&mut app, "ctrl-u");
        type_text(&mut app, "Lyon");
        shown(&mut app, "contrast", "enter");
        shown(&mut app, "lab-unasked", "Z A");
        shown(&mut app, "lab-templates", "a");
        shown(&mut app, "lab-matrix", "tab");
        shown(&mut app, "lab-agreement", "tab");
        shown(&mut app, "belief", "esc 6 Z d d d");
    }
}

/// One token to a cell is drawn with characters in colour too, and its legend has the same.
#[test]
fn the_mask_by_the_token() {
    let mut app = busy((80, 24), Level::True);
    press(&mut app, "4 enter x z");
    insta::assert_snapshot!("mask-tokens", text(&draw(&mut app)));
}

/// As many segments are named as have room: every n-th, and the one under the crosshair.
#[test]
fn the_mask_of_many_questions() {
    for (level, suffix) in [(Level::True, "colour"), (Level::None, "plain")] {
        let start = Start {
            auto: 28,
            ..start()
        };
        let mut app = App::new(start, Keymap::default(), theme(level), (80, 24));
        app.handle(Event::Data(Ok(Arc::new(data(30)))));
        app.handle(Event::Words(Arc::new(Spaces::new(true))));
        app.handle(Event::Model(Ok(about())));
        press(&mut app, "4 enter [ [ [ { {");
        insta::assert_snapshot!(format!("mask-many-{suffix}"), text(&draw(&mut app)));
    }
}

#[test]
fn overlays() {
    for (name, keys) in [
        ("help", "?"),
        ("help-words", "? end"),
        ("options", "o down down"),
        ("shots", "t down"),
        ("sets", "S"),
        ("refused", "S s a / b enter"),
        ("command", "Y"),
        ("save", "s"),
    ] {
        let mut app = busy((100, 30), Level::True);
        press(&mut app, keys);
        insta::assert_snapshot!(format!("overlay-{name}"), text(&draw(&mut app)));
    }
}

#[test]
fn without_colours_no_cell_names_one() {
    for (width, height) in SIZES {
        let mut app = busy((width, height), Level::None);
        for pane in 1..=6 {
            press(&mut app, &pane.to_string());
            for cell in draw(&mut app).content() {
                assert_eq!((cell.fg, cell.bg), (Color::Reset, Color::Reset));
            }
        }
        assert!(
            draw(&mut app)
                .content()
                .iter()
                .any(|cell| cell.modifier.contains(Modifier::DIM))
        );
    }
}

fn embedded() -> Engine {
    let settings = EngineSettings {
        model: ModelRef::Embedded,
        device: Device::Cpu,
        dtype: Dtype::Auto,
        batch: None,
        path: Path::Cached,
    };
    Engine::load(&settings, &mut |_| {}, &Cancel::new()).unwrap()
}

/// The explorer on the embedded sample and the embedded model, which answers.
struct Real {
    engine: Engine,
    app: App,
}

impl Real {
    fn open(size: (u16, u16)) -> Real {
        let engine = embedded();
        let data = Dataset::load(&Source::Embedded, Style::MyriadLama, Watch::none()).unwrap();
        let start = Start {
            shots: ShotsFrom::Drawn { count: 5, seed: 42 },
            ..start()
        };
        let mut app = App::new(start, Keymap::default(), theme(Level::True), size);
        app.handle(Event::Data(Ok(Arc::new(data))));
        app.handle(Event::Words(Arc::new(engine.tokenizer().clone())));
        app.handle(Event::Model(Ok(engine.about().clone())));
        app.prepare();
        Real { engine, app }
    }

    /// Presses keys, and does what they ask of the engine.
    fn press(&mut self, keys: &str) {
        let effects = press(&mut self.app, keys);
        carry_out_by(&mut self.engine, &mut self.app, effects);
    }

    fn find(&mut self, relation: &str) {
        press(&mut self.app, "1 /");
        type_text(&mut self.app, relation);
        press(&mut self.app, "enter");
    }
}

/// Writes a picture where a variable names a file for it.
fn write(variable: &str, picture: &str) {
    assert!(picture.starts_with("<svg") && picture.ends_with("</svg>\n"));
    if let Some(path) = std::env::var_os(variable) {
        std::fs::write(path, picture).unwrap();
    }
}

/// The picture of the README, for `LAMASCOPE_PICTURE=assets/screen.svg`.
#[test]
fn picture_for_the_readme() {
    let mut real = Real::open((140, 42));
    real.find("p36");
    real.press("c");
    real.press("R 3");
    let buffer = draw(&mut real.app);
    let shown = text(&buffer);
    assert!(shown.contains("P36"), "{shown}");
    assert!(shown.contains("reads 3 of 3 questions"), "{shown}");
    assert!(shown.contains("done 38/38 facts"), "{shown}");
    write("LAMASCOPE_PICTURE", &svg::svg(&buffer));
}

/// The recording of the README, for `LAMASCOPE_RECORDING=assets/walk.svg`: the keys that a first look at a fact takes.
#[test]
fn recording_for_the_readme() {
    let mut real = Real::open((120, 34));
    let mut shots = Vec::new();
    let steps: [(&str, &str, &str, &str); 9] = [
        (
            "",
            "",
            "the facts of a relation, the templates that ask for them, and who may read whom",
            "Relations",
        ),
        ("/p36", "", "find the relation \"capital\"", "P36"),
        (
            "space",
            "3 end space",
            "one more template: the mask follows",
            "manual 2/5",
        ),
        (
            "x",
            "x",
            "manual cross-attention: the manual questions read each other",
            "cross on",
        ),
        (
            "r",
            "x r",
            "off again, and ask the model: three questions, one answer",
            "Paris",
        ),
        (
            "a",
            "4 a",
            "what the answer read, on the same mask",
            "attention",
        ),
        (
            "n",
            "a 3 n",
            "a wording of one's own: the mask and the prompt follow every letter",
            "Own wording",
        ),
        (
            "c",
            "esc c",
            "all methods and presets on this fact",
            "per-prompt",
        ),
        (
            "R",
            "R",
            "the whole relation: accuracy with its interval",
            "done 38/38",
        ),
    ];
    for (key, keys, words, shows) in steps {
        match key {
            "/p36" => real.find("p36"),
            "" => {}
            _ => real.press(keys),
        }
        if key == "n" {
            type_text(&mut real.app, "The seat of power in [X] is [Y].");
        }
        let screen = draw(&mut real.app);
        let shown = text(&screen);
        assert!(shown.contains(shows), "{key}: {shown}");
        shots.push(svg::Shot { screen, key, words });
    }
    let drawn = svg::recording(&shots, 2.5);
    assert!(drawn.matches("@keyframes").count() > steps.len());
    write("LAMASCOPE_RECORDING", &drawn);
}
