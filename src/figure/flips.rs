//! What the second run loses and gains against the first, by relation.

use super::axis::{Axis, page};
use super::{Content, FigureError, LINE, MARGIN, SMALL, TEXT, refuse};
use crate::canvas::{Anchor, BLUE, Canvas, GREY, Path, Text, VERMILION, text_width};
use crate::evaluate::relation_order;
use crate::numbers::count;

const PLOT: f64 = 420.0;
const ROW: f64 = 22.0;
const TOP: f64 = 88.0;

/// One relation.
struct Bar<'a> {
    relation: &'a str,
    lost: usize,
    gained: usize,
    facts: usize,
}

pub fn draw(content: Content<'_>) -> Result<Canvas, FigureError> {
    let report = content.report;
    let ([_, _], [comparison]) = (report.runs.as_slice(), report.comparisons.as_slice()) else {
        return refuse("flips are between two runs with facts in common: give two such files");
    };
    let pairs = report.paired(comparison);
    let Some(flips) = pairs.flips() else {
        return refuse("no answer flips: only one of the runs asked templates alone");
    };
    if flips.is_empty() {
        return refuse("no answer flips: both runs are right about the same facts");
    }
    let mut bars: Vec<Bar<'_>> = Vec::new();
    let parts = comparison.by_relation(&pairs);
    for (relation, part) in &parts {
        let here = || {
            flips
                .iter()
                .filter(|flip| *flip.fact.relation == **relation)
        };
        let gained = here().filter(|flip| flip.is_gain()).count();
        bars.push(Bar {
            relation,
            lost: here().count() - gained,
            gained,
            facts: part.facts,
        });
    }
    let net = |bar: &Bar<'_>| bar.gained as i64 - bar.lost as i64;
    bars.sort_by(|a, b| {
        let key = |bar: &Bar<'_>| (std::cmp::Reverse(net(bar)), bar.lost);
        key(a)
            .cmp(&key(b))
            .then_with(|| relation_order(a.relation).cmp(&relation_order(b.relation)))
    });
    let names = content.run_names();
    let title = content.title_or(&format!("{} → {}", names[0], names[1]));
    let signed = |share: f64| format!("{:+.1}", share * 100.0).replace('-', "−");
    let p = match comparison.p {
        p if p < 0.001 => "p < 0.001".to_owned(),
        p => format!("p = {p:.3}"),
    };
    let said = format!(
        "{} points [{}, {}], {p}, {}",
        signed(comparison.difference()),
        signed(comparison.interval.low),
        signed(comparison.interval.high),
        count(comparison.facts, "fact")
    );
    let widest = |of: &dyn Fn(&Bar<'_>) -> String| {
        bars.iter()
            .map(|bar| text_width(&of(bar), TEXT))
            .fold(0.0, f64::max)
    };
    let facts = |bar: &Bar<'_>| bar.facts.to_string();
    let left = MARGIN + widest(&|bar| bar.relation.to_owned()) + 14.0;
    let right = left + PLOT;
    let column = right + 16.0 + widest(&facts).max(text_width("facts", SMALL));
    let width = (column + MARGIN).max(2.0 * MARGIN + text_width(&title, super::TITLE));
    let bottom = TOP + ROW * bars.len() as f64;
    let mut canvas = page(width, bottom + 46.0 + LINE, &title);
    canvas.add(Text::new(MARGIN, 52.0, TEXT, &said).coloured(GREY));

    let most = bars
        .iter()
        .flat_map(|bar| [bar.lost, bar.gained])
        .max()
        .unwrap_or(1) as f64;
    // Room for the numbers beside the longest bars.
    let axis = Axis::new((-most * 1.12, most * 1.12), (left, right));
    let whole = axis
        .ticks()
        .into_iter()
        .filter(|tick| (tick - tick.round()).abs() < 1e-9);
    let ticks: Vec<(f64, String)> = whole
        .map(|tick| (tick, format!("{:.0}", tick.abs())))
        .collect();
    axis.draw_below(&mut canvas, (TOP, bottom), &ticks, "answers that flip");
    let totals = [(false, "lost", VERMILION), (true, "gained", BLUE)];
    for (gain, word, colour) in totals {
        let n = flips.iter().filter(|flip| flip.is_gain() == gain).count();
        let (x, anchor) = match gain {
            true => (axis.at(0.0) + 8.0, Anchor::Start),
            false => (axis.at(0.0) - 8.0, Anchor::End),
        };
        let text = Text::new(x, TOP - 10.0, TEXT, &format!("{n} {word}"));
        canvas.add(text.anchored(anchor).coloured(colour));
    }
    canvas.add(
        Text::new(column, TOP - 10.0, SMALL, "facts")
            .anchored(Anchor::End)
            .coloured(GREY),
    );
    for (line, bar) in bars.iter().enumerate() {
        let y = TOP + ROW * line as f64;
        let name = Text::new(left - 10.0, y + 15.0, TEXT, bar.relation);
        canvas.add(name.anchored(Anchor::End));
        let zero = axis.at(0.0);
        for (n, sign, colour, anchor) in [
            (bar.lost, -1.0, VERMILION, Anchor::End),
            (bar.gained, 1.0, BLUE, Anchor::Start),
        ] {
            if n == 0 {
                continue;
            }
            let end = axis.at(sign * n as f64);
            let (from, to) = (zero.min(end), zero.max(end));
            canvas.add(Path::rectangle(from, y + 4.0, to - from, ROW - 8.0, colour));
            let text = Text::new(end + sign * 5.0, y + 15.0, SMALL, &n.to_string());
            canvas.add(text.anchored(anchor));
        }
        canvas.add(Text::new(column, y + 15.0, TEXT, &facts(bar)).anchored(Anchor::End));
    }
    let zero = axis.at(0.0);
    canvas.add(Path::stroke(&[(zero, TOP), (zero, bottom)], GREY, 1.0));
    Ok(canvas)
}
