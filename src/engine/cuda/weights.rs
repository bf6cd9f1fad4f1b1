//! Weights on the device, and their products with rows.

use std::sync::Arc;

use candle_core::quantized::QTensor;
use candle_core::{CpuStorage, DType, Storage, Tensor};
use cudarc::cublas::sys::{
    cublasComputeType_t, cublasGemmAlgo_t, cublasOperation_t, cudaDataType_t,
};
use cudarc::cublas::{CudaBlas, result, sys};

use super::device::{Address, Argument, Buffer, Device, size};
use super::feed::Feed;
use super::functions::{FEW, Functions};
use super::shape::Element;
use crate::engine::error::EngineError;
use crate::model::View;

/// cuBLAS' working memory: given to it once, so that a recorded graph holds no allocation. NVIDIA recommends 32 MiB
/// for Hopper.
const WORKSPACE: usize = 32 << 20;

/// A projection `[outputs, inputs]`.
pub(crate) struct Weight {
    pub(super) data: Arc<Buffer>,
    /// f32 `[outputs]`
    bias: Option<Buffer>,
    outputs: usize,
    inputs: usize,
}

/// A norm's weights, f32.
pub(crate) struct Vector(pub(super) Buffer);

/// What becomes of a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Epilogue {
    /// y = W x + b
    Replace,
    /// y += W x + b
    Add,
    /// y = gated(W₁ x + b₁, W₂ x + b₂), for few rows alone.
    Gate,
    /// y = W x + b in f32
    Logits,
}

impl Weight {
    /// Takes tensors `[outᵢ, inputs]` one below the other.
    pub(super) fn upload(
        device: &Device,
        feed: &mut Feed,
        element: Element,
        parts: &[Tensor],
        bias: Option<&Tensor>,
    ) -> Result<Weight, EngineError> {
        let sizes = parts.iter().map(Tensor::dims2);
        let sizes = sizes.collect::<Result<Vec<_>, _>>()?;
        Weight::new(device, element, &sizes, bias, &mut |part, target| {
            let mut sent = Ok(0);
            with_bytes(&parts[part], &mut |bytes| {
                let view = View::of(parts[part].dtype(), parts[part].dims(), bytes);
                sent = feed.plain(target, element, &view);
            })?;
            sent
        })
    }

    /// Takes tensors as they lie in their file.
    pub(super) fn upload_stored(
        device: &Device,
        feed: &mut Feed,
        element: Element,
        parts: &[View<'_>],
        bias: Option<&Tensor>,
    ) -> Result<Weight, EngineError> {
        let sizes: Vec<_> = parts.iter().map(|it| (it.shape[0], it.shape[1])).collect();
        Weight::new(device, element, &sizes, bias, &mut |part, target| {
            feed.plain(target, element, &parts[part])
        })
    }

    /// Takes tensors in quantized blocks, as the plain numbers that products read.
    pub(super) fn upload_blocks(
        device: &Device,
        feed: &mut Feed,
        element: Element,
        parts: &[QTensor],
        bias: Option<&Tensor>,
    ) -> Result<Weight, EngineError> {
        let sizes = parts.iter().map(|part| part.shape().dims2());
        let sizes = sizes.collect::<Result<Vec<_>, _>>()?;
        Weight::new(device, element, &sizes, bias, &mut |part, target| {
            feed.blocks(target, element, &parts[part])
        })
    }

    /// Room for parts of these (outputs, inputs), one below the other; `send` copies one to its place and says its bytes.
    fn new(
        device: &Device,
        element: Element,
        sizes: &[(usize, usize)],
        bias: Option<&Tensor>,
        send: &mut dyn FnMut(usize, Address) -> Result<usize, EngineError>,
    ) -> Result<Weight, EngineError> {
        let outputs = sizes.iter().map(|(outputs, _)| outputs).sum();
        let inputs = sizes.first().map_or(0, |(_, inputs)| *inputs);
        let data = Buffer::new(device, outputs * inputs * element.bytes())?;
        let mut target = data.address();
        for part in 0..sizes.len() {
            target = target.plus(send(part, target)?);
        }
        debug_assert_eq!(
            target,
            data.address().plus(outputs * inputs * element.bytes())
        );
        let bias = bias.map(|bias| vector(device, bias)).transpose()?;
        Ok(Weight {
            data: Arc::new(data),
            bias,
            outputs,
            inputs,
        })
    }

    /// The same memory, without a bias.
    pub(super) fn shared(&self) -> Weight {
        Weight {
            data: self.data.clone(),
            bias: None,
            ..*self
        }
    }

    pub(super) fn outputs(&self) -> usize {
        self.outputs
    }
}

/// Uploads a tensor as f32.
pub(super) fn vector(device: &Device, tensor: &Tensor) -> Result<Buffer, EngineError> {
    let mut buffer = None;
    with_bytes(&tensor.to_dtype(DType::F32)?, &mut |bytes| {
        buffer = Some(Buffer::from_bytes(device, bytes));
    })?;
    // `with_bytes` has called its argument.
    let buffer = buffer.ok_or_else(|| EngineError::Device("cuda: an empty tensor".to_owned()))?;
    Ok(buffer?)
}

/// Lends a CPU tensor's elements as bytes.
fn with_bytes(tensor: &Tensor, take: &mut dyn FnMut(&[u8])) -> Result<(), EngineError> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    let range = layout.start_offset()..layout.start_offset() + tensor.elem_count();
    match &*storage {
        Storage::Cpu(CpuStorage::BF16(values)) => take(bytes_of(&values[range])),
        Storage::Cpu(CpuStorage::F16(values)) => take(bytes_of(&values[range])),
        Storage::Cpu(CpuStorage::F32(values)) => take(bytes_of(&values[range])),
        _ => {
            return Err(EngineError::Device(format!(
                "cuda: a weight of type {} on {:?}, expected floating point on the CPU",
                tensor.dtype().as_str(),
                tensor.device()
            )));
        }
    }
    Ok(())
}

