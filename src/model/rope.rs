//! Frequencies of rotary position embedding.

use candle_transformers::models::llama::{Llama3RopeConfig, Llama3RopeType};

use serde_json::Value;

use super::ModelError;
use super::architecture::Architecture;
use super::config::most;
use super::json::Object;

/// How positions turn into angles.
#[derive(Debug, Clone)]
pub struct Rope {
    /// Base of the geometric row of wavelengths.
    pub theta: f64,
    pub scaling: RopeScaling,
    /// Dimensions of a head that are rotated, the first ones; `None`: all.
    pub dims: Option<usize>,
    /// What rotated queries and keys are multiplied with: yarn's and longrope's attention factor.
    pub amplitude: f32,
}

/// What is done to the frequencies of longer context windows.
#[derive(Debug, Clone)]
pub enum RopeScaling {
    /// Rope type `default`.
    None,
    /// Rope type `llama3`.
    Llama3(Llama3RopeConfig),
    /// One divisor per frequency: `linear`, `yarn`, `longrope`, and the form in which GGUF files carry `llama3`.
    Divisors(Vec<f32>),
}

/// How the heads of one layer turn: pair i of a head, its dimensions i and i + `head_dim` / 2, by position times
/// `frequencies[i]`, and gets `lengths[i]` times as long. A pair that stays has 0 and 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Rotation {
    pub frequencies: Vec<f32>,
    pub lengths: Vec<f32>,
}

impl Rotation {
    /// Of a layer without rope.
    pub fn none(head_dim: usize) -> Rotation {
        Rotation {
            frequencies: vec![0.0; head_dim / 2],
            lengths: vec![1.0; head_dim / 2],
        }
    }
}

/// What transformers and llama.cpp take where a file names no base.
pub(super) const DEFAULT_THETA: f64 = 10_000.0;

impl Rope {
    /// Rope type `default` over whole heads.
    pub fn plain(theta: f64) -> Rope {
        Rope {
            theta,
            scaling: RopeScaling::None,
            dims: None,
            amplitude: 1.0,
        }
    }

    pub fn rotation(&self, head_dim: usize) -> Rotation {
        let mut frequencies = self.inverse_frequencies(head_dim);
        let mut lengths = vec![self.amplitude; frequencies.len()];
        frequencies.resize(head_dim / 2, 0.0);
        lengths.resize(head_dim / 2, 1.0);
        Rotation {
            frequencies,
            lengths,
        }
    }

