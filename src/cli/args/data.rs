//! Which data.

use clap::Args;
use clap::builder::{OsStringValueParser, TypedValueParser};

use super::ORIGINALS;
use crate::data::{Source, Style};

/// Where the data comes from.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Selection")]
pub struct DataArgs {
    /// embedded, hub, or a path: .parquet .arrow .arrows .feather .jsonl .csv, a folder of them, or a saved `datasets` folder
    #[arg(long, default_value = "embedded", value_name = "SOURCE", value_parser = OsStringValueParser::new().map(Source::from))]
    pub data: Source,
    /// Which embedded or hub data: myriadlama or webqa
    #[arg(long, default_value = "myriadlama", value_name = "NAME", help_heading = ORIGINALS)]
    pub dataset: Style,
}
