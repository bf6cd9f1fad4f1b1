#!/usr/bin/env python3
"""Time from command to first token: `lamascope run` on one fact against transformers, on the same machine in one go.

    python tests/peers/first_token.py --lamascope target/release/lamascope
    python tests/peers/first_token.py --lamascope target/debug/lamascope --device cpu --shape tiny --peer none

Needs torch and transformers for the peer, nothing else. Nothing is downloaded: checkpoints of the shapes are written to
--folder with random bf16 weights in shards of at most 5 GB, with a tokenizer.json that is filled up to the shape's
vocabulary. Each repeat is a process of its own, timed from its start to the first byte on stdout, which comes with the
first token:

lamascope    run --max-samples 1 --max-new-tokens 1 --json, a prompt of preset `fused`
transformers imports, tokenizer, from_pretrained(dtype=bfloat16, device_map), generate(max_new_tokens=1) on as many tokens

warm: the files are in the page cache. cold: the checkpoint was dropped from it (posix_fadvise), libraries were not.
first: kernels are compiled too, which happens once per model shape and machine. Under each row stand the phases of its
median run, in seconds since the start of the process: lamascope's as its progress line shows them.
"""

import argparse
import json
import os
import pathlib
import pty
import random
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

SHAPES = {  # layers, hidden, inner, heads, kv heads, head dim, vocabulary
    "llama3.2-1b": (16, 2048, 8192, 32, 8, 64, 128256),
    "llama3.2-3b": (28, 3072, 8192, 24, 8, 128, 128256),
    "tiny": (2, 256, 768, 8, 4, 32, 8000),
}
SHARD = 5_000_000_000
TOKENIZER = pathlib.Path(__file__).parents[2] / "assets/demo/model/tokenizer.json"

