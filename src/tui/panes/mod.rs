//! The panes of the screen, a folder each with state, keys and drawing behind one trait.
//!
//! To add a pane, write its folder and its row in [`panes!`]; keys of its own get rows in the table of actions.

pub mod facts;
pub mod mask;
pub mod prompt;
pub mod relations;
pub mod run;
pub mod templates;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::keymap::Action;
use super::message::Effect;
use super::screen::Slot;
use super::widgets::list::List;
use super::workspace::Workspace;
use facts::FactsPane;
use mask::MaskPane;
use prompt::PromptPane;
use relations::RelationsPane;
use run::RunPane;
use templates::TemplatesPane;

/// Where a pane stands and how it is used at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame {
    /// What is left of it inside its border; empty where it is not shown.
    pub inner: Rect,
    pub focused: bool,
    /// Whether its filter is being typed.
    pub filtering: bool,
}

/// A pane: its state, its keys, its drawing.
pub trait Component {
    /// In at most `room` columns where it can say it in fewer words.
    fn title(&self, work: &Workspace, frame: Frame, room: usize) -> String;

    /// Draws what stands inside the border. [`Component::prepare`] has been called.
    fn draw(&self, work: &Workspace, frame: Frame, buf: &mut Buffer);

    /// Takes over what changed in the workspace, after every event; whether the pane wants to be seen.
    fn sync(&mut self, _work: &mut Workspace) -> bool {
        false
    }

    /// Brings scroll offsets and lines up to date before a frame.
    fn prepare(&mut self, _work: &mut Workspace, frame: Frame) {
        if let Some(list) = self.list_mut() {
            list.follow(list.rows(frame));
        }
    }

    /// Carries out an action of its own; `None` for those of others.
    fn act(
        &mut self,
        _work: &mut Workspace,
        _frame: Frame,
        _action: Action,
    ) -> Option<Vec<Effect>> {
        None
    }

    /// Moves cursor or scroll offset.
    fn go(&mut self, work: &mut Workspace, _frame: Frame, rows: isize, _columns: isize) {
        if let Some(list) = self.list_mut() {
            list.step(rows);
            self.open(work);
        }
    }

    /// Shows what the cursor of its list was moved to.
    fn open(&self, _work: &mut Workspace) {}

    /// A click inside; `column` and `row` are those of the screen.
    fn press(&mut self, work: &mut Workspace, frame: Frame, _column: u16, row: u16) {
        if self.list_mut().is_some_and(|list| list.point(frame, row)) {
            self.open(work);
        }
    }

    /// Whether dragging repeats the click.
    fn drags(&self) -> bool {
        false
    }

    fn wheel(&mut self, work: &mut Workspace, frame: Frame, rows: isize, columns: isize) {
        self.go(work, frame, rows, columns);
    }

    /// Lines per page.
    fn page(&self, _work: &Workspace, frame: Frame) -> u16 {
        frame.inner.height
    }

    /// How many lines stand below those on screen, where the title does not say it.
    fn below(&self, _work: &Workspace, _frame: Frame) -> Option<usize> {
        None
    }

    /// What is under the cursor, in one line of words.
    fn hint(&self, _work: &Workspace, _frame: Frame) -> Option<String> {
        None
    }

    /// What a filter works on.
    fn list(&self) -> Option<&List> {
        None
    }

    fn list_mut(&mut self) -> Option<&mut List> {
        None
    }

    /// Fills the list anew after its filter changed, and goes to the best match.
    fn refill(&mut self, _work: &mut Workspace) {}

    /// The first broken promise of its state, for tests that throw random events at it.
    fn check(&self, _work: &Workspace) -> Result<(), String> {
        match self.list() {
            Some(list) => list.check(),
            None => Ok(()),
        }
    }
}

macro_rules! panes {
    ($($pane:ident $field:ident: $state:ty, $slot:ident, $is_list:literal, $key:literal, $action:literal, $go:literal;)*) => {
        /// A part of the screen that can have the focus.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Pane { $($pane,)* }

        impl Pane {
            pub const ALL: &'static [Pane] = &[$(Pane::$pane,)*];

            pub fn title(self) -> &'static str {
                match self { $(Pane::$pane => stringify!($pane),)* }
            }

            pub fn slot(self) -> Slot {
                match self { $(Pane::$pane => Slot::$slot,)* }
            }

            /// Whether `/` types into it: the filter of a list, or what is looked for in a text.
            pub fn is_list(self) -> bool {
                match self { $(Pane::$pane => $is_list,)* }
            }

            /// What goes to it: key, name in the configuration, words of the help.
            pub fn way(self) -> (&'static str, &'static str, &'static str) {
                match self { $(Pane::$pane => ($key, $action, $go),)* }
            }
        }

        /// The state of every pane.
        #[derive(Default)]
        pub struct Panes { $(pub $field: $state,)* }

        impl Panes {
            pub fn get(&self, pane: Pane) -> &dyn Component {
                match pane { $(Pane::$pane => &self.$field,)* }
            }

            pub fn get_mut(&mut self, pane: Pane) -> &mut dyn Component {
                match pane { $(Pane::$pane => &mut self.$field,)* }
            }
        }
    };
}

// Name, state, place on the screen, whether `/` types into it, key, name of the action, words of the help.
panes! {
    Relations relations: RelationsPane, UpperLeft, true, "1", "pane-relations", "go to relations";
    Facts facts: FactsPane, LowerLeft, true, "2", "pane-facts", "go to facts";
    Templates templates: TemplatesPane, Middle, true, "3", "pane-templates", "go to templates";
    Mask mask: MaskPane, Right, false, "4", "pane-mask", "go to the mask";
    Prompt prompt: PromptPane, BottomLeft, true, "5", "pane-prompt", "go to the prompt";
    Run run: RunPane, BottomRight, true, "6", "pane-run", "go to the run";
}

impl Pane {
    pub fn next(self, by: usize) -> Pane {
        Pane::ALL[(self as usize + by) % Pane::ALL.len()]
    }

    /// The one before.
    pub fn previous(self) -> Pane {
        self.next(Pane::ALL.len() - 1)
    }
}
