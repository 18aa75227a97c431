#!/usr/bin/env python3
"""Speed peer: a LoRA step of Coconut and greedy decoding of a large Llama in PyTorch, all of it in bfloat16.

The model, latent loop and loss are those of coconut_llama_torch.py, with frozen weights in bfloat16 and, beside
each linear layer, an adapter in float32, as PEFT keeps it, which is rounded for its products. Layers that read the
same are one product, and so are the first factors of their adapters. Decoding appends a position at a time to a
prompt, with a key/value cache. Weights are random. Where a model directory is named and transformers is installed,
its `generate` is timed too.

Needs only torch, 2.4 or newer, and the two files beside it. Prints one JSON object.

    llama_lora_torch.py --part step --threads 2
    llama_lora_torch.py --part decode --threads 2 --model /tmp/llama-1b
"""
import argparse
import importlib.util
import json
import resource

import torch
import torch.nn as nn
import torch.nn.functional as F

from coconut_llama_torch import SHAPES, Llama
from coconut_torch import median_ms

RANK, ALPHA = 16, 32
PROMPT, TOKENS = 16, 8  # as benchmarks/large-model decodes them


class Adapted(nn.Module):
    """A frozen linear layer, or several that read the same, with an adapter for each."""

    def __init__(self, base, outputs):
        super().__init__()
        self.base, self.outputs = base, outputs
        self.a = nn.Parameter(torch.randn(RANK * len(outputs), base.in_features) * base.in_features**-0.5)
        self.b = nn.ParameterList(nn.Parameter(torch.zeros(n, RANK)) for n in outputs)

    def forward(self, x):
        reduced = F.linear(x, self.a.to(x.dtype)).mul(ALPHA / RANK).split(RANK, -1)
        added = [F.linear(v, b.to(x.dtype)) for v, b in zip(reduced, self.b)]
        return self.base(x) + (added[0] if len(added) == 1 else torch.cat(added, -1))


def model(shape):
    layers, d, h, kv, inner, vocab, _, question, latents, answer, new = SHAPES[shape]
    torch.set_default_dtype(torch.bfloat16)
    made = Llama(layers, d, h, kv, inner, vocab, question + 1 + latents + 1 + answer + new)
    torch.set_default_dtype(torch.float32)
    return made.requires_grad_(False)


def adapt(llama):
    for block in llama.blocks:
        keys = block.kv * block.s
        block.qkv = Adapted(block.qkv, [block.h * block.s, keys, keys])
        block.out = Adapted(block.out, [block.out.out_features])
        block.gate_up = Adapted(block.gate_up, [block.gate_up.out_features // 2] * 2)
        block.down = Adapted(block.down, [block.down.out_features])


def time_step(options):
    *_, vocab, rows, question, latents, answer, _ = SHAPES[options.shape]
    llama = model(options.shape)
    adapt(llama)
    prompt = question + 1  # with the start-of-latent token
    ids = torch.randint(1, vocab - 3, (rows, prompt + latents + 1 + answer))
    trained = [p for p in llama.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, 1e-4, weight_decay=0.01, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        llama.loss(ids, prompt, latents, answer).backward()
        optimizer.step()

    return {"step_ms": median_ms(step, options.rounds, "cpu")}


@torch.no_grad()
def time_decoding(options):
    vocab = SHAPES[options.shape][5]
    llama = model(options.shape)
    found = {}
    for rows in (1, 8):
        cache = [[None, None] for _ in llama.blocks]
        llama.run(llama.wte(torch.randint(1, vocab, (rows, PROMPT))), 0, cache)
        token = torch.ones(rows, 1, dtype=torch.long)

        def decode():
            after = [list(kept) for kept in cache]
            for i in range(TOKENS):
                hidden = llama.run(llama.wte(token), PROMPT + i, after)[:, -1]
                (hidden @ llama.wte.weight.T).argmax(-1)

        found[f"batch_{rows}_ms"] = median_ms(decode, options.rounds, "cpu") / TOKENS
    return found


@torch.no_grad()
def time_generate(options):
    """A token of transformers' generate: what TOKENS tokens more take, since the first one reads the prompt."""
    from transformers import AutoModelForCausalLM

    llama = AutoModelForCausalLM.from_pretrained(options.model, dtype=torch.bfloat16)
    found = {}
    for rows in (1, 8):
        ids = torch.randint(1, llama.config.vocab_size, (rows, PROMPT))

        def generate(count):
            llama.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=count, min_new_tokens=count,
                           do_sample=False, pad_token_id=0)

        first, all_of_them = (median_ms(lambda: generate(n), options.rounds, "cpu") for n in (1, 1 + TOKENS))
        found[f"generate_batch_{rows}_ms"] = (all_of_them - first) / TOKENS
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--part", choices=["step", "decode"], required=True)
    parser.add_argument("--shape", choices=list(SHAPES), default="llama-1b")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--model", help="a model directory for transformers' generate")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(0)
    found = {"peer": "pytorch " + torch.__version__, "shape": options.shape, "threads": options.threads}
    if options.part == "step":
        found |= time_step(options)
    else:
        found |= time_decoding(options)
        if options.model and importlib.util.find_spec("transformers"):
            found |= time_generate(options)
    found["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(found))


if __name__ == "__main__":
    main()
