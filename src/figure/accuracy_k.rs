//! Accuracy by the number of templates, one line per method and preset.

use std::collections::{BTreeMap, BTreeSet};

use super::axis::{Axis, page};
use super::legend::{self, Entry};
use super::{Content, FigureError, MARGIN, refuse, words};
use crate::canvas::{Canvas, Path};
use crate::layout::picture::label_step;
use crate::numbers::count;
use crate::results::Summary;
use crate::score::belief::Spread;

const PLOT: f64 = 430.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 72.0;
const TOP: f64 = 54.0;

/// Runs of one method with as many templates.
struct Point {
    /// Their mean accuracy; of several runs the range, of one its 95 % Wilson interval.
    accuracy: f64,
    low: f64,
    high: f64,
    runs: usize,
}

pub fn draw(content: Content<'_>) -> Result<Canvas, FigureError> {
    let runs = &content.report.runs;
    let names: Vec<String> = match content.names {
        [] => runs.iter().map(words).collect(),
        given => given.to_vec(),
    };
    let of_runs = runs.iter().zip(names);
    let of_runs = of_runs.map(|(run, series)| (series, templates(&run.summary), &run.summary));
    let of_cells = content
        .cells
        .iter()
        .map(|cell| (cell.name.clone(), cell.k, &cell.summary));
    let mut series: Vec<(String, BTreeMap<usize, Vec<&Summary>>)> = Vec::new();
    for (name, k, summary) in of_runs.chain(of_cells) {
        let at = series.iter().position(|(known, _)| *known == name);
        let at = at.unwrap_or_else(|| {
            series.push((name, BTreeMap::new()));
            series.len() - 1
        });
        series[at].1.entry(k).or_default().push(summary);
    }
    if series.len() > legend::MOST {
        let most = legend::MOST;
        return refuse(&format!(
            "at most {most} methods can be told apart: give fewer files"
        ));
    }
    let ks: BTreeSet<usize> = series
        .iter()
        .flat_map(|(_, points)| points.keys().copied())
        .collect();
    let (Some(&least), Some(&most)) = (ks.first(), ks.last()) else {
        return refuse("no run has rows");
    };
    if least == most {
        return refuse(&format!(
            "all runs have {}: give runs with different numbers of templates, or a sweep",
            count(least, "template")
        ));
    }
    let series: Vec<(String, BTreeMap<usize, Point>)> = (series.into_iter())
        .map(|(name, points)| {
            let points = points
                .into_iter()
                .filter_map(|(k, runs)| Some((k, Point::of(&runs)?)));
            (name, points.collect())
        })
        .collect();
    let points = || series.iter().flat_map(|(_, points)| points.values());
    let several = points().any(|point| point.runs > 1);
    let entry = |(name, points): &(String, BTreeMap<usize, Point>)| {
        let runs: usize = points.values().map(|point| point.runs).sum();
        let figures = if several {
            vec![count(runs, "run")]
        } else {
            Vec::new()
        };
        Entry {
            name: name.clone(),
            figures,
        }
    };
    let entries: Vec<Entry> = series.iter().map(entry).collect();
    let (right, bottom) = (LEFT + PLOT, TOP + HEIGHT);
    let width = right + 24.0 + legend::width(&entries) + MARGIN;
    let height = (bottom + 48.0 + MARGIN).max(TOP + legend::height(&entries) + MARGIN);
    let mut canvas = page(width, height, &content.title_or(&content.what()));

    let ends = points()
        .flat_map(|point| [point.low, point.high])
        .collect::<Vec<f64>>();
    let y = Axis::of_shares(ends.iter().copied(), (bottom, TOP));
    let margin = (most - least) as f64 * 0.06;
    let x = Axis::new((least as f64 - margin, most as f64 + margin), (LEFT, right));
    let intervals = match several {
        true => "accuracy, % (mean and range of runs; of one: 95 % interval)",
        false => "accuracy, % (95 % Wilson interval)",
    };
    y.draw_left(&mut canvas, (LEFT, right), &y.percents(), intervals);
    let ks: Vec<usize> = ks.into_iter().collect();
    let step = label_step(ks.len(), |i, k| {
        x.at(ks[k] as f64) - x.at(ks[i] as f64) > 20.0
    });
    let ticks: Vec<(f64, String)> = (ks.iter().step_by(step))
        .map(|&k| (k as f64, k.to_string()))
        .collect();
    x.draw_below(
        &mut canvas,
        (TOP, bottom),
        &ticks,
        "templates per question, k",
    );
    for (at, (_, points)) in series.iter().enumerate() {
        let colour = legend::colour(at);
        // Beside each other, so that no interval hides another.
        let aside = 6.0 * (at as f64 - (series.len() - 1) as f64 / 2.0);
        let place = |(&k, point): (&usize, &Point)| (x.at(k as f64) + aside, y.at(point.accuracy));
        let line: Vec<(f64, f64)> = points.iter().map(place).collect();
        canvas.add(Path::stroke(&line, colour, 1.5));
        for (point, &(px, py)) in points.values().zip(&line) {
            let ends = [(px, y.at(point.low)), (px, y.at(point.high))];
            canvas.add(Path::stroke(&ends, colour, 1.0));
            legend::mark(&mut canvas, at, px, py);
        }
    }
    legend::draw(&mut canvas, right + 24.0, TOP, &entries);
    Ok(canvas)
}

/// How many templates most facts were asked through; the smaller number on a tie.
fn templates(summary: &Summary) -> usize {
    let mut times: BTreeMap<usize, usize> = BTreeMap::new();
    for fact in &summary.facts {
        let together = fact.answers.first().map_or(1, |answer| answer.asked);
        *times.entry(fact.n.max(together)).or_default() += 1;
    }
    let most = times
        .into_iter()
        .max_by_key(|&(k, times)| (times, std::cmp::Reverse(k)));
    most.map_or(1, |(k, _)| k)
}

impl Point {
    fn of(runs: &[&Summary]) -> Option<Self> {
        let accuracy = |run: &&Summary| run.tally.total.accuracy();
        let spread = Spread::of(&runs.iter().map(accuracy).collect::<Vec<_>>())?;
        let (low, high) = match runs {
            [run] => {
                let interval = run.tally.total.interval()?;
                (interval.low, interval.high)
            }
            _ => (spread.low, spread.high),
        };
        Some(Point {
            accuracy: spread.mean,
            low,
            high,
            runs: runs.len(),
        })
    }
}
