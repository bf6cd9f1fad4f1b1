//! Runs a model over layouts and says what happens as it happens.
//!
//! ```text
//! Request ─► tasks ─► layouts ─► Runner (dense | cached) ─► choices ─► events, answers
//! ```
//!
//! One [`Engine`] belongs to one device and one thread. Everything it has to say goes through a sink of
//! [`Event`]s; a [`Cancel`] token is looked at before every prefill chunk and every decode step.

pub(crate) mod argmax;
mod blend;
pub(crate) mod cached;
mod cancel;
pub(crate) mod cpu;
pub(crate) mod cuda;
mod decode;
mod dense;
pub(crate) mod draw;
#[allow(clippy::module_inception)]
mod engine;
mod error;
mod event;
#[cfg(test)]
mod isolation;
mod labels;
pub(crate) mod load;
mod look;
mod method;
mod observed;
mod reading;
mod routing;
pub(crate) mod runner;
mod samples;
mod settings;
mod stream;
#[cfg(test)]
mod tests;

/// The number of CUDA devices that can be used.
///
/// # Errors
/// What is missing: the driver, a device, cuBLAS or NVRTC.
pub fn cuda_devices() -> Result<usize, EngineError> {
    Ok(cuda::devices()?)
}

/// Every CUDA device that can be used, by number, name and memory.
///
/// # Errors
/// As [`cuda_devices`].
pub fn cuda_hardware() -> Result<Vec<String>, EngineError> {
    let one = |ordinal| cuda::in_words(ordinal);
    (0..cuda::devices()?).map(one).collect()
}

/// Threads and the widest instructions that the CPU's kernels use here.
pub fn cpu_in_words() -> String {
    let threads = crate::numbers::count(rayon::current_num_threads(), "thread");
    format!("{threads}, {}", cpu::instructions_in_words())
}

pub use blend::Blend;
pub use cancel::Cancel;
pub use draw::Draws;
pub use engine::{Engine, Unloaded};
pub use error::{EngineError, TaskError};
pub use event::{About, Answer, Candidate, Event, Reading, Task, Token, dtype_in_words};
pub use labels::label_tokens;
pub use look::{log_probability, log_sum};
pub use method::{Blended, Method, Mix, Reads};
pub use observed::{Observed, ObservedLayer, Shape};
pub use settings::{Device, Dtype, EngineSettings, Path};
pub use stream::{Request, most_confident, shares};
