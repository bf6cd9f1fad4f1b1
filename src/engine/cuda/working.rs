//! The rows that the steps of a pass read and write.

use super::device::{Buffer, Device};
use super::experts;
use super::shape::Shape;
use crate::engine::error::EngineError;

/// Rows of the first buffers.
pub(super) const FIRST_ROWS: usize = 512;

/// One row per row of the batch in each buffer.
pub(super) struct Working {
    rows: usize,
    /// The residual stream `[rows, hidden]`.
    pub x: Buffer,
    pub normed: Buffer,
    /// Query, key and value heads.
    pub qkv: Buffer,
    pub attended: Buffer,
    /// Gate, then up, `[rows, 2 · inner]`.
    pub both: Buffer,
    pub inner: Buffer,
    /// What tempering adds per row and head, f32 `[rows, heads]`.
    pub tempered: Buffer,
    pub by_expert: experts::Rows,
    /// f32 `[rows that emit, vocabulary]`
    pub logits: Buffer,
    /// Of attention whose keys are split into parts: sums and (largest, total).
    pub part_sums: Buffer,
    pub part_totals: Buffer,
}

impl Working {
    /// `parts`: the most (row, block of heads, part) of one split attention.
    pub fn new(device: &Device, shape: &Shape, parts: usize) -> Result<Working, EngineError> {
        let sized =
            |elements: usize| Buffer::new(device, FIRST_ROWS * elements * shape.element.bytes());
        Ok(Working {
            rows: FIRST_ROWS,
            x: sized(shape.hidden)?,
            normed: sized(shape.hidden)?,
            qkv: sized(shape.qkv())?,
            attended: sized(shape.attended())?,
            tempered: Buffer::new(device, 4 * FIRST_ROWS * shape.heads)?,
            both: sized(2 * shape.widest)?,
            inner: sized(shape.widest)?,
            by_expert: experts::Rows::new(device, shape, FIRST_ROWS)?,
            logits: Buffer::new(device, Self::logits_bytes(shape, 1))?,
            part_sums: Buffer::new(device, 4 * parts * shape.members() * shape.head_dim)?,
            part_totals: Buffer::new(device, 8 * parts * shape.members())?,
        })
    }

    /// Bytes of the logits of so many rows, with room for some more.
    pub fn logits_bytes(shape: &Shape, rows: usize) -> usize {
        (4 * rows * shape.vocabulary).next_power_of_two()
    }

    /// Rows that have room.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Makes room for these many rows, logits and parts of rows with all heads; says whether anything has moved.
    pub fn grow(
        &mut self,
        device: &Device,
        shape: &Shape,
        rows: usize,
        (emitting, parts): (usize, usize),
    ) -> Result<bool, EngineError> {
        let logits = Self::logits_bytes(shape, emitting);
        let totals = 8 * parts * shape.heads;
        let suffices = totals <= self.part_totals.bytes();
        if rows <= self.rows && logits <= self.logits.bytes() && suffices {
            return Ok(false);
        }
        if !suffices {
            let totals = totals.next_power_of_two();
            self.part_sums = Buffer::new(device, totals / 2 * shape.head_dim)?;
            self.part_totals = Buffer::new(device, totals)?;
        }
        self.replace(device, shape, rows, logits)?;
        Ok(true)
    }

    fn replace(
        &mut self,
        device: &Device,
        shape: &Shape,
        rows: usize,
        logits: usize,
    ) -> Result<(), EngineError> {
        if rows > self.rows {
            let rows = rows.next_multiple_of(FIRST_ROWS);
            let bytes = rows * shape.element.bytes();
            self.x = Buffer::new(device, bytes * shape.hidden)?;
            self.normed = Buffer::new(device, bytes * shape.hidden)?;
            self.qkv = Buffer::new(device, bytes * shape.qkv())?;
            self.attended = Buffer::new(device, bytes * shape.attended())?;
            self.tempered = Buffer::new(device, 4 * rows * shape.heads)?;
            self.both = Buffer::new(device, bytes * 2 * shape.widest)?;
            self.inner = Buffer::new(device, bytes * shape.widest)?;
            self.by_expert = experts::Rows::new(device, shape, rows)?;
            // Only now do all hold so many.
            self.rows = rows;
        }
        if logits > self.logits.bytes() {
            // The old ones are read no more, and both may not fit.
            self.logits = Buffer::new(device, 0)?;
            self.logits = Buffer::new(device, logits)?;
        }
        Ok(())
    }
}
