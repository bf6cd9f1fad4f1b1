//! MyriadLAMA and WebQuestions-style data: relations, templates and facts.
//!
//! ```text
//! file, folder, hub ──► parquet · ipc ──► batch ─┐
//!                   ──► jsonl · csv ────► text ──┼──► fold ──► Dataset ──► Selection
//! embedded sample ───────────────────────────────┘
//! ```
//!
//! `files` finds the files, `columns` says what a table must have, `fold` is the one place that
//! makes relations, templates and facts out of rows.

mod batch;
mod columns;
mod csv;
mod dataset;
mod error;
mod files;
mod fold;
mod guard;
mod ipc;
mod jsonl;
mod labels;
mod lists;
mod names;
mod parquet;
mod relations;
mod sample;
mod selection;
mod source;
mod suggest;
mod templates;
mod text;
mod watch;

pub use dataset::{Dataset, Fact, Relation, Style, Template, TemplateId, TemplateKind};
pub use error::Error;
pub(crate) use ipc::ArrowFile;
pub(crate) use lists::parse as parse_list;
pub use selection::{Selected, Selection};
pub use source::Source;
pub use templates::TemplateChoice;
pub use watch::{Progress, Stage, Watch};
