#!/usr/bin/env python3
"""The workload of `lamascope bench` in transformers, on the same machine in one go.

    python tests/peers/workload.py --lamascope target/release/lamascope
    python tests/peers/workload.py --lamascope target/release/lamascope --device cpu --shape demo --dtype float32

Needs torch and transformers. Nothing is downloaded: the model has random weights of the same shape. Each fact is one
sequence of 5 segments under the mask of preset `fused`; ten tokens are made greedily. Three ways:

one         4-D mask, sdpa, KV cache, one fact at a time
batch       the same with --batch facts at once, all of one length
original    the way of the Python original: FlexAttention uncompiled, the block mask rebuilt in every layer, no cache

Where --lamascope names the program, its `bench --json` runs first (seconds per fact of workload `fused` and `single`) and
the segments here are as long as its prompts.
"""

import argparse
import json
import statistics
import subprocess
import time

import torch
from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

SHAPES = {  # layers, hidden, inner, heads, kv heads, head dim, vocabulary
    "llama3.2-3b": (28, 3072, 8192, 24, 8, 128, 128256),
    "llama3.2-1b": (16, 2048, 8192, 32, 8, 64, 128256),
    "demo": (4, 256, 768, 8, 4, 32, 4096),
}
SEGMENTS = 5


def model_of(shape, dtype, device):
    layers, hidden, inner, heads, kv_heads, head_dim, vocabulary = SHAPES[shape]
    config = LlamaConfig(
        vocab_size=vocabulary, hidden_size=hidden, intermediate_size=inner, num_hidden_layers=layers,
        num_attention_heads=heads, num_key_value_heads=kv_heads, head_dim=head_dim, rms_norm_eps=1e-5,
        max_position_embeddings=131072, tie_word_embeddings=True, attn_implementation="sdpa",
    )
    torch.set_default_dtype(dtype)
    with torch.device(device):
        model = LlamaForCausalLM(config)
    torch.set_default_dtype(torch.float32)
    return model.eval()


def readable(segment, device):
    """[rows, keys] of BOS and the segments; the last row reads everything (preset `fused`)."""
    index = torch.arange(1 + SEGMENTS * segment, device=device)
    row, column = index[:, None], index[None, :]
    same = (row - 1) // segment == (column - 1) // segment
    mask = (row >= column) & (same | (column == 0))
    mask[-1] = True
    return mask


