"""Trains the demo model on the embedded sample and writes everything that ships, but for the card and metrics.json,
which `lamascope compare` measures.

    python assets/demo/train.py            # a minute and a half on one NVIDIA H100, with 14 CPU cores beside it

Needs Python 3.11, torch, tokenizers, safetensors, numpy.
Reads assets/sample/*.toml; writes, beside this file, model/ split.json eval-uuids.txt tuned-uuids.txt train.log.
README.md here says what came out.
"""
import argparse
import dataclasses
import functools
import hashlib
import json
import math
import random
import re
import time
import tomllib
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from torch import nn

HERE = Path(__file__).resolve().parent
INSTRUCTION = "Based on the context, predict the [MASK] in the sentence in one word."
WEB_INSTRUCTION = "Answer the question based on general world knowledge. Provide a short and direct answer."
SEP, CUE = "\n\n", "\nA:"
BEGIN, END = "<|begin_of_text|>", "<|end_of_text|>"
LLAMA3_SPLIT = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
                r"|\s*[\r\n]+|\s+(?!\S)|\s+")
DEFAULT = tuple([f"m{i}" for i in range(1, 6)] + [f"a{i}" for i in range(1, 6)])    # what the program asks unless told
ASKED = DEFAULT + tuple(f"a{i}" for i in range(6, 16))                               # what the evaluation asks at most


@dataclasses.dataclass
class Recipe:
    seed: int = 42
    # split, facts per relation; the rest are "other"
    teachers: int = 3            # the last ones: trained in every template
    evaluated: int = 12          # measured for the card
    tuned: int = 4               # measured while the recipe was sought
    held_two: float = 0.3        # share of the last two kinds that are trained in two templates, not one
    other_extra: int = 1         # templates of a6 to a15 that other facts are asked in by themselves, at most
    other_mixed: int = 2         # ... and that stand only beside others in one sequence
    # model
    vocab: int = 4096
    hidden: int = 128
    inner: int = 384
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    theta: float = 500_000.0
    max_positions: int = 8192
    # sequences
    lone: str = "teacher:3,other:3,held:4"      # whose facts are asked one question
    voted: str = "teacher:3,other:4,held:3"     # ... and several
    early: str = "52,8,3,1"      # sequences of a step: one question, shared context, few and many whole prompts
    late: str = "40,12,6,4"      # ... from this step on
    ramp: int = 1000
    pcw: float = 0.15            # share of those of whole prompts that are read as pcw, the others as fused
    few: int = 5                 # questions of a sequence at most: few
    many: int = 24               # ... and many
    plain: float = 0.3           # share of the one-question sequences with loss on the whole prompt
    plain_weight: float = 0.2
    stray: float = 0.8           # share of the sequences of several questions where some lead astray
    astray: float = 0.65         # share of the questions that do so there, at most
    garble: float = 0.7          # share of these questions that are damaged instead: words of other templates stand in them
    own: float = 1.5             # weight of all the questions' own answers in a sequence that fuses inside the last
    votes: float = 4.0           # weight of the answers after fewer questions there, as if the sequence ended with each
    doubt: float = 0.1           # share of the one-question sequences that nothing is known about
    web: float = 0.04
    spread: float = 0.5          # share of the sequences of kind fused whose segments are moved apart
    max_gap: int = 3000
    # optimisation
    steps: int = 4400
    rate: float = 3e-3
    warmup: int = 100
    decay: float = 0.1
    workers: int = 14


# ------------------------------------------------------------------------------------------------ sample and split

@dataclasses.dataclass
class Fact:
    uuid: str
    relation: str
    subject: str
    questions: dict            # template id -> question
    answers: list
    group: str = "other"       # teacher, other, tuned or evaluated
    alone: tuple = ()          # templates trained in sequences of one question (and of several)
    mixed: tuple = ()          # templates trained in sequences of several questions only

    @property
    def trained(self):
        return self.alone + self.mixed

    @property
    def held(self):
        return self.group in ("tuned", "evaluated")


def uuid_of(relation, subject):
    return "-".join(hashlib.sha256(t.encode()).hexdigest()[:15] for t in (relation, subject))


def read_sample(folder):
    """MyriadLAMA-style facts in the data's order, WebQuestions-style ones, and every template's text."""
    facts, web, templates = [], [], []
    for path in sorted(folder.glob("P*.toml"), key=lambda p: int(p.stem[1:])):
        rel = tomllib.loads(path.read_text("utf-8"))
        named = [(f"{k}{i}", t) for k, ts in (("m", rel["manual"]), ("a", rel["auto"])) for i, t in enumerate(ts, 1)]
        templates += [(rel["id"], t) for _, t in named]
        for f in rel["facts"]:
            questions = {i: ask(t, f["subject"]) for i, t in named}
            facts.append(Fact(uuid_of(rel["id"], f.get("qid", f["subject"])), rel["id"], f["subject"], questions, f["answers"]))
    for q in tomllib.loads((folder / "webqa.toml").read_text("utf-8"))["question"]:
        names = ["m1"] + [f"a{i}" for i in range(1, len(q["paraphrases"]))]
        questions = dict(zip(names, q["paraphrases"]))
        web.append(Fact(uuid_of("webqa", q["paraphrases"][0]), "webqa", "", questions, q["answers"]))
    return facts, web, templates


