//! What a sweep gave: accuracy by way of asking and number of templates, as table, plot and JSON.

mod plot;

use std::io::{self, Write};

use serde::Serialize;

use super::text::{interval, p_value, points, points_interval};
use crate::cli::plain::{Align, Table, percent, thousands};
use crate::results::{Cell, Way};
use crate::score::Interval;

/// A way of asking in a line, and the plot where k varies.
pub fn write(out: &mut impl Write, cells: &[Cell]) -> io::Result<()> {
    let ways = Way::of(cells);
    let mut names: Vec<&str> = ways.iter().map(|way| way.name.as_str()).collect();
    names.dedup();
    let plot = plot::of(&ways, &names);
    let several = ways.iter().any(|way| way.cells > 1);
    let compared = ways.iter().any(|way| way.difference.is_some());
    let mut columns = vec![
        ("", Align::Left),
        ("way", Align::Left),
        ("k", Align::Right),
        ("cells", Align::Right),
        ("right", Align::Right),
        ("accuracy", Align::Right),
        ("95 % interval", Align::Left),
    ];
    if several {
        columns.push(("worst to best cell", Align::Left));
    }
    if compared {
        columns.push(("against the first", Align::Left));
    }
    let mut table = Table::new(&columns);
    for way in &ways {
        let at = names.iter().position(|name| *name == way.name);
        let letter = at.filter(|_| plot.is_some()).map(plot::letter);
        let mut row = vec![
            letter.map_or(String::new(), String::from),
            way.name.clone(),
            way.k.to_string(),
            way.cells.to_string(),
            format!("{} of {}", thousands(way.correct), thousands(way.n)),
            percent(way.accuracy()),
            interval(way.interval),
        ];
        if several {
            row.push(match way.cells {
                1 => String::new(),
                _ => format!("{} to {}", percent(way.lowest), percent(way.highest)),
            });
        }
        if compared {
            let difference = way.difference.as_ref();
            row.push(difference.map_or(String::new(), |difference| {
                let (gain, of) = (points(difference), points_interval(difference));
                format!("{gain} {of}, p {}", p_value(difference.p))
            }));
        }
        table.row(row);
    }
    table.write(out)?;
    if compared {
        writeln!(
            out,
            "\nagainst the first: points more than the first way with as many templates, over the facts of both"
        )?;
    }
    if let Some(plot) = plot {
        write!(out, "\n{plot}")?;
    }
    Ok(())
}

#[derive(Serialize)]
pub struct WaysView<'a> {
    cells: Vec<CellView<'a>>,
    accuracy: Vec<WayView>,
}

#[derive(Serialize)]
struct CellView<'a> {
    cell: usize,
    options: &'a str,
    k: usize,
    facts: usize,
    n: usize,
    correct: usize,
}

#[derive(Serialize)]
struct WayView {
    options: String,
    k: usize,
    cells: usize,
    n: usize,
    correct: usize,
    accuracy: f64,
    interval: Option<Interval>,
    lowest: f64,
    highest: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    against_first: Option<Difference>,
}

#[derive(Serialize)]
struct Difference {
    facts: usize,
    difference: f64,
    interval: Interval,
    p: f64,
}

impl<'a> WaysView<'a> {
    pub fn of(cells: &'a [Cell]) -> Self {
        let cell = |cell: &'a Cell| CellView {
            cell: cell.number,
            options: &cell.options,
            k: cell.k,
            facts: cell.summary.facts.len(),
            n: cell.summary.tally.total.n,
            correct: cell.summary.tally.total.correct,
        };
        let way = |way: Way| WayView {
            accuracy: way.accuracy(),
            options: way.name,
            k: way.k,
            cells: way.cells,
            n: way.n,
            correct: way.correct,
            interval: way.interval,
            lowest: way.lowest,
            highest: way.highest,
            against_first: way.difference.map(|of| Difference {
                facts: of.facts,
                difference: of.difference(),
                interval: of.interval,
                p: of.p,
            }),
        };
        WaysView {
            cells: cells.iter().map(cell).collect(),
            accuracy: Way::of(cells).into_iter().map(way).collect(),
        }
    }
}
