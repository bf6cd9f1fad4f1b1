//! What an answer read, and what each question did to it.
//!
//! ```text
//! Engine::observe ─► Attention ─► weights of any row, layer and head ─► mass, between, entropy, heat
//! Engine::forced  ─► Values    ─► left out, Shapley values
//! Engine::read_out ─► lens
//! ```
//!
//! Nothing here is part of a normal run. Attention is never kept: queries and keys are, and the weights of a row are
//! computed from them where somebody looks, with the mask, biases and temperature that the engine used.

mod attention;
mod heat;
mod lens;
mod look;
mod mass;
mod value;

pub use attention::{Attention, Heads};
pub use heat::{Heat, MOST_ROWS_OF_BLOCK};
pub use lens::{Sight, lens};
pub use look::{Inside, LookError, Wanted, look};
pub use mass::{Mass, between};
pub use value::{MOST_EXACT, MOST_LISTED, Shapley, Values};
