//! lamascope: a terminal explorer for MyriadLAMA and attention-level self-ensembling.
//!
//! ```text
//! data ──► prompt ──► layout ──► engine ──► score ──► results
//! (facts,   (text)    (tokens,    (logits,   (match,    (Feather,
//! templates)           mask)      tokens)    stats)      report)
//!                        │           │ events
//!                        └──► tui ◄──┘           cli uses the same path without tui
//! ```
//!
//! Data flows from left to right; no module reaches back. `tui` and `cli` are two faces of one library.
//! One idea carries it: a [`layout::Layout`] is a list of tokens with an owner, a role and a position, and
//! [`layout::Layout::visible`] alone knows who may read whom.

pub mod bench;
pub mod cli;
pub mod data;
pub mod engine;
pub mod evaluate;
pub mod hub;
pub mod layout;
pub mod model;
mod named;
mod numbers;
pub mod prompt;
pub mod results;
pub mod score;
pub mod sets;
mod text;
pub mod tui;
