//! Accuracy over the number of templates, in letters.

use crate::cli::plain::percent;
use crate::results::Way;

/// Lines of the plot.
const HEIGHT: usize = 10;

/// Columns between two numbers of templates.
const STEP: usize = 8;

/// Letters in one place; a plus sign stands for more.
const MOST: usize = STEP - 2;

const LETTERS: &[u8; 26] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// What stands for a way of asking.
pub fn letter(way: usize) -> char {
    char::from(LETTERS[way % LETTERS.len()])
}

/// The plot, one column per k; `None` where k does not vary, or where there are more ways than letters.
pub fn of(ways: &[Way], names: &[&str]) -> Option<String> {
    let mut ks: Vec<usize> = ways.iter().map(|way| way.k).collect();
    ks.sort_unstable();
    ks.dedup();
    if ks.len() < 2 || names.len() > LETTERS.len() {
        return None;
    }
    let accuracies = || ways.iter().map(Way::accuracy);
    // Whole tenths, so that the axis is read at a glance.
    let low = (accuracies().fold(1.0, f64::min) * 10.0).floor() / 10.0;
    let high = (accuracies().fold(0.0, f64::max) * 10.0).ceil() / 10.0;
    let high = high.max(0.1);
    let low = low.min(high - 0.1);
    let line_of =
        |accuracy: f64| ((high - accuracy) / (high - low) * HEIGHT as f64).round() as usize;
    let mut lines = vec![vec![String::new(); ks.len()]; HEIGHT + 1];
    for way in ways {
        let name = names.iter().position(|name| *name == way.name);
        let column = ks.iter().position(|k| *k == way.k);
        if let (Some(name), Some(column)) = (name, column) {
            let cell = &mut lines[line_of(way.accuracy()).min(HEIGHT)][column];
            match cell.len() {
                len if len < MOST => cell.push(letter(name)),
                len if len == MOST => cell.push('+'),
                _ => {}
            }
        }
    }
    let mut plot = String::from("accuracy in %\n");
    for (at, line) in lines.iter().enumerate() {
        let value = high - (high - low) * at as f64 / HEIGHT as f64;
        let cells: String = line.iter().map(|cell| format!("{cell:>STEP$}")).collect();
        plot.push_str(format!("{:>5} │{cells}", percent(value)).trim_end());
        plot.push('\n');
    }
    let axis: String = ks.iter().map(|k| format!("{k:>STEP$}")).collect();
    plot.push_str(&format!("      └{}\n", "─".repeat(STEP * ks.len() + 2)));
    plot.push_str(&format!("     k {axis}\n"));
    Some(plot)
}
