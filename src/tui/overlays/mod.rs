//! What lies over the panes, a folder each with state, keys and drawing behind one trait. Every overlay says its keys in
//! its last line.
//!
//! To add an overlay, write its folder and its row in [`overlays!`].

pub mod commands;
mod frame;
pub mod help;
pub mod inputs;
pub mod lab;
pub mod options;
mod page;
pub mod palette;
pub mod question;
pub mod runs;
pub mod sets;
pub mod shots;
pub mod wording;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use tui_input::Input;

pub use commands::Commands;
pub use frame::overlay_box;
pub use help::Help;
pub use inputs::InputsList;
pub use lab::Lab;
pub use options::{OptionRow, OptionsList};
pub use page::{Page, PageLine};
pub use palette::Palette;
pub use question::{Question, QuestionBox, Refusal};
pub use runs::RunsList;
pub use sets::SetsList;
pub use shots::ShotsEditor;
pub use wording::WordingEditor;

use super::keymap::Key;
use super::message::Effect;
use super::workspace::Workspace;
use super::workspace::wording::Draft;

/// What a key does in an overlay: effects, and whether the overlay stays open.
pub type Outcome = (Vec<Effect>, bool);

/// An overlay: its state, its keys, its drawing.
pub trait Dialog {
    /// Columns and rows of its box at most.
    fn size(&self, work: &Workspace) -> (u16, u16);

    fn key(&mut self, work: &mut Workspace, key: Key) -> Outcome;

    /// Its keys and what they do, the way out last.
    fn keys(&self, _work: &Workspace) -> Vec<(&'static str, &'static str)> {
        vec![("esc", "close")]
    }

    /// ctrl-c: whether the overlay stays open all the same.
    fn interrupt(&mut self, _work: &mut Workspace, _key: Key) -> bool {
        false
    }

    /// Brings lines and scroll offsets up to date before a frame.
    fn prepare(&mut self, _work: &Workspace, _inner: Rect) {}

    /// A click on a line inside.
    fn press(&mut self, _work: &Workspace, _inner: Rect, _line: usize) {}

    /// A notch of the wheel, up or down; whether that changes anything.
    fn wheel(&mut self, _work: &Workspace, _by: isize) -> bool {
        false
    }

    /// Whether it holds what the user has typed: a click beside it must not throw that away.
    fn holds_text(&self) -> bool {
        false
    }

    /// The line that is being typed.
    fn input(&mut self) -> Option<&mut Input> {
        None
    }

    /// What is under its cursor, in one line of words.
    fn hint(&self, _work: &Workspace) -> Option<String> {
        None
    }

    /// The wording that is being typed.
    fn draft(&self) -> Option<Draft> {
        None
    }

    /// Its box, and the room for its text.
    fn place(&self, work: &Workspace) -> (Rect, Rect) {
        let (columns, rows) = self.size(work);
        // Where there is room, the last line stays free for what the program says.
        let most = match work.size.1 {
            height @ 0..12 => height,
            height => height - 2,
        };
        overlay_box((columns, rows.min(most)), work.size)
    }

    fn draw(&self, work: &Workspace, buf: &mut Buffer, area: Rect, inner: Rect);
}

macro_rules! overlays {
    ($($overlay:ident($state:ty);)*) => {
        /// What lies over the panes; at most one at a time.
        #[derive(Debug, Clone)]
        pub enum Overlay { $($overlay($state),)* }

        impl Overlay {
            pub fn dialog(&self) -> &dyn Dialog {
                match self { $(Overlay::$overlay(state) => state,)* }
            }

            pub fn dialog_mut(&mut self) -> &mut dyn Dialog {
                match self { $(Overlay::$overlay(state) => state,)* }
            }
        }
    };
}

overlays! {
    Help(Help);
    Options(OptionsList);
    Shots(ShotsEditor);
    Sets(SetsList);
    Runs(RunsList);
    Lab(Lab);
    Inputs(InputsList);
    Commands(Commands);
    Question(QuestionBox);
    Palette(Palette);
    Wording(WordingEditor);
}

impl Overlay {
    /// Its box, and the room for its text.
    pub fn place(&self, work: &Workspace) -> (Rect, Rect) {
        self.dialog().place(work)
    }

    pub fn draw(&self, work: &Workspace, buf: &mut Buffer) {
        let (area, inner) = self.place(work);
        self.dialog().draw(work, buf, area, inner);
    }
}

/// A number of lines, as a size of a box.
fn lines(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// Columns of a box that holds long lines.
const WIDE: u16 = 100;

/// Columns of a box that holds a line or short rows.
const NARROW: u16 = 64;
