//! A layer's MLP, or its experts, in plain tensor operations.

use candle_core::{DType, Tensor};
use candle_nn::{Module, ops};

use super::{Linear, floats};
use crate::engine::error::EngineError;
use crate::engine::routing::Routing;
use crate::model::{Activation, Config, Experts};

/// Takes the projection of this name: outputs, inputs, whether it has a bias.
pub(super) type Take<'a> = dyn Fn(&str, usize, usize, bool) -> Result<Linear, EngineError> + 'a;

pub(super) struct Gated {
    activation: Activation,
    gate: Linear,
    up: Linear,
    down: Linear,
}

pub(super) enum Mlp {
    One(Gated),
    Experts {
        experts: Experts,
        router: Linear,
        each: Vec<Gated>,
    },
}

impl Gated {
    fn load(
        config: &Config,
        prefix: &str,
        inner: usize,
        biased: bool,
        take: &Take<'_>,
    ) -> Result<Gated, EngineError> {
        let hidden = config.hidden_size;
        Ok(Gated {
            activation: config.activation,
            gate: take(&format!("{prefix}.gate_proj"), inner, hidden, biased)?,
            up: take(&format!("{prefix}.up_proj"), inner, hidden, biased)?,
            down: take(&format!("{prefix}.down_proj"), hidden, inner, biased)?,
        })
    }

    fn product(&self, rows: &Tensor) -> candle_core::Result<Tensor> {
        let (gate, up) = (self.gate.forward(rows)?, self.up.forward(rows)?);
        match self.activation {
            Activation::Silu => ops::silu(&gate)? * up,
            Activation::GeluTanh => gate.gelu()? * up,
            Activation::Clamped => {
                let limit = f64::from(Activation::LIMIT);
                let (gate, up) = (gate.minimum(limit)?, up.clamp(-limit, limit)?);
                let share = ops::sigmoid(&(&gate * f64::from(Activation::ALPHA))?)?;
                (gate * share)? * (up + 1.0)?
            }
        }
    }
}

impl Mlp {
    pub fn load(config: &Config, layer: usize, take: &Take<'_>) -> Result<Mlp, EngineError> {
        let prefix = format!("model.layers.{layer}.mlp");
        let Some(experts) = config.experts_of(layer) else {
            let inner = config.intermediate_size;
            return Gated::load(config, &prefix, inner, config.mlp_bias, take).map(Mlp::One);
        };
        let Experts {
            count,
            inner_size,
            biased,
            ..
        } = *experts;
        let each = (0..count).map(|expert| {
            let prefix = format!("{prefix}.experts.{expert}");
            Gated::load(config, &prefix, inner_size, biased, take)
        });
        Ok(Mlp::Experts {
            experts: experts.clone(),
            router: take(&format!("{prefix}.gate"), count, config.hidden_size, biased)?,
            each: each.collect::<Result<_, _>>()?,
        })
    }

    /// What the down projection reads of rows `[rows, hidden]`, or what their experts say together.
    pub fn product(&self, rows: &Tensor) -> candle_core::Result<Tensor> {
        match self {
            Mlp::One(mlp) => mlp.product(rows),
            Mlp::Experts {
                experts,
                router,
                each,
            } => {
                let logits = floats(&router.forward(rows)?)?;
                let routing = Routing::of(&logits, experts);
                let mut sum = rows.zeros_like()?.to_dtype(DType::F32)?;
                for (expert, range) in routing.busy() {
                    let count = range.len();
                    let sent = &routing.rows[range.clone()];
                    let sent = Tensor::from_slice(sent, count, rows.device())?;
                    let shares = &routing.shares[range];
                    let shares = Tensor::from_slice(shares, (count, 1), rows.device())?;
                    let product = each[expert].product(&rows.index_select(&sent, 0)?)?;
                    let said = each[expert].down.forward(&product)?.to_dtype(DType::F32)?;
                    sum = sum.index_add(&sent, &said.broadcast_mul(&shares)?, 0)?;
                }
                sum.to_dtype(rows.dtype())
            }
        }
    }

    /// What is added to the rows of the residual stream.
    pub fn down(&self, product: &Tensor) -> candle_core::Result<Tensor> {
        match self {
            Mlp::One(mlp) => mlp.down.forward(product),
            Mlp::Experts { .. } => Ok(product.clone()),
        }
    }
}
