//! What a run leaves behind, and what is made of it afterwards.
//!
//! ```text
//! Finished ─► Output: journal R.feather.partial ─► R.feather, T.jsonl   (in data order, renamed into place)
//!                                                      │
//!             report ◄── Run (shards merged) ◄── Table ┘──► score
//! ```
//!
//! A run appends every finished fact to a journal beside its output and makes the files from it at the end. So an
//! interruption loses nothing, memory does not follow the run's length, and the files are the same whatever the
//! order in which facts finished.

mod atomic;
mod batches;
mod confidences;
mod configuration;
mod error;
mod feather;
mod influence;
mod journal;
mod kind;
mod locked;
mod mass;
mod merge;
mod output;
mod report;
mod rescore;
mod rows;
mod shard;
mod sweep;
mod table;
mod trace;
mod view;

pub use atomic::{check_free, write};
pub use batches::{Put, write_batches};
pub use confidences::read_confidences;
pub use configuration::{Asked, Configuration, SAMPLED, Selected, fingerprint};
pub use error::Error;
pub use feather::write_feather;
pub use influence::InfluenceTable;
pub use kind::Kind;
pub use mass::MassTable;
pub use merge::merge;
pub use output::{Output, Target};
pub use report::{
    Answer, Answered, Belief, Cell, Comparison, Flip, Influences, Matrix, Original, Paired,
    Prediction, Predicts, RelationInfluence, Report, Robustness, Run, Sameness, Several, Summary,
    TemplateInfluence, Test, Way, Wrong, read_cells,
};
pub use rescore::{Rescored, rescore};
pub use rows::read_rows;
pub use shard::Shard;
pub use sweep::{SweepCell, SweepConfiguration, SweepOutput, read_sweep};
pub use table::{Record, Table};
pub use view::{Form, write_mask, write_view};
