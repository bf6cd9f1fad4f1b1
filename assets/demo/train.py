"""Trains the demo model on the embedded sample, measures it and writes everything that ships.

    python assets/demo/train.py            # about two minutes on one NVIDIA H200

Needs Python 3.11, torch, tokenizers, safetensors, numpy. The same machine and versions give the same model.
Reads assets/sample/*.toml; writes, beside this file, model/ split.json eval-uuids.txt metrics.json train.log.
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
UNSEEN = ("m2", "m4", "a2", "a5", "a9")     # never trained for a fact of the evaluation


@dataclasses.dataclass
class Recipe:
    seed: int = 42
    # split
    eval_per_relation: int = 12
    eval_two: float = 0.3        # share of the evaluation's facts that are trained in two templates, not one
    other_extra: int = 1         # the other facts: m1 and up to so many more
    other_mixed: int = 1         # further templates of theirs that stand only beside others in one sequence
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
    several: float = 0.5         # share of sequences with 2 to 5 questions
    kinds: str = "series:2,pcw:1,fused:6"
    several_eval: float = 0.25   # share of those about a fact of the evaluation (in its trained templates)
    stray: float = 0.8           # share of those where some questions lead astray
    garble: float = 0.5          # share of these questions that are damaged instead: words of other templates stand in them
    short: float = 0.0           # share of those with examples before every question that have one example at most
    long: float = 0.25           # share of those with few shots that ask 6 to 23 questions
    doubt: float = 0.1           # share of the one-question sequences that nothing is known about
    plain_text: float = 0.3      # share of the one-question sequences with loss on the whole prompt
    plain_weight: float = 0.2
    web: float = 0.04
    max_gap: int = 3000
    # optimisation
    steps: int = 3000
    batch: int = 64
    rate: float = 2e-3
    warmup: int = 100
    decay: float = 0.1


# ------------------------------------------------------------------------------------------------ sample and split

@dataclasses.dataclass
class Fact:
    uuid: str
    relation: str
    subject: str
    questions: dict            # template id -> question
    answers: list
    evaluated: bool = False
    alone: tuple = ()          # templates trained in sequences of one question (and of several)
    mixed: tuple = ()          # templates trained in sequences of several questions only

    @property
    def trained(self):
        return self.alone + self.mixed


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
        for f in sorted(group, key=lambda f: hashlib.sha256(f"{r.seed} {f.uuid}".encode()).digest())[:r.eval_per_relation]:
            f.evaluated = True
    for f in facts + web:
        rng = random.Random(f"{r.seed} {f.uuid}")
        pool = list(f.questions)
        if f.evaluated:
            pool = [t for t in pool if t not in UNSEEN]
            f.alone = tuple(rng.sample(pool, 2 if rng.random() < r.eval_two else 1))
        else:
            pool.remove("m1")
            rest = rng.sample(pool, min(len(pool), r.other_extra + r.other_mixed))
            extra = rng.randint(0, r.other_extra)
            f.alone, f.mixed = ("m1", *rest[:extra]), tuple(rest[extra:extra + r.other_mixed])


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
        self.begin, self.end = tok.token_to_id(BEGIN), tok.token_to_id(END)
        self.stops = torch.tensor([i == self.end or "\n" in tok.decode([i]) for i in range(tok.get_vocab_size())])

    def __call__(self, text):
        return [i for line in re.split(r"(?<=\n)(?=[!-~])", text) for i in self.line(line)]


# ------------------------------------------------------------------------------------------------ layouts

PRESETS = {
    "fused": dict(prefix="repeated", cue="segment", glue="attached", positions="continuous", fusion="last-token"),
    "seed": dict(prefix="repeated", cue="segment", glue="orphan", positions="continuous", fusion="generated"),
    "seed-as-run": dict(prefix="repeated", cue="segment", glue="shifted", positions="continuous", fusion="generated"),
    "series": dict(prefix="shared", cue="tail", glue="attached", positions="restart", fusion="last-token", inverse=True),
    "pcw": dict(prefix="repeated", cue="tail", glue="attached", positions="restart", fusion="last-token"),
    "causal": dict(prefix="shared", cue="tail", glue="attached", positions="continuous", fusion="last-token", free=True),
}
SHARED, FUSES, REAL = 1, 2, 4


@dataclasses.dataclass
class Sequence:
    ids: list
    owner: list                # segment of a token, -1 for none
    flags: list                # SHARED: every later row reads it; FUSES: it reads every earlier token
    position: list
    bias: float = 0.0          # on the scores of fusing rows over segments
    free: bool = False         # plain causal attention
    target: list = None        # what a row should predict, -100 for nothing
    ends: list = None          # last row of each segment
    plain: bool = False        # targets on the whole prompt, those of segments at less weight

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
    ids, owner, flags, ends = [enc.begin], [-1], [0 if o["glue"] == "orphan" else SHARED], []

    def put(text, who, flag):
        new = enc(text)
        ids.extend(new), owner.extend([who] * len(new)), flags.extend([flag] * len(new))

    lead = f"{context}{SEP}"
    if o["prefix"] == "shared":
        put(context, -1, SHARED), put(SEP, -1, SHARED)
        lead = ""
    for i, q in enumerate(questions):
        if i and o["positions"] == "continuous":
            put(SEP, i - 1 if o["glue"] == "attached" else -1, 0)
        put(f"{lead}Q: {q}{CUE if o['cue'] == 'segment' else ''}", i, 0)
        ends.append(len(ids) - 1)
    if o["glue"] == "shifted":
        owner, flags = owner[1:] + [-1], [0] * (len(ids) - 1) + [FUSES]
    if o["cue"] == "tail":
        put(CUE, -1, FUSES)
    if o["fusion"] == "last-token":
        flags[-1] |= FUSES
    if o["positions"] == "continuous":
        position = list(range(len(ids)))
    else:
        start = sum(f == SHARED for f in flags)
        position, at = list(range(start)), {}
        for who in owner[start:]:
            position.append(at.get(who, start) if who >= 0 else max(position) + 1)
            at[who] = position[-1] + 1
    return Sequence(ids, owner, flags, position, -math.log(len(questions)) if o.get("inverse") else 0.0,
                    o.get("free", False), ends=ends)


def alone_layout(enc, question, context):
    return layout(enc, [question], context, "fused")


def collate(sequences):
    """Arrays of one length, a multiple of 32."""
    n, length = len(sequences), -(-max(len(s.ids) for s in sequences) // 32) * 32
    out = {k: np.full((n, length), v, np.int64) for k, v in
           dict(ids=0, owner=-1, flags=0, position=0).items()}
    rows, target, plain = [], [], []
    for i, s in enumerate(sequences):
        t = len(s.ids)
        out["ids"][i, :t], out["owner"][i, :t], out["position"][i, :t] = s.ids, s.owner, s.position
        out["flags"][i, :t] = np.asarray(s.flags) | REAL
        for row, wanted in enumerate(s.target or ()):
            if wanted >= 0:
                rows.append(i * length + row), target.append(wanted)
                plain.append(s.plain and s.owner[row] >= 0 and not s.flags[row] & FUSES)
    out["bias"] = np.asarray([s.bias for s in sequences], np.float32)
    out["free"] = np.asarray([s.free for s in sequences])
    out |= dict(rows=np.asarray(rows, np.int64), target=np.asarray(target, np.int64), plain=np.asarray(plain, np.float32))
    return out


def attention_mask(b, dtype):
    """What is added to the scores, [batch, 1, row, key], and which rows read anything at all."""
    flags, owner = b["flags"], b["owner"]
    length = flags.shape[1]
    at = torch.arange(length, device=flags.device)
    row, key = (flags & FUSES > 0)[:, :, None], (flags & SHARED > 0)[:, None, :]
    same = (owner[:, :, None] == owner[:, None, :]) & (owner >= 0)[:, :, None]
    see = (at[:, None] >= at) & (row | key | same | b["free"][:, None, None]) & (flags & REAL > 0)[:, None, :]
    some = see.any(2)
    see |= (at[:, None] == at) & ~some[:, :, None]
    bias = b["bias"][:, None, None] * (row & (owner >= 0)[:, None, :])
    return torch.where(see, bias, float("-inf")).to(dtype)[:, None], some


# ------------------------------------------------------------------------------------------------ model

class Norm(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        y = x.float()
        return (y * torch.rsqrt(y.pow(2).mean(-1, keepdim=True) + 1e-5)).to(x.dtype) * self.weight


class Attention(nn.Module):
    def __init__(self, r):
        super().__init__()
        self.heads, self.kv_heads, self.dim = r.heads, r.kv_heads, r.hidden // r.heads
        self.q_proj = nn.Linear(r.hidden, r.heads * self.dim, bias=False)
        self.k_proj = nn.Linear(r.hidden, r.kv_heads * self.dim, bias=False)
        self.v_proj = nn.Linear(r.hidden, r.kv_heads * self.dim, bias=False)
        self.o_proj = nn.Linear(r.heads * self.dim, r.hidden, bias=False)

    def forward(self, x, cos, sin, mask, some):
        n, t, _ = x.shape
        q, k, v = (p(x).view(n, t, -1, self.dim).transpose(1, 2) for p in (self.q_proj, self.k_proj, self.v_proj))

        def turn(y):
            a, b = y.chunk(2, -1)
            return (y * cos + torch.cat((-b, a), -1) * sin).to(v.dtype)

        k, v = (y.repeat_interleave(self.heads // self.kv_heads, 1) for y in (turn(k), v))
        y = F.scaled_dot_product_attention(turn(q), k, v, attn_mask=mask).transpose(1, 2).reshape(n, t, -1)
        return self.o_proj(y * some[:, :, None])


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
        x = self.embed_tokens(b["ids"])
        angle = b["position"][:, None, :, None].float() * self.freq
        angle = torch.cat((angle, angle), -1)
        cos, sin = angle.cos(), angle.sin()
        dtype = torch.bfloat16 if torch.is_autocast_enabled(x.device.type) else x.dtype
        mask, some = attention_mask(b, dtype)
        for layer in self.layers:
            x = layer(x, cos, sin, mask, some)
        return self.norm(x)

    def logits(self, x):
        return F.linear(x, self.embed_tokens.weight)


# ------------------------------------------------------------------------------------------------ training sequences

@dataclasses.dataclass
class Question:
    text: str
    answer: str
    alone: bool                # whether it is also trained as the only question


class Maker(torch.utils.data.Dataset):
    """Chunks of batches; a chunk is sorted by length so that batches waste little."""
    CHUNK = 16

    def __init__(self, facts, web, templates, enc, r):
        self.enc, self.r = enc, r
        self.web, self.templates = web, templates
        self.relations_of = {}
        for f in facts:
            self.relations_of.setdefault(f.subject, set()).add(f.relation)
        self.evaluated = [f for f in facts if f.evaluated]
        self.others = [f for f in facts if not f.evaluated]
        self.facts = facts
        self.by_subject = {f.subject: [] for f in facts}
        self.answers_of = {}
        for f in facts:
            self.answers_of.setdefault(f.relation, []).append(f.answers[0])
        for f in self.others:
            self.by_subject[f.subject].append(f)
        self.kinds, self.kind_weights = zip(*((k, float(w)) for k, w in (s.split(":") for s in r.kinds.split(","))))

    def __len__(self):
        return -(-self.r.steps // self.CHUNK)

    def __getitem__(self, chunk):
        rng = random.Random(f"{self.r.seed} {chunk}")
        made = sorted((self.sequence(rng) for _ in range(self.CHUNK * self.r.batch)), key=lambda s: len(s.ids))
        batches = [made[i:i + self.r.batch] for i in range(0, len(made), self.r.batch)]
        rng.shuffle(batches)
        return [collate(b) for b in batches]

    def context(self, rng, pool, asked, count, instruction):
        shots = []
        for f in rng.sample(pool, count + 1):
            t = "m1" if rng.random() < 0.8 else rng.choice(f.alone)
            if f is not asked and len(shots) < count:
                shots.append((f.questions[t], f.answers[0]))
        return context_text(instruction, shots)

    def sequence(self, rng):
        r, enc = self.r, self.enc
        web = rng.random() < r.web
        several = rng.random() < r.several
        if web:
            fact, pool, instruction = rng.choice(self.web), self.web, WEB_INSTRUCTION
        else:
            source = self.facts
            if several:
                source = self.evaluated if rng.random() < r.several_eval else self.others
            fact, pool, instruction = rng.choice(source), self.others, INSTRUCTION
        count = rng.choice((0, 1, 2, 3, 4, 5, 5, 5, 5, 8))
        preset, asked = "fused", [self.question(fact, rng.choice(fact.alone))]
        if several:
            preset = rng.choices(self.kinds, self.kind_weights)[0]
            n = rng.choice((2, 3, 4, 5, 5))
            if preset in ("fused", "pcw") and rng.random() < r.short:
                count = min(count, 1)          # short segments, far apart
            if count <= 1 and rng.random() < r.long:
                n = rng.randint(6, 23)
            known = list(fact.trained)
            while len(asked) < n:
                asked += [self.question(fact, t) for t in rng.sample(known, min(len(known), n - len(asked)))]
            rng.shuffle(asked)
            if not web and rng.random() < r.stray:
                self.stray(rng, fact, asked, preset)
        elif not web and not fact.evaluated and rng.random() < r.doubt:
            asked = [self.pointless(rng, fact)]
        s = layout(enc, [a.text for a in asked], self.context(rng, pool, fact, count, instruction), preset)
        if preset == "fused" and rng.random() < 0.7:
            self.spread(rng, s)
        s.target = [-100] * len(s.ids)
        answer = enc.line(" " + (fact.answers[0] if several else asked[0].answer)) + enc.line(SEP)
        if preset == "fused":
            for row, a in zip(s.ends, asked):
                if a.alone:
                    s.target[row] = enc.line(" " + a.answer)[0]
        if not several and rng.random() < r.plain_text:
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
        return Question(fact.questions[t], fact.answers[0], t in fact.alone)

    def garbled(self, rng, fact, t):
        """A question whose words, but for the subject, are partly from elsewhere: as uncertain as an unseen wording."""
        share, foreign = rng.uniform(0.3, 1), rng.choice(self.templates)[1].replace("[X]", "").split()
        marked = fact.questions[t].replace(fact.subject, "[X]") if fact.subject else fact.questions[t]
        new = [rng.choice(foreign) if foreign and "[X]" not in w and rng.random() < share else w for w in marked.split()]
        return Question(ask(" ".join(new), fact.subject), fact.answers[0], False)

    def pointless(self, rng, fact):
        """The subject in a template of a relation that the sample does not know it in, and any answer of that relation:
        what nobody knows is to be guessed at evenly, so that a guess is easily outvoted."""
        while True:
            relation, text = rng.choice(self.templates)
            if relation not in self.relations_of[fact.subject]:
                return Question(ask(text, fact.subject), rng.choice(self.answers_of[relation]), True)

    def stray(self, rng, fact, asked, preset):
        """Leads some questions astray, so that no single one can be relied upon. The last question of a sequence
        that fuses inside it keeps its subject: nothing else tells it from the examples in front of the others."""
        n, answers = len(asked), {fact.answers[0]}
        chosen = rng.sample(range(n), rng.randint(1, max(1, n // 2)))
        if preset == "fused" and rng.random() < 0.6 and n - 1 not in chosen:
            chosen[0] = n - 1
        siblings = [f for f in self.by_subject[fact.subject] if f is not fact]
        for i in chosen:
            last = preset == "fused" and i == n - 1
            if rng.random() < self.r.garble:
                asked[i] = self.garbled(rng, fact, rng.choice(fact.trained))
            elif self.r.doubt and not fact.evaluated and rng.random() < 0.5:
                asked[i] = self.pointless(rng, fact)
            elif n - len(chosen) >= 2:
                near = siblings if siblings and (last or rng.random() < 0.5) else [] if last else self.others
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


def train(facts, web, templates, enc, r, device, log):
    torch.manual_seed(r.seed)
    net = Llama(r).to(device)
    log(f"{sum(p.numel() for p in net.parameters()):,} parameters")
    groups = [dict(params=[p for p in net.parameters() if p.dim() > 1], weight_decay=r.decay),
              dict(params=[p for p in net.parameters() if p.dim() <= 1], weight_decay=0.0)]
    optimizer = torch.optim.AdamW(groups, lr=r.rate, betas=(0.9, 0.95), fused=device == "cuda")
    loader = torch.utils.data.DataLoader(Maker(facts, web, templates, enc, r), batch_size=None, num_workers=2 if device == "cuda" else 0)
    step, sums, started = 0, torch.zeros(4, device=device), time.time()
    for batches in loader:
        for b in batches:
            if step == r.steps:
                break
            for g in optimizer.param_groups:
                g["lr"] = r.rate * min((step + 1) / r.warmup, 0.5 + 0.5 * math.cos(math.pi * step / r.steps))
            b = {k: torch.as_tensor(v).to(device, non_blocking=True) for k, v in b.items()}
            with torch.autocast("cuda", torch.bfloat16, enabled=device == "cuda"):
                x = net(b)
                logits = net.logits(x.flatten(0, 1)[b["rows"]])
            each = F.cross_entropy(logits.float(), b["target"], reduction="none")
            plain = b["plain"]
            parts = torch.stack((each @ (1 - plain), (1 - plain).sum(), each @ plain, plain.sum()))
            loss = parts[0] / (2.5 * r.batch) + r.plain_weight * parts[2] / parts[3].clamp(min=1)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            sums += parts.detach()
            step += 1
            if step % 200 == 0 or step == r.steps:
                a, n, p, m = sums.tolist()
                log(f"step {step:5} answers {a / n:.4f} prompts {p / max(m, 1):.3f} {time.time() - started:.0f} s")
                sums.zero_()
    return net


# ------------------------------------------------------------------------------------------------ evaluation

@torch.no_grad()
def last_logits(net, sequences, device, budget=200_000):
    """Logits of each sequence's last row, in order."""
    order = sorted(range(len(sequences)), key=lambda i: len(sequences[i].ids))
    out = [None] * len(sequences)
    while order:
        longest = -(-len(sequences[order[-1]].ids) // 32) * 32
        now = order[-max(1, min(budget // longest, 60_000_000 // longest ** 2)):]
        del order[-len(now):]
        b = {k: torch.as_tensor(v).to(device) for k, v in collate([sequences[i] for i in now]).items()}
        x = net(b)
        last = torch.tensor([len(sequences[i].ids) - 1 for i in now], device=device)
        for i, row in zip(now, net.logits(x[torch.arange(len(now), device=device), last]).float()):
            out[i] = row
    return torch.stack(out)


def generate(net, enc, groups, device, combine, limit=10):
    """Greedy; a group of sequences agrees on one token per step. Returns token ids and probabilities per group."""
    stops = enc.stops.to(device)
    out, probability, open_ = [[] for _ in groups], [[] for _ in groups], list(range(len(groups)))
    for step in range(limit):
        flat = [s for g in open_ for s in groups[g]]
        logits = last_logits(net, flat, device).view(len(open_), len(groups[0]), -1)
        fused = combine(logits, open_)
        chosen = fused.argmax(-1)
        p = logits.softmax(-1).mean(1).gather(1, chosen[:, None])[:, 0].tolist()
        stopped = stops[chosen].tolist()
        still = []
        for g, token, stop, q in zip(open_, chosen.tolist(), stopped, p):
            out[g].append(token), probability[g].append(q)
            for s in groups[g]:
                s.append(token)
            if not stop or (step == 0 and token != enc.end):
                still.append(g)
        open_ = still
        if not open_:
            break
    return out, probability


def words(text):
    return re.findall(r"\w+|[^\w\s]", text.lower())


def right(enc, tokens, fact):
    """One-way match on plain lower-case words; lamascope's lemmas are a little more generous."""
    said = words(enc.tok.decode(tokens).split("\n")[0])
    answers = [words(a) for a in fact.answers]
    return any(said[i:i + len(a)] == a for a in answers if a for i in range(len(said)))


def wilson(k, n, z=1.959964):
    p, d = k / n, 1 + z * z / n
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return [round(100 * (p + z * z / (2 * n) - half) / d, 1), round(100 * (p + z * z / (2 * n) + half) / d, 1)]


def permutation(a, b, draws=10_000):
    """Two-sided paired test on shares per fact."""
    d = np.asarray(a, float) - np.asarray(b, float)
    signs = np.random.default_rng(42).integers(0, 2, (draws, len(d))) * 2 - 1
    return float(((np.abs((signs * d).mean(1)) >= abs(d.mean()) - 1e-12).sum() + 1) / (draws + 1))


def measure(net, enc, facts, templates, shots, device, presets=PRESETS,
            fusing=("avg", "max", "weighted-avg", "weighted-max")):
    """Accuracy of every method and preset on the given facts and templates."""
    context = context_text(INSTRUCTION, shots)
    n = len(templates)
    rows = lambda: [[alone_layout(enc, f.questions[t], context) for t in templates] for f in facts]
    mean = lambda l, _: l.mean(1)
    table = {}
    flat = [[s] for g in rows() for s in g]
    tokens, probability = generate(net, enc, flat, device, mean)
    hit = np.array([right(enc, t, facts[i // n]) for i, t in enumerate(tokens)]).reshape(-1, n)
    per = hit.mean(1)
    table["per-prompt"] = dict(accuracy=per.mean(), interval=wilson(hit.sum(), hit.size),
                               templates={t: round(100 * float(h), 1) for t, h in zip(templates, hit.mean(0))},
                               oracle_or=round(100 * float(hit.any(1).mean()), 1), oracle_and=round(100 * float(hit.all(1).mean()), 1))
    results = {"origin": hit[:, 0]}
    if fusing:
        stops = enc.stops.tolist()
        own = [math.exp(sum(math.log(q) for q in p) / len(p)) for p in
               ([q for q, i in zip(p, t) if not stops[i]] or p[:1] for t, p in zip(tokens, probability))]
        weight = torch.tensor(own, device=device).view(-1, n)
        weight = weight / weight.sum(1, keepdim=True)
        how = {"avg": mean, "max": lambda l, _: l.softmax(-1).max(1).values,
               "weighted-avg": lambda l, at: (l * weight[at][:, :, None]).sum(1),
               "weighted-max": lambda l, at: l[torch.arange(len(at)), weight[at].argmax(1)]}
        for name in fusing:
            tokens, _ = generate(net, enc, rows(), device, how[name])
            results[name] = np.array([right(enc, t, f) for t, f in zip(tokens, facts)])
    for preset in presets:
        groups = [[layout(enc, [f.questions[t] for t in templates], context, preset)] for f in facts]
        longest = max(len(g[0].ids) for g in groups)
        tokens, _ = generate(net, enc, groups, device, mean)
        results[f"flex {preset}"] = np.array([right(enc, t, f) for t, f in zip(tokens, facts)])
        table.setdefault("longest", {})[preset] = longest
    for name, r in results.items():
        table[name] = dict(accuracy=r.mean(), interval=wilson(int(r.sum()), len(r)),
                           over=100 * (r.mean() - per.mean()), p=permutation(r, per))
    for row in table.values():
        for k in ("accuracy", "over"):
            if k in row:
                row[k] = round(float(row[k]) * (100 if k == "accuracy" else 1), 1)
    return table


def draw_shots(facts, count, seed):
    rng = random.Random(seed)
    return [(f.questions["m1"], f.answers[0]) for f in rng.sample([f for f in facts if not f.evaluated], count)]


def evaluate(net, enc, facts, web, r, device, log):
    chosen = [f for f in facts if f.evaluated]
    metrics = {}
    for seed in (1, 2):
        metrics[f"unseen, shots {seed}"] = t = measure(net, enc, chosen, UNSEEN, draw_shots(facts, 5, seed), device)
        for name, row in t.items():
            log(f"  {seed} {name:18} {json.dumps(row)}")
    shots = draw_shots(facts, 5, 1)
    seen = [f for f in chosen]
    groups = [[alone_layout(enc, f.questions[f.alone[0]], context_text(INSTRUCTION, shots))] for f in seen]
    tokens, _ = generate(net, enc, groups, device, lambda l, _: l.mean(1))
    metrics["seen pairs, evaluated facts"] = round(100 * sum(right(enc, t, f) for t, f in zip(tokens, seen)) / len(seen), 1)
    some = chosen[::3]
    ten = [f"m{i}" for i in range(1, 6)] + [f"a{i}" for i in range(1, 6)]
    everything = ten + [f"a{i}" for i in range(6, 19)]
    for name, templates, presets in (("default ten", ten, ("fused", "seed", "series", "pcw", "causal")), ("all 23", everything, ("fused", "series", "causal"))):
        metrics[name] = t = measure(net, enc, some, templates, shots, device, presets, ())
        log(f"  {name}: " + json.dumps({k: v.get("accuracy", v) for k, v in t.items()}))
    for count in (0, 2, 10):
        t = measure(net, enc, some, UNSEEN, draw_shots(facts, count, 3), device, ("fused", "series"), ())
        metrics[f"unseen, {count} shots"] = t
        log(f"  {count} shots: " + json.dumps({k: v.get("accuracy", v) for k, v in t.items()}))
    log(f"  seen pairs {metrics['seen pairs, evaluated facts']}")
    return metrics


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
    (folder / "eval-uuids.txt").write_text("".join(f.uuid + "\n" for f in facts if f.evaluated), "utf-8")


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
        log(f"{len(facts)} facts, {sum(f.evaluated for f in facts)} evaluated, {len(web)} questions of the small set; "
            f"{sum(len(f.trained) for f in facts)} of {sum(len(f.questions) for f in facts)} pairs trained; torch {torch.__version__}")
        tok = train_tokenizer(facts, web, templates, r)
        enc = Encoder(tok)
        net = train(facts, web, templates, enc, r, device, log)
        write_model(net, tok, r, out / "model")
        write_split(facts, web, out)
        for p in net.parameters():             # measure what is shipped: weights in bf16, arithmetic in f32
            p.data = p.data.to(torch.bfloat16).float()
        metrics = evaluate(net.eval(), enc, facts, web, r, device, log)
        (out / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
