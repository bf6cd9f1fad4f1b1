//! Safetensors files: where their tensors lie.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

use candle_core::DType;
use safetensors::{Dtype, SafeTensorError, SafeTensors};

use super::ModelError;
use super::bytes::{Bytes, InFile, impostor};
use super::weights::{Kind, Raw};

/// The tensors of one model, in one file or several.
#[derive(Debug)]
pub(super) struct Shards {
    shards: Vec<(String, Bytes)>,
    tensors: HashMap<String, Stored>,
}

#[derive(Debug)]
struct Stored {
    shard: usize,
    dtype: Dtype,
    shape: Vec<usize>,
    /// In the whole file.
    place: Range<usize>,
}

/// Length of the header's length.
const PREFIX: usize = 8;

impl Shards {
    /// Reads the headers of files, given with their names.
    pub(super) fn open(shards: Vec<(String, Bytes)>) -> Result<Shards, ModelError> {
        let mut tensors = HashMap::new();
        for (shard, (file, bytes)) in shards.iter().enumerate() {
            let (header, metadata) = SafeTensors::read_metadata(bytes)
                .map_err(|error| ModelError::damaged(file, fault(bytes, &error)))?;
            let start = PREFIX + header;
            for (name, info) in metadata.tensors() {
                let (from, to) = info.data_offsets;
                let stored = Stored {
                    shard,
                    dtype: info.dtype,
                    shape: info.shape.clone(),
                    place: start + from..start + to,
                };
                tensors.insert(of_decoder(name), stored);
            }
        }
        Ok(Shards { shards, tensors })
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// The shape of a tensor that must be there, row-major.
    pub(super) fn shape(&self, name: &str) -> Result<&[usize], ModelError> {
        Ok(&self.find(name)?.shape)
    }

    fn find(&self, name: &str) -> Result<&Stored, ModelError> {
        let stored = self.tensors.get(name);
        stored.ok_or_else(|| self.wrong(name, "is missing".to_owned()))
    }

    /// # Errors
    ///
    /// [`ModelError::Tensor`] if it is missing or not of a floating-point type.
    pub(super) fn raw(&self, name: &str) -> Result<Raw<'_>, ModelError> {
        let stored = self.find(name)?;
        let dtype = match stored.dtype {
            Dtype::F32 => DType::F32,
            Dtype::BF16 => DType::BF16,
            Dtype::F16 => DType::F16,
            other => {
                let what = format!("is stored as {other:?}, expected F32, BF16 or F16");
                return Err(self.wrong(name, what));
            }
        };
        Ok(Raw {
            kind: Kind::Plain(dtype),
            bytes: Cow::Borrowed(self.lying(stored)),
            packed: false,
        })
    }

    /// # Errors
    ///
    /// [`ModelError::Tensor`] if it is missing or not of single bytes.
    pub(super) fn bytes(&self, name: &str) -> Result<&[u8], ModelError> {
        let stored = self.find(name)?;
        match stored.dtype {
            Dtype::U8 => Ok(self.lying(stored)),
            other => Err(self.wrong(name, format!("is stored as {other:?}, expected U8"))),
        }
    }

    fn lying(&self, stored: &Stored) -> &[u8] {
        let (_, bytes) = &self.shards[stored.shard];
        &bytes[stored.place.clone()]
    }

    /// Where in a file bytes of a tensor lie.
    pub(super) fn in_file(&self, bytes: &[u8]) -> Option<InFile<'_>> {
        self.shards
            .iter()
            .find_map(|(_, shard)| shard.in_file(bytes))
    }

    pub(super) fn read_ahead(&self) {
        self.shards.iter().for_each(|(_, shard)| shard.read_ahead());
    }

    /// The error for a tensor, with the file that holds it or should.
    pub(super) fn wrong(&self, name: &str, what: String) -> ModelError {
        let file = match (self.tensors.get(name), self.shards.as_slice()) {
            (Some(stored), shards) => shards[stored.shard].0.clone(),
            (None, [(only, _)]) => only.clone(),
            (None, [(first, _), others @ ..]) => format!("{first} and {} more", others.len()),
            (None, []) => String::new(),
        };
        ModelError::Tensor {
            file,
            name: name.to_owned(),
            what,
        }
    }
}

/// The name of a tensor of the decoder where it is a part of a model of text and images.
fn of_decoder(name: String) -> String {
    if let Some(rest) = name.strip_prefix("language_model.") {
        return rest.to_owned();
    }
    match name.strip_prefix("model.language_model.") {
        Some(rest) => format!("model.{rest}"),
        None => name,
    }
}

/// What is wrong with a file that cannot be parsed, in the reader's words.
fn fault(bytes: &[u8], error: &SafeTensorError) -> String {
    if let Some(what) = impostor(bytes) {
        return what.to_owned();
    }
    let cut = "is cut off: the download or copy did not finish";
    match error {
        SafeTensorError::HeaderTooSmall => cut.to_owned(),
        // The header ends past the end of the file; if it starts like one, the rest is missing.
        SafeTensorError::InvalidHeaderLength if bytes.get(PREFIX) == Some(&b'{') => cut.to_owned(),
        SafeTensorError::MetadataIncompleteBuffer => match expected_length(bytes) {
            Some(expected) => {
                let has = bytes.len();
                let state = if has < expected {
                    "cut off"
                } else {
                    "too long"
                };
                format!("is {state}: it has {has} bytes, its header tells of {expected}")
            }
            None => cut.to_owned(),
        },
        other => format!("is no safetensors file ({other})"),
    }
}

/// Length of the file that a header describes.
fn expected_length(bytes: &[u8]) -> Option<usize> {
    let prefix: [u8; PREFIX] = bytes.get(..PREFIX)?.try_into().ok()?;
    let start = PREFIX + usize::try_from(u64::from_le_bytes(prefix)).ok()?;
    let header: serde_json::Value = serde_json::from_slice(bytes.get(PREFIX..start)?).ok()?;
    let ends = header
        .as_object()?
        .values()
        .filter_map(|tensor| tensor.get("data_offsets")?.get(1)?.as_u64());
    let end = usize::try_from(ends.max()?).ok()?;
    start.checked_add(end)
}
