//! The shape of a decoder from a GGUF file's metadata.

use candle_core::quantized::gguf_file::Content;

use super::metadata::Metadata;
use super::rope;
use crate::model::config::{Family, every, most};
use crate::model::{Activation, Architecture, Config, Experts, ModelError};

/// What llama.cpp calls the families that it writes.
const NAMES: [(&str, Architecture); 13] = [
    ("llama", Architecture::Llama),
    ("mistral3", Architecture::Ministral3),
    ("qwen2", Architecture::Qwen2),
    ("qwen3", Architecture::Qwen3),
    ("qwen3moe", Architecture::Qwen3Moe),
    ("smollm3", Architecture::SmolLm3),
    ("granite", Architecture::Granite),
    // With a window it is OLMo 3.
    ("olmo2", Architecture::Olmo2),
    ("exaone4", Architecture::Exaone4),
    ("phi3", Architecture::Phi3),
    ("gemma2", Architecture::Gemma2),
    ("gemma3", Architecture::Gemma3),
    ("gpt-oss", Architecture::GptOss),
];

/// End tokens. A file names one of the several that a `generation_config.json` lists; llama.cpp knows the others by these
/// texts.
const ENDS: [&str; 9] = [
    "<|eot_id|>",
    "<|eom_id|>",
    "<|end_of_text|>",
    "<|im_end|>",
    "<|endoftext|>",
    "<end_of_turn>",
    "<|return|>",
    "<|call|>",
    // Phi-3's; in gpt-oss only a message ends there.
    "<|end|>",
];

pub(super) fn read(file: &str, bytes: &[u8], content: &Content) -> Result<Config, ModelError> {
    let data = Metadata::new(file, content);
    let name = data.need("general.architecture", data.text("general.architecture"))?;
    let Some(&(_, architecture)) = NAMES.iter().find(|(known, _)| *known == name) else {
        let known: Vec<&str> = NAMES.iter().map(|(name, _)| *name).collect();
        let advice = format!(
            "use a file of {}, or the model's safetensors",
            known.join(", ")
        );
        return Err(data.unsupported(format!("architecture `{name}`"), &advice));
    };
    let key = |rest: &str| format!("{name}.{rest}");
    refuse(data)?;
    let need = |rest: &str, most: usize| {
        let key = key(rest);
        match data.need(&key, data.count(&key))? {
            0 => Err(data.wrong(&key, "a whole number above 0")),
            count if count > most => Err(data.wrong(&key, &format!("at most {most}"))),
            count => Ok(count),
        }
    };
    let layers = need("block_count", most::LAYERS)?;
    let (sliding, window) = windows(data, architecture, &key, layers)?;
    let architecture = match (architecture, window) {
        (Architecture::Olmo2, Some(_)) => Architecture::Olmo3,
        _ => architecture,
    };
    let family = Family::of(architecture);

    let hidden_size = need("embedding_length", most::WIDTH)?;
    let heads = need("attention.head_count", most::HEADS)?;
    let kv_heads = match data.count(&key("attention.head_count_kv"))? {
        Some(_) => need("attention.head_count_kv", most::HEADS)?,
        None => heads,
    };
    if heads % kv_heads != 0 {
        return Err(data.wrong(
            &key("attention.head_count_kv"),
            "a divisor of the head count",
        ));
    }
    let head_dim = data
        .count(&key("attention.key_length"))?
        .unwrap_or(hidden_size / heads);
    if head_dim == 0 || head_dim % 2 != 0 {
        return Err(data.wrong(&key("attention.key_length"), "an even number"));
    }
    if head_dim > most::HEAD_DIM || heads * head_dim > most::WIDTH {
        let most = most::HEAD_DIM.min(most::WIDTH / heads);
        let expected = format!("at most {most} with {heads} heads");
        return Err(data.wrong(&key("attention.key_length"), &expected));
    }
    let same = key("attention.value_length");
    if data.count(&same)?.is_some_and(|count| count != head_dim) {
        return Err(data.wrong(&same, &format!("the size of a head, {head_dim}")));
    }
    let ropes = rope::Source {
        file,
        bytes,
        content,
        architecture,
        name,
        head_dim,
        positions: need("context_length", most::POSITIONS)?,
    }
    .ropes()?;
    let embedding = content.tensor_infos.get("token_embd.weight");
    let vocab_size = embedding.and_then(|info| info.shape.dims().first().copied());
    let vocab_size = vocab_size.ok_or_else(|| ModelError::Tensor {
        file: file.to_owned(),
        name: "token_embd.weight".to_owned(),
        what: "is missing".to_owned(),
    })?;
    let experts = experts(data, architecture, &key, &need, layers)?;
    let multiplier = |rest: &str| match architecture {
        Architecture::Granite => Ok(data.number(&key(rest))?.unwrap_or(1.0)),
        _ => Ok::<_, ModelError>(1.0),
    };
    let residual = multiplier("residual_scale")?;
    let scale = match data.number(&key("attention.scale"))? {
        Some(scale) => scale,
        // Gemma's of 27B, which a file does not say: llama.cpp knows them by their layers.
        None => match (architecture, layers) {
            (Architecture::Gemma2, 46) | (Architecture::Gemma3, 62) => {
                (hidden_size as f64 / heads as f64).powf(-0.5)
            }
            _ => (head_dim as f64).powf(-0.5),
        },
    };
    let softcap = |rest: &str| {
        let cap = data.number(&key(rest))?.filter(|_| family.gemma);
        Ok::<_, ModelError>(cap.map(|cap| cap as f32))
    };
    let epsilon = key("attention.layer_norm_rms_epsilon");
    let has = |tensor: &str| content.tensor_infos.contains_key(tensor);
    let rotated = match architecture {
        Architecture::SmolLm3 => every(4, layers),
        Architecture::Exaone4 => sliding.clone(),
        _ => Vec::new(),
    };
    Ok(Config {
        architecture,
        vocab_size,
        hidden_size,
        intermediate_size: match experts.is_some() {
            // Where every layer has experts nothing else is asked for.
            true => data
                .count(&key("feed_forward_length"))?
                .map_or(Ok(0), |_| need("feed_forward_length", most::WIDTH))?,
            false => need("feed_forward_length", most::WIDTH)?,
        },
        layers,
        heads,
        kv_heads,
        head_dim,
        // See `Config::from_json` for what becomes of Granite's factors.
        rms_norm_eps: data.need(&epsilon, data.number(&epsilon))? / residual.powi(2),
        rope: ropes.global,
        local_rope: ropes.local,
        rotated,
        sliding,
        window,
        max_positions: ropes.positions,
        tied_embeddings: !has("output.weight"),
        qkv_bias: has("blk.0.attn_q.bias"),
        output_bias: has("blk.0.attn_output.bias"),
        mlp_bias: has("blk.0.ffn_down.bias"),
        experts,
        sinks: architecture == Architecture::GptOss,
        query_growth: ropes.growth,
        norms: family.norms,
        qk_norm: family.qk_norm,
        // The converter has added what is missing of Gemma's norms.
        norm_offset: 0.0,
        activation: match architecture {
            Architecture::GptOss => Activation::Clamped,
            _ if family.gemma => Activation::GeluTanh,
            _ => Activation::Silu,
        },
        embedding_scale: match family.gemma {
            true => (hidden_size as f32).sqrt(),
            false => (multiplier("embedding_scale")? / residual) as f32,
        },
        attention_scale: scale as f32,
        attention_softcap: softcap("attn_logit_softcapping")?,
        logits_scale: (1.0 / multiplier("logit_scale")?) as f32,
        logits_softcap: softcap("final_logit_softcapping")?,
        eos: ends(data)?,
    })
}

