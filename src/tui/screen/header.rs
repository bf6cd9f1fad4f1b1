//! The first line: what is on screen, under which settings, on which model.
//!
//! ```text
//!  lamascope  P36 capital · France   preset fused  cross off  method flex      demo 3M · cpu f32
//!  P36 capital · France   flex fused +cross   demo 3M · cpu f32
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::engine::dtype_in_words;
use crate::tui::text::{clip, visible, width};
use crate::tui::widgets::cells::{put, put_right};
use crate::tui::workspace::jobs::setting;
use crate::tui::workspace::{Model, Workspace};

/// One way to fill the line.
struct Form<'a> {
    name: &'a str,
    /// Names and values.
    settings: &'a [(&'a str, String)],
    with_model: bool,
}

/// What the program is called, where there is room.
const NAME: &str = " lamascope  ";

pub fn draw(work: &Workspace, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    let theme = &work.theme;
    let symbols = theme.symbols;
    let here = match (work.data(), work.browse.fact) {
        (Some(data), Some(fact)) => {
            let relation = &data.relations[work.browse.relation];
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
        (None, _) if work.browse.data_error().is_some() => "no data".into(),
        (None, _) => visible(&work.browse.reading.to_string(), symbols).into_owned(),
    };
    let options = &work.choice.options;
    let preset = options.setting().to_string();
    let method = work.choice.method;
    let all = [
        ("preset ", preset),
        ("  cross ", options.cross()),
        ("  method ", method.to_string()),
    ];
    // The words that runs are titled with.
    let brief = [("", setting(method, options))];
    let model = model(work);
    // What matters most stays longest: the place, the settings, the model.
    let form = |name, settings, with_model| Form {
        name,
        settings,
        with_model,
    };
    let forms = [
        form(NAME, all.as_slice(), true),
        form(NAME, &brief, true),
        form(" ", &brief, true),
        form(" ", &brief, false),
        form(" ", &[], false),
    ];
    let room = usize::from(area.width);
    // Without the place: name, settings, model, and the spaces between.
    let besides = |form: &Form<'_>| {
        let settings = form.settings.iter();
        let settings = settings.map(|(name, value)| width(name) + width(value));
        let tail = if form.with_model {
            width(&model) + 3
        } else {
            0
        };
        width(form.name) + settings.sum::<usize>() + 3 + tail
    };
    let form = forms
        .iter()
        .find(|form| besides(form) + width(&here).min(30) <= room)
        .unwrap_or(&forms[4]);
    let here = clip(&here, room.saturating_sub(besides(form)).max(8), symbols);
    let mut pieces = vec![
        (form.name, theme.accent),
        (&*here, theme.title),
        ("   ", theme.text),
    ];
    for (name, value) in form.settings {
        pieces.push((name, theme.dim));
        pieces.push((value, theme.text));
    }
    let used = put(buf, area, 0, &pieces);
    if form.with_model {
        let style = match work.model {
            Model::Failed(_) => theme.bad,
            Model::Loading(_) => theme.warn,
            Model::Ready(_) => theme.dim,
        };
        put_right(buf, area, 0, used, &[(&model, style), (" ", theme.text)]);
    }
}

fn model(work: &Workspace) -> String {
    let dot = work.theme.symbols.dot();
    match &work.model {
        Model::Ready(about) => {
            // Of a path the end tells most.
            let name = about
                .model
                .trim_end_matches('/')
                .rsplit('/')
                .next()
                .unwrap_or_default();
            let model =
                clip(&visible(name, work.theme.symbols), 28, work.theme.symbols).into_owned();
            format!(
                "{model} {} {dot} {} {}",
                size(about.parameters),
                about.device,
                dtype_in_words(&about.dtype)
            )
        }
        Model::Failed(_) => "no model".into(),
        Model::Loading(step) => visible(&step.to_string(), work.theme.symbols).into_owned(),
    }
}

/// `950K`, `1.7M`, `3M`, `124M`, `1.2B`.
fn size(parameters: usize) -> String {
    let (value, unit) = match parameters {
        0..1_000_000 => (parameters as f64 / 1e3, "K"),
        1_000_000..1_000_000_000 => (parameters as f64 / 1e6, "M"),
        _ => (parameters as f64 / 1e9, "B"),
    };
    let digits = usize::from(value < 9.95);
    let number = format!("{value:.digits$}");
    format!("{}{unit}", number.trim_end_matches(".0"))
}
