//! Runs one below the other, each with its accuracy and interval.

use super::axis::{Axis, page};
use super::{Content, FigureError, LINE, MARGIN, SMALL, TEXT, percent, refuse};
use crate::canvas::{Anchor, BLACK, BLUE, Canvas, GREY, Path, Text, VERMILION, WHITE, text_width};
use crate::numbers::thousands;

const PLOT: f64 = 380.0;
const ROW: f64 = 26.0;
const TOP: f64 = 72.0;

pub fn draw(content: Content<'_>) -> Result<Canvas, FigureError> {
    let report = content.report;
    let names = content.run_names();
    let intervals: Option<Vec<_>> = (report.runs.iter())
        .map(|run| run.summary.tally.total.interval())
        .collect();
    let Some(intervals) = intervals else {
        return refuse("a run without rows has no accuracy to draw");
    };
    let told: Vec<[String; 2]> = (report.runs.iter().zip(&intervals))
        .map(|(run, interval)| {
            let total = &run.summary.tally.total;
            let (low, high) = (percent(interval.low), percent(interval.high));
            [
                format!("{} [{low}, {high}]", percent(total.accuracy())),
                format!("{} / {}", thousands(total.correct), thousands(total.n)),
            ]
        })
        .collect();
    let widest = |texts: &mut dyn Iterator<Item = &str>| {
        texts.map(|text| text_width(text, TEXT)).fold(0.0, f64::max)
    };
    let left = MARGIN + widest(&mut names.iter().map(String::as_str)) + 16.0;
    let right = left + PLOT;
    let first_column = right + 18.0;
    let accuracy = "accuracy [95 % CI], %";
    let cells = &mut told.iter().map(|cells| cells[0].as_str()).chain([accuracy]);
    let second_column = first_column + widest(cells) + 18.0;
    let count = "right / n";
    let cells = &mut told.iter().map(|cells| cells[1].as_str()).chain([count]);
    let width = second_column + widest(cells) + MARGIN;
    let bottom = TOP + ROW * names.len() as f64;
    let mut notes = Vec::new();
    if report.runs.len() > 1 {
        notes.push(
            "filled: better (blue) or worse (vermilion) than the first run (paired test, p < 0.05); hollow: neither"
                .to_owned(),
        );
    }
    let noted = notes
        .iter()
        .map(|note| 2.0 * MARGIN + text_width(note, SMALL));
    let width = noted.fold(width, f64::max);
    let height = bottom + 50.0 + LINE * notes.len() as f64 + MARGIN;
    let mut canvas = page(width, height, &content.title_or(&content.what()));

    let ends = || {
        intervals
            .iter()
            .flat_map(|interval| [interval.low, interval.high])
    };
    let axis = Axis::of_shares(ends(), (left, right));
    let label = "accuracy, % (95 % Wilson interval)";
    axis.draw_below(&mut canvas, (TOP, bottom), &axis.percents(), label);
    let heading = |x: f64, text: &str| Text::new(x, TOP - 10.0, SMALL, text).coloured(GREY);
    canvas.add(heading(first_column, accuracy));
    canvas.add(heading(second_column, count));
    let reference = axis.at(report.runs[0].summary.tally.total.accuracy());
    canvas.add(Path::dashed(
        (reference, TOP),
        (reference, bottom),
        GREY,
        1.0,
    ));
    for (at, ((run, interval), cells)) in
        (report.runs.iter().zip(&intervals)).zip(&told).enumerate()
    {
        let y = TOP + ROW * (at as f64 + 0.5);
        let x = axis.at(run.summary.tally.total.accuracy());
        let against = report.against_first().find(|of| of.second == at);
        // Outline and fill: what does not differ is hollow.
        let (colour, fill) = match against.map(|of| (of.p < 0.05, of.difference() < 0.0)) {
            None => (BLACK, BLACK),
            Some((true, true)) => (VERMILION, VERMILION),
            Some((true, false)) => (BLUE, BLUE),
            Some((false, _)) => (BLUE, WHITE),
        };
        let (low, high) = (axis.at(interval.low), axis.at(interval.high));
        canvas.add(Path::stroke(&[(low, y), (high, y)], colour, 1.5));
        for end in [low, high] {
            canvas.add(Path::stroke(&[(end, y - 3.5), (end, y + 3.5)], colour, 1.5));
        }
        canvas.add(Path {
            stroke: Some((colour, 1.5)),
            ..Path::polygon(x, y, 5.0, if at == 0 { 4 } else { 24 }, fill)
        });
        let name = Text::new(left - 14.0, y + 4.5, TEXT, &names[at]);
        canvas.add(name.anchored(Anchor::End));
        canvas.add(Text::new(first_column, y + 4.5, TEXT, &cells[0]));
        canvas.add(Text::new(second_column, y + 4.5, TEXT, &cells[1]));
    }
    for (line, note) in notes.iter().enumerate() {
        let y = bottom + 58.0 + LINE * line as f64;
        canvas.add(Text::new(MARGIN, y, SMALL, note).coloured(GREY));
    }
    Ok(canvas)
}
