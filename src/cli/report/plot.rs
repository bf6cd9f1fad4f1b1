//! Plots of characters: reliability, and the accuracies that a choice of templates gives.

use std::io::{self, Write};

use crate::cli::plain::{Align, Table, percent, thousands};
use crate::results::Summary;
use crate::score::belief::Fluctuation;
use crate::score::{Bin, Calibration, wilson_interval};

/// Characters from 0 to 100 %, both ends included.
const WIDTH: usize = 41;
/// Ranges of accuracy.
const RANGES: usize = 12;

/// Every bin of equal count: what it says, what it keeps.
pub fn reliability(out: &mut impl Write, name: &str, found: &Calibration) -> io::Result<()> {
    writeln!(out, "\nreliability of {name}, bins of equal count")?;
    let axis = "0        25        50        75      100 %";
    let mut table = Table::new(&[
        ("probability", Align::Right),
        ("right", Align::Right),
        ("n", Align::Right),
        (axis, Align::Left),
    ]);
    for bin in &found.equal_count {
        table.row([
            percent(bin.probability),
            percent(bin.right),
            thousands(bin.n),
            line(bin),
        ]);
    }
    table.write(out)?;
    writeln!(
        out,
        "● right, ─ its 95 % interval; │ probability; ◆ both at one place"
    )
}

/// `····──●───··│····`
fn line(bin: &Bin) -> String {
    let place = |share: f64| (share * (WIDTH - 1) as f64).round() as usize;
    let mut cells = ['·'; WIDTH];
    let right = (bin.right * bin.n as f64).round() as u64;
    if let Some(interval) = wilson_interval(right, bin.n as u64) {
        cells[place(interval.low)..=place(interval.high)].fill('─');
    }
    let (probability, right) = (place(bin.probability), place(bin.right));
    cells[probability] = '│';
    cells[right] = if probability == right { '◆' } else { '●' };
    cells.iter().collect()
}

/// How likely each range of accuracy is, where one template per relation is drawn.
pub fn distribution(out: &mut impl Write, name: &str, summary: &Summary) -> io::Result<()> {
    let Some(belief) = summary.belief() else {
        return writeln!(
            out,
            "\n{name}: no relation was asked through several templates, each alone: nothing fluctuates"
        );
    };
    let of: Fluctuation = belief.fluctuation;
    writeln!(
        out,
        "\naccuracy of {name} with one template per relation, drawn at random: 95 % of the choices give {} to {}",
        percent(of.quantile(0.025)),
        percent(of.quantile(0.975))
    )?;
    let mut table = Table::new(&[
        ("accuracy", Align::Right),
        ("chance", Align::Right),
        ("", Align::Left),
    ]);
    let chances = of.histogram(RANGES);
    let most = chances.iter().copied().fold(0.0, f64::max);
    let width = (of.high - of.low) / RANGES as f64;
    for (range, chance) in chances.iter().enumerate() {
        let from = of.low + width * range as f64;
        let bar = (chance / most * WIDTH as f64).round() as usize;
        table.row([
            format!("{} to {}", percent(from), percent(from + width)),
            percent(*chance),
            "█".repeat(bar),
        ]);
    }
    table.write(out)
}
