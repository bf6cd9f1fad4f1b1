//! How long a run takes, pauses not counted, as told by the times of its news.

use std::time::Duration;

/// Times are those since the program started.
#[derive(Debug, Clone, Default)]
pub(in crate::tui) struct Clock {
    started: Option<Duration>,
    now: Duration,
    /// Time that passed while paused, and whether the next news ends a pause.
    paused: Duration,
    resumed: bool,
}

impl Clock {
    /// News came at this time.
    pub fn tick(&mut self, at: Duration) {
        self.started.get_or_insert(at);
        if std::mem::take(&mut self.resumed) {
            self.paused += at.saturating_sub(self.now);
        }
        self.now = self.now.max(at);
    }

    /// The time up to the next news was a pause.
    pub fn resume(&mut self) {
        self.resumed = true;
    }

    /// From the first news to the last, without pauses; `None` before the first.
    pub fn took(&self) -> Option<Duration> {
        self.now
            .checked_sub(self.started?)?
            .checked_sub(self.paused)
    }
}
