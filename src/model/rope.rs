//! Frequencies of rotary position embedding.

use candle_transformers::models::llama::{Llama3RopeConfig, Llama3RopeType};

use super::ModelError;
use super::config::most;
use super::json::Object;

/// How positions turn into angles.
#[derive(Debug, Clone)]
pub struct Rope {
    /// Base of the geometric row of wavelengths.
    pub theta: f64,
    pub scaling: RopeScaling,
}

/// What is done to the frequencies of longer context windows.
#[derive(Debug, Clone)]
pub enum RopeScaling {
    /// Rope type `default`.
    None,
    /// Rope type `llama3`.
    Llama3(Llama3RopeConfig),
    /// One divisor per frequency: the form in which GGUF files carry `llama3`.
    Divisors(Vec<f32>),
}

/// What transformers and llama.cpp take where a file names no base.
pub(super) const DEFAULT_THETA: f64 = 10_000.0;

impl Rope {
    /// One angle per position and pair of dimensions, `[head_dim / 2]`, in radians.
    ///
    /// As transformers' `_compute_default_rope_parameters` and `_compute_llama3_parameters` have it: float32
    /// throughout, only the power itself is rounded from float64 so that it does not depend on the platform.
    pub fn inverse_frequencies(&self, head_dim: usize) -> Vec<f32> {
        let plain = (0..head_dim / 2).map(|pair| {
            let exponent = (2 * pair) as f32 / head_dim as f32;
            1.0 / self.theta.powf(f64::from(exponent)) as f32
        });
        match &self.scaling {
            RopeScaling::None => plain.collect(),
            RopeScaling::Llama3(llama3) => plain.map(|freq| scale_llama3(freq, llama3)).collect(),
            RopeScaling::Divisors(divisors) => {
                plain.zip(divisors).map(|(freq, by)| freq / by).collect()
            }
        }
    }

    /// From `rope_parameters` (transformers 5), or `rope_theta` and `rope_scaling` (before).
    pub(super) fn from_json(config: Object<'_>) -> Result<Rope, ModelError> {
        let parameters = config.object("rope_parameters")?;
        let scaling = match parameters {
            Some(parameters) => Some(parameters),
            None => config.object("rope_scaling")?,
        };
        let inner = match scaling {
            Some(scaling) => scaling.number("rope_theta")?,
            None => None,
        };
        let theta = match inner {
            Some(theta) => Some(theta),
            None => config.number("rope_theta")?,
        };
        for place in [Some(config), scaling].into_iter().flatten() {
            if let Some(share) = place.number("partial_rotary_factor")?
                && share != 1.0
            {
                return Err(config.unsupported(
                    format!("`partial_rotary_factor` {share}"),
                    "whole heads must be rotated",
                ));
            }
        }
        let scaling = match scaling {
            Some(scaling) => scaling_from_json(scaling, parameters.is_some())?,
            None => RopeScaling::None,
        };
        Ok(Rope {
            theta: theta.unwrap_or(DEFAULT_THETA),
            scaling,
        })
    }
}

fn scaling_from_json(scaling: Object<'_>, is_parameters: bool) -> Result<RopeScaling, ModelError> {
    let kind = match scaling.text("rope_type")? {
        Some(kind) => Some(kind),
        None => scaling.text("type")?,
    };
    match kind {
        Some("default") => Ok(RopeScaling::None),
        Some("llama3") => llama3(scaling),
        // Only the newer form may leave the type out, and then names theta itself: one theta per kind of layer
        // would be an object of objects.
        None if is_parameters && scaling.get("rope_theta").is_some() => Ok(RopeScaling::None),
        None => Err(scaling.wrong("rope_type", "`default` or `llama3`")),
        Some(other) => Err(scaling.unsupported(
            format!("rope type `{other}`"),
            "use a model with rope type `default` or `llama3`",
        )),
    }
}

fn llama3(scaling: Object<'_>) -> Result<RopeScaling, ModelError> {
    let number = |key| scaling.need(key, scaling.number(key)).map(|n| n as f32);
    let original = "original_max_position_embeddings";
    let llama3 = Llama3RopeConfig {
        factor: number("factor")?,
        low_freq_factor: number("low_freq_factor")?,
        high_freq_factor: number("high_freq_factor")?,
        original_max_position_embeddings: scaling
            .need(original, scaling.count(original, most::POSITIONS))?,
        rope_type: Llama3RopeType::Llama3,
    };
    if llama3.low_freq_factor >= llama3.high_freq_factor {
        return Err(scaling.wrong("low_freq_factor", "a number below `high_freq_factor`"));
    }
    Ok(RopeScaling::Llama3(llama3))
}

/// Long waves are stretched by `factor`, short ones kept, those between blended.
fn scale_llama3(freq: f32, llama3: &Llama3RopeConfig) -> f32 {
    let context = llama3.original_max_position_embeddings as f32;
    let wavelength = std::f32::consts::TAU / freq;
    if wavelength < context / llama3.high_freq_factor {
        freq
    } else if wavelength > context / llama3.low_freq_factor {
        freq / llama3.factor
    } else {
        let smooth = (context / wavelength - llama3.low_freq_factor)
            / (llama3.high_freq_factor - llama3.low_freq_factor);
        (1.0 - smooth) * freq / llama3.factor + smooth * freq
    }
}
