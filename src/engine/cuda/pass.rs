//! The batch under way, and its products.

use cudarc::driver::sys::{CUgraphInstantiate_flags, CUstreamCaptureMode};

use super::Cuda;
use super::device::Address;
use super::graphs::Recording;
use super::upload::Fields;
use super::weights::{Epilogue, Vector, Weight};
use crate::engine::error::EngineError;

/// The batch under way.
pub(super) struct Pass {
    pub fields: Fields,
    /// Rows worked on: all, and in the last layer those that emit.
    pub rows: usize,
    pub emitting: usize,
    /// The rows worked on among all, or null for all.
    pub chosen: Address,
    /// The pass is recorded or replayed.
    pub recorded: bool,
    /// Rows go through the kernels of `few.cu`.
    pub few: bool,
    /// Weights of a norm that the next product applies itself.
    pub norm: Address,
    /// The next products read x as it is: the model has no norm here.
    pub plain: bool,
    /// How rows that emit are mixed, if they are.
    pub mixing: Option<Mixing>,
}

/// How rows become more alike.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mixing {
    pub alpha: f32,
    /// Towards their maximum instead of their mean.
    pub most: bool,
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
                near: none,
                bias: none,
                emit: none,
                tempers: None,
                lists: none,
                tiles: none,
                tile_count: 0,
                singles: none,
                single_count: 0,
                groups: none,
                group_count: 0,
                joint: None,
            },
            rows: 0,
            emitting: 0,
            chosen: none,
            recorded: false,
            few: false,
            norm: none,
            plain: false,
            mixing: None,
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

    /// x += W `from`, through a norm where there is one.
    pub(super) fn add(
        &mut self,
        weight: &Weight,
        from: Address,
        norm: Option<&Vector>,
    ) -> Result<(), EngineError> {
        let x = self.working.x.address();
        let Some(norm) = norm else {
            return self.product(weight, from, x, Epilogue::Add);
        };
        // Nothing reads the normed rows any more.
        let branch = self.working.normed.address();
        self.product(weight, from, branch, Epilogue::Replace)?;
        let arguments = [
            x.into(),
            branch.into(),
            norm.0.address().into(),
            self.shape.hidden.into(),
            self.eps.into(),
        ];
        let grid = (self.pass.rows, 1, 1);
        // SAFETY: `add_normed(x, y, weight, hidden, eps)`
        unsafe {
            let function = &self.functions.add_normed;
            self.device.launch(function, grid, 256, 0, &arguments)
        }
    }

    /// normed = rms_norm(x) · weight
    pub(super) fn rms_norm(&self, weight: Address) -> Result<(), EngineError> {
        let arguments = [
            self.working.x.address().into(),
            weight.into(),
            self.working.normed.address().into(),
            self.shape.hidden.into(),
            self.eps.into(),
        ];
        let grid = (self.pass.rows, 1, 1);
        // SAFETY: `rms_norm(x, weight, out, hidden, eps)`
        unsafe {
            let function = &self.functions.rms_norm;
            self.device.launch(function, grid, 256, 0, &arguments)
        }
    }

    /// inner = activation(gate) · up of so many rows of gate and up, each this wide.
    pub(super) fn gated(&self, rows: usize, width: usize) -> Result<(), EngineError> {
        let arguments = [
            self.working.both.address().into(),
            self.working.inner.address().into(),
            width.into(),
        ];
        let vectors = width * self.shape.element.bytes() / 16;
        let grid = (rows, vectors.div_ceil(256), 1);
        // SAFETY: `gated_rows(both, out, inner)`
        unsafe {
            let function = &self.functions.gated;
            self.device.launch(function, grid, 256, 0, &arguments)
        }
    }

    /// Normalises a part of every row of query, key and value heads.
    pub(super) fn norm_heads(
        &self,
        weight: Address,
        first: usize,
        width: usize,
    ) -> Result<(), EngineError> {
        let arguments = [
            self.working.qkv.address().into(),
            weight.into(),
            first.into(),
            width.into(),
            self.eps.into(),
        ];
        let grid = (self.pass.rows, 1, 1);
        // SAFETY: `norm_heads(qkv, weight, first, width, eps)`
        unsafe {
            let function = &self.functions.norm_heads;
            self.device.launch(function, grid, 256, 0, &arguments)
        }
    }

    /// The rows that norms' products read: already normalised, or to be.
    pub(super) fn normed(&self) -> Address {
        if self.pass.few || self.pass.plain {
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
