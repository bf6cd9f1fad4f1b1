//! Filters of the lists: typing and pasting into them.

use ratatui::crossterm::event::{KeyCode, KeyModifiers};

use super::{App, Pane};
use crate::tui::keymap::Key;
use crate::tui::widgets::line_input::{insert, one_line};
use crate::tui::widgets::list::List;

/// What was on screen before a filter was typed.
pub(super) struct Before {
    relation: usize,
    fact: Option<usize>,
    /// Of each pane.
    lists: Vec<Option<List>>,
}

impl App {
    /// Begins to type into the filter of the list that has the focus.
    pub(super) fn begin_filter(&mut self) {
        self.filtering = Some(self.view.focus).filter(|pane| pane.is_list());
        let lists = Pane::ALL.iter();
        let lists = lists.map(|&pane| self.panes.get(pane).list().cloned());
        self.before_filter = self.filtering.map(|_| Before {
            relation: self.work.browse.relation,
            fact: self.work.browse.fact,
            lists: lists.collect(),
        });
    }

    /// Clears the filter that is being typed and goes back to what was on screen before it.
    fn leave_filter(&mut self, pane: Pane) {
        self.filtering = None;
        if let Some(before) = self.before_filter.take() {
            let browse = &mut self.work.browse;
            let place = (before.relation, before.fact);
            self.work.crosshair.follow |= (browse.relation, browse.fact) != place;
            (browse.relation, browse.fact) = place;
            for (&pane, known) in Pane::ALL.iter().zip(before.lists) {
                if let (Some(list), Some(known)) = (self.panes.get_mut(pane).list_mut(), known) {
                    *list = known;
                }
            }
        }
        self.change_filter(pane, String::clear);
    }

    /// Changes what is typed, and fills the list anew.
    fn change_filter(&mut self, pane: Pane, how: impl FnOnce(&mut String)) {
        let component = self.panes.get_mut(pane);
        if let Some(list) = component.list_mut() {
            how(&mut list.query);
            component.refill(&mut self.work);
        }
    }

    /// Types into a filter; `false` for keys that go on to the table: those that type nothing. Arrows move the cursor
    /// meanwhile, anything else ends the typing as enter does.
    pub(super) fn filter_key(&mut self, pane: Pane, key: Key) -> bool {
        match (key.code, key.modifiers.is_empty()) {
            (KeyCode::Enter, _) => self.filtering = None,
            (KeyCode::Esc, _) => self.leave_filter(pane),
            (KeyCode::Backspace, _) => self.change_filter(pane, |query| {
                query.pop();
            }),
            (KeyCode::Char('u'), _) if key.modifiers == KeyModifiers::CONTROL => {
                self.change_filter(pane, String::clear);
            }
            (KeyCode::Char(c), true) => self.change_filter(pane, |query| query.push(c)),
            _ => {
                let moves = matches!(
                    key.code,
                    KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown
                );
                if !moves && self.work.keymap.action(key, pane).is_some() {
                    self.filtering = None;
                }
                return false;
            }
        }
        true
    }

    /// A pasted text goes where one types, as one line: to that of an overlay, or to a filter.
    pub(super) fn paste(&mut self, text: &str) {
        let text = one_line(text);
        let overlay = self.overlay.as_mut();
        if let Some(input) = overlay.and_then(|overlay| overlay.dialog_mut().input()) {
            insert(input, &text);
        } else if let Some(pane) = self.filtering {
            self.change_filter(pane, |query| query.push_str(&text));
        }
    }
}