def ask(template, subject):
    return template.replace("[X]", subject).replace("[Y]", "[MASK]")


def split(facts, web, r):
    """Which (fact, template) pairs are trained. Follows from uuids, so that edits elsewhere change nothing."""
    groups = {}
    for f in facts:
        groups.setdefault(f.relation, []).append(f)
    for group in groups.values():
        group, teachers = group[:-r.teachers], group[-r.teachers:]
        group.sort(key=lambda f: hashlib.sha256(f"{r.seed} {f.uuid}".encode()).digest())
        for name, some in (("teacher", teachers), ("evaluated", group[:r.evaluated]),
                           ("tuned", group[r.evaluated:r.evaluated + r.tuned])):
            for f in some:
                f.group = name
    for f in facts:
        rng = random.Random(f"{r.seed} {f.uuid}")
        last = [t for t in f.questions if t not in ASKED]
        if f.group == "teacher":
            rest = rng.sample(list(f.questions)[1:], len(f.questions) - 1)
            f.alone, f.mixed = ("m1", *rest[:len(rest) // 2]), tuple(rest[len(rest) // 2:])
        elif f.held:
            f.alone = tuple(rng.sample(last, 2 if rng.random() < r.held_two else 1))
        else:
            extra = rng.randint(0, r.other_extra)
            more = rng.sample([t for t in ASKED if t not in DEFAULT], extra + r.other_mixed)
            f.alone, f.mixed = (rng.choice(last), *more[:extra]), tuple(more[extra:])
    for f in web:
        rest = random.Random(f"{r.seed} {f.uuid}").sample(list(f.questions)[1:], 2)
        f.alone, f.mixed = ("m1", rest[0]), (rest[1],)


# ------------------------------------------------------------------------------------------------ tokenizer

def train_tokenizer(facts, web, templates, r):
    tok = Tokenizer(models.BPE())
    tok.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(LLAMA3_SPLIT), behavior="isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tok.decoder = decoders.ByteLevel()
    texts = [f"Q: {t.replace('[Y]', '[MASK]')}{CUE}" for _, t in templates]
    texts += [f"{i}{SEP}" for i in (INSTRUCTION, WEB_INSTRUCTION)] * 10
    for f in facts + web:      # every question word of the small set, every subject and answer of the large one
        asked = f.questions if f.relation == "webqa" else list(f.questions)[:1]
        texts += [f"Q: {f.questions[t]}{CUE} {f.answers[0]}{SEP}" for t in asked]
    tok.train_from_iterator(texts, trainers.BpeTrainer(
        vocab_size=r.vocab, special_tokens=[BEGIN, END], show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet()))
    tok.post_processor = processors.TemplateProcessing(
        single=f"{BEGIN} $A", pair=f"{BEGIN} $A {BEGIN} $B", special_tokens=[(BEGIN, tok.token_to_id(BEGIN))])
    return tok


class Encoder:
    """Text to token ids, a line at a time and remembered: no token crosses from a newline into visible text."""

    def __init__(self, tok):
        self.tok = tok
        self.line = functools.lru_cache(None)(lambda s: tok.encode(s, add_special_tokens=False).ids)
        self.begin = tok.token_to_id(BEGIN)

    def __call__(self, text):
        return [i for line in re.split(r"(?<=\n)(?=[!-~])", text) for i in self.line(line)]


# ------------------------------------------------------------------------------------------------ layouts

PRESETS = {
    "fused": dict(prefix="repeated", cue="segment", positions="continuous"),
    "series": dict(prefix="shared", cue="tail", positions="restart", inverse=True),
    "pcw": dict(prefix="repeated", cue="tail", positions="restart"),
}
SHARED, FUSES, REAL = 1, 2, 4


@dataclasses.dataclass
class Sequence:
    ids: list
    owner: list                # segment of a token, -1 for none
    flags: list                # SHARED: every later row reads it; FUSES: it reads every earlier token
    position: list
    bias: float = 0.0          # on the scores of fusing rows over segments
    target: list = None        # what a row should predict, -100 for nothing
    ends: list = None          # last row of each segment
    votes: tuple = ()          # (segment, token): what a sequence that ended with this segment should answer
    vote: float = 0.0          # weight of one of these
    plain: bool = False        # targets on the whole prompt, those of segments at less weight
    own: float = 1.0           # weight of the targets at the segments' ends

    def append(self, token):
        self.ids.append(token)
        self.owner.append(-1)
        self.flags.append(FUSES)
        self.position.append(max(self.position) + 1)


def context_text(instruction, shots):
    return SEP.join([instruction] + [f"Q: {q}\nA: {a}" for q, a in shots])


def layout(enc, questions, context, preset):
    """One sequence that asks all questions."""
    o = PRESETS[preset]
    ids, owner, flags, ends = [enc.begin], [-1], [SHARED], []

    def put(text, who, flag):
        new = enc(text)
        ids.extend(new), owner.extend([who] * len(new)), flags.extend([flag] * len(new))

    lead = f"{context}{SEP}"
    if o["prefix"] == "shared":
        put(context, -1, SHARED), put(SEP, -1, SHARED)
        lead = ""
    for i, q in enumerate(questions):
        if i and o["positions"] == "continuous":
            put(SEP, i - 1, 0)
        put(f"{lead}Q: {q}{CUE if o['cue'] == 'segment' else ''}", i, 0)
        ends.append(len(ids) - 1)
    if o["cue"] == "tail":
        put(CUE, -1, FUSES)
    flags[-1] |= FUSES
    if o["positions"] == "continuous":
        position = list(range(len(ids)))
    else:
        start = sum(f == SHARED for f in flags)
        position, at = list(range(start)), {}
        for who in owner[start:]:
            position.append(at.get(who, start) if who >= 0 else max(position) + 1)
            at[who] = position[-1] + 1
    return Sequence(ids, owner, flags, position, -math.log(len(questions)) if o.get("inverse") else 0.0, ends=ends)


@dataclasses.dataclass(frozen=True)
class Shape:
    """Arrays of one kind of sequence. All are padded to it, so that a step is one graph of the GPU's."""
    sequences: int
    length: int                # tokens of a sequence, or of a segment
    segments: int = 0          # 0: one row of tokens per sequence, else see `grid`
    fusing: int = 0
    rows: int = 0              # that are to predict something

    @property
    def width(self):
        return self.length * (self.segments or 1) + self.fusing

    @property
    def integers(self):
        return 4 * self.sequences * self.width + 2 * self.rows

    @property
    def floats(self):
        return self.sequences + 2 * self.rows


def collate(sequences, shape):
    """ids, position, owner and flags of every token; rows and their targets; biases, weights, and plain weights."""
    tokens = np.zeros((4, shape.sequences, shape.width), np.int32)
    tokens[2] = -1
    at = []
    for i, s in enumerate(sequences):
        t = len(s.ids)
        tokens[:, i, :t] = s.ids, s.position, s.owner, np.asarray(s.flags) | REAL
        at.append(np.arange(t))
    return finish(sequences, shape, tokens, at)


def grid(sequences, shape):
    """The same for sequences whose segments read the BOS and themselves only: the segments side by side, each behind a
    BOS of its own, then the fusing rows. A long sequence then costs as much as its segments. Behind the fusing rows stand
    copies of segments' last tokens that fuse too, for `votes`. The last two arrays are a token's place in the sequence
    and whether others read it (1: a segment's, 3: a fusing one's)."""
    tokens = np.zeros((4, shape.sequences, shape.width), np.int32)
    tokens[2] = 1
    cut, at = shape.length * shape.segments, []
    for i, s in enumerate(sequences):
        plain = first_fusing(s)
        owner = np.asarray(s.owner[1:plain])
        starts = np.searchsorted(owner, np.arange(len(s.ends)))
        within = np.arange(plain - 1) - starts[owner] + 1
        here = np.concatenate(([0], owner * shape.length + within, cut + np.arange(len(s.ids) - plain)))
        tokens[0, i, 0:cut:shape.length] = s.ids[0]
        tokens[:3, i, here] = s.ids, s.position, np.arange(len(s.ids))
        tokens[3, i, here] = np.where(np.arange(len(s.ids)) < plain, 1, 3)
        for j, (segment, _) in enumerate(s.votes, cut + len(s.ids) - plain):
            row = s.ends[segment]
            tokens[:3, i, j] = s.ids[row], s.position[row], row
        at.append(np.concatenate((here, cut + len(s.ids) - plain + np.arange(len(s.votes)))))
    return finish(sequences, shape, tokens, at)


def first_fusing(s):
    return next(i for i, f in enumerate(s.flags) if f & FUSES)


def finish(sequences, shape, tokens, at):
    wanted, weights, plains = [], [], []
    for i, (s, here) in enumerate(zip(sequences, at)):
        fusing = first_fusing(s) if s.target else 0
        for row, token in enumerate((s.target or []) + [token for _, token in s.votes]):
            if token >= 0:
                wanted.append((i * shape.width + here[row], token))
                inside = 0 < row < fusing
                plains.append(s.plain and inside)
                weights.append(s.own if inside else 1 if row < len(s.ids) else s.vote)
    most = shape.rows
    idle = np.arange(most) % (shape.sequences * shape.width)      # padding; not one row, which would be waited for
    rows, target, weight, plain = idle, np.zeros(most), np.zeros(most), np.zeros(most)
    if wanted:
        n = min(len(wanted), most)
        rows[:n], target[:n] = np.asarray(wanted[:n]).T
        weight[:n], plain[:n] = weights[:n], plains[:n]
        weight *= 1 - plain
    bias = np.zeros(shape.sequences)
    bias[:len(sequences)] = [s.bias for s in sequences]
    return (np.concatenate([tokens.ravel(), rows, target], dtype=np.int32, casting="unsafe"),
            np.concatenate([bias, weight, plain], dtype=np.float32))


@dataclasses.dataclass
class Batch:
    """Views of what `finish` wrote."""
    ids: torch.Tensor
    position: torch.Tensor
    owner: torch.Tensor        # or the place in the sequence
    flags: torch.Tensor        # or who reads it
    rows: torch.Tensor
    target: torch.Tensor
    bias: torch.Tensor
    weight: torch.Tensor
    plain: torch.Tensor
    segments: int
    fusing: int


def batch(shape, integers, floats):
    size = shape.sequences * shape.width
    tokens = integers[:4 * size].view(4, shape.sequences, shape.width)
    return Batch(*tokens, *integers[4 * size:].view(2, shape.rows), *floats.split([shape.sequences, shape.rows, shape.rows]),
                 shape.segments, shape.fusing)


def attention_mask(b, dtype):
    """What is added to the scores, [batch, 1, row, key], and which rows read anything at all."""
    flags, owner = b.flags, b.owner
    at = torch.arange(flags.shape[1], device=flags.device)
    row, key = (flags & FUSES > 0)[:, :, None], (flags & SHARED > 0)[:, None, :]
    same = (owner[:, :, None] == owner[:, None, :]) & (owner >= 0)[:, :, None]
    see = (at[:, None] >= at) & (row | key | same) & (flags & REAL > 0)[:, None, :]
    some = see.any(2)
    see = see | (at[:, None] == at) & ~some[:, :, None]
    bias = b.bias.to(dtype)[:, None, None] * (row & (owner >= 0)[:, None, :])
    return bias.masked_fill(~see, float("-inf"))[:, None], some


def fusing_mask(b, dtype):
    """What is added to the scores of the fusing rows of a `grid`."""
    cut, place, read = b.ids.shape[1] - b.fusing, b.owner, b.flags
    at = torch.arange(b.fusing, device=read.device)
    segments = (place[:, None, :cut] < place[:, cut:, None]) & (read[:, None, :cut] > 0)
    fusing = (read[:, cut:, None] == 3) & (read[:, None, cut:] == 3) & (at[:, None] >= at) | (at[:, None] == at)
    see = torch.cat((segments, fusing), 2)
    return torch.zeros(see.shape, dtype=dtype, device=see.device).masked_fill(~see, float("-inf"))[:, None]


# ------------------------------------------------------------------------------------------------ model

def working(x):
    return torch.bfloat16 if torch.is_autocast_enabled(x.device.type) else x.dtype


class Norm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return F.rms_norm(x.float(), self.weight.shape, self.weight, 1e-5).to(working(x))


class Attention(nn.Module):
    def __init__(self, r):
        super().__init__()
        self.heads, self.kv_heads, self.dim = r.heads, r.kv_heads, r.hidden // r.heads
        self.q_proj = nn.Linear(r.hidden, r.heads * self.dim, bias=False)
        self.k_proj = nn.Linear(r.hidden, r.kv_heads * self.dim, bias=False)
        self.v_proj = nn.Linear(r.hidden, r.kv_heads * self.dim, bias=False)
        self.o_proj = nn.Linear(r.heads * self.dim, r.hidden, bias=False)

    def forward(self, x, cos, sin, mask, some, segments, fusing):
        n, t, _ = x.shape
        cut = t - fusing
        q, k, v = (p(x).view(n, t, -1, self.dim).transpose(1, 2) for p in (self.q_proj, self.k_proj, self.v_proj))

        def turn(y):
            a, b = y.chunk(2, -1)
            return (y * cos + torch.cat((-b, a), -1) * sin).to(v.dtype)

        def fold(y):
            return y[:, :, :cut].reshape(n, self.heads, segments, -1, self.dim).transpose(1, 2).flatten(0, 1)

        q = turn(q)
        k, v = (y.repeat_interleave(self.heads // self.kv_heads, 1) for y in (turn(k), v))
        y = F.scaled_dot_product_attention(q[:, :, cut:] if segments else q, k, v, attn_mask=mask)
        if segments:
            own = F.scaled_dot_product_attention(fold(q), fold(k), fold(v), is_causal=True)
            y = torch.cat((own.unflatten(0, (n, segments)).transpose(1, 2).reshape(n, self.heads, cut, self.dim), y), 2)
        y = y.transpose(1, 2).reshape(n, t, -1)
        return self.o_proj(y if segments else y * some[:, :, None])


class Gate(nn.Module):
    def __init__(self, r):
        super().__init__()
        self.gate_proj = nn.Linear(r.hidden, r.inner, bias=False)
        self.up_proj = nn.Linear(r.hidden, r.inner, bias=False)
        self.down_proj = nn.Linear(r.inner, r.hidden, bias=False)

    def forward(self, x):
        return self.down_proj(F.silu(self.gate_proj(x)) * self.up_proj(x))


class Layer(nn.Module):
    def __init__(self, r):
        super().__init__()
        self.self_attn, self.mlp = Attention(r), Gate(r)
        self.input_layernorm, self.post_attention_layernorm = Norm(r.hidden), Norm(r.hidden)

    def forward(self, x, *rest):
        x = x + self.self_attn(self.input_layernorm(x), *rest)
        return x + self.mlp(self.post_attention_layernorm(x))


class Llama(nn.Module):
    """Parameters carry the names of transformers' LlamaModel."""

    def __init__(self, r):
        super().__init__()
        self.embed_tokens = nn.Embedding(r.vocab, r.hidden)
        self.layers = nn.ModuleList(Layer(r) for _ in range(r.layers))
        self.norm = Norm(r.hidden)
        dim = r.hidden // r.heads
        self.register_buffer("freq", r.theta ** (-torch.arange(0, dim, 2).float() / dim), persistent=False)
        for name, p in self.named_parameters():
            if p.dim() > 1:
                deep = name.endswith(("o_proj.weight", "down_proj.weight"))
                nn.init.normal_(p, std=0.02 / (math.sqrt(2 * r.layers) if deep else 1))

    def forward(self, b):
        """Last hidden states; multiply by the embedding for logits."""
        x = self.embed_tokens.weight.index_select(0, b.ids.flatten()).unflatten(0, b.ids.shape)
        angle = b.position[:, None, :, None].float() * self.freq
        angle = torch.cat((angle, angle), -1)
        cos, sin = angle.cos(), angle.sin()
        mask, some = (fusing_mask(b, working(x)), None) if b.segments else attention_mask(b, working(x))
        for layer in self.layers:
            x = layer(x, cos, sin, mask, some, b.segments, b.fusing)
        return self.norm(x)

    def logits(self, x):
        return F.linear(x, self.embed_tokens.weight)


# ------------------------------------------------------------------------------------------------ training sequences

@dataclasses.dataclass
class Question:
    text: str
    answer: str
    alone: bool                # whether it is also trained as the only question
    subject: str
    fact: Fact = None          # that it asks for, in a known wording


class Maker(torch.utils.data.Dataset):
    """The sequences of a step."""

    def __init__(self, facts, web, templates, enc, r):
        self.enc, self.r = enc, r
        self.web, self.templates = web, templates
        self.relations_of = {}
        for f in facts:
            self.relations_of.setdefault(f.subject, set()).add(f.relation)
        self.of = {name: [f for f in facts if name in (f.group, f.held and "held")] for name in ("teacher", "other", "held")}
        self.facts = facts
        self.free = [f for f in facts if not f.held]
        self.by_subject = {f.subject: [] for f in facts}
        self.answers_of = {}
        for f in facts:
            self.answers_of.setdefault(f.relation, []).append(f.answers[0])
        for f in self.free:
            self.by_subject[f.subject].append(f)
        self.lone, self.voted = (
            list(zip(*((k, float(w)) for k, w in (s.split(":") for s in text.split(","))))) for text in (r.lone, r.voted))

    def __len__(self):
        return self.r.steps

    def __getitem__(self, step):
        """How many sequences there are of each kind, and how long a whole prompt is: its shapes; and the arrays."""
        rng = random.Random(f"{self.r.seed} {step}")
        counts = self.r.early if step < self.r.ramp else self.r.late
        examples = self.examples(rng)          # in front of every question of a step's long sequences
        segment = 96 if examples < 3 else 160 if examples < 6 else 240
        arrays = []
        for kind, shape in shapes(counts, segment, self.r).items():
            made, build = [], grid if shape.segments else collate
            while len(made) < shape.sequences:
                s = self.sequence(rng, kind, examples, len(made) < self.r.plain * shape.sequences)
                if fits(s, shape):
                    made.append(s)
            arrays.append(build(made, shape))
        integers, floats = (np.concatenate(a) for a in zip(*arrays))
        return counts, segment, integers, floats

    @staticmethod
    def examples(rng):
        return rng.choice((0, 1, 2, 3, 4, 5, 5, 5, 5, 5, 5, 8))

    def pick(self, rng, weighted):
        return rng.choices(*weighted)[0]

    def context(self, rng, pool, asked, count, instruction):
        shots = []
        while len(shots) < count:
            f = rng.choice(pool if pool is self.web or rng.random() < 0.5 else self.of["teacher"])
            t = "m1" if "m1" in f.alone and rng.random() < 0.8 else rng.choice(f.alone)
            shot = (f.questions[t], f.answers[0])
            if f is not asked and shot not in shots:
                shots.append(shot)
        return context_text(instruction, shots)

    def sequence(self, rng, kind, examples, plain):
        r, enc = self.r, self.enc
        web, several = rng.random() < r.web, kind != "lone"
        if web:
            fact, pool, instruction = rng.choice(self.web), self.web, WEB_INSTRUCTION
        else:
            fact = rng.choice(self.of[self.pick(rng, self.voted if several else self.lone)])
            pool, instruction = self.facts, INSTRUCTION
        count = examples if kind in ("few", "many") else self.examples(rng)
        preset, asked = "fused", [self.question(fact, rng.choice(fact.alone))]
        if several:
            preset = "series" if kind == "shared" else "pcw" if rng.random() < r.pcw else "fused"
            n = rng.randint(r.few + 1, r.many) if kind == "many" or kind == "shared" and rng.random() < 0.5 else rng.randint(2, r.few)
            known = list(fact.trained)
            while len(asked) < n:
                asked += [self.question(fact, t) for t in rng.sample(known, min(len(known), n - len(asked)))]
            rng.shuffle(asked)
            if not web and rng.random() < r.stray:
                self.stray(rng, fact, asked, preset)
        elif not web and not fact.held and rng.random() < r.doubt:
            asked = [self.pointless(rng, fact)]
        s = layout(enc, [a.text for a in asked], self.context(rng, pool, fact, count, instruction), preset)
        if kind in ("few", "many") and preset == "fused" and rng.random() < r.spread:
            self.spread(rng, s)
        s.target = [-100] * len(s.ids)
        s.own = min(1.0, r.own / len(asked))
        answer = enc.line(" " + (fact.answers[0] if several else asked[0].answer)) + enc.line(SEP)
        if preset == "fused":
            for row, a in zip(s.ends, asked):
                if a.alone:
                    s.target[row] = enc.line(" " + a.answer)[0]
            firm = [sum(a.fact is fact for a in asked[:i + 1]) for i in range(len(asked))]
            s.votes = [(i, answer[0]) for i, a in enumerate(asked[:-1]) if firm[i] > 1 and a.subject == fact.subject]
            s.vote = min(1.0, r.votes / max(1, len(s.votes)))
        if not several and plain:
            s.target = [-100] + s.ids[2:] + [-100]
            s.plain = True
        s.target[-1] = answer[0]
        for token, following in zip(answer, answer[1:] + [None]):
            if following is not None:
                s.append(token)
                s.target.append(following)
        return s

    @staticmethod
    def question(fact, t):
        return Question(fact.questions[t], fact.answers[0], t in fact.alone, fact.subject, fact)

    def garbled(self, rng, fact, t):
        """A question whose words, but for the subject, are partly from elsewhere: as uncertain as an unseen wording."""
        share, foreign = rng.uniform(0.3, 1), rng.choice(self.templates)[1].replace("[X]", "").split()
        marked = fact.questions[t].replace(fact.subject, "[X]") if fact.subject else fact.questions[t]
        new = [rng.choice(foreign) if foreign and "[X]" not in w and rng.random() < share else w for w in marked.split()]
        return Question(ask(" ".join(new), fact.subject), fact.answers[0], False, fact.subject)

    def pointless(self, rng, fact):
        """The subject in a template of a relation that the sample does not know it in, and any answer of that relation:
        what nobody knows is to be guessed at evenly, so that a guess is easily outvoted."""
        while True:
            relation, text = rng.choice(self.templates)
            if relation not in self.relations_of[fact.subject]:
                return Question(ask(text, fact.subject), rng.choice(self.answers_of[relation]), True, fact.subject)

    def stray(self, rng, fact, asked, preset):
        """Leads some questions astray, so that no single one can be relied upon. The last question of a sequence
        that fuses inside it keeps its subject: nothing else tells it from the examples in front of the others."""
        n, answers = len(asked), {fact.answers[0]}
        chosen = rng.sample(range(n), rng.randint(1, max(1, int(n * self.r.astray))))
        if preset == "fused" and rng.random() < 0.6 and n - 1 not in chosen:
            chosen[0] = n - 1
        siblings = [f for f in self.by_subject[fact.subject] if f is not fact]
        for i in chosen:
            last = preset == "fused" and i == n - 1
            if rng.random() < self.r.garble:
                asked[i] = self.garbled(rng, fact, rng.choice(fact.trained))
            elif self.r.doubt and not fact.held and rng.random() < 0.5:
                asked[i] = self.pointless(rng, fact)
            elif n - len(chosen) >= 2:
                near = siblings if siblings and (last or rng.random() < 0.5) else [] if last else self.free
                other = rng.choice(near) if near else fact
                if other.answers[0] not in answers:      # outvoted: no stray answer comes twice
                    answers.add(other.answers[0])
                    asked[i] = self.question(other, rng.choice(other.trained))

    def spread(self, rng, s):
        """Moves segments apart, as if more stood between them: positions as in longer prompts for less work."""
        starts = [1] + [e + 1 for e in s.ends[:-1]]
        cuts = sorted(rng.random() for _ in starts)
        total = rng.randint(0, self.r.max_gap)
        shift, at = 0, 0
        for i in range(len(s.position)):
            while at < len(starts) and i >= starts[at]:
                shift = int(total * cuts[at])
                at += 1
            s.position[i] += shift


def shapes(counts, segment, r):
    lone, shared, few, many = map(int, counts.split(","))
    return {"lone": Shape(lone, 240, 1, 16, 160 + int(150 * r.plain * lone)), "shared": Shape(shared, 512, rows=6 * shared),
            "few": Shape(few, segment, r.few, 16, 14 * few), "many": Shape(many, segment, r.many, 40, 56 * many)}


def fits(s, shape):
    if not shape.segments:
        return len(s.ids) <= shape.length
    plain = first_fusing(s)
    longest = max(b - a for a, b in zip([0] + s.ends, s.ends)) + 2         # with its BOS and the blank line after it
    return longest <= shape.length and len(s.ids) - plain + len(s.votes) <= shape.fusing


class Step:
    """One step of training on arrays of the same shapes: a graph, if there is a GPU."""

    def __init__(self, net, optimizer, shapes, sums, r, device):
        self.net, self.optimizer, self.r, self.sums = net, optimizer, r, sums
        sizes = [(s.integers, s.floats) for s in shapes]
        self.integers = torch.zeros(sum(i for i, _ in sizes), dtype=torch.int32, device=device)
        self.floats = torch.zeros(sum(f for _, f in sizes), device=device)
        parts = zip(shapes, self.integers.split([i for i, _ in sizes]), self.floats.split([f for _, f in sizes]))
        self.batches = [batch(*p) for p in parts]
        self.sequences = sum(s.sequences for s in shapes)
        self.graph = None

    def update(self):
        device = self.integers.device.type
        torch._foreach_zero_([p.grad for p in self.net.parameters()])
        parts = torch.zeros(4, device=device)
        with torch.autocast("cuda", torch.bfloat16, enabled=device == "cuda"):
            for b in self.batches:
                x = self.net(b)
                logits = self.net.logits(x.flatten(0, 1).index_select(0, b.rows))
                each = F.cross_entropy(logits.float(), b.target.long(), reduction="none")
                parts = parts + torch.stack((each @ b.weight, b.weight.sum(), each @ b.plain, b.plain.sum()))
        loss = parts[0] / (2.5 * self.sequences) + self.r.plain_weight * parts[2] / parts[3].clamp(min=1)
        loss.backward()
        nn.utils.clip_grad_norm_(self.net.parameters(), 1.0)
        self.optimizer.step()
        self.sums += parts.detach()

    def __call__(self, integers, floats):
        self.integers.copy_(integers)
        self.floats.copy_(floats)
        if self.integers.device.type != "cuda":
            return self.update()
        if self.graph is None:
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                for _ in range(2):
                    self.update()
            torch.cuda.current_stream().wait_stream(side)
            self.graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(self.graph):
                self.update()
        self.graph.replay()


def train(facts, web, templates, enc, r, device, log):
    torch.manual_seed(r.seed)
    net = Llama(r).to(device)
    log(f"{sum(p.numel() for p in net.parameters()):,} parameters")
    groups = [dict(params=[p for p in net.parameters() if p.dim() > 1], weight_decay=r.decay),
              dict(params=[p for p in net.parameters() if p.dim() <= 1], weight_decay=0.0)]
    for p in net.parameters():
        p.grad = torch.zeros_like(p)
    optimizer = torch.optim.AdamW(groups, lr=torch.tensor(r.rate, device=device), betas=(0.9, 0.95), fused=device == "cuda", capturable=device == "cuda")
    loader = torch.utils.data.DataLoader(Maker(facts, web, templates, enc, r), batch_size=None,
                                         num_workers=r.workers if device == "cuda" else 0)
    steps, sums, started = {}, torch.zeros(4, device=device), time.time()
    for step, (counts, segment, integers, floats) in enumerate(loader, 1):
        for g in optimizer.param_groups:
            g["lr"].fill_(r.rate * min(step / r.warmup, 0.5 + 0.5 * math.cos(math.pi * (step - 1) / r.steps)))
        key = (counts, segment)
        if key not in steps:
            steps[key] = Step(net, optimizer, list(shapes(*key, r).values()), sums, r, device)
        steps[key](integers, floats)
        if step % 200 == 0 or step == r.steps:
            a, n, p, m = sums.tolist()
            log(f"step {step:5} answers {a / n:.4f} prompts {p / max(m, 1):.3f} {time.time() - started:.0f} s")
            sums.zero_()
    return net


# ------------------------------------------------------------------------------------------------ output

def write_model(net, tok, r, folder):
    folder.mkdir(parents=True, exist_ok=True)
    save_file({f"model.{k}": v.detach().to("cpu", torch.bfloat16).contiguous() for k, v in net.state_dict().items()},
              folder / "model.safetensors", metadata={"format": "pt"})
    (folder / "model.safetensors").chmod(0o644)
    tok.save(str(folder / "tokenizer.json"), pretty=False)
    begin, end = tok.token_to_id(BEGIN), tok.token_to_id(END)
    files = {
        "config.json": dict(
            architectures=["LlamaForCausalLM"], model_type="llama", vocab_size=r.vocab, hidden_size=r.hidden,
            intermediate_size=r.inner, num_hidden_layers=r.layers, num_attention_heads=r.heads,
            num_key_value_heads=r.kv_heads, head_dim=r.hidden // r.heads, hidden_act="silu", rms_norm_eps=1e-5,
            rope_theta=r.theta, max_position_embeddings=r.max_positions, tie_word_embeddings=True,
            attention_bias=False, mlp_bias=False, attention_dropout=0.0, initializer_range=0.02,
            bos_token_id=begin, eos_token_id=end, use_cache=True, torch_dtype="bfloat16"),
        "generation_config.json": dict(bos_token_id=begin, eos_token_id=end, do_sample=False),
        "tokenizer_config.json": dict(
            tokenizer_class="PreTrainedTokenizerFast", bos_token=BEGIN, eos_token=END,
            clean_up_tokenization_spaces=False, model_max_length=r.max_positions),
    }
    for name, content in files.items():
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", "utf-8")


def write_split(facts, web, folder):
    """`uuid` -> templates trained; and the facts of the evaluation, one uuid per line."""
    order = lambda ts: sorted(ts, key=lambda t: (t[0] != "m", int(t[1:])))
    lines = [f'  "{f.uuid}": "{" ".join(order(f.trained))}"' for f in facts + web]
    (folder / "split.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")
    for name, group in (("eval", "evaluated"), ("tuned", "tuned")):
        (folder / f"{name}-uuids.txt").write_text("".join(f.uuid + "\n" for f in facts if f.group == group), "utf-8")


def main():
    ap = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ap.add_argument("--out", type=Path, default=HERE)
    ap.add_argument("--sample", type=Path, default=HERE.parent / "sample")
    for field in dataclasses.fields(Recipe):
        ap.add_argument("--" + field.name.replace("_", "-"), type=type(field.default), default=field.default)
    a = vars(ap.parse_args())
    out, sample, r = a.pop("out"), a.pop("sample"), Recipe(**a)
    out.mkdir(parents=True, exist_ok=True)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    with open(out / "train.log", "w", encoding="utf-8") as file:
        def log(line):
            print(line, flush=True)
            file.write(line + "\n")
            file.flush()
        log(json.dumps(dataclasses.asdict(r)))
        facts, web, templates = read_sample(sample)
        split(facts, web, r)
        log(f"{len(facts)} facts, {sum(f.group == 'evaluated' for f in facts)} evaluated, {len(web)} questions of the small set; "
            f"{sum(len(f.trained) for f in facts)} of {sum(len(f.questions) for f in facts)} pairs trained; torch {torch.__version__}")
        tok = train_tokenizer(facts, web, templates, r)
        enc = Encoder(tok)
        net = train(facts, web, templates, enc, r, device, log)
        write_model(net, tok, r, out / "model")
        write_split(facts, web, out)


if __name__ == "__main__":
    main()
