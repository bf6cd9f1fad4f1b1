//! Values along an edge of a figure.

use super::{SMALL, TEXT, TITLE};
use crate::canvas::{Anchor, BLACK, Canvas, GREY, PALE, Path, Text, WHITE};

/// From values to places.
#[derive(Debug, Clone, Copy)]
pub struct Axis {
    /// Values at both ends.
    from: f64,
    to: f64,
    /// Their places.
    start: f64,
    end: f64,
}

impl Axis {
    /// With the values at both ends exactly there.
    pub fn new((from, to): (f64, f64), (start, end): (f64, f64)) -> Self {
        Axis {
            from,
            to,
            start,
            end,
        }
    }

    /// Of shares: from the multiple of 5 % below all of them to the one above, at least 10 % wide.
    pub fn of_shares(shares: impl Iterator<Item = f64> + Clone, places: (f64, f64)) -> Self {
        let low = shares.clone().fold(f64::INFINITY, f64::min);
        let high = shares.fold(f64::NEG_INFINITY, f64::max);
        let mut from = (low * 20.0).floor() / 20.0;
        let to = ((high * 20.0).ceil() / 20.0).clamp(0.1, 1.0);
        from = from.min(to - 0.1).max(0.0);
        Axis::new((from, to), places)
    }

    pub fn at(&self, value: f64) -> f64 {
        self.start + (value - self.from) / (self.to - self.from) * (self.end - self.start)
    }

    /// Multiples of 1, 2 or 5 times a power of ten: at most eight.
    pub fn ticks(&self) -> Vec<f64> {
        let span = self.to - self.from;
        let power = 10_f64.powf((span / 8.0).log10().floor());
        let steps = [1.0, 2.0, 5.0, 10.0].map(|times| times * power);
        let step = steps.into_iter().find(|step| span / step <= 8.0 + 1e-9);
        let step = step.unwrap_or(10.0 * power);
        let first = (self.from / step - 1e-9).ceil() as i64;
        let last = (self.to / step + 1e-9).floor() as i64;
        (first..=last).map(|i| i as f64 * step).collect()
    }

    /// Below a plot: ticks with grid lines up to `top`, and what is measured.
    pub fn draw_below(
        &self,
        canvas: &mut Canvas,
        (top, bottom): (f64, f64),
        ticks: &[(f64, String)],
        label: &str,
    ) {
        for (value, text) in ticks {
            let x = self.at(*value);
            canvas.add(Path::stroke(&[(x, top), (x, bottom)], PALE, 0.75));
            canvas.add(Text::new(x, bottom + 16.0, SMALL, text).anchored(Anchor::Middle));
        }
        let (start, end) = (self.start, self.end);
        canvas.add(Path::stroke(&[(start, bottom), (end, bottom)], GREY, 1.0));
        let middle = (start + end) / 2.0;
        canvas.add(Text::new(middle, bottom + 36.0, TEXT, label).anchored(Anchor::Middle));
    }

    /// Left of a plot, with grid lines to `right`.
    pub fn draw_left(
        &self,
        canvas: &mut Canvas,
        (left, right): (f64, f64),
        ticks: &[(f64, String)],
        label: &str,
    ) {
        for (value, text) in ticks {
            let y = self.at(*value);
            canvas.add(Path::stroke(&[(left, y), (right, y)], PALE, 0.75));
            canvas.add(Text::new(left - 7.0, y + 4.0, SMALL, text).anchored(Anchor::End));
        }
        let (start, end) = (self.start, self.end);
        canvas.add(Path::stroke(&[(left, start), (left, end)], GREY, 1.0));
        let middle = (start + end) / 2.0;
        let label = Text::new(left - 44.0, middle, TEXT, label);
        canvas.add(label.anchored(Anchor::Middle).upwards());
    }

    /// The ticks of shares, in percent.
    pub fn percents(&self) -> Vec<(f64, String)> {
        let label = |tick: f64| (tick, format!("{:.0}", tick * 100.0));
        self.ticks().into_iter().map(label).collect()
    }
}

/// An empty white page with its title.
pub fn page(width: f64, height: f64, title: &str) -> Canvas {
    let mut canvas = Canvas {
        width: width.ceil(),
        height: height.ceil(),
        title: title.to_owned(),
        elements: Vec::new(),
    };
    canvas.add(Path::rectangle(
        0.0,
        0.0,
        canvas.width,
        canvas.height,
        WHITE,
    ));
    let text = Text::new(super::MARGIN, 30.0, TITLE, title);
    canvas.add(text.coloured(BLACK));
    canvas
}
