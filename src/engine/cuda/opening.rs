//! Opening devices while files are read.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use cudarc::cublas::CudaBlas;
use cudarc::driver::CudaContext;

use super::device::Device;
use super::devices;

/// Starts the driver, its contexts and cuBLAS in a thread of its own, which takes as long as reading a tokenizer does.
/// What goes wrong is not told: whoever loads a model opens the same devices and says it then.
pub(crate) struct Opening {
    devices: Option<JoinHandle<Vec<Arc<CudaContext>>>>,
}

impl Opening {
    /// `None` where there is no thread for it.
    pub fn begin(ordinals: Vec<usize>) -> Option<Opening> {
        let open = move || {
            let count = devices().unwrap_or(0);
            let there = ordinals.into_iter().filter(|ordinal| *ordinal < count);
            // A context stays open as long as somebody has it.
            let opened = there.filter_map(|ordinal| {
                let device = Device::open(ordinal).ok()?;
                // Its library is half a gigabyte.
                let _loaded = CudaBlas::new(device.stream).ok()?;
                Some(device.context)
            });
            opened.collect()
        };
        let thread = thread::Builder::new().name("lamascope-opening".into());
        Some(Opening {
            devices: Some(thread.spawn(open).ok()?),
        })
    }
}

impl Drop for Opening {
    /// No thread may be inside the driver when the program ends.
    fn drop(&mut self) {
        if let Some(devices) = self.devices.take() {
            // A panic has been told where it happened.
            drop(devices.join());
        }
    }
}
