//! What an answer read, and what each question did to it.
//!
//! ```text
//! Engine::observe ─► Attention ─► weights of any row, layer and head ─► mass, between, entropy, heat
//! Engine::forced  ─► Values    ─► left out, Shapley values, contrast of two answers
//! Engine::read_out ─► lens
//! ```
//!
//! Nothing here is part of a normal run. Attention is never kept: queries and keys are, and the weights of a row are
//! computed from them where somebody looks, with the mask, biases and temperature that the engine used.

mod apart;
mod attention;
mod contrast;
mod contrast_apart;
mod heat;
mod lens;
mod look;
mod mass;
mod shapley;
mod study;
mod value;
pub mod view;

pub use apart::{Apart, Given, Prompt, look_apart};
pub use attention::{Attention, Heads};
pub use contrast::{Attributed, Contrast};
pub use contrast_apart::ContrastApart;
pub use heat::{Heat, MOST_ROWS_OF_BLOCK};
pub use lens::{Seen, Sight, lens, settled};
pub use look::{Inside, LookError, Wanted, look};
pub use mass::{Mass, between};
pub use shapley::{MOST_EXACT, Shapley};
pub use study::Study;
pub use value::{MOST_LISTED, Values};
