//! A product cut into tiles: some rows times one panel of outputs, every tile worked out by one thread.

use rayon::prelude::*;

/// Outputs of one panel at most: two vectors of 16 lanes.
pub(super) const COLUMNS: usize = 32;
/// Rows of one tile at most.
pub(super) const ROWS: usize = 32;
/// `[row][column]` of one tile.
pub(super) type Sums = [[f32; COLUMNS]; ROWS];

/// Rows of one task: few where tasks are few, many so that a panel that was read from memory is used often.
const FEW_ROWS: usize = 48;
const MANY_ROWS: usize = 512;
/// Multiplications below which threads cost more than they bring.
const SMALL: usize = 1 << 15;

/// What happens to what stands in the output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Epilogue {
    Replace,
    Add,
}

/// Packed weights, and rows ready to be multiplied with them.
pub(super) trait Format: Sync {
    /// Outputs of one panel, up to [`COLUMNS`].
    fn columns(&self) -> usize;
    /// Rows of one tile, up to [`ROWS`].
    fn rows(&self) -> usize;
    /// `sums[r][c] = Σᵢ x[first + r][i] · w[panel · columns + c][i]`.
    ///
    /// # Safety
    /// `rows` is in 1..=[`Format::rows`]; these rows and the panel exist.
    unsafe fn tile(&self, panel: usize, first: usize, rows: usize, sums: &mut Sums);
}

/// `y[r] = W x[r] + b`, or `y[r] += W x[r] + b`; `y` is `[rows, outputs]`.
pub(super) fn product(
    format: &impl Format,
    (rows, inputs, outputs): (usize, usize, usize),
    bias: Option<&[f32]>,
    y: &mut [f32],
    into: Epilogue,
) {
    let width = format.columns();
    let panels = outputs.div_ceil(width);
    let shared = 4 * rayon::current_num_threads();
    let rows_of_task = match panels * rows.div_ceil(MANY_ROWS) {
        tasks if tasks >= shared => MANY_ROWS,
        _ => FEW_ROWS,
    };
    let target = Target(y.as_mut_ptr());
    // One task is one panel times some rows: tasks write disjoint rectangles of `y`.
    let task = |task: usize| {
        let target = &target;
        let (panel, chunk) = (task % panels, task / panels);
        let end = rows.min((chunk + 1) * rows_of_task);
        let columns = panel * width..outputs.min((panel + 1) * width);
        let bias = bias.map(|bias| &bias[columns.clone()]);
        let mut sums = [[0.0; COLUMNS]; ROWS];
        let start = chunk * rows_of_task;
        // Tiles of one size: a small last one would use its registers badly.
        let tiles = (end - start).div_ceil(format.rows());
        let size = (end - start).div_ceil(tiles);
        for first in (start..end).step_by(size) {
            let count = size.min(end - first);
            // SAFETY: `first..first + count` are rows, at most one tile, and `panel` is one of the panels.
            unsafe { format.tile(panel, first, count, &mut sums) };
            for (row, sums) in (first..first + count).zip(&mut sums) {
                // SAFETY: this row and these columns lie in `y`, and no other task writes them.
                let y = unsafe {
                    let start = target.0.add(row * outputs + columns.start);
                    std::slice::from_raw_parts_mut(start, columns.len())
                };
                for (sum, bias) in sums.iter_mut().zip(bias.unwrap_or_default()) {
                    *sum += bias;
                }
                match into {
                    Epilogue::Replace => y.copy_from_slice(&sums[..columns.len()]),
                    Epilogue::Add => y.iter_mut().zip(sums).for_each(|(y, sum)| *y += *sum),
                }
            }
        }
    };
    let tasks = panels * rows.div_ceil(rows_of_task);
    if rows * inputs * outputs < SMALL {
        (0..tasks).for_each(task);
    } else {
        (0..tasks).into_par_iter().for_each(task);
    }
}

/// Lets tasks of one product write their own rectangles of the output.
struct Target(*mut f32);
// SAFETY: every task writes a rectangle of its own.
unsafe impl Sync for Target {}
