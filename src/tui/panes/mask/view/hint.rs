//! The word of the glossary for the cell under the crosshair, and for what a cell is.

use crate::layout::Reason;
use crate::tui::glossary::explained;
use crate::tui::panes::Frame;
use crate::tui::panes::mask::MaskPane;
use crate::tui::workspace::Workspace;

pub fn hint(pane: &MaskPane, work: &Workspace, frame: Frame) -> Option<String> {
    if work.looking.on && work.seen().is_some() {
        return Some(work.looking.view.explained().to_owned());
    }
    let sequence = work.built()?;
    let mask = work.mask(sequence);
    let reason = mask.reason(work.crosshair.row, work.crosshair.key);
    let word = explained(match reason {
        Reason::Fuses => "fuse",
        Reason::SameSegment(_) | Reason::OtherSegment { .. } => "segment",
        Reason::SameGroup { .. } => "group",
        Reason::ManualCross => "cross",
        Reason::Shared => "shared",
        Reason::Context | Reason::KeyInContext => "context",
        Reason::KeyInNoSegment | Reason::RowInNoSegment => "glue",
        Reason::Plain | Reason::Later => "isolation",
        Reason::Hidden(_) => "left out",
        Reason::OutOfReach { .. } => "window",
    })?;
    let grid = pane.grid(work, frame, pane.zoom)?;
    if grid.blocks.width * grid.blocks.height * grid.per_line == 1 {
        return Some(word);
    }
    Some([word, explained("cell")?].join("   "))
}
