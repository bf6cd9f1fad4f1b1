//! Templates: chosen or not, the question about the subject on screen, what the template answered by itself.
//!
//! ```text
//! ┌ Templates ─ manual 2/5  auto 1/18 ─────────────────┐
//! │ ▣ m1  The capital of France is [MASK].   Paris ✓ .91│
//! │ □ a2• [MASK], where France is governed.  Lyon  ✗ .22│
//! └────────────────────────────────────────────────────┘
//! ```
//!
//! A dot marks the wordings of this fact that the demo model was trained on.

use ratatui::buffer::Buffer;

use super::TemplatesPane;
use crate::data::{TemplateId, TemplateKind};
use crate::evaluate::demo_trained;
use crate::tui::glossary::explained;
use crate::tui::panes::Frame;
use crate::tui::text::{clip, visible, width};
use crate::tui::theme::Ink;
use crate::tui::widgets::cells::{put, put_right, verdict};
use crate::tui::widgets::list_view;
use crate::tui::workspace::Workspace;

/// Columns for an own answer's text at most.
const ANSWER: usize = 12;

pub fn title(work: &Workspace) -> String {
    let Some(picks) = work.picks() else {
        return "Templates".into();
    };
    let ((manual, auto), (manuals, autos)) = (picks.count(), picks.totals());
    let own = match picks.own() {
        (_, 0) => String::new(),
        (own, all) => format!("  own {own}/{all}"),
    };
    format!("Templates  manual {manual}/{manuals}  auto {auto}/{autos}{own}")
}

/// What kind of template this is, and whether the demo model knows the wording.
pub fn hint(work: &Workspace, index: usize) -> Option<String> {
    let template = &work.data()?.relations[work.browse.relation].templates[index];
    let kind = explained(match template.id.kind {
        TemplateKind::Manual => "manual",
        TemplateKind::Auto => "auto",
        TemplateKind::Own => "own",
    })?;
    let trained = match is_trained(work, template.id) {
        true => format!(
            "; {} the demo model was trained on this wording of this fact",
            work.theme.symbols.trained()
        ),
        false => String::new(),
    };
    Some(format!("{} is {kind}{trained}", template.id))
}

/// Whether the demo model is loaded, and was trained on this wording of the fact on screen.
fn is_trained(work: &Workspace, id: TemplateId) -> bool {
    let (Some(data), Some(fact)) = (work.data(), work.browse.fact) else {
        return false;
    };
    work.is_demo() && demo_trained(&data.facts[fact].uuid, id) == Some(true)
}

/// Stands where wordings are the facts' own and one has fewer.
const NOT_ASKED: &str = "(this fact has no such wording)";

pub fn draw(pane: &TemplatesPane, work: &Workspace, frame: Frame, buf: &mut Buffer) {
    let theme = &work.theme;
    let symbols = theme.symbols;
    let own_settings = work.alone_settings();
    let chosen = work.picks().map(|picks| picks.chosen()).unwrap_or_default();
    list_view::draw(work, &pane.list, frame, buf, |buf, line, index| {
        let (Some(data), Some(picks)) = (work.data(), work.picks()) else {
            return;
        };
        let template = &data.relations[work.browse.relation].templates[index];
        let on = picks.is_chosen(index);
        let question = match work.browse.fact {
            Some(fact) if !data.asks(&data.facts[fact], index) => NOT_ASKED.to_owned(),
            Some(fact) => data.question(&data.facts[fact], index),
            None => template.text.clone(),
        };
        let ink = chosen
            .iter()
            .position(|&other| other == index)
            .map(Ink::Owner);
        let id_style = ink.map_or(theme.dim, |ink| theme.written(ink, 1.0));
        let own = work
            .browse
            .fact
            .zip(own_settings.as_ref())
            .and_then(|(fact, settings)| work.runs.own(fact, index, settings));
        let answer = own.map(|own| {
            let text = clip(&visible(&own.prediction, symbols), ANSWER, symbols).into_owned();
            let (verdict, style) = verdict(theme, own.correct, own.probability);
            (format!(" {text} "), verdict, style)
        });
        let mark = if is_trained(work, template.id) {
            symbols.trained()
        } else {
            ""
        };
        let id = format!(" {:<5}", format!("{}{mark}", template.id));
        let taken = answer
            .as_ref()
            .map_or(0, |(text, verdict, _)| width(text) + width(verdict) + 1);
        let boxed = format!(" {}", symbols.check(on));
        let own_mark = if template.is_own() { "own " } else { "" };
        let before = width(&boxed) + width(&id) + width(own_mark);
        let room = usize::from(line.width).saturating_sub(before + taken);
        let question = visible(&question, symbols);
        let question = clip(&question, room, symbols);
        let text = if on { theme.text } else { theme.dim };
        let used = put(
            buf,
            line,
            0,
            &[
                (&boxed, id_style),
                (&id, id_style),
                (own_mark, theme.accent),
                (&question, text),
            ],
        );
        if let Some((text, verdict, style)) = answer {
            put_right(
                buf,
                line,
                0,
                used.saturating_sub(1),
                &[(&text, theme.dim), (&verdict, style)],
            );
        }
    });
}
