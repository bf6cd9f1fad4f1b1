//! Tensors of a GGUF file under their names on the hub.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use candle_core::DType;
use candle_core::quantized::GgmlDType;
use candle_core::quantized::gguf_file::{Content, TensorInfo};

use super::{Gguf, names};
use crate::model::weights::{Kind, Raw};
use crate::model::{Architecture, ModelError, mxfp4};

/// Alignment of tensor data that every reader may count on; files are written with 32.
const ALIGNMENT: usize = 8;

/// Sees to it that every tensor lies whole and aligned in its file.
pub(super) fn check(
    file: &str,
    bytes: &[u8],
    content: &Content,
    packed: &HashSet<String>,
) -> Result<(), ModelError> {
    for (name, info) in &content.tensor_infos {
        let Some(place) =
            place(content, info, packed.contains(name)).filter(|place| place.end <= bytes.len())
        else {
            let has = bytes.len();
            let what = format!("is cut off: it has {has} bytes, tensor `{name}` ends after that");
            return Err(ModelError::damaged(file, what));
        };
        if place.start % ALIGNMENT != 0 {
            let what = format!("is malformed: tensor `{name}` is not aligned to {ALIGNMENT} bytes");
            return Err(ModelError::damaged(file, what));
        }
    }
    Ok(())
}

impl Gguf {
    /// Whether there is a tensor of this name on the hub.
    pub(in crate::model) fn has(&self, name: &str) -> bool {
        self.name(name)
            .is_some_and(|name| self.content.tensor_infos.contains_key(&name))
    }

    /// The shape of a tensor that must be there, row-major.
    pub(in crate::model) fn shape(&self, name: &str) -> Result<&[usize], ModelError> {
        Ok(self.find(name)?.shape.dims())
    }

    /// Whether a tensor is stored in blocks that products are made with as they are.
    pub(in crate::model) fn is_quantized(&self, name: &str) -> Result<bool, ModelError> {
        let dtype = self.find(name)?.ggml_dtype;
        Ok(plain(dtype).is_none() && !self.is_packed(name))
    }

    fn is_packed(&self, name: &str) -> bool {
        self.name(name)
            .is_some_and(|name| self.packed.contains(&name))
    }

    /// A tensor as it is stored.
    pub(in crate::model) fn raw(&self, name: &str) -> Result<Raw<'_>, ModelError> {
        let info = self.find(name)?;
        let packed = self.is_packed(name);
        Ok(Raw {
            kind: match plain(info.ggml_dtype) {
                _ if packed => Kind::Plain(DType::BF16),
                Some(dtype) => Kind::Plain(dtype),
                None => Kind::Blocks(info.ggml_dtype),
            },
            bytes: self.bytes_of(name, info),
            packed,
        })
    }

    /// The name in this file of a tensor on the hub.
    fn name(&self, name: &str) -> Option<String> {
        names::stored(name, self.config.architecture, self.config.norms)
    }

    fn find(&self, name: &str) -> Result<&TensorInfo, ModelError> {
        self.name(name)
            .and_then(|name| self.content.tensor_infos.get(&name))
            .ok_or_else(|| self.wrong(name, "is missing".to_owned()))
    }

    /// A tensor's bytes, rows in the order of the hub.
    fn bytes_of(&self, name: &str, info: &TensorInfo) -> Cow<'_, [u8]> {
        let bytes = &self.bytes[self.place(name, info)];
        match self.interleaved_heads(name) {
            None => Cow::Borrowed(bytes),
            Some(heads) => Cow::Owned(uninterleave(bytes, info.shape.dims()[0], heads)),
        }
    }

    fn place(&self, name: &str, info: &TensorInfo) -> Range<usize> {
        // `check` has seen them all.
        place(&self.content, info, self.is_packed(name)).unwrap_or_default()
    }

    /// llama.cpp rotates neighbouring dimensions in Llama models and those that it derives from them, so its converter
    /// interleaves the two halves of every query and key head. Others' stay as they are.
    fn interleaved_heads(&self, name: &str) -> Option<usize> {
        use Architecture::{Granite, Llama, Ministral3, SmolLm3};
        if !matches!(
            self.config.architecture,
            Llama | Granite | SmolLm3 | Ministral3
        ) {
            None
        } else if name.contains(".q_proj.") {
            Some(self.config.heads)
        } else if name.contains(".k_proj.") {
            Some(self.config.kv_heads)
        } else {
            None
        }
    }

    pub(in crate::model) fn wrong(&self, name: &str, what: String) -> ModelError {
        ModelError::Tensor {
            file: self.file.clone(),
            name: name.to_owned(),
            what,
        }
    }
}

/// Where a tensor lies in its file, if its size makes sense; `packed`: it is in MXFP4.
pub(super) fn place(content: &Content, info: &TensorInfo, packed: bool) -> Option<Range<usize>> {
    let (block, size) = match packed {
        true => (mxfp4::BLOCK, mxfp4::WITH_SCALE),
        false => (info.ggml_dtype.block_size(), info.ggml_dtype.type_size()),
    };
    let start = content.tensor_data_offset.checked_add(info.offset)?;
    let start = usize::try_from(start).ok()?;
    let elements = info
        .shape
        .dims()
        .iter()
        .try_fold(1usize, |product, dim| product.checked_mul(*dim))?;
    // Rows are whole blocks.
    let row = info.shape.dims().last()?;
    if row % block != 0 {
        return None;
    }
    let blocks = elements / block;
    let end = start.checked_add(blocks.checked_mul(size)?)?;
    Some(start..end)
}

/// The number type of a tensor that is not quantized.
fn plain(kind: GgmlDType) -> Option<DType> {
    match kind {
        GgmlDType::F32 => Some(DType::F32),
        GgmlDType::F16 => Some(DType::F16),
        GgmlDType::BF16 => Some(DType::BF16),
        _ => None,
    }
}

/// Puts rows that alternate between the two halves of a head back in order. `rows` is a multiple of `2 * heads`, as the
/// configuration has it.
fn uninterleave(bytes: &[u8], rows: usize, heads: usize) -> Vec<u8> {
    let row = bytes.len() / rows;
    let half = rows / heads / 2;
    let mut ordered = Vec::with_capacity(bytes.len());
    for head in bytes.chunks_exact(2 * half * row) {
        for side in 0..2 {
            for pair in 0..half {
                let at = (2 * pair + side) * row;
                ordered.extend_from_slice(&head[at..at + row]);
            }
        }
    }
    ordered
}
