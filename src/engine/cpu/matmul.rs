//! Matrix products with weights packed once, when the model is loaded.
//!
//! A weight `[out, in]` is stored in panels of two vectors of outputs: `[panel][in][2 · lanes]`, in f32 or bf16
//! (widened exactly in the kernel). A tile of some rows stays in registers while the panel streams
//! by. Every output is one chain of fused multiply-adds over `in`, in order, whatever the number of rows, the tile
//! or the thread: results do not depend on the batch.

use candle_core::quantized::{GgmlDType, QMatMul, QTensor};
use candle_core::{DType, Device, Module, Tensor};
use half::bf16;
use rayon::prelude::*;

use super::simd::{Isa, Simd, dispatch};

/// Rows of one register tile: as many pairs of sums as the registers hold beside the weights, 32 or 16 of them.
const WIDE_TILE_ROWS: usize = 12;
const TILE_ROWS: usize = 6;
/// Rows of one task: few enough that their activations stay in the first caches.
const TASK_ROWS: usize = 48;

/// A weight `[out, in]` ready to be multiplied with rows `[rows, in]`.
pub(crate) struct Weight {
    outputs: usize,
    inputs: usize,
    bias: Option<Vec<f32>>,
    data: Data,
}

enum Data {
    F32(Vec<f32>),
    Bf16(Vec<u16>),
    /// Stacked over their outputs. Candle's own kernels: activations are quantized per row, so rows stay
    /// independent.
    Quantized(Vec<QMatMul>),
}

/// What happens to what stands in the output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Into {
    Replace,
    Add,
}

impl Weight {
    /// Packs tensors `[outᵢ, in]`, stacked over their outputs. bf16 stays bf16, anything else becomes f32.
    pub(crate) fn pack(
        isa: Isa,
        parts: &[Tensor],
        bias: Option<&Tensor>,
    ) -> candle_core::Result<Weight> {
        let stacked = Tensor::cat(parts, 0)?;
        let (outputs, inputs) = stacked.dims2()?;
        let panel = 2 * isa.lanes();
        let data = if stacked.dtype() == DType::BF16 {
            let values: Vec<bf16> = stacked.flatten_all()?.to_vec1()?;
            Data::Bf16(panels(&values, outputs, inputs, panel, |v| v.to_bits()))
        } else {
            let values: Vec<f32> = stacked.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?;
            Data::F32(panels(&values, outputs, inputs, panel, |v| v))
        };
        Ok(Weight {
            outputs,
            inputs,
            bias: bias_of(bias)?,
            data,
        })
    }

    /// Quantizes tensors `[outᵢ, in]`, stacked over their outputs.
    pub(crate) fn quantize(
        isa: Isa,
        parts: &[Tensor],
        bias: Option<&Tensor>,
        dtype: GgmlDType,
    ) -> candle_core::Result<Weight> {
        let stacked = Tensor::cat(parts, 0)?.to_dtype(DType::F32)?;
        let inputs = stacked.dim(1)?;
        // The k-quants come in blocks of 256 inputs, the others of 32; what fits neither stays exact.
        let fitting = [dtype, GgmlDType::Q8_0]
            .into_iter()
            .find(|dtype| inputs % dtype.block_size() == 0);
        let Some(dtype) = fitting else {
            return Weight::pack(isa, &[stacked], bias);
        };
        Weight::of_blocks(vec![QTensor::quantize(&stacked, dtype)?], bias)
    }

    /// Takes tensors `[outᵢ, in]` as they are stored, stacked over their outputs.
    pub(crate) fn of_blocks(
        parts: Vec<QTensor>,
        bias: Option<&Tensor>,
    ) -> candle_core::Result<Weight> {
        let inputs = parts[0].shape().dims2()?.1;
        let mut outputs = 0;
        let mut products = Vec::with_capacity(parts.len());
        for part in parts {
            outputs += part.shape().dims2()?.0;
            products.push(QMatMul::from_qtensor(part)?);
        }
        Ok(Weight {
            outputs,
            inputs,
            bias: bias_of(bias)?,
            data: Data::Quantized(products),
        })
    }