    /// One angle per position and rotated pair of dimensions, in radians: `[dims / 2]`.
    ///
    /// As transformers' `_compute_default_rope_parameters` and `_compute_llama3_parameters` have it: float32
    /// throughout, only the power itself is rounded from float64 so that it does not depend on the platform.
    pub fn inverse_frequencies(&self, head_dim: usize) -> Vec<f32> {
        let dims = self.dims.unwrap_or(head_dim);
        let plain = (0..dims / 2).map(|pair| {
            let exponent = (2 * pair) as f32 / dims as f32;
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
}

/// Queries beyond the original length grow with their position p: times 1 + β ln(1 + ⌊p / length⌋).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Growth {
    pub beta: f32,
    /// Positions of the original length.
    pub original: usize,
}

impl Growth {
    /// What a query at this position is multiplied with.
    pub fn at(self, position: u32) -> f32 {
        1.0 + self.beta * ((1 + position as usize / self.original) as f32).ln()
    }

    /// From the object that names the rope type.
    fn from_json(rope: Object<'_>) -> Result<Option<Growth>, ModelError> {
        let Some(beta) = rope.number_but_zero("llama_4_scaling_beta")? else {
            return Ok(None);
        };
        let key = "original_max_position_embeddings";
        let original = rope.need(key, rope.count(key, most::POSITIONS))?;
        Ok(Some(Growth {
            beta: beta as f32,
            original,
        }))
    }
}

/// The ropes of a model.
pub(super) struct Ropes {
    pub global: Rope,
    /// Of layers with a window, where it is another one.
    pub local: Option<Rope>,
    /// Positions for which the frequencies hold.
    pub max_positions: usize,
    pub growth: Option<Growth>,
}

/// What the frequencies of a scaled rope are computed from.
struct Scaled<'a> {
    /// The object that names the rope type.
    json: Object<'a>,
    theta: f64,
    dims: usize,
    /// `original_max_position_embeddings`, or else `max_position_embeddings`.
    original: usize,
    max_positions: usize,
}

impl Ropes {
    /// From `rope_parameters` (transformers 5), one for all layers or one per kind of layer, or `rope_theta` and
    /// `rope_scaling` (before).
    pub fn from_json(
        config: Object<'_>,
        architecture: Architecture,
        head_dim: usize,
        max_positions: usize,
    ) -> Result<Ropes, ModelError> {
        let parameters = config.object("rope_parameters")?;
        if let Some(kinds) = parameters
            && let Some(global) = kinds.object("full_attention")?
        {
            let (global, limit) = rope(config, Some(global), true, head_dim, max_positions)?;
            let local = match kinds.object("sliding_attention")? {
                Some(local) => Some(rope(config, Some(local), true, head_dim, max_positions)?.0),
                None => None,
            };
            return Ok(Ropes {
                global,
                local,
                max_positions: limit,
                growth: None,
            });
        }
        let is_parameters = parameters.is_some();
        let scaling = match parameters {
            Some(parameters) => Some(parameters),
            None => config.object("rope_scaling")?,
        };
        let growth = match (architecture, scaling) {
            (Architecture::Ministral3, Some(scaling)) => Growth::from_json(scaling)?,
            _ => None,
        };
        let (mut global, limit) = rope(config, scaling, is_parameters, head_dim, max_positions)?;
        let local = match architecture {
            Architecture::Gemma3 => {
                if config.number("rope_theta")?.is_none() && !is_parameters {
                    // As transformers' Gemma3TextConfig has it.
                    global.theta = 1e6;
                }
                let theta = config.number("rope_local_base_freq")?;
                Some(Rope::plain(theta.unwrap_or(DEFAULT_THETA)))
            }
            // Scaled in its full layers alone.
            Architecture::Olmo3 => Some(Rope::plain(global.theta)),
            _ => None,
        };
        Ok(Ropes {
            global,
            local,
            max_positions: limit,
            growth,
        })
    }
}

/// One rope, and the positions for which it holds.
fn rope(
    config: Object<'_>,
    scaling: Option<Object<'_>>,
    is_parameters: bool,
    head_dim: usize,
    max_positions: usize,
) -> Result<(Rope, usize), ModelError> {
    let first = |key: &str, places: [Option<Object<'_>>; 2]| {
        for place in places.into_iter().flatten() {
            if let Some(number) = place.number(key)? {
                return Ok(Some(number));
            }
        }
        Ok::<_, ModelError>(None)
    };
    let theta = first("rope_theta", [scaling, Some(config)])?.unwrap_or(DEFAULT_THETA);
    let dims = match first("partial_rotary_factor", [scaling, Some(config)])? {
        None => head_dim,
        Some(share) if share > 0.0 && share <= 1.0 => (head_dim as f64 * share) as usize,
        Some(_) => return Err(config.wrong("partial_rotary_factor", "a number above 0, at most 1")),
    };
    if dims == 0 || dims % 2 != 0 {
        return Err(config.wrong("partial_rotary_factor", "an even number of dimensions"));
    }
    let mut rope = Rope {
        dims: Some(dims).filter(|dims| *dims != head_dim),
        ..Rope::plain(theta)
    };
    let Some(json) = scaling else {
        return Ok((rope, max_positions));
    };
    let original = "original_max_position_embeddings";
    let original = match json.count(original, most::POSITIONS)? {
        Some(original) => Some(original),
        None => config.count(original, most::POSITIONS)?,
    };
    let scaled = Scaled {
        json,
        theta,
        dims,
        original: original.unwrap_or(max_positions),
        max_positions,
    };
    let kind = match json.text("rope_type")? {
        Some(kind) => Some(kind),
        None => json.text("type")?,
    };
    match kind {
        Some("default" | "mrope") => {}
        Some("llama3") => rope.scaling = RopeScaling::Llama3(llama3(json)?),
        Some("linear") => rope.scaling = RopeScaling::Divisors(vec![scaled.factor()?; dims / 2]),
        // Longer sequences would change the frequencies of what has been read already.
        Some("dynamic") => return Ok((rope, scaled.original)),
        Some("yarn") => (rope.scaling, rope.amplitude) = scaled.yarn()?,
        Some("longrope" | "su") => {
            (rope.scaling, rope.amplitude) = scaled.longrope()?;
            return Ok((rope, scaled.original));
        }
        // Only the newer form may leave the type out, and then names theta itself.
        None if is_parameters && json.get("rope_theta").is_some() => {}
        None => return Err(json.wrong("rope_type", KINDS)),
        Some(other) => {
            let advice = format!("use a model with rope type {KINDS}");
            return Err(json.unsupported(format!("rope type `{other}`"), &advice));
        }
    }
    Ok((rope, max_positions))
}

const KINDS: &str = "`default`, `llama3`, `linear`, `dynamic`, `yarn` or `longrope`";

impl Scaled<'_> {
    fn factor(&self) -> Result<f32, ModelError> {
        match self.json.need("factor", self.json.number("factor"))? {
            factor if factor > 0.0 => Ok(factor as f32),
            _ => Err(self.json.wrong("factor", "a number above 0")),
        }
    }

