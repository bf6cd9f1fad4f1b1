//! Overlays that are read from top to bottom, line by line: the help, and what is on screen as command lines.

use ratatui::crossterm::event::KeyCode;

use super::Overlay;
use crate::tui::app::{App, overlay_box};
use crate::tui::keymap::Key;
use crate::tui::text::{visible, wrap};

/// One line of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PageLine {
    Text(String),
    /// The name of what follows.
    Title(String),
    Faint(String),
    Warning(String),
    /// Keys, and what they do.
    Keys(String, &'static str),
}

/// A page: its lines, cut to the width of its box.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    pub title: &'static str,
    /// Columns and rows of the box, border included.
    pub size: (u16, u16),
    /// Its keys, for the last line.
    pub keys: &'static [(&'static str, &'static str)],
    pub lines: Vec<PageLine>,
}

const INTRODUCTION: [&str; 5] = [
    "MyriadLAMA asks for one fact through many templates. lamascope puts the chosen questions into one prompt and lets \
     an attention mask keep them apart; the rows that fuse read all of them and make one answer.",
    "Mask: a row is a token that reads, a column a token that is read. Lit cells are read; the colour says whose they \
     are, a dim cell is partly read, the line below says why. The arrow marks the row that emits the first answer token.",
    "With preset fused that row reads every question. With seed, the method as documented, it stands inside the last \
     segment and reads one: the first token is not fused. seed-as-run fuses it by accident where the model has a BOS.",
    "A first walk: / filters relations (type p36, enter), tab goes on to facts and templates, space chooses templates, \
     p changes the preset while you watch the mask, r runs the fact, R the relation, s saves the results.",
    "c compares all methods and presets on one fact; templates then show their own answers. A dot after a template \
     (m1•) marks a wording of this fact that the demo model was trained on.",
];

impl App {
    /// The page that lies over the panes, if one does. Stands after [`App::prepare`].
    pub fn page(&self) -> Option<&Page> {
        self.page.as_ref()
    }

    pub(in crate::tui::app) fn prepare_page(&mut self) {
        self.page = self.build_page();
        let Some(page) = &self.page else { return };
        let rows = usize::from(overlay_box(page.size, self.size).1.height);
        // Not scrolled past its end, or the way back would begin with keys that do nothing.
        if let Some(Overlay::Help { top } | Overlay::Command { top }) = &mut self.overlay {
            *top = (*top).min(page.lines.len().saturating_sub(rows));
        }
    }

    fn build_page(&self) -> Option<Page> {
        let columns = |size| usize::from(overlay_box(size, self.size).1.width);
        match self.overlay {
            Some(Overlay::Help { .. }) => {
                let size = (92, self.size.1.saturating_sub(2).max(6));
                Some(Page {
                    title: "Help",
                    size,
                    keys: &[("up/down", "scroll"), ("any other key", "closes")],
                    lines: self.help_lines(columns(size)),
                })
            }
            Some(Overlay::Command { .. }) => {
                let size = (100, 20);
                Some(Page {
                    title: "What is on screen, as a command line",
                    size,
                    keys: &[("y", "copy the first"), ("esc", "close")],
                    lines: self.command_lines(columns(size)),
                })
            }
            _ => None,
        }
    }

    fn help_lines(&self, columns: usize) -> Vec<PageLine> {
        let mut lines = Vec::new();
        for paragraph in INTRODUCTION {
            lines.extend(wrap(paragraph, columns).into_iter().map(PageLine::Text));
            lines.push(PageLine::Text(String::new()));
        }
        let mut place = None;
        for (here, keys, words) in self.keymap.help() {
            if place != Some(here) {
                if place.is_some() {
                    lines.push(PageLine::Text(String::new()));
                }
                lines.push(PageLine::Title(here.title().to_owned()));
                place = Some(here);
            }
            lines.push(PageLine::Keys(keys, words));
        }
        lines
    }

    fn command_lines(&self, columns: usize) -> Vec<PageLine> {
        let mut lines = Vec::new();
        for (name, scope) in self.scopes() {
            lines.push(PageLine::Faint(format!("{name}:")));
            let (text, kind): (String, fn(String) -> PageLine) = match self.command(scope) {
                Ok(command) => (command.text, PageLine::Text),
                Err(message) => (message, PageLine::Warning),
            };
            let text = visible(&text, self.theme.symbols);
            lines.extend(wrap(&text, columns).into_iter().map(kind));
            lines.push(PageLine::Text(String::new()));
        }
        if self.choice.shots_by_hand() {
            let words = "The shots written by hand are saved when the line is copied.";
            lines.extend(wrap(words, columns).into_iter().map(PageLine::Faint));
        }
        lines
    }
}

/// Moves a scroll offset; `false` for keys that close the overlay.
pub(super) fn scroll(key: Key, top: &mut usize) -> bool {
    *top = match key.code {
        KeyCode::Up | KeyCode::Char('k') => top.saturating_sub(1),
        KeyCode::Down | KeyCode::Char('j') => *top + 1,
        KeyCode::PageUp => top.saturating_sub(10),
        KeyCode::PageDown | KeyCode::Char(' ') => *top + 10,
        KeyCode::Home | KeyCode::Char('g') => 0,
        // The next frame takes it back to where the text ends.
        KeyCode::End | KeyCode::Char('G') => usize::MAX / 2,
        _ => return false,
    };
    true
}
