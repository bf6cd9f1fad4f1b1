//! The shape of a decoder from a GGUF file's metadata.

use candle_core::quantized::GgmlDType;
use candle_core::quantized::gguf_file::Content;

use super::metadata::Metadata;
use super::tensors::place;
use crate::model::config::most;
use crate::model::rope::DEFAULT_THETA;
use crate::model::{Architecture, Config, ModelError, QkNorm, Rope, RopeScaling};

/// End tokens of Llama 3 and Qwen. A file names one of the several that their `generation_config.json` lists; llama.cpp
/// knows the others by these texts.
const ENDS: [&str; 5] = [
    "<|eot_id|>",
    "<|eom_id|>",
    "<|end_of_text|>",
    "<|im_end|>",
    "<|endoftext|>",
];

pub(super) fn read(file: &str, bytes: &[u8], content: &Content) -> Result<Config, ModelError> {
    let data = Metadata::new(file, content);
    let name = data.need("general.architecture", data.text("general.architecture"))?;
    // Written by llama.cpp under other names or forms, the further families are not read from here.
    let read = [
        Architecture::Llama,
        Architecture::Qwen2,
        Architecture::Qwen3,
    ];
    let Some(architecture) = Architecture::from_name(name).filter(|it| read.contains(it)) else {
        let advice = "use a Llama, Qwen2 or Qwen3 file, or the model's safetensors";
        return Err(data.unsupported(format!("architecture `{name}`"), advice));
    };
    let key = |rest: &str| format!("{name}.{rest}");
    refuse(data, &key)?;
    let need = |rest: &str, most: usize| {
        let key = key(rest);
        match data.need(&key, data.count(&key))? {
            0 => Err(data.wrong(&key, "a whole number above 0")),
            count if count > most => Err(data.wrong(&key, &format!("at most {most}"))),
            count => Ok(count),
        }
    };

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
    for same in ["attention.value_length", "rope.dimension_count"] {
        let key = key(same);
        if data.count(&key)?.is_some_and(|count| count != head_dim) {
            return Err(data.wrong(&key, &format!("the size of a head, {head_dim}")));
        }
    }
    let embedding = content.tensor_infos.get("token_embd.weight");
    let vocab_size = embedding.and_then(|info| info.shape.dims().first().copied());
    let vocab_size = vocab_size.ok_or_else(|| ModelError::Tensor {
        file: file.to_owned(),
        name: "token_embd.weight".to_owned(),
        what: "is missing".to_owned(),
    })?;
    let epsilon = key("attention.layer_norm_rms_epsilon");
    let scaling = match rope_divisors(file, bytes, content, head_dim)? {
        Some(found) => RopeScaling::Divisors(found),
        None => RopeScaling::None,
    };
    let mut eos = Vec::new();
    for end in ["eos", "eot", "eom"] {
        if let Some(id) = data.token_id(&format!("tokenizer.ggml.{end}_token_id"))?
            && !eos.contains(&id)
        {
            eos.push(id);
        }
    }
    for (id, token) in (0..).zip(data.texts("tokenizer.ggml.tokens")?) {
        if ENDS.contains(&token) && !eos.contains(&id) {
            eos.push(id);
        }
    }
    let theta = data.number(&key("rope.freq_base"))?;
    let has = |tensor: &str| content.tensor_infos.contains_key(tensor);
    Ok(Config {
        architecture,
        vocab_size,
        hidden_size,
        intermediate_size: need("feed_forward_length", most::WIDTH)?,
        layers: need("block_count", most::LAYERS)?,
        heads,
        kv_heads,
        head_dim,
        rms_norm_eps: data.need(&epsilon, data.number(&epsilon))?,
        rope: Rope {
            scaling,
            ..Rope::plain(theta.unwrap_or(DEFAULT_THETA))
        },
        max_positions: need("context_length", most::POSITIONS)?,
        tied_embeddings: !has("output.weight"),
        qkv_bias: has("blk.0.attn_q.bias"),
        output_bias: has("blk.0.attn_output.bias"),
        mlp_bias: has("blk.0.ffn_down.bias"),
        qk_norm: match architecture {
            Architecture::Qwen3 => QkNorm::Head,
            _ => QkNorm::None,
        },
        eos,
        ..Config::plain(DEFAULT_THETA, hidden_size, heads, head_dim)
    })
}

/// Refuses by name what the decoder does not do.
fn refuse(data: Metadata<'_>, key: &impl Fn(&str) -> String) -> Result<(), ModelError> {
    if let Some(kind) = data.text(&key("rope.scaling.type"))?
        && kind != "none"
    {
        let advice = "use a model whose rope type is `default` or `llama3`";
        return Err(data.unsupported(format!("rope scaling `{kind}`"), advice));
    }
    let several = |count: Option<usize>| count.is_some_and(|count| count > 0);
    if several(data.count(&key("expert_count"))?) {
        let what = "a mixture of experts".to_owned();
        return Err(data.unsupported(what, "use a dense model"));
    }
    if several(data.count(&key("attention.sliding_window"))?) {
        let what = "a sliding window".to_owned();
        return Err(data.unsupported(what, "use a model whose layers attend to everything"));
    }
    if data.count("split.count")?.is_some_and(|count| count > 1) {
        let what = "a model split over several files".to_owned();
        return Err(data.unsupported(
            what,
            "join them with llama.cpp's `llama-gguf-split --merge`",
        ));
    }
    Ok(())
}

/// Divisors of the rotary frequencies, `[head_dim / 2]`: what llama.cpp's converter makes of rope type `llama3`.
fn rope_divisors(
    file: &str,
    bytes: &[u8],
    content: &Content,
    head_dim: usize,
) -> Result<Option<Vec<f32>>, ModelError> {
    let name = "rope_freqs.weight";
    let Some(info) = content.tensor_infos.get(name) else {
        return Ok(None);
    };
    let (kind, shape) = (info.ggml_dtype, info.shape.dims());
    let place = place(content, info).and_then(|place| bytes.get(place));
    match place {
        Some(bytes) if kind == GgmlDType::F32 && shape == [head_dim / 2] => {
            let (numbers, _) = bytes.as_chunks::<4>();
            Ok(Some(
                numbers.iter().map(|it| f32::from_le_bytes(*it)).collect(),
            ))
        }
        _ => Err(ModelError::Tensor {
            file: file.to_owned(),
            name: name.to_owned(),
            what: format!("is {kind:?} {shape:?}, expected F32 [{}]", head_dim / 2),
        }),
    }
}
