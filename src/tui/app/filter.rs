//! Filters of the lists: typing and pasting into them.

use ratatui::crossterm::event::{KeyCode, KeyModifiers};

use super::overlay::{insert, one_line};
use super::{App, List, Overlay, Pane, ShotsEditor};
use crate::tui::keymap::Key;

/// What was on screen before a filter was typed.
pub(super) struct Before {
    relation: usize,
    fact: Option<usize>,
    relations: List,
    facts: List,
    templates: List,
}

impl App {
    /// Begins to type into the filter of the list that has the focus.
    pub(super) fn begin_filter(&mut self) {
        self.filtering = Some(self.focus).filter(|pane| pane.is_list());
        self.before_filter = self.filtering.map(|_| Before {
            relation: self.relation,
            fact: self.fact,
            relations: self.relations.clone(),
            facts: self.facts.clone(),
            templates: self.templates.clone(),
        });
    }

    /// Clears the filter that is being typed and goes back to what was on screen before it.
    fn leave_filter(&mut self, pane: Pane) {
        self.filtering = None;
        if let Some(before) = self.before_filter.take() {
            self.follow |= (self.relation, self.fact) != (before.relation, before.fact);
            self.relation = before.relation;
            self.fact = before.fact;
            self.relations = before.relations;
            self.facts = before.facts;
            self.templates = before.templates;
        }
        if let Some(list) = self.list_mut(pane) {
            list.query.clear();
        }
        self.refill(pane);
    }

    /// Types into a filter; `false` for keys that go on to the table: those that type nothing. Arrows move the cursor
    /// meanwhile, anything else ends the typing as enter does.
    pub(super) fn filter_key(&mut self, pane: Pane, key: Key) -> bool {
        let Some(list) = self.list_mut(pane) else {
            return false;
        };
        match (key.code, key.modifiers.is_empty()) {
            (KeyCode::Enter, _) => self.filtering = None,
            (KeyCode::Esc, _) => self.leave_filter(pane),
            (KeyCode::Backspace, _) => {
                list.query.pop();
                self.refill(pane);
            }
            (KeyCode::Char('u'), _) if key.modifiers == KeyModifiers::CONTROL => {
                list.query.clear();
                self.refill(pane);
            }
            (KeyCode::Char(c), true) => {
                list.query.push(c);
                self.refill(pane);
            }
            _ => {
                let moves = matches!(
                    key.code,
                    KeyCode::Up | KeyCode::Down | KeyCode::PageUp | KeyCode::PageDown
                );
                if !moves && self.keymap.action(key, pane).is_some() {
                    self.filtering = None;
                }
                return false;
            }
        }
        true
    }

    /// Fills a list anew after its query changed, and takes over where the cursor stands then.
    pub(super) fn refill(&mut self, pane: Pane) {
        match pane {
            Pane::Relations => self.fill_relations(),
            Pane::Facts => self.fill_facts(),
            _ => self.fill_templates(),
        }
        // The best match is what the eye is on.
        if let Some(list) = self.list_mut(pane).filter(|list| !list.query.is_empty()) {
            list.go(0);
        }
        self.settle_cursors();
    }

    /// A pasted text goes where one types, as one line: to that of an overlay, or to a filter.
    pub(super) fn paste(&mut self, text: &str) {
        let text = one_line(text);
        match &mut self.overlay {
            Some(
                Overlay::Ask { input, .. }
                | Overlay::Shots(ShotsEditor {
                    input: Some(input), ..
                }),
            ) => insert(input, &text),
            _ => {
                if let Some(pane) = self.filtering {
                    if let Some(list) = self.list_mut(pane) {
                        list.query.push_str(&text);
                    }
                    self.refill(pane);
                }
            }
        }
    }

    /// Whether a list shows its filter line.
    pub fn filter_shown(&self, pane: Pane) -> bool {
        let list = match pane {
            Pane::Relations => &self.relations,
            Pane::Facts => &self.facts,
            Pane::Templates => &self.templates,
            _ => return false,
        };
        self.filtering == Some(pane) || !list.query.is_empty()
    }
}
