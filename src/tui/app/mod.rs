//! The explorer as a pure state machine: events in, effects out; no I/O, no clock, no threads.
//!
//! ```text
//! Event ─► App::handle ─► Effects          (runtime and worker carry them out)
//!              │
//!              └► App::prepare ─► screen::draw   (once per frame, however many events came before)
//! ```
//!
//! The application routes: a key goes to the overlay, to the filter being typed, or through the table of actions to the
//! pane that knows it. What panes and overlays share is the [`Workspace`].
//!
//! | file | idea |
//! |---|---|
//! | `events`, `actions` | what an event changes; what a key means |
//! | `filter`, `mouse` | typing into the filter of a list; clicks and the wheel |
//! | `memory` | how the screen looked, taken to the next start |
//! | `invariants` | what must hold after every event |

mod actions;
mod events;
mod filter;
mod invariants;
mod memory;
mod mouse;

use ratatui::layout::Rect;

pub use super::message::{Effect, Event, Mouse, MouseKind, RunEvent, TokenText};
pub use super::overlays::{OptionRow, Overlay, Question, Refusal};
pub use super::panes::mask::{Grid, MaskParts, Zoom};
pub use super::panes::run::RunParts;
pub use super::panes::{Frame, Pane, Panes};
pub use super::screen::{Border, PaneSizes, Screen, View};
pub use super::workspace::choice::{Choice, Marks, Picks, ShotsFrom};
pub use super::workspace::contrasting::{Rival, Rivals};
pub use super::workspace::exporting::Exported;
pub use super::workspace::inputs::{DataRef, Inputs};
pub use super::workspace::judging::{Case, Judged};
pub use super::workspace::looking::{Looking, Observation, Picture, Seen};
pub use super::workspace::memory::{Given, Memory};
pub use super::workspace::runs::{Job, Opened, Run, Scope, Scored, State};
pub use super::workspace::sequence::Sequence;
pub use super::workspace::step::Step;
pub use super::workspace::studying::{Found, Portrait, Wish};
pub use super::workspace::{Model, Start, Workspace};

use super::graphics::Raster;
use super::keymap::Keymap;
use super::theme::Theme;

/// Everything on screen.
pub struct App {
    pub work: Workspace,
    pub panes: Panes,
    pub view: View,
    pub overlay: Option<Overlay>,
    /// The pane whose filter is being typed.
    pub filtering: Option<Pane>,
    /// What was on screen before that.
    before_filter: Option<filter::Before>,
    /// The border that the mouse was pressed on.
    dragging: Option<Border>,
    dirty: bool,
}

impl App {
    pub fn new(start: Start, keymap: Keymap, theme: Theme, size: (u16, u16)) -> Self {
        App {
            work: Workspace::new(start, keymap, theme, size),
            panes: Panes::default(),
            view: View::default(),
            dragging: None,
            overlay: None,
            filtering: None,
            before_filter: None,
            dirty: true,
        }
    }

    pub fn screen(&self) -> Screen {
        let (columns, rows) = self.work.size;
        let templates = self.work.picks().map(|picks| picks.order().len());
        let view = View {
            templates: templates.and_then(|count| u16::try_from(count).ok()),
            ..self.view
        };
        Screen::new(columns, rows, view)
    }

    /// Where a pane stands and how it is used.
    pub fn frame(&self, screen: &Screen, pane: Pane) -> Frame {
        Frame {
            inner: screen.inner(pane),
            focused: self.view.focus == pane,
            filtering: self.filtering == Some(pane),
        }
    }

    /// Computes what the next frame shows: shots, layout, lines, scroll offsets. Cheap where nothing changed.
    pub fn prepare(&mut self) {
        self.work.covered = self.overlay.is_some();
        self.work.prepare();
        let screen = self.screen();
        for &pane in Pane::ALL {
            let frame = self.frame(&screen, pane);
            self.panes.get_mut(pane).prepare(&mut self.work, frame);
        }
        if let Some(overlay) = &mut self.overlay {
            let (_, inner) = overlay.place(&self.work);
            overlay.dialog_mut().prepare(&self.work, inner);
            // A box may be as high as its lines, which stand only now.
            let (_, inner) = overlay.place(&self.work);
            overlay.dialog_mut().prepare(&self.work, inner);
        }
    }

    /// Which picture of the mask pane is to be on screen: a number that changes whenever it does, or that of the one
    /// that is `shown` until the next one has been computed.
    pub fn raster_version(&self, shown: Option<u64>) -> Option<u64> {
        let frame = self.frame(&self.screen(), Pane::Mask);
        self.panes.mask.raster_version(&self.work, frame, shown)
    }

    /// That picture.
    pub fn raster(&self) -> Option<Raster> {
        let frame = self.frame(&self.screen(), Pane::Mask);
        self.panes.mask.raster(&self.work, frame)
    }

    /// The box of what lies over the panes, and the room for its text.
    pub fn overlay_area(&self) -> Option<(Rect, Rect)> {
        Some(self.overlay.as_ref()?.place(&self.work))
    }

    /// Whether anything changed since the last call: nothing to draw otherwise.
    pub fn take_dirty(&mut self) -> bool {
        std::mem::take(&mut self.dirty)
    }
}
