//! Matrix products with weights packed once, when the model is loaded.
//!
//! Weights are cut into panels of outputs, rows into tiles ([`tiles`]); what happens inside a tile depends on how the
//! weights are held and on what the machine has: f32 arithmetic ([`float`]), bf16 pairs ([`bf16`], [`amx`]), 8-bit
//! blocks ([`int8`]), or candle's kernels for the other quantized types. In all of them a row's result depends on nothing but
//! that row: not on the batch, the tile or the thread.

#[cfg(target_arch = "x86_64")]
mod amx;
#[cfg(target_arch = "x86_64")]
mod bf16;
mod float;
#[cfg(target_arch = "x86_64")]
mod int8;
mod registers;
#[cfg(test)]
mod tests;
mod tiles;

use std::sync::Arc;

use candle_core::quantized::{GgmlDType, QMatMul, QTensor};
use candle_core::{DType, Device, Module, Tensor};
use rayon::prelude::*;

#[cfg(target_arch = "x86_64")]
use self::amx::Amx;
#[cfg(target_arch = "x86_64")]
use self::bf16::DotBf16;
use self::float::Float;
#[cfg(target_arch = "x86_64")]
use self::int8::Vnni;
pub(crate) use self::registers::Instruction;
pub(crate) use self::tiles::Epilogue;
use self::tiles::product;
use super::simd::Isa;
use crate::engine::argmax::all_finite;

/// A weight `[out, in]` ready to be multiplied with rows `[rows, in]`. Copies share what it holds.
#[derive(Clone)]
pub(crate) struct Weight {
    outputs: usize,
    inputs: usize,
    bias: Option<Arc<[f32]>>,
    data: Arc<Data>,
}

enum Data {
    F32(Vec<f32>),
    /// Computed in f32.
    Bf16(Vec<u16>),
    /// Multiplied with rows rounded to bf16.
    #[cfg(target_arch = "x86_64")]
    Pairs(DotBf16, Vec<bf16::Pair>),
    /// Q8_0, multiplied with rows quantized alike.
    #[cfg(target_arch = "x86_64")]
    Blocks(int8::Blocks),
    /// Stacked over their outputs. Candle's own kernels: activations are quantized per row, so rows stay
    /// independent.
    Quantized(Vec<QMatMul>),
}

/// Rows in the form that a product needs; kept so that its memory is used again.
#[derive(Default)]
pub(crate) struct Scratch {
    #[cfg(target_arch = "x86_64")]
    pairs: Vec<bf16::Pair>,
    #[cfg(target_arch = "x86_64")]
    blocks: int8::Quantized,
}

/// The instructions that most products of a kind of weights are made with.
pub(crate) fn instructions(isa: Isa, kind: WeightKind) -> &'static str {
    match (kind, Instruction::of(isa, kind)) {
        // Candle chooses when it is compiled.
        (WeightKind::Q8_0 | WeightKind::Blocks, Instruction::Floats(_)) => "candle's kernels",
        (_, instruction) => instruction.name(),
    }
}

/// Weights by how they are multiplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WeightKind {
    Float,
    /// Rounded to bf16, and rows too where the machine can.
    Bf16,
    Q8_0,
    /// Other quantized types.
    Blocks,
}

impl Weight {
    /// Packs tensors `[outᵢ, in]`, stacked over their outputs. bf16 stays bf16, anything else becomes f32; either is
    /// computed in f32.
    pub(crate) fn pack(
        isa: Isa,
        parts: &[Tensor],
        bias: Option<&Tensor>,
    ) -> candle_core::Result<Weight> {
        let stacked = Tensor::cat(parts, 0)?;
        let (outputs, inputs) = stacked.dims2()?;
        let panel = 2 * isa.lanes();
        let data = if stacked.dtype() == DType::BF16 {
            let values: Vec<half::bf16> = stacked.flatten_all()?.to_vec1()?;
            Data::Bf16(panels(&values, outputs, inputs, panel, |v| v.to_bits()))
        } else {
            let values: Vec<f32> = stacked.to_dtype(DType::F32)?.flatten_all()?.to_vec1()?;
            Data::F32(panels(&values, outputs, inputs, panel, |v| v))
        };
        Weight::new((outputs, inputs), bias, data)
    }

