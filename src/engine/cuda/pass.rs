//! The batch under way, and its products.

use cudarc::driver::sys::{CUgraphInstantiate_flags, CUstreamCaptureMode};

use super::Cuda;
use super::device::Address;
use super::graphs::Recording;
use super::upload::Fields;
use super::weights::{Epilogue, Weight};
use crate::engine::error::EngineError;

/// The batch under way.
pub(super) struct Pass {
    pub fields: Fields,
    /// Rows worked on: all, and in the last layer those that emit.
    pub rows: usize,
    pub emitting: usize,
    /// The rows worked on among all, or null for all.
    pub chosen: Address,
    /// Rows go through the kernels of `few.cu`.
    pub few: bool,
    /// Weights of a norm that the next product applies itself.
    pub norm: Address,
}

impl Default for Pass {
    fn default() -> Self {
        let none = Address::NULL;
        Pass {
            fields: Fields {
                tokens: none,
                positions: none,
                slots: none,
                reads: none,
                bias: none,
                emit: none,
                lists: none,
                tiles: none,
                tile_count: 0,
                singles: none,
                single_count: 0,
            },
            rows: 0,
            emitting: 0,
            chosen: none,
            few: false,
            norm: none,
        }
    }
}

impl Cuda {
    /// A product with the working rows.
    pub(super) fn product(
        &mut self,
        weight: &Weight,
        x: Address,
        y: Address,
        into: Epilogue,
    ) -> Result<(), EngineError> {
        let rows = self.pass.rows;
        let norm = std::mem::replace(&mut self.pass.norm, Address::NULL);
        if self.pass.few {
            let norm = (norm, self.eps);
            let x_y = (x, y);
            return self
                .products
                .few(&self.device, &self.functions, weight, x_y, rows, into, norm);
        }
        self.products
            .many(&self.device, &self.functions, weight, (x, y), rows, into)
    }

    /// The rows that norms' products read: already normalised, or to be.
    pub(super) fn normed(&self) -> Address {
        if self.pass.few {
            self.working.x.address()
        } else {
            self.working.normed.address()
        }
    }

    /// Runs a pass, recorded where that pays.
    pub(super) fn replay(
        &mut self,
        pass: &mut dyn FnMut(&mut Self) -> Result<(), EngineError>,
    ) -> Result<(), EngineError> {
        let rows = self.pass.rows;
        match self.graphs.get(rows) {
            Some(Recording::Recorded(graph)) => Ok(graph.launch()?),
            Some(Recording::Refused) => pass(self),
            Some(Recording::Warm) => {
                self.device
                    .stream
                    .begin_capture(CUstreamCaptureMode::CU_STREAM_CAPTURE_MODE_THREAD_LOCAL)?;
                let outcome = pass(self);
                let graph = self.device.stream.end_capture(CUgraphInstantiate_flags(0));
                if let (Ok(()), Ok(Some(graph))) = (outcome, graph) {
                    graph.launch()?;
                    self.graphs.set(rows, Recording::Recorded(graph));
                    return Ok(());
                }
                // Nothing has run yet.
                self.graphs.set(rows, Recording::Refused);
                pass(self)
            }
            None => {
                self.graphs.set(rows, Recording::Warm);
                pass(self)
            }
        }
    }
}
