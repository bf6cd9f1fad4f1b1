#!/usr/bin/env python3
"""Workload `avg` of `lamascope bench` on the CPU in llama.cpp, on the same machine in one go.

    CMAKE_ARGS=-DGGML_NATIVE=ON pip install --no-binary llama-cpp-python llama-cpp-python gguf
    cargo build --release
    python tests/peers/llamacpp.py --lamascope target/release/lamascope

Built from its source with GGML_NATIVE, llama.cpp uses what the processor has (AVX-512 VNNI and BF16 where they are
there); what it found is printed. Nothing is downloaded: a GGUF of the same shape is written, with random weights in
Q8_0. Five questions per fact share a context that both programs have read before, each question has some tokens of its
own (as many as in lamascope's prompts), and ten tokens are chosen greedily from the mean of the five logits.

llama.cpp's ways differ in how many facts are worked on at once, in whether all sequences lie in one cache, where a copy
of the context's sequence costs nothing but every token looks at all cells, or in a stream each, where the context is
copied; and in flash attention. Each way is timed once, the fastest then in turn with lamascope. The last lines are the medians
and their ratio.
"""

import argparse
import ctypes
import itertools
import json
import os
import statistics
import subprocess
import tempfile
import time

import gguf
import llama_cpp
import numpy

SHAPES = {  # layers, hidden, inner, heads, kv heads, head dim, vocabulary
    "llama3.2-1b": (16, 2048, 8192, 32, 8, 64, 128256),
    "demo": (4, 256, 768, 8, 4, 32, 4096),
}
QUESTIONS = 5


