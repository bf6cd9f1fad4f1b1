//! The first line: what is on screen, under which settings, on which model.
//!
//! ```text
//!  lamascope  P36 capital · France        preset fused  cross off  flex        demo 3M · cpu f32
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{put, put_right};
use crate::layout::Preset;
use crate::tui::app::{App, Model};
use crate::tui::text::{clip, visible, width};

pub fn draw(app: &App, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = &app.theme;
    let symbols = theme.symbols;
    let here = match (app.data(), app.fact) {
        (Some(data), Some(fact)) => {
            let relation = &data.relations[app.relation];
            let text = format!(
                "{} {} {} {}",
                relation.id,
                relation.label,
                symbols.dot(),
                data.facts[fact].subject
            );
            visible(&text, symbols).into_owned()
        }
        (Some(_), None) => "no facts".into(),
        (None, _) if app.data_error().is_some() => "no data".into(),
        (None, _) => "reading data".into(),
    };
    let name = if area.width >= 60 {
        " lamascope  "
    } else {
        " "
    };
    let options = &app.choice.options;
    let preset = Preset::of(options).map_or("custom".to_owned(), |preset| preset.to_string());
    let cross = if options.manual_cross_attention {
        "on"
    } else {
        "off"
    };
    let method = app.choice.method.to_string();
    let model = model(app);
    let room = usize::from(area.width);
    // What matters most stays longest: the place, the preset, the model.
    let settings = [
        ("preset ", preset.as_str()),
        ("  cross ", cross),
        ("  method ", method.as_str()),
    ];
    let needs = |shown: usize| {
        settings[..shown]
            .iter()
            .map(|(name, value)| width(name) + width(value))
            .sum::<usize>()
            + 3
    };
    let fixed = width(name) + width(&here).min(30);
    let fits = |shown: usize, tail: usize| fixed + needs(shown) + tail <= room;
    let model_needs = width(&model) + 3;
    let with_model = (1..=settings.len())
        .rev()
        .find(|&shown| fits(shown, model_needs));
    let shown = with_model
        .or_else(|| (0..=settings.len()).rev().find(|&shown| fits(shown, 0)))
        .unwrap_or(0);
    let tail = if with_model.is_some() { model_needs } else { 0 };
    let rest = room.saturating_sub(width(name) + needs(shown) + tail);
    let here = clip(&here, rest.max(8), symbols);
    let mut pieces = vec![
        (name, theme.accent),
        (&*here, theme.title),
        ("   ", theme.text),
    ];
    for (name, value) in &settings[..shown] {
        pieces.push((*name, theme.dim));
        pieces.push((*value, theme.text));
    }
    let used = put(buf, area, 0, &pieces);
    if with_model.is_some() {
        let style = match app.model {
            Model::Failed(_) => theme.bad,
            Model::Loading { .. } => theme.warn,
            Model::Ready(_) => theme.dim,
        };
        put_right(buf, area, 0, used, &[(&model, style), (" ", theme.text)]);
    }
}

fn model(app: &App) -> String {
    let dot = app.theme.symbols.dot();
    match &app.model {
        Model::Ready(about) => {
            // Of a path the end tells most.
            let name = about
                .model
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or_default();
            let model = clip(&visible(name, app.theme.symbols), 28, app.theme.symbols).into_owned();
            format!(
                "{model} {} {dot} {} {}",
                size(about.parameters),
                about.device,
                about.dtype
            )
        }
        Model::Failed(_) => "no model".into(),
        Model::Loading { what, done, total } if *total > 0 => {
            let what = visible(what, app.theme.symbols);
            format!("loading {what} {} %", done * 100 / total)
        }
        Model::Loading { what, .. } => format!("loading {}", visible(what, app.theme.symbols)),
    }
}

/// `3M`, `1.2B`.
fn size(parameters: usize) -> String {
    match parameters {
        0..1_000_000 => format!("{}K", parameters / 1_000),
        1_000_000..1_000_000_000 => format!("{:.0}M", parameters as f64 / 1e6),
        _ => format!("{:.1}B", parameters as f64 / 1e9),
    }
}