/// `T` is f32, f16 or bf16.
fn bytes_of<T: Copy>(values: &[T]) -> &[u8] {
    // SAFETY: these types have no padding, and any byte may be read as u8.
    unsafe { std::slice::from_raw_parts(values.as_ptr().cast(), size_of_val(values)) }
}

/// Multiplies weights with rows.
pub(super) struct Products {
    blas: CudaBlas,
    element: Element,
    _workspace: Buffer,
}

impl Products {
    pub fn new(device: &Device, element: Element) -> Result<Products, EngineError> {
        let blas = CudaBlas::new(device.stream.clone())?;
        let workspace = Buffer::new(device, WORKSPACE)?;
        // SAFETY: the workspace lives as long as the handle.
        unsafe {
            sys::cublasSetWorkspace_v2(*blas.handle(), workspace.address().pointer(), WORKSPACE)
        }
        .result()?;
        Ok(Products {
            blas,
            element,
            _workspace: workspace,
        })
    }

    /// `y[rows, outputs]` from `x[rows, inputs]`, both row-major, by cuBLAS.
    pub fn many(
        &self,
        device: &Device,
        functions: &Functions,
        weight: &Weight,
        (x, y): (Address, Address),
        rows: usize,
        into: Epilogue,
    ) -> Result<(), EngineError> {
        let one = 1.0f32;
        let beta = if into == Epilogue::Add { 1.0f32 } else { 0.0 };
        let element = self.element.cublas();
        let out = if into == Epilogue::Logits {
            cudaDataType_t::CUDA_R_32F
        } else {
            element
        };
        let (m, n, k) = (size(weight.outputs)?, size(rows)?, size(weight.inputs)?);
        // cuBLAS counts by columns: yᵀ[m × n] = (Wᵀ[k × m])ᵀ · xᵀ[k × n].
        // SAFETY: the buffers hold matrices of these sizes; alpha and beta are read before the call returns.
        unsafe {
            result::gemm_ex(
                *self.blas.handle(),
                cublasOperation_t::CUBLAS_OP_T,
                cublasOperation_t::CUBLAS_OP_N,
                m,
                n,
                k,
                std::ptr::from_ref(&one).cast(),
                weight.data.address().pointer(),
                element,
                k,
                x.pointer(),
                element,
                k,
                std::ptr::from_ref(&beta).cast(),
                y.pointer(),
                out,
                m,
                cublasComputeType_t::CUBLAS_COMPUTE_32F,
                cublasGemmAlgo_t::CUBLAS_GEMM_DEFAULT,
            )
        }?;
        if let Some(bias) = &weight.bias {
            let arguments = [y.into(), bias.address().into(), weight.outputs.into()];
            let add_bias = match into {
                Epilogue::Logits => &functions.add_bias_wide,
                _ => &functions.add_bias,
            };
            // SAFETY: `add_bias(rows, bias, width)` over the rows just written.
            unsafe { device.launch(add_bias, (rows, 1, 1), 256, 0, &arguments) }?;
        }
        Ok(())
    }

    /// The same for 1 to [`FEW`] rows, normalised on the way where `norm` stands for a norm's weights.
    #[allow(clippy::too_many_arguments)]
    pub fn few(
        &self,
        device: &Device,
        functions: &Functions,
        weight: &Weight,
        (x, y): (Address, Address),
        rows: usize,
        into: Epilogue,
        (norm, eps): (Address, f32),
    ) -> Result<(), EngineError> {
        debug_assert!((1..=FEW).contains(&rows));
        let (kernels, outputs) = match into {
            Epilogue::Replace => (&functions.few_replace, weight.outputs),
            Epilogue::Add => (&functions.few_add, weight.outputs),
            Epilogue::Gate => (&functions.few_gate, weight.outputs / 2),
            Epilogue::Logits => (&functions.few_logits, weight.outputs),
        };
        let bias = weight.bias.as_ref().map_or(Address::NULL, Buffer::address);
        let arguments: [Argument; 8] = [
            weight.data.address().into(),
            bias.into(),
            x.into(),
            norm.into(),
            eps.into(),
            y.into(),
            outputs.into(),
            weight.inputs.into(),
        ];
        let shared = rows * weight.inputs * self.element.bytes();
        // SAFETY: `few(weight, bias, x, norm, eps, out, outputs, inputs)`; one warp per output, 8 per block; nothing
        // but weights is read before it waits.
        unsafe {
            device.launch_early(
                &kernels[rows - 1],
                (outputs.div_ceil(8), 1, 1),
                256,
                shared,
                &arguments,
            )
        }
    }
}
