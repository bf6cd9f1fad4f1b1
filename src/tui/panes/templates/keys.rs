//! What keys do to the templates.

use super::TemplatesPane;
use crate::data::{Style, TemplateKind};
use crate::tui::keymap::Action;
use crate::tui::overlays::{Overlay, Question, WordingEditor};
use crate::tui::workspace::Workspace;
use crate::tui::workspace::choice::Picks;

/// Whether the action is one of this pane's.
pub fn act(pane: &mut TemplatesPane, work: &mut Workspace, action: Action) -> bool {
    match action {
        Action::Toggle => pane.toggle(work),
        Action::OwnWording => open(work, "", None),
        Action::EditWording => edit(pane, work),
        Action::DeleteWording => {
            if let Some(template) = pane.list.selected() {
                work.remove_wording(template);
            }
        }
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

/// Opens the wording under the cursor: an own one to be changed, one of the data to begin with.
fn edit(pane: &TemplatesPane, work: &mut Workspace) {
    let (Some(data), Some(index)) = (work.data(), pane.list.selected()) else {
        return;
    };
    let template = &data.relations[work.browse.relation].templates[index];
    let (text, own) = (template.text.clone(), template.is_own());
    open(work, &text, own.then_some(index));
}

fn open(work: &mut Workspace, text: &str, replaces: Option<usize>) {
    match work.data().map(|data| data.style) {
        Some(Style::MyriadLama) => {
            work.opens = Some(Overlay::Wording(WordingEditor::new(text, replaces)));
        }
        Some(Style::WebQuestions | Style::MultipleChoice) => {
            let words = "these questions stand with their facts: there are no templates to add to";
            work.say(words.into());
        }
        None => work.say("the data is still being read".into()),
    }
}

fn shift(pane: &TemplatesPane, work: &mut Workspace, up: bool) {
    if let Some(template) = pane.list.selected() {
        work.pick(|picks| {
            picks.shift(template, up);
        });
    }
}
