//! How often answers of each probability are right, and how many of each there are.

use super::axis::{Axis, page};
use super::legend::{self, Entry};
use super::{Content, FigureError, MARGIN, SMALL, percent, refuse};
use crate::canvas::{Anchor, Canvas, GREY, Path, Text};
use crate::numbers::count;
use crate::score::{BINS, Bin, Calibration, wilson_interval};

const SIDE: f64 = 380.0;
const LEFT: f64 = 72.0;
const TOP: f64 = 54.0;
/// Height of the counts below, and the space above them.
const COUNTS: f64 = 76.0;
const GAP: f64 = 24.0;

pub fn draw(content: Content<'_>) -> Result<Canvas, FigureError> {
    // Each run by its probabilities, and beside them by drawn answers where there are any.
    let mut names = Vec::new();
    let mut found: Vec<Calibration> = Vec::new();
    for (name, run) in content.run_names().into_iter().zip(&content.report.runs) {
        let Some(of) = run.summary.calibration() else {
            return refuse(
                "a file has no probabilities: reliability needs the column `probability`",
            );
        };
        names.push(name.clone());
        found.push(of);
        if let Some(of) = run.summary.sampled() {
            names.push(format!("{name}, drawn"));
            found.push(of);
        }
    }
    if found.len() > legend::MOST {
        let most = legend::MOST;
        return refuse(&format!(
            "at most {most} series can be told apart: give fewer files"
        ));
    }
    let entry = |(name, of): (String, &Calibration)| {
        let auroc = of
            .auroc
            .map_or(String::new(), |auroc| format!(", AUROC {auroc:.2}"));
        Entry {
            name,
            figures: vec![
                count(of.n, "answer"),
                format!(
                    "ECE {} %, Brier {:.3}{auroc}",
                    percent(of.ece_equal_count()),
                    of.brier
                ),
            ],
        }
    };
    let entries: Vec<Entry> = names.into_iter().zip(&found).map(entry).collect();
    let (right, bottom) = (LEFT + SIDE, TOP + SIDE);
    let base = bottom + GAP + COUNTS;
    let width = right + 24.0 + legend::width(&entries) + MARGIN;
    let height = (base + 48.0 + MARGIN).max(TOP + legend::height(&entries) + MARGIN);
    let mut canvas = page(width, height, &content.title_or(&content.what()));

    let x = Axis::new((0.0, 1.0), (LEFT, right));
    let y = Axis::new((0.0, 1.0), (bottom, TOP));
    let ticks: Vec<(f64, String)> = (0..=5)
        .map(|i| (f64::from(i) / 5.0, format!("{}", i * 20)))
        .collect();
    let bare: Vec<(f64, String)> = ticks.iter().map(|(at, _)| (*at, String::new())).collect();
    y.draw_left(
        &mut canvas,
        (LEFT, right),
        &ticks,
        "right, % (95 % Wilson interval)",
    );
    x.draw_below(&mut canvas, (TOP, bottom), &bare, "");
    canvas.add(Path::dashed((LEFT, bottom), (right, TOP), GREY, 1.0));
    for (series, of) in found.iter().enumerate() {
        let colour = legend::colour(series);
        let points: Vec<(f64, f64)> = (of.equal_count.iter())
            .map(|bin| (x.at(bin.probability), y.at(bin.right)))
            .collect();
        canvas.add(Path::stroke(&points, colour, 1.25));
        for (bin, &(px, py)) in of.equal_count.iter().zip(&points) {
            let right = (bin.right * bin.n as f64).round() as u64;
            if let Some(interval) = wilson_interval(right, bin.n as u64) {
                let ends = [(px, y.at(interval.low)), (px, y.at(interval.high))];
                canvas.add(Path::stroke(&ends, colour, 1.0));
            }
            legend::mark(&mut canvas, series, px, py);
        }
    }
    counts(&mut canvas, &found, x, base);
    x.draw_below(
        &mut canvas,
        (base, base),
        &ticks,
        "probability of the answer, %",
    );
    legend::draw(&mut canvas, right + 24.0, TOP, &entries);
    Ok(canvas)
}

/// Which share of a run's answers is of each probability: bars in bins of equal width, the runs side by side.
fn counts(canvas: &mut Canvas, found: &[Calibration], x: Axis, base: f64) {
    let shares = found.iter().flat_map(|of| {
        let share = |bin: &Bin| bin.n as f64 / of.n as f64;
        of.equal_width.iter().map(share)
    });
    // The multiple of 10 % above all bars.
    let most = (shares.fold(0.0, f64::max) * 10.0).ceil() / 10.0;
    let width = (x.at(1.0) - x.at(0.0)) / BINS as f64;
    let bar = (width - 6.0) / found.len() as f64;
    for (series, of) in found.iter().enumerate() {
        for bin in &of.equal_width {
            // A bin reaches from above its lower border to its upper one.
            let place = ((bin.high * BINS as f64).ceil() - 1.0).max(0.0) / BINS as f64;
            let left = x.at(place) + 3.0 + bar * series as f64;
            let top = base - COUNTS * bin.n as f64 / of.n as f64 / most;
            canvas.add(Path::rectangle(
                left,
                top,
                bar,
                base - top,
                legend::colour(series),
            ));
        }
    }
    let label = Text::new(LEFT - 44.0, base - COUNTS / 2.0, SMALL, "answers, %");
    canvas.add(label.anchored(Anchor::Middle).upwards());
    let left = x.at(0.0);
    for (share, y) in [(most, base - COUNTS), (0.0, base)] {
        canvas.add(Path::stroke(&[(left - 4.0, y), (left, y)], GREY, 1.0));
        let percent = format!("{:.0}", share * 100.0);
        let text = Text::new(left - 7.0, y + 4.0, SMALL, &percent);
        canvas.add(text.anchored(Anchor::End));
    }
    canvas.add(Path::stroke(
        &[(left, base - COUNTS), (left, base)],
        GREY,
        1.0,
    ));
}