def write_model(path, shape):
    """A Llama of this shape with random Q8_0 weights and tied embeddings."""
    layers, hidden, inner, heads, kv_heads, head_dim, vocabulary = SHAPES[shape]
    random = numpy.random.default_rng(42)
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_vocab_size(vocabulary)
    writer.add_tokenizer_model("no_vocab")
    writer.add_context_length(131072)
    writer.add_embedding_length(hidden)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(heads)
    writer.add_head_count_kv(kv_heads)
    writer.add_rope_dimension_count(head_dim)
    writer.add_rope_freq_base(500000.0)
    writer.add_layer_norm_rms_eps(1e-5)

    def matrix(name, outputs, inputs):
        blocks = random.integers(0, 256, (outputs, inputs // 32, 34), dtype=numpy.uint8)
        # The scale in front of the 32 integers: a standard deviation of 0.02.
        blocks[:, :, :2] = numpy.array([0.02 / 74], numpy.float16).view(numpy.uint8)
        writer.add_tensor(name, blocks.reshape(outputs, -1), raw_dtype=gguf.GGMLQuantizationType.Q8_0)

    def norm(name):
        writer.add_tensor(name, numpy.ones(hidden, numpy.float32))

    matrix("token_embd.weight", vocabulary, hidden)
    norm("output_norm.weight")
    for layer in range(layers):
        norm(f"blk.{layer}.attn_norm.weight")
        norm(f"blk.{layer}.ffn_norm.weight")
        matrix(f"blk.{layer}.attn_q.weight", heads * head_dim, hidden)
        matrix(f"blk.{layer}.attn_k.weight", kv_heads * head_dim, hidden)
        matrix(f"blk.{layer}.attn_v.weight", kv_heads * head_dim, hidden)
        matrix(f"blk.{layer}.attn_output.weight", hidden, heads * head_dim)
        matrix(f"blk.{layer}.ffn_gate.weight", inner, hidden)
        matrix(f"blk.{layer}.ffn_up.weight", inner, hidden)
        matrix(f"blk.{layer}.ffn_down.weight", hidden, inner)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


class Way:
    """One context of llama.cpp that has read what all questions share, and answers `at_once` facts in a go."""

    def __init__(self, model, vocabulary, shared, lengths, new, threads, at_once, unified, flash):
        self.name = f"{at_once} facts at once, {'one cache' if unified else 'a stream each'}{', flash attention' if flash else ''}"
        self.vocabulary, self.shared, self.lengths, self.new, self.at_once = vocabulary, shared, lengths, new, at_once
        sequences = 1 + QUESTIONS * at_once
        more = max(lengths) + new
        params = llama_cpp.llama_context_default_params()
        # llama.cpp rounds up to 256 cells.
        params.n_ctx = shared + sequences * more + 256 if unified else sequences * (shared + more + 256)
        params.n_batch = max(512, shared, at_once * sum(lengths))
        params.n_ubatch = 512
        params.n_seq_max = sequences
        params.n_threads = params.n_threads_batch = threads
        params.kv_unified = unified
        params.flash_attn_type = int(flash)
        params.no_perf = True
        self.context = llama_cpp.llama_init_from_model(model, params)
        assert self.context, f"llama.cpp makes no context for {self.name}"
        self.memory = llama_cpp.llama_get_memory(self.context)
        self.batch = llama_cpp.llama_batch_init(params.n_batch, 0, 1)
        generator = numpy.random.default_rng(42)
        self.decode([(int(t), i, 0, False) for i, t in enumerate(generator.integers(1, vocabulary, shared))])

    def decode(self, rows):
        """Reads rows (token, position, sequence, whether its logits are wanted)."""
        batch = self.batch
        batch.n_tokens = len(rows)
        for i, (token, position, sequence, wanted) in enumerate(rows):
            batch.token[i], batch.pos[i], batch.n_seq_id[i], batch.logits[i] = token, position, 1, wanted
            batch.seq_id[i][0] = sequence
        assert llama_cpp.llama_decode(self.context, batch) == 0, self.name

    def chosen(self):
        """The best token of every fact by the mean of its questions' logits."""
        rows = QUESTIONS * self.at_once
        pointer = llama_cpp.llama_get_logits(self.context)
        logits = numpy.ctypeslib.as_array(ctypes.cast(pointer, ctypes.POINTER(ctypes.c_float)), (rows, self.vocabulary))
        return logits.reshape(self.at_once, QUESTIONS, self.vocabulary).mean(1).argmax(1)

    def answer(self, own):
        """Answers facts whose questions begin with the tokens `[facts, QUESTIONS, longest]`."""
        sequences = range(1, 1 + QUESTIONS * self.at_once)
        for sequence in sequences:
            llama_cpp.llama_memory_seq_rm(self.memory, sequence, -1, -1)
            llama_cpp.llama_memory_seq_cp(self.memory, 0, sequence, -1, -1)
        lengths = self.lengths * self.at_once
        rows = own.reshape(len(lengths), -1)
        self.decode([(int(row[i]), self.shared + i, sequence, i == length - 1)
                     for sequence, row, length in zip(sequences, rows, lengths) for i in range(length)])
        for step in range(self.new - 1):
            tokens = numpy.repeat(self.chosen(), QUESTIONS)
            self.decode([(int(token), self.shared + length + step, sequence, True)
                         for sequence, token, length in zip(sequences, tokens, lengths)])
        return self.chosen()

    def seconds_per_fact(self, facts):
        generator = numpy.random.default_rng(facts)
        runs = max(1, facts // self.at_once)
        questions = generator.integers(1, self.vocabulary, (runs, self.at_once, QUESTIONS, max(self.lengths)))
        # Once before, so that its memory is there.
        self.answer(questions[0])
        started = time.perf_counter()
        for own in questions:
            self.answer(own)
        return (time.perf_counter() - started) / (runs * self.at_once)

    def close(self):
        llama_cpp.llama_batch_free(self.batch)
        llama_cpp.llama_free(self.context)


def lamascope(args):
    """Its report of workload `avg`."""
    command = [args.lamascope, "bench", "--shape", args.shape, "--device", "cpu", "--dtype", "q8_0", "--workload", "avg",
               "--facts", str(args.facts), "--repeats", "1", "--max-new-tokens", str(args.new), "--json"]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lamascope", required=True, help="the program")
    parser.add_argument("--shape", choices=SHAPES, default="llama3.2-1b")
    parser.add_argument("--facts", type=int, default=64)
    parser.add_argument("--at-once", default="8,16", help="facts that llama.cpp works on at once")
    parser.add_argument("--new", type=int, default=10, help="tokens per answer")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    args = parser.parse_args()
    vocabulary = SHAPES[args.shape][-1]

    report = lamascope(args)
    row = report["rows"][0]
    own = round(row["computed_tokens"] / row["facts"])
    shared = round((row["prompt_tokens"] / row["facts"] - own) / QUESTIONS)
    lengths = [own // QUESTIONS + (question < own % QUESTIONS) for question in range(QUESTIONS)]
    print(f"{args.shape}, q8_0, {args.threads} threads, {QUESTIONS} questions of {shared} shared tokens and {lengths} of "
          f"their own, {args.new} new tokens")
    print(f"lamascope: {report['hardware']}; limit {row['limit_seconds'] / row['facts']:.3f} s per fact")
    print(f"llama.cpp: llama-cpp-python {llama_cpp.__version__}, {llama_cpp.llama_print_system_info().decode()}")

    silent = llama_cpp.llama_log_callback(lambda *_: None)
    llama_cpp.llama_log_set(silent, None)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.gguf")
        write_model(path, args.shape)
        params = llama_cpp.llama_model_default_params()
        params.n_gpu_layers = 0
        model = llama_cpp.llama_model_load_from_file(path.encode(), params)
        assert model, "llama.cpp does not load the model"

        def way(at_once, unified, flash):
            return Way(model, vocabulary, shared, lengths, args.new, args.threads, at_once, unified, flash)

        first, names = {}, {}
        counts = [int(count) for count in args.at_once.split(",")]
        for choice in itertools.product(counts, [True, False], [True, False]):
            one = way(*choice)
            first[choice], names[choice] = one.seconds_per_fact(choice[0]), one.name
            print(f"  {one.name:<50} {first[choice]:.3f} s per fact", flush=True)
            one.close()
        best = min(first, key=first.get)
        one = way(*best)
        ours, theirs = [], []
        for _ in range(args.rounds):
            again = lamascope(args)["rows"][0]
            ours.append(again["seconds"] / again["facts"])
            theirs.append(one.seconds_per_fact(best[0]))
            print(f"  lamascope {ours[-1]:.3f}, llama.cpp {theirs[-1]:.3f}", flush=True)
        ours, fastest = statistics.median(ours), statistics.median(theirs)
        print(f"lamascope                 {ours:.3f} s per fact")
        print(f"llama.cpp                 {fastest:.3f} s per fact, {names[best]}")
        print(f"llama.cpp / lamascope     {fastest / ours:.2f}")
        one.close()
        llama_cpp.llama_model_free(model)


if __name__ == "__main__":
    main()
