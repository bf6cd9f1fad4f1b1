//! The parts of the run pane, from top to bottom, and how far answers and log can be scrolled.
//!
//! ```text
//! progress   ━━━━━━━━━━━━━──── running 18/25 facts
//! failure    the engine failed: …
//! accuracy   accuracy 72.2 % [49.1, 87.5]
//! stream     France → Paris⏎
//! head           relation subject     prediction  expected │ relation  accuracy
//! rows       ✓ .91 P36    France      Paris       Paris    │ P36       72.2 [49.1, 87.5]
//! ```

use ratatui::layout::Rect;

use crate::tui::text::{visible, wrap};
use crate::tui::workspace::Workspace;
use crate::tui::workspace::runs::{Run, Scope, State};

/// Where the parts of a run stand; those that there is nothing to say in are empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunParts {
    /// The bar, and the run that waits.
    pub progress: Rect,
    pub failure: Rect,
    pub accuracy: Rect,
    /// How far prompts are read, and answers in the making.
    pub stream: Rect,
    /// The names of the columns, where there is room for columns.
    pub head: Rect,
    /// Answers so far, or methods and presets side by side.
    pub rows: Rect,
    /// Figures per relation and template, where there is room beside the rows.
    pub beside: Rect,
}

/// Lines that the answer in the making leaves to finished ones.
const LEFT: u16 = 2;

/// Columns from which on answers stand in columns, and those of the figures beside them.
const WIDE: u16 = 76;
const BESIDE: u16 = 36;

impl RunParts {
    /// Of the run on screen.
    pub fn of(work: &Workspace, area: Rect) -> Option<Self> {
        Some(RunParts::new(work, work.runs.current.as_ref()?, area))
    }

    fn new(work: &Workspace, run: &Run, area: Rect) -> Self {
        let mut rest = area;
        let mut take = |lines: usize| {
            let height = rest.height.min(u16::try_from(lines).unwrap_or(u16::MAX));
            let part = Rect { height, ..rest };
            rest.y += height;
            rest.height -= height;
            (part, rest)
        };
        let (progress, _) = take(1 + usize::from(work.runs.next.is_some()));
        let failure = match &run.state {
            State::Failed(message) => {
                let text = visible(message, work.theme.symbols);
                wrap(&text, usize::from(area.width)).len()
            }
            _ => 0,
        };
        let (failure, _) = take(failure);
        let compares = run.compares();
        let (accuracy, left) = take(usize::from(!compares && !run.is_about_one_fact()));
        let most = left.height.saturating_sub(LEFT).max(LEFT);
        let stream = if compares { 0 } else { run.stream_lines() };
        let (stream, left) = take(stream.min(usize::from(most)));
        let is_table = !compares && !run.is_about_one_fact();
        let has_head = is_table && left.width >= WIDE && left.height > LEFT;
        let (mut head, mut rows) = take(usize::from(has_head));
        let mut beside = Rect::ZERO;
        if is_table && left.width >= WIDE + BESIDE {
            let height = head.height + rows.height;
            let x = rows.right() - BESIDE;
            beside = Rect::new(x, head.y, BESIDE, height);
            head.width -= BESIDE;
            rows.width -= BESIDE;
        }
        RunParts {
            progress,
            failure,
            accuracy,
            stream,
            head,
            rows,
            beside,
        }
    }
}

impl Run {
    pub fn is_about_one_fact(&self) -> bool {
        matches!(self.scope(), Some(Scope::Fact(_)))
    }

    /// Answers in the making that are worth a line. Of many facts, the one in work matters only while there is one; of
    /// several answers about one fact, until they stand below.
    pub fn shown_streams(&self) -> usize {
        let all = self.streams.len();
        match (self.is_about_one_fact(), self.is_active()) {
            (true, true) => all,
            (true, false) if all == 1 => 1,
            (false, true) if self.reading.is_none() => all.min(1),
            _ => 0,
        }
    }

    /// Lines of the answers in the making: reading, tokens, and for a single answer its steps.
    fn stream_lines(&self) -> usize {
        let reads = usize::from(self.is_active() && self.reading.is_some());
        let steps = match &self.streams[..] {
            [only] if self.is_about_one_fact() => only.steps().count(),
            _ => 0,
        };
        reads + self.shown_streams() + steps
    }

    /// Lines that answers so far, or a comparison, would take.
    pub fn row_lines(&self) -> usize {
        match &self.columns[..] {
            [only] => only.rows.len(),
            several => several.len(),
        }
    }
}