    /// `y[r] = W x[r] + b`, or `y[r] += W x[r] + b`. `x` is `[rows, in]`, `y` is `[rows, out]`.
    pub(crate) fn multiply(
        &self,
        isa: Isa,
        x: &[f32],
        y: &mut [f32],
        rows: usize,
        into: Into,
    ) -> candle_core::Result<()> {
        let (x, y) = (&x[..rows * self.inputs], &mut y[..rows * self.outputs]);
        match &self.data {
            Data::F32(data) => self.packed(isa, data, f32_tile, x, y, into),
            Data::Bf16(data) => self.packed(isa, data, bf16_tile, x, y, into),
            Data::Quantized(weight) => self.quantized(weight, x, y, rows, into)?,
        }
        Ok(())
    }

    fn packed<T: Sync>(
        &self,
        isa: Isa,
        data: &[T],
        tile: unsafe fn(Isa, Tile<'_, T>),
        x: &[f32],
        y: &mut [f32],
        into: Into,
    ) {
        let width = 2 * isa.lanes();
        let (inputs, outputs) = (self.inputs, self.outputs);
        let rows = x.len() / inputs.max(1);
        let most = if isa.lanes() == 16 {
            WIDE_TILE_ROWS
        } else {
            TILE_ROWS
        };
        let panels = outputs.div_ceil(width);
        let chunks = rows.div_ceil(TASK_ROWS);
        let target = Target(y.as_mut_ptr());
        // One task is one panel times some rows: tasks write disjoint rectangles of `y`.
        let task = |task: usize| {
            let target = &target;
            let (panel, chunk) = (task % panels, task / panels);
            let weight = &data[panel * inputs * width..(panel + 1) * inputs * width];
            let end = rows.min((chunk + 1) * TASK_ROWS);
            let columns = panel * width..outputs.min((panel + 1) * width);
            let bias = self.bias.as_deref().map(|bias| &bias[columns.clone()]);
            for start in (chunk * TASK_ROWS..end).step_by(most) {
                let tile_rows = most.min(end - start);
                let arguments = Tile {
                    x: &x[start * inputs..(start + tile_rows) * inputs],
                    weight,
                    rows: tile_rows,
                    inputs,
                    // SAFETY: rows `start..end` and these columns lie in `y`, and no other task writes them.
                    y: unsafe { target.0.add(start * outputs + columns.start) },
                    stride: outputs,
                    columns: columns.len(),
                    bias,
                    into,
                };
                // SAFETY: `isa` was detected on this machine; the slices hold what `Tile` says.
                unsafe { tile(isa, arguments) };
            }
        };
        let tasks = panels * chunks;
        if rows * inputs * outputs < 1 << 15 {
            (0..tasks).for_each(task);
        } else {
            (0..tasks).into_par_iter().for_each(task);
        }
    }

    fn quantized(
        &self,
        parts: &[QMatMul],
        x: &[f32],
        y: &mut [f32],
        rows: usize,
        into: Into,
    ) -> candle_core::Result<()> {
        let x = Tensor::from_slice(x, (rows, self.inputs), &Device::Cpu)?;
        let mut first = 0;
        for part in parts {
            let product = part.forward(&x)?;
            let outputs = product.dim(1)?;
            let product: Vec<f32> = product.flatten_all()?.to_vec1()?;
            let columns = first..first + outputs;
            for (y, product) in y
                .chunks_exact_mut(self.outputs)
                .zip(product.chunks_exact(outputs))
            {
                for (i, (y, product)) in y[columns.clone()].iter_mut().zip(product).enumerate() {
                    let sum = product + self.bias.as_ref().map_or(0.0, |bias| bias[first + i]);
                    *y = if into == Into::Add { *y + sum } else { sum };
                }
            }
            first += outputs;
        }
        Ok(())
    }
}

/// Lets tasks of one product write their own rectangles of the output.
struct Target(*mut f32);
// SAFETY: every task writes a rectangle of its own.
unsafe impl Sync for Target {}

fn bias_of(bias: Option<&Tensor>) -> candle_core::Result<Option<Vec<f32>>> {
    bias.map(|bias| bias.to_dtype(DType::F32)?.to_vec1())
        .transpose()
}

/// `[out, in]` to `[panel][in][width]`, the last panel filled up with zeros.
fn panels<T: Copy + Sync, P: Copy + Default + Send>(
    values: &[T],
    outputs: usize,
    inputs: usize,
    width: usize,
    convert: impl Fn(T) -> P + Sync,
) -> Vec<P> {
    let mut packed = vec![P::default(); outputs.div_ceil(width) * inputs * width];
    packed
        .par_chunks_mut(inputs * width)
        .enumerate()
        .for_each(|(panel, packed)| {
            for lane in 0..width.min(outputs - panel * width) {
                let row = &values[(panel * width + lane) * inputs..][..inputs];
                for (slot, &value) in packed[lane..].iter_mut().step_by(width).zip(row) {
                    *slot = convert(value);
                }
            }
        });
    packed
}

/// A few rows times one panel.
pub(crate) struct Tile<'a, T> {
    /// `[rows, inputs]`
    x: &'a [f32],
    /// `[inputs, 2 · lanes]`
    weight: &'a [T],
    /// 1 to [`TILE_ROWS`], with AVX-512 to [`WIDE_TILE_ROWS`].
    rows: usize,
    inputs: usize,
    /// `[rows, columns]`, rows `stride` apart.
    y: *mut f32,
    stride: usize,
    columns: usize,
    bias: Option<&'a [f32]>,
    into: Into,
}

