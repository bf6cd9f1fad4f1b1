//! What takes its time to make and is needed only when weights are in place.

use std::ops::Deref;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};

use crate::engine::error::EngineError;

/// Something that a thread of its own makes.
pub(super) struct Later<T> {
    made: OnceLock<T>,
    making: Mutex<Option<JoinHandle<Result<T, EngineError>>>>,
}

impl<T: Send + 'static> Later<T> {
    pub fn begin(
        make: impl FnOnce() -> Result<T, EngineError> + Send + 'static,
    ) -> Result<Self, EngineError> {
        let thread = thread::Builder::new()
            .name("lamascope-device".into())
            .spawn(make)
            .map_err(|error| EngineError::Device(format!("no thread for it: {error}")))?;
        Ok(Later {
            made: OnceLock::new(),
            making: Mutex::new(Some(thread)),
        })
    }

    /// Whether nobody would have to wait.
    pub fn is_made(&self) -> bool {
        let making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        making.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Waits until it is made.
    ///
    /// # Errors
    /// Why it could not be made, the first time; that it could not, after that.
    pub fn wait(&self) -> Result<(), EngineError> {
        if self.made.get().is_some() {
            return Ok(());
        }
        let mut making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = making.take() {
            let made = thread
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
            // Nobody else has had the thread.
            let _ = self.made.set(made);
        }
        match self.made.get() {
            Some(_) => Ok(()),
            None => Err(EngineError::DeviceFailed(
                "it could not be made ready".to_owned(),
            )),
        }
    }
}

impl<T> Drop for Later<T> {
    /// No thread may be inside the driver when the program ends.
    fn drop(&mut self) {
        let making = self
            .making
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(thread) = making.take() {
            // A panic has been told where it happened.
            drop(thread.join());
        }
    }
}

impl<T> Deref for Later<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.made
            .get()
            .expect("whoever computes has called `wait` before")
    }
}
