//! lamascope: a terminal explorer for MyriadLAMA and attention-level self-ensembling.
//!
//! ```text
//!  hub ──► model (configuration, tokenizer, weights)
//!   │                 │
//!   ▼                 ▼
//! data ──► prompt ──► layout ──► engine ──► evaluate ──► results
//! (facts,   (text)    (tokens,    (logits,   (rows,       (Feather,
//! templates,           mask)      tokens)    comparisons)  journal,
//! sets)                  │           │          │          report)
//!                        │           │ events   └─ score (lemmas, matching, statistics)
//!                        │           ├──► inspect (attention, mass, influence, lens)
//!                        └──► tui ◄──┘             cli uses the same path without tui
//! ```
//!
//! Data flows from left to right; no room reaches back, and `tests/house.rs` holds it. The faces are `tui`, `cli` and
//! `bench`; below them nothing knows a terminal or an argument parser. `CONTRIBUTING.md` says what to touch to add a
//! preset, an option, a method, a pane, a file format or an architecture.
//!
//! One idea carries it: a [`layout::Layout`] is a list of tokens with an owner, a role and a position, and
//! [`layout::Layout::visible`] alone knows who may read whom.

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

pub mod bench;
pub mod canvas;
pub mod cli;
pub mod data;
pub mod engine;
pub mod evaluate;
pub mod figure;
pub mod hub;
pub mod inspect;
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
