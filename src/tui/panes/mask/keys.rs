//! Looking around in the mask: crosshair, zoom, segments.

use super::{Grid, MaskPane, MaskParts, Zoom};
use crate::inspect::view::View;
use crate::layout::picture::Axis;
use crate::tui::keymap::Action;
use crate::tui::panes::{Component, Frame};
use crate::tui::workspace::Workspace;
use crate::tui::workspace::looking::Step;

/// Whether the action is one of this pane's.
pub fn act(pane: &mut MaskPane, work: &mut Workspace, frame: Frame, action: Action) -> bool {
    use Action::{
        Fit, NextKeySegment, NextSegment, PreviousKeySegment, PreviousSegment, ZoomCycle, ZoomIn,
        ZoomOut,
    };
    let is_of_mask = matches!(
        action,
        Fit | NextKeySegment
            | NextSegment
            | PreviousKeySegment
            | PreviousSegment
            | ZoomCycle
            | ZoomIn
            | ZoomOut
    );
    if is_of_mask && work.charted().is_some() {
        let key = work.keymap.key(Action::Attention);
        work.say(format!("this view is no mask: {key} shows the mask"));
        return true;
    }
    match action {
        Action::ZoomCycle => zoom(pane, work, frame, |zoom, _, fit| zoom.next(fit)),
        Action::ZoomIn => zoom(pane, work, frame, |zoom, grid, _| zoom.closer(grid)),
        Action::ZoomOut => zoom(pane, work, frame, Zoom::farther),
        Action::Fit => zoom(pane, work, frame, |_, _, _| Zoom::Fit),
        Action::PreviousSegment => segment(work, false, true),
        Action::NextSegment => segment(work, true, true),
        Action::PreviousKeySegment => segment(work, false, false),
        Action::NextKeySegment => segment(work, true, false),
        Action::Emitting => {
            work.prepare();
            if let Some(row) = work.built().map(|sequence| sequence.emitting()) {
                work.crosshair.row = row;
            }
            work.crosshair.follow = true;
        }
        Action::Attention => work.turn_attention(),
        Action::Layers => work.turn_layers(),
        Action::NextView => {
            work.turn_view();
            pane.chart_top = 0;
        }
        Action::WhyNot => work.ask_why_not(),
        Action::SaveView => work.ask_view(),
        Action::PreviousLayer => work.step_heads(Step::Layer(-1)),
        Action::NextLayer => work.step_heads(Step::Layer(1)),
        Action::PreviousHead => work.step_heads(Step::Head(-1)),
        Action::NextHead => work.step_heads(Step::Head(1)),
        Action::StrongestHead => work.step_heads(Step::Strongest),
        _ => return false,
    }
    true
}

/// The mask's grid as it is on screen, and the grid that shows everything.
fn grids(pane: &mut MaskPane, work: &mut Workspace, frame: Frame) -> Option<(Grid, Grid)> {
    work.prepare();
    pane.prepare(work, frame);
    let fit = pane.grid(work, frame, Zoom::Fit)?;
    Some((pane.grid(work, frame, pane.zoom)?, fit))
}

/// Moves the crosshair by blocks of the grid.
pub fn step(pane: &mut MaskPane, work: &mut Workspace, frame: Frame, rows: isize, keys: isize) {
    let Some((grid, _)) = grids(pane, work, frame) else {
        return;
    };
    let moved = |axis: &Axis, token: usize, by: isize| {
        let block = axis
            .of(token)
            .saturating_add_signed(by)
            .min(axis.len().saturating_sub(1));
        axis.block(block).start
    };
    let crosshair = &mut work.crosshair;
    if rows != 0 {
        crosshair.row = moved(&grid.blocks.rows, crosshair.row, rows);
    }
    if keys != 0 {
        crosshair.key = moved(&grid.blocks.keys, crosshair.key, keys);
    }
    crosshair.follow = true;
}

/// Goes to another token of the answer, or scrolls.
pub fn step_chart(
    pane: &mut MaskPane,
    work: &mut Workspace,
    view: View,
    rows: isize,
    columns: isize,
) {
    match view {
        View::Tokens => {
            work.step_token(rows.saturating_add(columns));
            // Title and header stand above the tokens.
            pane.chart_top = pane.chart_top.saturating_add_signed(rows);
        }
        _ => {
            work.step_token(columns);
            pane.chart_top = pane.chart_top.saturating_add_signed(rows);
        }
    }
}

/// Puts the crosshair on a cell of the screen.
pub fn point(pane: &mut MaskPane, work: &mut Workspace, frame: Frame, column: u16, row: u16) {
    let cells = MaskParts::new(frame.inner).cells;
    let grids = grids(pane, work, frame).filter(|_| cells.contains((column, row).into()));
    let Some((grid, _)) = grids else { return };
    let line = pane.top + usize::from(row - cells.y);
    let column = pane.left + usize::from(column - cells.x);
    // Of two blocks in one cell the lower one: it reads more.
    let row =
        (line * grid.per_line + grid.per_line - 1).min(grid.blocks.rows.len().saturating_sub(1));
    if line < grid.lines() && column < grid.blocks.keys.len() {
        work.crosshair.row = grid.blocks.rows.block(row).end - 1;
        work.crosshair.key = grid.blocks.keys.block(column).start;
    }
}

fn zoom(
    pane: &mut MaskPane,
    work: &mut Workspace,
    frame: Frame,
    how: impl FnOnce(Zoom, &Grid, &Grid) -> Zoom,
) {
    if let Some((grid, fit)) = grids(pane, work, frame) {
        pane.zoom = how(pane.zoom, &grid, &fit);
        work.crosshair.follow = true;
    }
}

/// Moves the crosshair's row or key to the next segment, or to the one before.
fn segment(work: &mut Workspace, forward: bool, row: bool) {
    work.prepare();
    let at = if row {
        work.crosshair.row
    } else {
        work.crosshair.key
    };
    let Some(sequence) = work.built() else {
        return;
    };
    let mut starts = sequence
        .layout
        .segments()
        .iter()
        .map(|segment| segment.start);
    // The start of the present segment counts as a stop on the way back.
    let stop = if forward {
        starts.find(|&start| start > at)
    } else {
        starts.rfind(|&start| start < at)
    };
    let stop = stop.unwrap_or(at);
    if row {
        work.crosshair.row = stop;
    } else {
        work.crosshair.key = stop;
    }
    work.crosshair.follow = true;
}
