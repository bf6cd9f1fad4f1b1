//! What was seen as files: pictures and tables.

use std::io::{self, Write};
use std::path::Path;

use crate::cli::CliError;
use crate::inspect::{Attention, Heads, Heat};
use crate::layout::picture::canvas::Canvas;
use crate::layout::picture::{Grid, Labels, Shade, heat_drawing, png, svg};
use crate::numbers::count;
use crate::results::{self, MassTable, write_batches};

/// Blocks along a side of a picture of attention.
const CELLS: usize = 150;

/// What the ending of a file's name promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Svg,
    Png,
    Html,
    Csv,
    Feather,
}

impl Kind {
    pub fn of(path: &Path) -> Result<Self, CliError> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending.unwrap_or_default().to_lowercase().as_str() {
            "svg" => Ok(Kind::Svg),
            "png" => Ok(Kind::Png),
            "html" | "htm" => Ok(Kind::Html),
            "csv" => Ok(Kind::Csv),
            "feather" | "arrow" => Ok(Kind::Feather),
            _ => Err(CliError::Usage(format!(
                "{}: which format is that? Give a name that ends with .svg, .png, .html, .csv or .feather",
                path.display()
            ))),
        }
    }
}

/// A file to be written.
#[derive(Debug, Clone, Copy)]
pub struct To<'a> {
    pub path: &'a Path,
    pub kind: Kind,
    pub overwrite: bool,
}

impl To<'_> {
    /// Masses as a table; whether this is the kind of file for them.
    pub fn table(self, table: &MassTable) -> Result<bool, CliError> {
        let To {
            path, overwrite, ..
        } = self;
        match self.kind {
            Kind::Csv => table.write_csv(path, overwrite)?,
            Kind::Feather => write_batches(path, overwrite, "masses", |put| put(table.batch()))?,
            Kind::Svg | Kind::Png | Kind::Html => return Ok(false),
        }
        Ok(true)
    }

    /// Attention on the mask, as a vector or pixel drawing; `page` writes any other kind.
    pub fn picture(
        self,
        attention: &Attention,
        labels: &Labels,
        heads: Heads,
        page: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), CliError> {
        let wrong = |source| results::Error::Write {
            path: self.path.to_owned(),
            source,
        };
        let drawing = || drawing(attention, labels, heads);
        results::write(self.path, self.overwrite, |to| {
            let written = match self.kind {
                Kind::Svg => writeln!(to, "{}", svg(&drawing())),
                Kind::Png => png(&drawing())
                    .map_err(io::Error::other)
                    .and_then(|bytes| to.write_all(&bytes)),
                _ => page(to),
            };
            Ok::<_, CliError>(written.map_err(wrong)?)
        })
    }
}

fn drawing(attention: &Attention, labels: &Labels, heads: Heads) -> Canvas {
    let layout = attention.layout();
    let grid = Grid::fit(layout, layout.len(), CELLS, CELLS);
    let (rows, keys) = (grid.rows.len(), grid.keys.len());
    let heat = Heat::new(attention, heads, &grid, 0..rows, 0..keys);
    let mut shades = Vec::new();
    for row in 0..rows {
        for key in 0..keys {
            let read = grid.cell(layout, row, key).reason.reads();
            // Where nothing to speak of is read, the mask's pale colour shows.
            let share = heat.at(row, key).filter(|share| read && *share > 1e-4);
            shades.extend(share.map(|share| Shade {
                rows: grid.rows.block(row),
                keys: grid.keys.block(key),
                share,
            }));
        }
    }
    heat_drawing(layout, labels, &whose(attention, heads), &shades)
}

/// `375 tokens: attention, layer 3, head 2`.
fn whose(attention: &Attention, heads: Heads) -> String {
    let tokens = count(attention.layout().len(), "token");
    let of = |chosen: Option<usize>, what: &str| match chosen {
        Some(number) => format!("{what} {}", number + 1),
        None => format!("mean of all {what}s"),
    };
    format!(
        "{tokens}: attention, {}, {}",
        of(heads.layer, "layer"),
        of(heads.head, "head")
    )
}
