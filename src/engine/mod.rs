//! Runs a model over layouts and says what happens as it happens.
//!
//! ```text
//! Request ─► tasks ─► layouts ─► Runner (dense | cached) ─► choices ─► events, answers
//! ```
//!
//! One [`Engine`] belongs to one device and one thread. Everything it has to say goes through a sink of
//! [`Event`]s; a [`Cancel`] token is looked at before every prefill chunk and every decode step.

mod cancel;
mod event;
mod method;

pub use cancel::Cancel;
pub use event::{About, Answer, Candidate, Event, Task, Token};
pub use method::Method;
