//! When to draw: at once after a quiet time, else not before a frame's time has passed. A pure type.

use std::time::{Duration, Instant};

/// Least time between two frames: 60 a second are enough for any eye.
const FRAME: Duration = Duration::from_millis(16);

/// Knows when the last frame was drawn and whether another is wanted.
#[derive(Debug, Default)]
pub struct Frames {
    last: Option<Instant>,
    wanted: bool,
}

impl Frames {
    /// Something changed.
    pub fn want(&mut self) {
        self.wanted = true;
    }

    /// How long to wait before the wanted frame; `None` where none is wanted, so that an idle program sleeps.
    pub fn wait(&self, now: Instant) -> Option<Duration> {
        if !self.wanted {
            return None;
        }
        let due = self.last.map(|last| last + FRAME);
        Some(due.map_or(Duration::ZERO, |due| due.saturating_duration_since(now)))
    }

    /// A frame has been drawn.
    pub fn drawn(&mut self, now: Instant) {
        self.last = Some(now);
        self.wanted = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_gives_one_frame_and_silence_none() {
        let mut frames = Frames::default();
        let start = Instant::now();
        assert_eq!(frames.wait(start), None);
        frames.want();
        assert_eq!(frames.wait(start), Some(Duration::ZERO));
        frames.drawn(start);
        assert_eq!(frames.wait(start), None);
        for _ in 0..100 {
            frames.want();
        }
        assert_eq!(
            frames.wait(start + Duration::from_millis(6)),
            Some(Duration::from_millis(10))
        );
        assert_eq!(
            frames.wait(start + Duration::from_secs(1)),
            Some(Duration::ZERO)
        );
    }
}
