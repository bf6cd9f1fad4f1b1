//! What was seen as files: pictures and tables.

use std::io::{self, Write};
use std::path::Path;

use crate::cli::CliError;
use crate::inspect::view::{Sighted, View};
use crate::results::{self, Form, MassTable, write_batches, write_view};

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
    /// What it shows; of a table, the masses of tokens where none is named.
    pub view: Option<View>,
    pub overwrite: bool,
}

impl To<'_> {
    /// Masses as a table; whether that is what was asked for.
    pub fn table(self, table: &MassTable) -> Result<bool, CliError> {
        if self.view.is_some() {
            return Ok(false);
        }
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

    /// A page, whatever it shows.
    pub fn page(
        self,
        write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
    ) -> Result<(), CliError> {
        let wrong = |source| results::Error::Write {
            path: self.path.to_owned(),
            source,
        };
        results::write(self.path, self.overwrite, |to| {
            Ok::<_, CliError>(write(to).map_err(wrong)?)
        })
    }

    /// The view that is asked for, as a picture or a table.
    pub fn view(self, sighted: &Sighted<'_>) -> Result<(), CliError> {
        let form = match self.kind {
            Kind::Png => Form::Png,
            Kind::Csv => Form::Csv,
            Kind::Feather => Form::Feather,
            // A page is written by other means.
            Kind::Svg | Kind::Html => Form::Svg,
        };
        let view = self.view.unwrap_or_default();
        Ok(write_view(self.path, self.overwrite, form, view, sighted)?)
    }
}
