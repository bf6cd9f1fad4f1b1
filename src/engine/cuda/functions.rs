//! The compiled kernels by name.

use cudarc::driver::CudaFunction;
use cudarc::driver::sys::CUfunction_attribute_enum as Attribute;

use super::compile;
use super::device::Device;
use super::shape::{Element, Shape};
use crate::engine::error::EngineError;
use crate::model::Activation;

/// Rows up to which products go through the kernels of `few.cu`.
pub(super) const FEW: usize = 4;

/// Handles of all kernels.
pub(super) struct Functions {
    pub embed: CudaFunction,
    pub gather: CudaFunction,
    pub rms_norm: CudaFunction,
    pub add_bias: CudaFunction,
    pub add_normed: CudaFunction,
    pub norm_heads: CudaFunction,
    pub bend_logits: CudaFunction,
    pub rotate_and_store: CudaFunction,
    pub gated: CudaFunction,
    pub add_bias_wide: CudaFunction,
    pub add_shares: CudaFunction,
    pub add_sum: CudaFunction,
    /// Where the element type has tensor cores.
    pub attend_tiles: Option<CudaFunction>,
    pub attend_joint: Option<CudaFunction>,
    pub attend_own: CudaFunction,
    pub attend_split: CudaFunction,
    /// The same for batches with tempered rows, behind `temper_heads`.
    pub attend_tempered: CudaFunction,
    pub temper_heads: CudaFunction,
    pub mix_rows: CudaFunction,
    pub merge_parts: CudaFunction,
    pub sum_groups: CudaFunction,
    pub sum_rows: CudaFunction,
    pub nucleus: CudaFunction,
    pub argmax_parts: CudaFunction,
    pub merge_argmax: CudaFunction,
    /// By number of rows, from 1.
    pub few_replace: [CudaFunction; FEW],
    pub few_add: [CudaFunction; FEW],
    pub few_gate: [CudaFunction; FEW],
    pub few_logits: [CudaFunction; FEW],
    /// Shared memory that those may use.
    pub few_shared: usize,
}

/// As the kernels read a float that may be missing.
fn bits(value: Option<f32>) -> usize {
    value.map_or(0, |value| value.to_bits() as usize)
}

impl Functions {
    pub fn load(
        device: &Device,
        shape: &Shape,
        compiling: &mut dyn FnMut(),
    ) -> Result<Functions, EngineError> {
        let macros = [
            ("ELEMENT", shape.element.number()),
            ("HEADS", shape.heads),
            ("KV_HEADS", shape.kv_heads),
            ("HEAD_DIM", shape.head_dim),
            ("HEAD_PAD", shape.head_pad()),
            (
                "GATE",
                match shape.activation {
                    Activation::Silu => 0,
                    Activation::GeluTanh => 1,
                    Activation::Clamped => 2,
                },
            ),
            ("GATE_ALPHA", bits(Some(Activation::ALPHA))),
            ("GATE_LIMIT", bits(Some(Activation::LIMIT))),
            ("SCORE_CAP", bits(shape.attention_softcap)),
            ("LOGIT_CAP", bits(shape.logits_softcap)),
            ("GROWTH_BETA", bits(shape.query_growth.map(|it| it.beta))),
            (
                "GROWTH_LENGTH",
                shape.query_growth.map_or(1, |it| it.original),
            ),
        ];
        let module = compile::module(device, &macros, compiling)?;
        let get = |name: &str| module.load_function(name);
        let most = compile::most_shared(device)?;
        let allow = |function: &CudaFunction, bytes: usize| {
            function.set_attribute(
                Attribute::CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                i32::try_from(bytes).unwrap_or(i32::MAX),
            )
        };
        let tensor_cores = shape.element != Element::F32
            && device.context.compute_capability()?.0 >= 8
            && shape.tile_shared() <= most
            && shape.tile_rows() > 0;
        let of_tiles = |name: &str| -> Result<Option<CudaFunction>, EngineError> {
            if !tensor_cores {
                return Ok(None);
            }
            let function = get(name)?;
            allow(&function, shape.tile_shared())?;
            Ok(Some(function))
        };
        // The static part of those kernels is 128 bytes.
        let few_shared = most.saturating_sub(1024);
        let few = |name: &str| -> Result<[CudaFunction; FEW], EngineError> {
            let of = |rows: usize| -> Result<CudaFunction, EngineError> {
                let function = get(&format!("{name}_{rows}"))?;
                allow(&function, few_shared)?;
                Ok(function)
            };
            Ok([of(1)?, of(2)?, of(3)?, of(4)?])
        };
        Ok(Functions {
            embed: get("embed")?,
            gather: get("gather")?,
            rms_norm: get("rms_norm")?,
            add_bias: get("add_bias")?,
            add_normed: get("add_normed")?,
            norm_heads: get("norm_heads")?,
            bend_logits: get("bend_logits")?,
            rotate_and_store: get("rotate_and_store")?,
            gated: get("gated_rows")?,
            add_bias_wide: get("add_bias_wide")?,
            add_shares: get("add_shares")?,
            add_sum: get("add_sum")?,
            attend_tiles: of_tiles("attend_tiles")?,
            attend_joint: of_tiles("attend_joint")?,
            attend_own: get("attend_own")?,
            attend_split: get("attend_split")?,
            attend_tempered: get("attend_tempered")?,
            temper_heads: get("temper_heads")?,
            mix_rows: get("mix_rows")?,
            merge_parts: get("merge_parts")?,
            sum_groups: get("sum_groups")?,
            sum_rows: get("sum_rows")?,
            nucleus: get("nucleus")?,
            argmax_parts: get("argmax_parts")?,
            merge_argmax: get("merge_argmax")?,
            few_replace: few("few_replace")?,
            few_add: few("few_add")?,
            few_gate: few("few_gate")?,
            few_logits: few("few_logits")?,
            few_shared,
        })
    }
}
