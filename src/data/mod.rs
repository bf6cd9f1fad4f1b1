//! MyriadLAMA and WebQuestions-style data: relations, templates and facts.
//!
//! ```text
//! file, folder, hub ──► parquet · ipc ──► batch ──────┐
//!                   ──► jsonl · csv ────► text_row ──┼──► fold ──► Dataset ──► Selection
//! embedded sample ───────────────────► text_row ─────┤                ▲
//! any table, its columns named ──────► table ────────┴── questions ───┘
//! ```
//!
//! `files` finds the files, `columns` says what a table must have, `fold` is the one place that
//! makes relations, templates and facts out of rows.

mod batch;
mod catch_panic;
mod cell;
mod choices;
mod columns;
mod csv;
mod dataset;
mod did_you_mean;
mod error;
mod files;
mod fold;
mod interner;
mod ipc;
mod jsonl;
mod labels;
mod list_literal;
mod parquet;
mod progress;
mod relations;
mod sample;
mod selection;
mod source;
mod strings;
mod table;
mod templates;
mod text_row;
mod unpacked;
mod uuid;
mod wording;

pub(crate) use cell::value as cell_value;
pub use dataset::{Dataset, Fact, Relation, Style, Template, TemplateId, TemplateKind};
pub use error::Error;
pub(crate) use ipc::ArrowFile;
pub(crate) use list_literal::{parse as parse_list, parse_lists};
pub use progress::{Progress, Stage, Watch};
pub use selection::{Selected, Selection};
pub use source::{Source, hub_presence};
pub use table::{Columns, Key};
pub use templates::TemplateChoice;
pub(crate) use uuid::relation_of_uuid;
pub use wording::own_wording;
