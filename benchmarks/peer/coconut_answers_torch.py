#!/usr/bin/env python3
"""Answers questions one after another in PyTorch, with the weights of a GPT-2 that Coconut4j trained.

    coconut_answers_torch.py --model models/prosqa-coconut --prompts FILE --seconds 10 --threads 2

FILE is what `benchmarks/run io.github.coconut4j.benchmarks.Main serving --prompts FILE` writes: tokens of the prompts, and
the answers that are expected. `published` answers as the published implementation does, with keys and values kept
from latent to latent, and everything read again for each token written; `cached` keeps them for those too. Prints
one JSON line each, and fails where answers differ. Needs only torch.
"""
import argparse
import json
import statistics
import struct
import sys
import time
from pathlib import Path

import torch

from coconut_torch import Coconut

NEW_TOKENS = 128
LAYER = {
    "ln1": ("ln_1", False),
    "qkv": ("attn.c_attn", True),
    "out": ("attn.c_proj", True),
    "ln2": ("ln_2", False),
    "up": ("mlp.c_fc", True),
    "down": ("mlp.c_proj", True),
}


def tensors(path):
    """The float32 tensors of a safetensors file."""
    data = bytearray(path.read_bytes())
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    found = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = torch.frombuffer(data, dtype=torch.float32, count=(end - begin) // 4, offset=8 + length + begin)
        found[name.removeprefix("transformer.")] = values.reshape(entry["shape"])
    return found


def read(directory):
    config = json.loads((directory / "config.json").read_text())
    if config["model_type"] != "gpt2":
        sys.exit(f"The loop here is for GPT-2 but {directory} holds a {config['model_type']}.")
    stored = tensors(directory / "model.safetensors")
    state = {"wte.weight": stored["wte.weight"], "wpe.weight": stored["wpe.weight"]}
    for kind in ("weight", "bias"):
        state[f"lnf.{kind}"] = stored[f"ln_f.{kind}"]
        for layer in range(config["n_layer"]):
            for ours, (theirs, is_linear) in LAYER.items():
                value = stored[f"h.{layer}.{theirs}.{kind}"]
                # Hugging Face's Conv1D holds [in, out].
                state[f"blocks.{layer}.{ours}.{kind}"] = value.T if is_linear and kind == "weight" else value
    sizes = (config[key] for key in ("n_layer", "n_embd", "n_head", "vocab_size", "n_positions"))
    model = Coconut(*sizes)
    model.load_state_dict(state)
    return model.eval()


def think(model, prompt, cache):
    """Embeddings of the prompt with its latents in place, and the hidden states of what follows them."""
    embedded = model.wte(torch.tensor([prompt["ids"]]))
    first, count = prompt["first_latent"], prompt["latents"]
    computed = 0
    for latent in range(first, first + count):
        hidden = model.run(embedded[:, computed:latent], computed, cache)
        embedded = torch.cat([embedded[:, :latent], hidden[:, -1:], embedded[:, latent + 1 :]], 1)
        computed = latent
    return embedded, model.run(embedded[:, computed:], computed, cache)


def new_cache(model):
    return [[None, None] for _ in model.blocks]


def published(model, prompt, eos):
    embedded, hidden = think(model, prompt, new_cache(model))
    written = []
    while True:
        token = (hidden[:, -1] @ model.wte.weight.T).argmax(-1)
        if token.item() in eos or len(written) == NEW_TOKENS:
            return written
        written.append(token.item())
        embedded = torch.cat([embedded, model.wte(token)[:, None]], 1)
        hidden = model.run(embedded, 0, new_cache(model))


def cached(model, prompt, eos):
    cache = new_cache(model)
    embedded, hidden = think(model, prompt, cache)
    position = embedded.shape[1]
    written = []
    while True:
        token = (hidden[:, -1] @ model.wte.weight.T).argmax(-1)
        if token.item() in eos or len(written) == NEW_TOKENS:
            return written
        written.append(token.item())
        hidden = model.run(model.wte(token)[:, None], position, cache)
        position += 1


def measure(answer, prompts, seconds):
    """Milliseconds of every question, asked in turn until the time is over, and seconds of all."""
    times = []
    start = time.perf_counter()
    while time.perf_counter() - start < seconds:
        prompt = prompts[len(times) % len(prompts)]
        before = time.perf_counter()
        found = answer(prompt)
        times.append((time.perf_counter() - before) * 1e3)
        if found != prompt["answer"]:
            sys.exit(f"PyTorch answers {found}, Coconut4j {prompt['answer']}.")
    return times, time.perf_counter() - start


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--prompts", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    model = read(options.model)
    data = json.loads(options.prompts.read_text())
    for way, answer in (("published", published), ("cached", cached)):
        ask = lambda prompt: answer(model, prompt, data["eos"])
        measure(ask, data["prompts"], options.seconds / 3)
        times, seconds = measure(ask, data["prompts"], options.seconds)
        line = {
            "way": f"pytorch, one at a time, {way}",
            "version": torch.__version__,
            "answers_per_second": len(times) / seconds,
            "median_ms": statistics.median(times),
            "p99_ms": statistics.quantiles(times, n=100)[98] if len(times) > 1 else times[0],
        }
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main()
