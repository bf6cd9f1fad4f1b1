//! What keys do to the templates.

use super::TemplatesPane;
use crate::data::TemplateKind;
use crate::tui::keymap::Action;
use crate::tui::overlays::Question;
use crate::tui::workspace::Workspace;
use crate::tui::workspace::choice::Picks;

/// Whether the action is one of this pane's.
pub fn act(pane: &mut TemplatesPane, work: &mut Workspace, action: Action) -> bool {
    match action {
        Action::Toggle => pane.toggle(work),
        Action::AllAuto => work.pick_kind(TemplateKind::Auto),
        Action::AllManual => work.pick_kind(TemplateKind::Manual),
        Action::OnlyManual => work.pick_shown("all manual, no auto", Picks::only_manual),
        Action::Invert => work.pick_shown("inverted", Picks::invert),
        Action::FirstK => work.ask(Question::FirstK, String::new()),
        Action::RandomK => work.ask(Question::RandomK, String::new()),
        Action::MoveUp => shift(pane, work, true),
        Action::MoveDown => shift(pane, work, false),
        _ => return false,
    }
    true
}

fn shift(pane: &TemplatesPane, work: &mut Workspace, up: bool) {
    if let Some(template) = pane.list.selected() {
        work.pick(|picks| {
            picks.shift(template, up);
        });
    }
}