/// How a panel's elements become f32.
trait Element: Copy {
    unsafe fn load<S: Simd>(from: *const Self) -> S::V;
}

impl Element for f32 {
    #[inline(always)]
    unsafe fn load<S: Simd>(from: *const f32) -> S::V {
        unsafe { S::load(from) }
    }
}

/// bf16 bits.
impl Element for u16 {
    #[inline(always)]
    unsafe fn load<S: Simd>(from: *const u16) -> S::V {
        unsafe { S::load_bf16(from) }
    }
}

dispatch!(fn f32_tile(tile: Tile<'_, f32>) => tile_kernel_f32);
dispatch!(fn bf16_tile(tile: Tile<'_, u16>) => tile_kernel_bf16);

#[inline(always)]
unsafe fn tile_kernel_f32<S: Simd>(tile: Tile<'_, f32>) {
    unsafe { tile_kernel::<S, f32>(tile) }
}

#[inline(always)]
unsafe fn tile_kernel_bf16<S: Simd>(tile: Tile<'_, u16>) {
    unsafe { tile_kernel::<S, u16>(tile) }
}

#[inline(always)]
unsafe fn tile_kernel<S: Simd, T: Element>(tile: Tile<'_, T>) {
    unsafe {
        match tile.rows {
            1 => rows_kernel::<S, T, 1>(tile),
            2 => rows_kernel::<S, T, 2>(tile),
            3 => rows_kernel::<S, T, 3>(tile),
            4 => rows_kernel::<S, T, 4>(tile),
            5 => rows_kernel::<S, T, 5>(tile),
            TILE_ROWS => rows_kernel::<S, T, TILE_ROWS>(tile),
            7 => rows_kernel::<S, T, 7>(tile),
            8 => rows_kernel::<S, T, 8>(tile),
            9 => rows_kernel::<S, T, 9>(tile),
            10 => rows_kernel::<S, T, 10>(tile),
            11 => rows_kernel::<S, T, 11>(tile),
            _ => rows_kernel::<S, T, WIDE_TILE_ROWS>(tile),
        }
    }
}

#[inline(always)]
unsafe fn rows_kernel<S: Simd, T: Element, const ROWS: usize>(tile: Tile<'_, T>) {
    unsafe {
        let lanes = S::LANES;
        let zero = S::splat(0.0);
        let mut sums = [[zero; 2]; ROWS];
        let mut weight = tile.weight.as_ptr();
        let x = tile.x.as_ptr();
        for i in 0..tile.inputs {
            let low = T::load::<S>(weight);
            let high = T::load::<S>(weight.add(lanes));
            for (row, sums) in sums.iter_mut().enumerate() {
                let value = S::splat(*x.add(row * tile.inputs + i));
                sums[0] = S::mul_add(value, low, sums[0]);
                sums[1] = S::mul_add(value, high, sums[1]);
            }
            weight = weight.add(2 * lanes);
        }
        // Two vectors of at most 16 lanes.
        let mut out = [0.0f32; 32];
        for (row, sums) in sums.iter().enumerate() {
            S::store(out.as_mut_ptr(), sums[0]);
            S::store(out.as_mut_ptr().add(lanes), sums[1]);
            let y = std::slice::from_raw_parts_mut(tile.y.add(row * tile.stride), tile.columns);
            if let Some(bias) = tile.bias {
                for (sum, bias) in out.iter_mut().zip(bias) {
                    *sum += bias;
                }
            }
            match tile.into {
                Into::Replace => y.copy_from_slice(&out[..tile.columns]),
                Into::Add => y.iter_mut().zip(&out).for_each(|(y, sum)| *y += sum),
            }
        }
    }
}
