//! Attention over lists of slots: tiles of rows that share a list, and rows that each have their own.

use cudarc::driver::CudaFunction;

use super::Cuda;
use super::device::{Address, Argument};
use crate::engine::error::EngineError;

/// Parts of one row's keys at most.
const MOST_PARTS: usize = 16;

impl Cuda {
    /// Attention of the batch's tiles.
    pub(super) fn attend_tiles(&mut self, layer: usize, sinks: Address) -> Result<(), EngineError> {
        // Tiles are looked for only where there is a kernel for them.
        let Some(function) = &self.functions.attend_tiles else {
            return Ok(());
        };
        let fields = &self.pass.fields;
        let (keys, values) = self.arena.of(layer);
        let arguments = [
            self.working.qkv.address().into(),
            keys.into(),
            values.into(),
            fields.lists.into(),
            fields.reads.into(),
            fields.bias.into(),
            fields.tiles.into(),
            sinks.into(),
            self.working.attended.address().into(),
            self.shape.attention_scale.into(),
        ];
        let grid = (fields.tile_count, self.shape.kv_heads, 1);
        let shared = self.shape.tile_shared();
        // SAFETY: `attend_tiles(qkv, keys, values, lists, reads, bias, tiles, sinks, out, scale)`; lists name slots of the
        // arena.
        unsafe { self.device.launch(function, grid, 128, shared, &arguments) }
    }

    /// Attention of `count` rows beside the heads' sinks, where there are any: `rows` of the batch to the output's rows
    /// `targets` (null: all in order).
    pub(super) fn attend_split(
        &mut self,
        layer: usize,
        sinks: Address,
        count: usize,
        (rows, targets): (Address, Address),
    ) -> Result<(), EngineError> {
        let fields = &self.pass.fields;
        let parts = self.parts(count);
        let (keys, values) = self.arena.of(layer);
        let out = self.working.attended.address();
        let sums = self.working.part_sums.address();
        let totals = self.working.part_totals.address();
        let qkv = self.working.qkv.address();
        let reads = match self.sliding[layer] {
            true => fields.near,
            false => fields.reads,
        };
        let arguments = [
            qkv.into(),
            keys.into(),
            values.into(),
            fields.lists.into(),
            reads.into(),
            fields.bias.into(),
            rows.into(),
            targets.into(),
            sinks.into(),
            out.into(),
            sums.into(),
            totals.into(),
            self.shape.attention_scale.into(),
        ];
        let grid = (count, self.shape.heads / self.shape.members(), parts);
        if let Some([inverse_t, excess, base]) = fields.tempers {
            let (numbers, more) = (fields.lists, self.working.tempered.address());
            let tempers = [
                qkv.into(),
                keys.into(),
                fields.lists.into(),
                reads.into(),
                rows.into(),
                inverse_t.into(),
                excess.into(),
                base.into(),
                numbers.into(),
                more.into(),
                self.shape.attention_scale.into(),
            ];
            let heads = (count, self.shape.heads, 1);
            let [a, b, c, d, e, f, g, h, i, j, k, l, m] = arguments;
            let [n, o, p, q] = [inverse_t, base, numbers, more].map(Argument::from);
            let arguments = [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q];
            // SAFETY: `temper_heads(qkv, keys, lists, reads, rows, inverse_t, excess, base, numbers, more, scale)`, and
            // `attend_tempered` as `attend_split` below with `(…, inverse_t, base, numbers, more)` behind; the numbers
            // of a row's keys lie behind the lists, and there is room for every row's heads.
            unsafe {
                let of_heads = &self.functions.temper_heads;
                self.device.launch(of_heads, heads, 128, 0, &tempers)?;
                let attend = &self.functions.attend_tempered;
                self.device.launch(attend, grid, 128, 0, &arguments)?;
            }
        } else {
            // SAFETY: `attend_split(qkv, keys, values, lists, reads, bias, rows, targets, sinks, out, part_sums,
            // part_totals, scale)`; lists name slots of the arena, parts of `blocks` blocks have room, and it waits
            // first of all.
            unsafe { self.launch(&self.functions.attend_split, grid, 128, &arguments) }?;
        }
        if parts == 1 {
            return Ok(());
        }
        self.merge_parts(count, (Address::NULL, parts), targets, sinks)
    }

    /// Merges the parts of rows, of which each has so many, or those that an array of its first parts says.
    pub(super) fn merge_parts(
        &self,
        rows: usize,
        (parts, each): (Address, usize),
        targets: Address,
        sinks: Address,
    ) -> Result<(), EngineError> {
        let arguments = [
            self.working.part_sums.address().into(),
            self.working.part_totals.address().into(),
            parts.into(),
            each.into(),
            targets.into(),
            sinks.into(),
            self.working.attended.address().into(),
        ];
        let grid = (rows, self.shape.heads, 1);
        let threads = self.shape.head_dim.next_multiple_of(32);
        // SAFETY: `merge_parts(part_sums, part_totals, parts, each, targets, sinks, out)`; it waits first of all.
        unsafe { self.launch(&self.functions.merge_parts, grid, threads, &arguments) }
    }

    /// Starts a kernel that waits for the one before; with few rows before that one is complete.
    ///
    /// # Safety
    ///
    /// As [`Device::launch_early`].
    pub(super) unsafe fn launch<const N: usize>(
        &self,
        function: &CudaFunction,
        grid: (usize, usize, usize),
        threads: usize,
        arguments: &[Argument; N],
    ) -> Result<(), EngineError> {
        // SAFETY: the caller's promise.
        unsafe {
            if self.pass.few {
                self.device
                    .launch_early(function, grid, threads, 0, arguments)
            } else {
                self.device.launch(function, grid, threads, 0, arguments)
            }
        }
    }

    /// Parts into which each row's keys are split so that so many rows fill the device.
    fn parts(&self, rows: usize) -> usize {
        let blocks = rows * self.shape.heads / self.shape.members();
        (self.blocks / blocks.max(1)).clamp(1, MOST_PARTS)
    }
}
