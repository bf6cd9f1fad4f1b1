//! How a GGUF file says that positions turn into angles.

use candle_core::quantized::GgmlDType;
use candle_core::quantized::gguf_file::Content;

use super::metadata::Metadata;
use super::tensors::place;
use crate::model::rope::{DEFAULT_THETA, Yarn, longrope_amplitude};
use crate::model::{Architecture, Growth, ModelError, Rope, RopeScaling};

/// What the ropes of a file are read from.
pub(super) struct Source<'a> {
    pub file: &'a str,
    pub bytes: &'a [u8],
    pub content: &'a Content,
    pub architecture: Architecture,
    /// The first part of the keys.
    pub name: &'a str,
    pub head_dim: usize,
    /// `context_length`
    pub positions: usize,
}

/// The ropes of a model, and the positions for which they hold.
pub(super) struct Ropes {
    pub global: Rope,
    /// Of layers with a window, where it is another one.
    pub local: Option<Rope>,
    pub positions: usize,
    pub growth: Option<Growth>,
}

impl Source<'_> {
    pub fn ropes(&self) -> Result<Ropes, ModelError> {
        let data = Metadata::new(self.file, self.content);
        let key = |rest: &str| format!("{}.rope.{rest}", self.name);
        let theta = data.number(&key("freq_base"))?.unwrap_or(DEFAULT_THETA);
        let dims = data.count(&key("dimension_count"))?;
        let dims = dims.unwrap_or(self.head_dim);
        let partial = self.architecture == Architecture::Phi3 && dims > 0 && dims % 2 == 0;
        if dims > self.head_dim || dims < self.head_dim && !partial {
            let expected = format!("the size of a head, {}", self.head_dim);
            return Err(data.wrong(&key("dimension_count"), &expected));
        }
        let mut global = Rope {
            dims: Some(dims).filter(|dims| *dims != self.head_dim),
            ..Rope::plain(theta)
        };
        let local = match self.architecture {
            Architecture::Gemma3 => {
                let theta = data.number(&key("freq_base_swa"))?;
                Some(Rope::plain(theta.unwrap_or(DEFAULT_THETA)))
            }
            Architecture::Olmo3 => Some(Rope::plain(theta)),
            _ => None,
        };
        let factor = || {
            let key = key("scaling.factor");
            data.need(&key, data.number(&key)).map(|it| it as f32)
        };
        let original = data
            .count(&key("scaling.original_context_length"))?
            .unwrap_or(self.positions);
        let given = data.number(&key("scaling.attn_factor"))?;
        let kind = data.text(&key("scaling.type"))?.filter(|it| *it != "none");
        let mut divisors: Option<Vec<f32>> = None;
        match kind {
            // The factors of longrope are tensors.
            None | Some("longrope") => {}
            Some("linear") => divisors = Some(vec![factor()?; dims / 2]),
            Some("yarn") => {
                let beta = |which: &str| data.number(&key(&format!("scaling.yarn_beta_{which}")));
                let yarn = Yarn {
                    theta,
                    dims,
                    original,
                    factor: factor()?,
                    fast: beta("fast")?.unwrap_or(32.0),
                    slow: beta("slow")?.unwrap_or(1.0),
                    // Not in the file: llama.cpp truncates always, gpt-oss's makers do not.
                    truncates: self.architecture != Architecture::GptOss,
                };
                divisors = Some(yarn.divisors());
                let all = data.number_but_zero(&key("scaling.yarn_log_multiplier"))?;
                let by = given.unwrap_or(1.0) / all.map_or(1.0, |all| yarn.amplitude(all));
                global.amplitude = (by * yarn.amplitude(1.0)) as f32;
            }
            Some(other) => {
                let advice =
                    "use a model whose rope type is `linear`, `yarn`, `longrope` or `llama3`";
                return Err(data.unsupported(format!("rope scaling `{other}`"), advice));
            }
        }
        let mut positions = self.positions;
        let short = self.divisors("rope_factors_short.weight", dims)?;
        if short.is_some() {
            // As the safetensors are read: within the original length, where the short factors hold.
            positions = positions.min(original);
            let amplitude = || longrope_amplitude(self.positions, original);
            global.amplitude = given.unwrap_or_else(amplitude) as f32;
        }
        let stored = match short {
            Some(short) => Some(short),
            None => self.divisors("rope_freqs.weight", dims)?,
        };
        let both = match (divisors, stored) {
            (Some(a), Some(b)) => Some(a.iter().zip(&b).map(|(a, b)| a * b).collect()),
            (a, b) => a.or(b),
        };
        global.scaling = both.map_or(RopeScaling::None, RopeScaling::Divisors);
        let attention = |rest: &str| format!("{}.attention.{rest}", self.name);
        let beta = data.number_but_zero(&attention("temperature_scale"))?;
        let length = data.count(&attention("temperature_length"))?;
        let growth = beta.map(|beta| Growth {
            beta: beta as f32,
            original: length.filter(|length| *length > 0).unwrap_or(original),
        });
        Ok(Ropes {
            global,
            local,
            positions,
            growth,
        })
    }

    /// Divisors of the rotary frequencies, `[dims / 2]`: what llama.cpp's converter makes of rope types `llama3` and
    /// `longrope`.
    fn divisors(&self, name: &str, dims: usize) -> Result<Option<Vec<f32>>, ModelError> {
        let Some(info) = self.content.tensor_infos.get(name) else {
            return Ok(None);
        };
        let (kind, shape) = (info.ggml_dtype, info.shape.dims());
        let place = place(self.content, info, false).and_then(|place| self.bytes.get(place));
        match place {
            Some(bytes) if kind == GgmlDType::F32 && shape == [dims / 2] => {
                let (numbers, _) = bytes.as_chunks::<4>();
                let numbers = numbers.iter().map(|it| f32::from_le_bytes(*it));
                Ok(Some(numbers.collect()))
            }
            _ => Err(ModelError::Tensor {
                file: self.file.to_owned(),
                name: name.to_owned(),
                what: format!("is {kind:?} {shape:?}, expected F32 [{}]", dims / 2),
            }),
        }
    }
}