    /// Rounds tensors `[outᵢ, in]`, stacked over their outputs, to a type of 16 bits. Where the machine multiplies
    /// bf16, rows are rounded to it as well; elsewhere they stay f32.
    pub(crate) fn round(
        isa: Isa,
        parts: &[Tensor],
        bias: Option<&Tensor>,
        dtype: DType,
    ) -> candle_core::Result<Weight> {
        let rounded = Tensor::cat(parts, 0)?.to_dtype(dtype)?;
        #[cfg(target_arch = "x86_64")]
        if dtype == DType::BF16
            && let Some(dot) = DotBf16::detect()
        {
            let (outputs, inputs) = rounded.dims2()?;
            let values: Vec<half::bf16> = rounded.flatten_all()?.to_vec1()?;
            let data = Data::Pairs(dot, bf16::pack(&values, outputs, inputs));
            return Weight::new((outputs, inputs), bias, data);
        }
        Weight::pack(isa, &[rounded], bias)
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
        for part in &parts {
            outputs += part.shape().dims2()?.0;
        }
        #[cfg(target_arch = "x86_64")]
        if let Some(vnni) = Vnni::detect()
            && parts.iter().all(|part| part.dtype() == GgmlDType::Q8_0)
        {
            let mut stored = Vec::with_capacity(outputs * inputs / int8::BLOCK * int8::STORED);
            for part in &parts {
                stored.extend_from_slice(&part.data()?);
            }
            let data = Data::Blocks(int8::Blocks::pack(vnni, &stored, outputs, inputs));
            return Weight::new((outputs, inputs), bias, data);
        }
        let products = parts.into_iter().map(QMatMul::from_qtensor);
        let data = Data::Quantized(products.collect::<Result<_, _>>()?);
        Weight::new((outputs, inputs), bias, data)
    }

    fn new(
        (outputs, inputs): (usize, usize),
        bias: Option<&Tensor>,
        data: Data,
    ) -> candle_core::Result<Weight> {
        let bias = bias.map(|bias| bias.to_dtype(DType::F32)?.to_vec1());
        Ok(Weight {
            outputs,
            inputs,
            bias: bias.transpose()?.map(Vec::into),
            data: Arc::new(data),
        })
    }

    /// `y[r] = W x[r] + b`, or `y[r] += W x[r] + b`. `x` is `[rows, in]`, `y` is `[rows, out]`.
    pub(crate) fn multiply(
        &self,
        isa: Isa,
        x: &[f32],
        y: &mut [f32],
        rows: usize,
        into: Epilogue,
        #[cfg_attr(not(target_arch = "x86_64"), expect(unused_variables))] scratch: &mut Scratch,
    ) -> candle_core::Result<()> {
        let (inputs, outputs) = (self.inputs, self.outputs);
        let (x, y) = (&x[..rows * inputs], &mut y[..rows * outputs]);
        let shape = (rows, inputs, outputs);
        let bias = self.bias.as_deref();
        match &*self.data {
            Data::F32(weight) => product(&Float::new(isa, weight, x, inputs), shape, bias, y, into),
            Data::Bf16(weight) => {
                product(&Float::new(isa, weight, x, inputs), shape, bias, y, into);
            }
            #[cfg(target_arch = "x86_64")]
            Data::Pairs(dot, weight) => {
                let dot = *dot;
                bf16::round(dot, x, inputs, &mut scratch.pairs);
                let x = &scratch.pairs;
                if let Some(amx) = Amx::detect() {
                    let format = amx::Tiles {
                        amx,
                        weight,
                        x,
                        inputs,
                    };
                    product(&format, shape, bias, y, into);
                } else {
                    let format = bf16::Dots {
                        dot,
                        weight,
                        x,
                        inputs,
                    };
                    product(&format, shape, bias, y, into);
                }
            }
            #[cfg(target_arch = "x86_64")]
            Data::Blocks(weight) => {
                scratch.blocks.fill(weight, x);
                let format = int8::Integers {
                    weight,
                    x: &scratch.blocks,
                };
                product(&format, shape, bias, y, into);
            }
            Data::Quantized(parts) => self.quantized(parts, x, y, rows, into)?,
        }
        Ok(())
    }

    fn quantized(
        &self,
        parts: &[QMatMul],
        x: &[f32],
        y: &mut [f32],
        rows: usize,
        into: Epilogue,
    ) -> candle_core::Result<()> {
        let rows_of_x = x;
        let x = Tensor::from_slice(x, (rows, self.inputs), &Device::Cpu)?;
        let mut first = 0;
        for part in parts {
            let product = part.forward(&x)?;
            let outputs = product.dim(1)?;
            let product: Vec<f32> = product.flatten_all()?.to_vec1()?;
            let columns = first..first + outputs;
            for ((y, product), row) in y
                .chunks_exact_mut(self.outputs)
                .zip(product.chunks_exact(outputs))
                .zip(rows_of_x.chunks_exact(self.inputs))
            {
                // Quantized to 8 bits, NaN is lost.
                if !all_finite(row) {
                    y[columns.clone()].fill(f32::NAN);
                    continue;
                }
                for (i, (y, product)) in y[columns.clone()].iter_mut().zip(product).enumerate() {
                    let sum = product + self.bias.as_ref().map_or(0.0, |bias| bias[first + i]);
                    *y = if into == Epilogue::Add { *y + sum } else { sum };
                }
            }
            first += outputs;
        }
        Ok(())
    }
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
