//! The names of tensors in a GGUF file.

use crate::model::{Architecture, Norms};

/// The name of a tensor that the hub knows as `name`.
pub(super) fn stored(name: &str, architecture: Architecture, norms: Norms) -> Option<String> {
    let whole = match name {
        "model.embed_tokens.weight" => "token_embd.weight",
        "model.norm.weight" => "output_norm.weight",
        "lm_head.weight" => "output.weight",
        _ => return in_layer(name, architecture, norms),
    };
    Some(whole.to_owned())
}

fn in_layer(name: &str, architecture: Architecture, norms: Norms) -> Option<String> {
    let (layer, rest) = name.strip_prefix("model.layers.")?.split_once('.')?;
    if rest == "self_attn.sinks" {
        return Some(format!("blk.{layer}.attn_sinks.weight"));
    }
    let (part, kind) = rest.rsplit_once('.')?;
    let part = match part {
        "input_layernorm" => "attn_norm",
        // The hub calls by one name what stands before the MLP of some and behind the attention of others; llama.cpp
        // tells them apart, but for gpt-oss.
        "post_attention_layernorm" if norms != Norms::Before => "post_attention_norm",
        "post_attention_layernorm" if architecture == Architecture::GptOss => "post_attention_norm",
        "post_attention_layernorm" | "pre_feedforward_layernorm" => "ffn_norm",
        "post_feedforward_layernorm" => "post_ffw_norm",
        "self_attn.q_proj" => "attn_q",
        "self_attn.k_proj" => "attn_k",
        "self_attn.v_proj" => "attn_v",
        "self_attn.qkv_proj" => "attn_qkv",
        "self_attn.o_proj" => "attn_output",
        "self_attn.q_norm" => "attn_q_norm",
        "self_attn.k_norm" => "attn_k_norm",
        "mlp.gate_proj" => "ffn_gate",
        // Gate and up in one, where they are, go by the name of up.
        "mlp.up_proj" | "mlp.gate_up_proj" => "ffn_up",
        "mlp.down_proj" => "ffn_down",
        "mlp.gate" => "ffn_gate_inp",
        "mlp.experts.gate_proj" => "ffn_gate_exps",
        "mlp.experts.up_proj" => "ffn_up_exps",
        "mlp.experts.down_proj" => "ffn_down_exps",
        _ => return None,
    };
    Some(format!("blk.{layer}.{part}.{kind}"))
}