/// Which layers have a window, and how far it reaches.
fn windows(
    data: Metadata<'_>,
    architecture: Architecture,
    key: &impl Fn(&str) -> String,
    layers: usize,
) -> Result<(Vec<bool>, Option<usize>), ModelError> {
    let window = data.count(&key("attention.sliding_window"))?;
    // Phi-4's converter writes 0 for none.
    let window = match (window, architecture) {
        (None, Architecture::Gemma2) => Some(4096),
        (window, _) => window.filter(|window| *window > 0),
    };
    if window.is_none() {
        return Ok((Vec::new(), None));
    }
    let pattern = key("attention.sliding_window_pattern");
    let sliding = match data.flags(&pattern)? {
        Some(listed) if listed.len() == layers => listed,
        Some(_) => return Err(data.wrong(&pattern, &format!("a list of {layers}"))),
        // What a file does not say, llama.cpp knows of the family.
        None => match architecture {
            Architecture::Gemma2 | Architecture::GptOss => every(2, layers),
            Architecture::Gemma3 => every(6, layers),
            Architecture::Olmo2 | Architecture::Exaone4 => every(4, layers),
            _ => vec![true; layers],
        },
    };
    match sliding.contains(&true) {
        true => Ok((sliding, window)),
        false => Ok((Vec::new(), None)),
    }
}

fn experts(
    data: Metadata<'_>,
    architecture: Architecture,
    key: &impl Fn(&str) -> String,
    need: &impl Fn(&str, usize) -> Result<usize, ModelError>,
    layers: usize,
) -> Result<Option<Experts>, ModelError> {
    let gpt_oss = architecture == Architecture::GptOss;
    if !gpt_oss && architecture != Architecture::Qwen3Moe {
        if data
            .count(&key("expert_count"))?
            .is_none_or(|count| count == 0)
        {
            return Ok(None);
        }
        let advice = "use a file of qwen3moe or gpt-oss, or a dense model";
        return Err(data.unsupported("a mixture of experts in this family".to_owned(), advice));
    }
    let count = need("expert_count", most::EXPERTS)?;
    Ok(Some(Experts {
        count,
        chosen: need("expert_used_count", count)?,
        inner_size: need("expert_feed_forward_length", most::WIDTH)?,
        renormalised: true,
        biased: gpt_oss,
        layers: vec![true; layers],
    }))
}

fn ends(data: Metadata<'_>) -> Result<Vec<u32>, ModelError> {
    let mut eos = Vec::new();
    for end in ["eos", "eot", "eom"] {
        if let Some(id) = data.token_id(&format!("tokenizer.ggml.{end}_token_id"))?
            && !eos.contains(&id)
        {
            eos.push(id);
        }
    }
    let tokens = data.texts("tokenizer.ggml.tokens")?;
    let harmony = tokens.contains(&"<|return|>") && tokens.contains(&"<|call|>");
    let is_end = |token: &str| ENDS.contains(&token) && !(harmony && token == "<|end|>");
    if harmony {
        // The converter names the end of a message where the text may go on.
        let end = (0..).zip(&tokens).find(|(_, token)| **token == "<|end|>");
        eos.retain(|id| end.is_none_or(|(end, _)| *id != end));
    }
    for (id, token) in (0..).zip(tokens) {
        if is_end(token) && !eos.contains(&id) {
            eos.push(id);
        }
    }
    Ok(eos)
}

/// Refuses by name what the decoder does not do.
fn refuse(data: Metadata<'_>) -> Result<(), ModelError> {
    if data.count("split.count")?.is_some_and(|count| count > 1) {
        let what = "a model split over several files".to_owned();
        return Err(data.unsupported(
            what,
            "join them with llama.cpp's `llama-gguf-split --merge`",
        ));
    }
    Ok(())
}
