//! The first line: what is on screen, under which settings, on which model. A click on a setting turns it.
//!
//! ```text
//!  lamascope  P36 capital · France   preset fused  cross off  method flex      demo 3M · cpu f32
//!  P36 capital · France   flex fused +cross   demo 3M · cpu f32
//! ```

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::engine::dtype_in_words;
use crate::tui::keymap::Action;
use crate::tui::text::{clip, visible, width};
use crate::tui::widgets::cells::{put, put_right};
use crate::tui::workspace::jobs::setting;
use crate::tui::workspace::{Model, Workspace};

/// One way to fill the line.
struct Form {
    name: &'static str,
    /// Names, values, and what a click on them does.
    settings: Vec<(&'static str, String, Action)>,
    with_model: bool,
}

/// A piece of the line, and what a click on it does.
struct Part {
    text: String,
    style: Style,
    click: Option<Action>,
}

/// What the program is called, where there is room.
const NAME: &str = " lamascope  ";

/// The line from the left, and what stands at its right end.
fn parts(work: &Workspace, columns: u16) -> (Vec<Part>, Vec<Part>) {
    let theme = &work.theme;
    let symbols = theme.symbols;
    let here = match (work.data(), work.browse.fact) {
        _ if work.inputs.next_data.is_some() => {
            visible(&work.browse.reading.to_string(), symbols).into_owned()
        }
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
    let method = work.choice.method;
    let cross = match work.idle("manual-cross-attention") {
        Some(_) if options.manual_cross_attention => "on, idle".to_owned(),
        _ => options.cross(),
    };
    let all = || {
        vec![
            ("preset ", options.setting().to_string(), Action::Preset),
            ("  cross ", cross.clone(), Action::Cross),
            ("  method ", method.to_string(), Action::Method),
        ]
    };
    // The words that runs are titled with.
    let brief = || vec![("", setting(method, options), Action::Options)];
    let model = model(work);
    // What matters most stays longest: the place, the settings, the model.
    let form = |name, settings, with_model| Form {
        name,
        settings,
        with_model,
    };
    let forms = [
        form(NAME, all(), true),
        form(NAME, brief(), true),
        form(" ", brief(), true),
        form(" ", brief(), false),
        form(" ", Vec::new(), false),
    ];
    let room = usize::from(columns);
    // Without the place: name, settings, model, and the spaces between.
    let besides = |form: &Form| {
        let settings = form.settings.iter();
        let settings = settings.map(|(name, value, _)| width(name) + width(value));
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
    let part = |text: &str, style, click| Part {
        text: text.to_owned(),
        style,
        click,
    };
    let mut left = vec![
        part(form.name, theme.accent, Some(Action::Help)),
        part(&here, theme.title, Some(Action::Palette)),
        part("   ", theme.text, None),
    ];
    for (name, value, action) in &form.settings {
        left.push(part(name, theme.dim, Some(*action)));
        left.push(part(value, theme.text, Some(*action)));
    }
    let style = match work.model {
        Model::Failed(_) => theme.bad,
        Model::Loading(_) => theme.warn,
        Model::Ready(_) => theme.dim,
    };
    let right = match form.with_model {
        true => vec![
            part(&model, style, Some(Action::Inputs)),
            part(" ", theme.text, None),
        ],
        false => Vec::new(),
    };
    (left, right)
}

/// What a click on a column of the line does.
pub fn action_at(work: &Workspace, area: Rect, column: u16) -> Option<Action> {
    let (left, right) = parts(work, area.width);
    let long = |parts: &[Part]| parts.iter().map(|part| width(&part.text)).sum::<usize>();
    let from_right = usize::from(area.width).saturating_sub(long(&right));
    let column = usize::from(column.saturating_sub(area.x));
    let (parts, mut end) = match column < from_right {
        true => (left, 0),
        false => (right, from_right),
    };
    let under = parts.into_iter().find(|part| {
        end += width(&part.text);
        column < end
    });
    under?.click
}

pub fn draw(work: &Workspace, area: Rect, buf: &mut Buffer) {
    if area.is_empty() {
        return;
    }
    fn pieces(parts: &[Part]) -> Vec<(&str, Style)> {
        parts.iter().map(|part| (&*part.text, part.style)).collect()
    }
    let (left, right) = parts(work, area.width);
    let used = put(buf, area, 0, &pieces(&left));
    put_right(buf, area, 0, used, &pieces(&right));
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
