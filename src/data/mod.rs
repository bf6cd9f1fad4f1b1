//! MyriadLAMA and WebQuestions-style data: relations, templates and facts.
//!
//! ```text
//! file, folder, hub, embedded sample ──► rows ──► fold ──► Dataset ──► Selection
//! ```

mod dataset;

pub use dataset::{Dataset, Fact, Relation, Style, Template, TemplateId, TemplateKind};
