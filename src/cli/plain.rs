//! Plain text tables.

use std::io::{self, StdoutLock, Write};

use serde::Serialize;
use unicode_width::UnicodeWidthStr;

use super::CliError;
pub use crate::numbers::{count, thousands};
use crate::text::{self, harmless};

/// Writes to stdout; a closed pipe is an error that ends the program quietly.
pub fn stdout(
    content: impl FnOnce(&mut io::BufWriter<StdoutLock<'static>>) -> io::Result<()>,
) -> Result<(), CliError> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    content(&mut out)
        .and_then(|()| out.flush())
        .map_err(CliError::Stdout)
}

/// One line of JSON.
pub fn write_json(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    text::write_json(&mut *to, value)?;
    writeln!(to)
}

/// How a column is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    Left,
    Right,
}

/// Rows of cells, the first of them the header.
pub struct Table {
    columns: Vec<Align>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(header: &[(&str, Align)]) -> Self {
        Table {
            columns: header.iter().map(|(_, align)| *align).collect(),
            rows: vec![header.iter().map(|(name, _)| (*name).to_owned()).collect()],
        }
    }

    /// A table of names and values without a header.
    pub fn pairs() -> Self {
        Table::plain(2)
    }

    /// A table without a header.
    pub fn plain(columns: usize) -> Self {
        Table {
            columns: vec![Align::Left; columns],
            rows: Vec::new(),
        }
    }

    /// Without a header and rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = impl Into<String>>) {
        let cells = cells
            .into_iter()
            .map(|cell| harmless(&cell.into()).into_owned());
        self.rows.push(cells.collect());
    }

    /// Columns are as wide as their widest cell and two spaces apart.
    pub fn write(&self, to: &mut impl Write) -> io::Result<()> {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        for row in &self.rows {
            let mut line = String::new();
            for ((cell, align), width) in row.iter().zip(&self.columns).zip(&widths) {
                let space = " ".repeat(width - cell.width());
                match align {
                    Align::Left => line.extend([cell, space.as_str()]),
                    Align::Right => line.extend([space.as_str(), cell]),
                }
                line.push_str("  ");
            }
            writeln!(to, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// `72.2`: a share in percent.
pub fn percent(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_display_width() {
        let mut table = Table::new(&[("name", Align::Left), ("n", Align::Right)]);
        table.row(["東京", "1"]);
        table.row(["x\u{1b}[2J", "1,000"]);
        let mut text = Vec::new();
        table.write(&mut text).expect("a vector takes everything");
        let text = String::from_utf8(text).expect("it was text");
        assert_eq!(
            text,
            "name            n\n東京            1\nx\\u{1b}[2J  1,000\n"
        );
    }
}