    fn yarn(&self) -> Result<(RopeScaling, f32), ModelError> {
        let number = |key| self.json.number(key);
        let yarn = Yarn {
            theta: self.theta,
            dims: self.dims,
            original: self.original,
            factor: self.factor()?,
            fast: number("beta_fast")?.unwrap_or(32.0),
            slow: number("beta_slow")?.unwrap_or(1.0),
            truncates: self.json.flag("truncate")?.unwrap_or(true),
        };
        let amplitude = match (
            number("attention_factor")?,
            self.json.number_but_zero("mscale")?,
            self.json.number_but_zero("mscale_all_dim")?,
        ) {
            (Some(given), _, _) => given,
            (None, Some(by), Some(all)) => yarn.amplitude(by) / yarn.amplitude(all),
            (None, _, _) => yarn.amplitude(1.0),
        };
        Ok((RopeScaling::Divisors(yarn.divisors()), amplitude as f32))
    }

    /// As transformers' `_compute_longrope_parameters` for sequences within the original length.
    fn longrope(&self) -> Result<(RopeScaling, f32), ModelError> {
        let expected = format!("a list of {} numbers above 0", self.dims / 2);
        let list = self.json.get("short_factor").and_then(Value::as_array);
        let divisors: Option<Vec<f32>> = list.and_then(|list| {
            let number = |it: &Value| it.as_f64().map(|it| it as f32).filter(|it| *it > 0.0);
            list.iter().map(number).collect()
        });
        let divisors = divisors
            .filter(|divisors| divisors.len() == self.dims / 2)
            .ok_or_else(|| self.json.wrong("short_factor", &expected))?;
        let amplitude = match self.json.number("attention_factor")? {
            Some(given) => given,
            None => longrope_amplitude(self.max_positions, self.original),
        };
        Ok((RopeScaling::Divisors(divisors), amplitude as f32))
    }
}

/// Rope type `yarn`, as transformers' `_compute_yarn_parameters` has it: a pair that turns more than `fast` times within
/// the original length stays, one that turns less than `slow` times is stretched by `factor`, those between are blended.
pub(super) struct Yarn {
    pub theta: f64,
    pub dims: usize,
    pub original: usize,
    pub factor: f32,
    pub fast: f64,
    pub slow: f64,
    /// The pairs where blending begins and ends are whole numbers.
    pub truncates: bool,
}

impl Yarn {
    pub fn divisors(&self) -> Vec<f32> {
        let pair = |turns: f64| {
            let wave = self.original as f64 / (turns * std::f64::consts::TAU);
            self.dims as f64 * wave.ln() / (2.0 * self.theta.ln())
        };
        let (mut low, mut high) = (pair(self.fast), pair(self.slow));
        if self.truncates {
            (low, high) = (low.floor(), high.ceil());
        }
        let (low, mut high) = (low.max(0.0) as f32, high.min(self.dims as f64 - 1.0) as f32);
        if low == high {
            high += 0.001;
        }
        let divisor = |pair: usize| {
            let stretched = ((pair as f32 - low) / (high - low)).clamp(0.0, 1.0);
            1.0 / (stretched / self.factor + (1.0 - stretched))
        };
        (0..self.dims / 2).map(divisor).collect()
    }

    /// By how much queries and keys get longer: 0.1 m ln(factor) + 1.
    pub fn amplitude(&self, m: f64) -> f64 {
        match f64::from(self.factor) {
            factor if factor <= 1.0 => 1.0,
            factor => 0.1 * m * factor.ln() + 1.0,
        }
    }
}

/// By how much rope type `longrope` makes queries and keys longer.
pub(super) fn longrope_amplitude(longest: usize, original: usize) -> f64 {
    let (longest, original) = (longest as f64, original as f64);
    if longest <= original {
        return 1.0;
    }
    (1.0 + (longest / original).ln() / original.ln()).sqrt()
}

fn llama3(scaling: Object<'_>) -> Result<Llama3RopeConfig, ModelError> {
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
    Ok(llama3)
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