PEER = """
import sys, time
def said(what):
    print(f"phase {what}", file=sys.stderr, flush=True)
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
said("imported")
folder, device, tokens = sys.argv[1], sys.argv[2], int(sys.argv[3])
tokenizer = AutoTokenizer.from_pretrained(folder)
ids = tokenizer("The capital of France is Paris. " * tokens)["input_ids"][:tokens]
said("tokenized")
try:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16, device_map=device)
except (ImportError, ValueError):  # device_map needs accelerate
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.bfloat16).to(device)
said("loaded")
out = model.generate(torch.tensor([ids], device=device), attention_mask=torch.ones(1, len(ids), dtype=torch.long, device=device),
                     max_new_tokens=1, do_sample=False, pad_token_id=0)
print(repr(tokenizer.decode(out[0, -1:])), flush=True)
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lamascope", required=True, help="the program")
    parser.add_argument("--shape", default="llama3.2-1b,llama3.2-3b", help=f"some of {', '.join(SHAPES)}")
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--folder", help="where checkpoints are written and kept [default: a temporary folder]")
    parser.add_argument("--tokenizer", type=pathlib.Path, default=TOKENIZER, help="tokenizer.json to fill up")
    parser.add_argument("--repeats", type=int, default=5, help="warm runs of each")
    parser.add_argument("--cold", type=int, default=2, help="cold runs of each")
    parser.add_argument("--peer", choices=("transformers", "none"), default="transformers")
    parser.add_argument("--tokens", type=int, default=500, help="the peer's prompt")
    parser.add_argument("--seconds", type=float, default=220, help="after that every row gets one run only")
    args = parser.parse_args()
    args.end = time.perf_counter() + args.seconds
    with tempfile.TemporaryDirectory() as temporary:
        for shape in args.shape.split(","):
            folder = pathlib.Path(args.folder or temporary) / shape
            if not (folder / "config.json").exists():
                started = time.perf_counter()
                write_checkpoint(folder, SHAPES[shape], args.tokenizer)
                print(f"wrote {folder} in {time.perf_counter() - started:.1f} s", flush=True)
            compare(folder, shape, args, temporary)


def compare(folder, shape, args, temporary):
    ours = [args.lamascope, "run", "--model", str(folder), "--device", args.device, "--max-samples", "1",
            "--max-new-tokens", "1", "--json"]
    peer = [sys.executable, "-c", PEER, str(folder), args.device, str(args.tokens)]
    weights = sum(file.stat().st_size for file in folder.glob("*.safetensors"))
    print(f"\n{shape}, {weights / 1e9:.2f} GB of weights, {args.device}: seconds from command to first token")
    print(f"{'':<24}{'median':>8}{'least':>8}{'most':>8}{'runs':>6}")
    first = dict(os.environ, XDG_CACHE_HOME=tempfile.mkdtemp(dir=temporary))
    row("lamascope, first", [timed(ours, first)])
    medians = {}
    for state, repeats in (("warm", args.repeats), ("cold", args.cold)):
        for name, command in (("lamascope", ours), ("transformers", peer)):
            if repeats == 0 or (name == "transformers" and args.peer == "none"):
                continue
            runs = []
            for _ in range(repeats):
                if runs and time.perf_counter() > args.end:
                    break
                if state == "cold":
                    drop(folder)
                elif not runs:
                    touch(folder)
                runs.append(timed(command, os.environ))
            medians[name, state] = row(f"{name}, {state}", runs)
    for state in ("warm", "cold"):
        if {("lamascope", state), ("transformers", state)} <= medians.keys():
            ratio = medians["transformers", state] / medians["lamascope", state]
            print(f"transformers takes {ratio:.2f} times as long, {state}")


def row(name, runs):
    seconds = [seconds for seconds, _ in runs]
    median = statistics.median(seconds)
    print(f"{name:<24}{median:>8.2f}{min(seconds):>8.2f}{max(seconds):>8.2f}{len(runs):>6}")
    _, phases = min(runs, key=lambda run: abs(run[0] - median))
    print("    " + ", ".join(f"{what} {at:.2f}" for what, at in phases), flush=True)
    return median


def timed(command, environment):
    """Seconds until the first byte on stdout, and when each phase was first seen on stderr, which is a terminal."""
    ours, theirs = pty.openpty()
    phases = {}
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=theirs, env=dict(environment, TERM="xterm"))
    os.close(theirs)
    shown = []

    def listen():
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:  # the other side is closed
                return
            now = time.perf_counter() - started
            shown.append(part)
            text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "\n", part.decode(errors="replace"))
            for line in re.split(r"[\r\n]+", text):
                what = re.search(r"[a-z]{4,}( [a-z]+)*", line.removeprefix("phase "))
                if what:
                    phases.setdefault(what.group(), now)

    listener = threading.Thread(target=listen)
    listener.start()
    first = process.stdout.read(1)
    seconds = time.perf_counter() - started
    process.stdout.read()
    process.wait()
    listener.join()
    os.close(ours)
    if not first or process.returncode:
        sys.exit(f"{command[:2]} failed:\n{b''.join(shown).decode(errors='replace')}")
    return seconds, [(what, at) for what, at in phases.items() if at <= seconds] + [("first token", seconds)]


def touch(folder):
    """Brings a checkpoint into the page cache."""
    for file in folder.iterdir():
        with open(file, "rb", buffering=0) as bytes_of:
            while bytes_of.read(1 << 24):
                pass


def drop(folder):
    """Drops it from there, without a right to drop everything."""
    for file in folder.iterdir():
        with open(file, "rb") as opened:
            os.fsync(opened.fileno())
            os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def write_checkpoint(folder, shape, tokenizer):
    """A repository as on the hub, with random weights."""
    layers, hidden, inner, heads, kv_heads, head_dim, vocabulary = shape
    folder.mkdir(parents=True)
    write_json(folder / "tokenizer.json", filled_up(json.loads(tokenizer.read_text()), vocabulary))
    write_json(folder / "tokenizer_config.json", {"tokenizer_class": "PreTrainedTokenizerFast"})
    write_json(folder / "generation_config.json", {"bos_token_id": 0, "eos_token_id": 1, "do_sample": False})
    tensors = [("model.embed_tokens.weight", (vocabulary, hidden))]
    for layer in range(layers):
        prefix = f"model.layers.{layer}."
        for name, sizes in (
            ("input_layernorm", (hidden,)),
            ("mlp.down_proj", (hidden, inner)),
            ("mlp.gate_proj", (inner, hidden)),
            ("mlp.up_proj", (inner, hidden)),
            ("post_attention_layernorm", (hidden,)),
            ("self_attn.k_proj", (kv_heads * head_dim, hidden)),
            ("self_attn.o_proj", (hidden, heads * head_dim)),
            ("self_attn.q_proj", (heads * head_dim, hidden)),
            ("self_attn.v_proj", (kv_heads * head_dim, hidden)),
        ):
            tensors.append((f"{prefix}{name}.weight", sizes))
    tensors.append(("model.norm.weight", (hidden,)))
    shards, room = [[]], SHARD
    for name, sizes in tensors:
        size = 2 * product(sizes)
        if size > room:
            shards.append([])
            room = SHARD
        room -= size
        shards[-1].append((name, sizes))
    files = ["model.safetensors"]
    if len(shards) > 1:
        files = [f"model-{at + 1:05}-of-{len(shards):05}.safetensors" for at in range(len(shards))]
        weight_map = {name: file for file, shard in zip(files, shards) for name, _ in shard}
        total = sum(2 * product(sizes) for _, sizes in tensors)
        write_json(folder / "model.safetensors.index.json", {"metadata": {"total_size": total}, "weight_map": weight_map})
    noise = noise_of(1 << 25)
    for file, shard in zip(files, shards):
        write_safetensors(folder / file, shard, noise)
    # Last: it says that all is there.
    write_json(folder / "config.json", {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "torch_dtype": "bfloat16",
        "num_hidden_layers": layers, "hidden_size": hidden, "intermediate_size": inner, "num_attention_heads": heads,
        "num_key_value_heads": kv_heads, "head_dim": head_dim, "vocab_size": vocabulary, "tie_word_embeddings": True,
        "hidden_act": "silu", "rms_norm_eps": 1e-5, "rope_theta": 500000.0, "max_position_embeddings": 131072,
        "rope_scaling": {"rope_type": "llama3", "factor": 32.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                         "original_max_position_embeddings": 8192},
        "attention_bias": False, "mlp_bias": False, "bos_token_id": 0, "eos_token_id": 1,
    })


def filled_up(tokenizer, vocabulary):
    """The tokenizer with as many tokens as the model has rows: each further one joins two that were there."""
    model = tokenizer["model"]
    tokens, known = list(model["vocab"]), set(model["vocab"])
    known.update(token["content"] for token in tokenizer["added_tokens"])
    next_id = 1 + max([*model["vocab"].values(), *(token["id"] for token in tokenizer["added_tokens"])])
    chosen = random.Random(1)
    letters = [token for token in tokens if token.isalpha() and len(token) > 1]
    starts = [token for token in tokens if token[:1] == "\u0120" and token[1:].isalpha()]
    while next_id < vocabulary:
        pair = chosen.choice(starts if next_id % 2 else letters), chosen.choice(letters)
        joined = "".join(pair)
        if joined in known:
            continue
        known.add(joined)
        model["vocab"][joined] = next_id
        model["merges"].append(list(pair) if isinstance(model["merges"][0], list) else " ".join(pair))
        next_id += 1
    return tokenizer


def noise_of(numbers):
    """bf16 between 0.0078 and 0.031 in size; of odd length, so that rows differ though it repeats."""
    block = bytearray(2 * (numbers + 1))
    block[0::2] = random.Random(2).randbytes(numbers + 1)
    signs = bytes(0x3C if byte < 128 else 0xBC for byte in range(256))
    block[1::2] = random.Random(3).randbytes(numbers + 1).translate(signs)
    return memoryview(block)


def write_safetensors(path, tensors, noise):
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name, sizes in tensors:
        end = offset + 2 * product(sizes)
        header[name] = {"dtype": "BF16", "shape": list(sizes), "data_offsets": [offset, end]}
        offset = end
    header = json.dumps(header).encode()
    header += b" " * (-len(header) % 8)
    with open(path, "wb") as file:
        file.write(len(header).to_bytes(8, "little") + header)
        for _, sizes in tensors:
            left = 2 * product(sizes)
            if len(sizes) == 1:  # a norm: ones
                file.write(b"\x80\x3f" * sizes[0])
                left = 0
            while left:
                left -= file.write(noise[:left])


def write_json(path, value):
    path.write_text(json.dumps(value))


def product(sizes):
    return sizes[0] * (sizes[1] if len(sizes) > 1 else 1)


if __name__ == "__main__":
    main()