def prompts(facts, segment, vocabulary, device):
    generator = torch.Generator().manual_seed(42)
    context = torch.randint(1, vocabulary, (1, 1, segment * 3 // 4), generator=generator)
    own = torch.randint(1, vocabulary, (facts, SEGMENTS, segment - context.shape[2]), generator=generator)
    tokens = torch.cat([context.expand(facts, SEGMENTS, -1), own], 2).reshape(facts, -1)
    return torch.cat([torch.zeros(facts, 1, dtype=torch.long), tokens], 1).to(device)


@torch.inference_mode()
def cached(model, tokens, mask, new):
    """Prefill under a 4-D mask, then one row per step with a KV cache; seconds to the first and the last token."""
    synchronize(tokens.device)
    started = time.perf_counter()
    batch, n = tokens.shape
    floor = torch.finfo(model.dtype).min
    additive = torch.zeros(mask.shape, dtype=model.dtype, device=tokens.device).masked_fill(~mask, floor)
    cache = DynamicCache(config=model.config)
    positions = torch.arange(n, device=tokens.device)[None]
    out = model(tokens, attention_mask=additive[None, None].expand(batch, 1, n, n), position_ids=positions,
                past_key_values=cache, use_cache=True, logits_to_keep=1)
    token = out.logits[:, -1].argmax(-1, keepdim=True)
    synchronize(tokens.device)
    first = time.perf_counter() - started
    for step in range(1, new):
        ones = torch.zeros(batch, 1, 1, n + step, dtype=model.dtype, device=tokens.device)
        out = model(token, attention_mask=ones, position_ids=positions[:, -1:] + step, past_key_values=cache, use_cache=True)
        token = out.logits[:, -1].argmax(-1, keepdim=True)
    synchronize(tokens.device)
    return first, time.perf_counter() - started


def original_attention(module, query, key, value, attention_mask, scaling=None, **_):
    """FlexAttention as called without compilation, the mask made anew in every layer."""
    from torch.nn.attention.flex_attention import create_block_mask, flex_attention

    segment, fusing = original_attention.segment, original_attention.fusing
    n = query.shape[2]

    def rule(_batch, _head, row, column):
        same = (row - 1) // segment == (column - 1) // segment
        return (row >= column) & (same | (column == 0) | (row >= fusing))

    block = create_block_mask(rule, None, None, n, n, device=query.device)
    out = flex_attention(query, key, value, block_mask=block, scale=scaling, enable_gqa=True)
    return out.transpose(1, 2).contiguous(), None


@torch.inference_mode()
def original(model, tokens, segment, new):
    """No cache: every step reads the whole sequence."""
    ALL_ATTENTION_FUNCTIONS.register("original", original_attention)
    model.set_attn_implementation("original")
    synchronize(tokens.device)
    started = time.perf_counter()
    n = tokens.shape[1]
    for _ in range(new):
        original_attention.segment, original_attention.fusing = segment, n - 1
        logits = model(tokens, use_cache=False, logits_to_keep=1).logits
        tokens = torch.cat([tokens, logits[:, -1].argmax(-1, keepdim=True)], 1)
    synchronize(tokens.device)
    model.set_attn_implementation("sdpa")
    return time.perf_counter() - started


def synchronize(device):
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", choices=SHAPES, default="llama3.2-3b")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--dtype", default="bfloat16")
    parser.add_argument("--segment", type=int, default=110, help="tokens per segment")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--facts", type=int, default=256, help="facts of way `batch`")
    parser.add_argument("--new", type=int, default=10)
    parser.add_argument("--ways", default="one,batch,original")
    parser.add_argument("--lamascope", help="the program, to be measured first")
    parser.add_argument("--lamascope-facts", type=int, default=2000)
    args = parser.parse_args()
    device = torch.device(args.device)
    rows = []

    if args.lamascope:
        dtype = {"bfloat16": "bf16", "float16": "f16", "float32": "f32"}[args.dtype]
        where = "cuda:0" if device.type == "cuda" else "cpu"
        command = [args.lamascope, "bench", "--shape", args.shape, "--device", where, "--dtype", dtype, "--json",
                   "--facts", str(args.lamascope_facts), "--workload", "fused,single"]
        report = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
        for row in report["rows"]:
            name = f"lamascope {row['workload']}, batch {row['batch']}"
            rows.append((name, row["seconds"] / row["facts"], row["first_token_seconds"] / row["facts"]))
            args.segment = round(row["prompt_tokens"] / row["facts"] / SEGMENTS)

    model = model_of(args.shape, getattr(torch, args.dtype), device)
    vocabulary = SHAPES[args.shape][-1]
    mask = readable(args.segment, device)
    for way in args.ways.split(","):
        if way == "original":
            tokens = prompts(2, args.segment, vocabulary, device)
            original(model, tokens[:1], args.segment, 1)
            seconds = original(model, tokens[1:], args.segment, args.new)
            rows.append(("the original's way (FlexAttention, no cache)", seconds, float("nan")))
            continue
        batch = 1 if way == "one" else args.batch
        tokens = prompts(6 if way == "one" else args.facts, args.segment, vocabulary, device)
        cached(model, tokens[:batch], mask, args.new)
        times = [cached(model, part, mask, args.new) for part in tokens.split(batch) if len(part) == batch]
        first, last = (statistics.median(column) for column in zip(*times))
        rows.append((f"transformers sdpa, KV cache, batch {batch}", last / batch, first / batch))

    where = torch.cuda.get_device_name(device) if device.type == "cuda" else f"{torch.get_num_threads()} threads"
    print(f"{args.shape}, {args.dtype}, {where}, {SEGMENTS} segments of {args.segment} tokens, {args.new} new tokens")
    print(f"{'':<48} {'s per fact':>12} {'2,000 facts':>12} {'first token':>12}")
    for name, seconds, first in rows:
        print(f"{name:<48} {seconds:>12.5f} {2000 * seconds:>12.2f} {first:>12.5f}")


if __name__ == "__main__":
    main()
