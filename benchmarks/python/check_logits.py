"""Compares Coconut4j's numbers with those of Hugging Face's class on a model that Coconut4j wrote.

    python check_logits.py [DIRECTORY]

Hugging Face computes logits, loss, gradients and greedy continuations of a random batch in float64;
`coconut4j parity` holds ours against them (logits to 1e-4); a number that is not finite, on either
side, is a difference. Without a DIRECTORY a tiny model is trained first. Needs torch, transformers
and safetensors. Exit status: 0 they agree; 1 they differ; 2 the check could not run.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

COCONUT4J = Path(__file__).resolve().parents[2] / "coconut4j"
IGNORED = -100
NEW_TOKENS = 12

TINY = """
coconut: True
model_id: scratch
n_embd: 32
n_head: 2
n_positions: 64
train_path: prosqa:32:1:nodes=8,min_steps=2,max_steps=2,max_facts=9
max_latent_stage: 2
batch_size_training: 8
"""


def coconut4j(*arguments):
    return subprocess.run([COCONUT4J, *arguments], stdout=subprocess.PIPE, text=True)


def trained(scratch):
    config = scratch / "tiny.yaml"
    config.write_text(TINY)
    if coconut4j("train", "--config", config, "--out", scratch / "run").returncode != 0:
        sys.exit(2)
    return scratch / "run" / "model"


def batch(config):
    """Ids, mask, positions and labels of two rows, the second shorter; labels on the last halves."""
    import torch

    columns = min(32, config.max_position_embeddings - NEW_TOKENS)
    torch.manual_seed(0)
    ids = torch.randint(config.vocab_size, (2, columns))
    mask = torch.ones_like(ids)
    mask[1, columns * 3 // 4 :] = 0
    labels = ids.masked_fill(mask == 0, IGNORED)
    labels[:, : columns // 2] = IGNORED
    return ids, mask, torch.arange(columns).repeat(2, 1) * mask, labels


def greedy(model, prompt):
    import torch

    tokens = prompt.clone()
    for _ in range(NEW_TOKENS):
        tokens = torch.cat([tokens, model(tokens[None]).logits[0, -1].argmax()[None]])
    return {"prompt": prompt.tolist(), "tokens": tokens.tolist()}


def write_case(model, fixture, stored=lambda name: name, **more):
    """What Hugging Face computes, with the gradients of what is trained by their stored names."""
    import torch
    from safetensors.torch import save_file

    ids, mask, positions, labels = batch(model.config)
    outputs = model(ids, attention_mask=mask, position_ids=positions)
    loss = torch.nn.functional.cross_entropy(
        outputs.logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORED
    )
    loss.backward()
    expected = {"logits": outputs.logits, "inputs_embeds": model.get_input_embeddings()(ids)}
    expected |= {
        f"grad.{stored(name)}": value.grad
        for name, value in model.named_parameters()
        if value.requires_grad
    }
    with torch.no_grad():
        continuations = [greedy(model, ids[0, :length]) for length in (5, 9)]
    for name, value in expected.items():
        if not torch.isfinite(value).all():
            print(f"Hugging Face's {name} must be finite, but is not.", file=sys.stderr)
            sys.exit(2)
    save_file(
        {name: value.detach().float().contiguous() for name, value in expected.items()},
        fixture / "expected.safetensors",
    )
    end = model.config.eos_token_id
    case = {
        "latent_id": None,
        "eos_id": end[0] if isinstance(end, list) else end,
        "input_ids": ids.tolist(),
        "attention_mask": mask.tolist(),
        "position_ids": positions.tolist(),
        "labels": labels.tolist(),
        "loss": loss.item(),
        "greedy": continuations,
        "max_new_tokens": NEW_TOKENS,
    }
    (fixture / "case.json").write_text(json.dumps(case | more))


def write_fixture(directory, fixture):
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float64)
    write_case(model.eval(), fixture)
    for name in ("config.json", "model.safetensors"):
        shutil.copy(directory / name, fixture / name)


def main():
    for library in ("torch", "transformers", "safetensors"):
        try:
            __import__(library)
        except ImportError:
            print(
                f"{library} is not installed, so nothing was compared."
                " Install it with: pip install torch transformers safetensors",
                file=sys.stderr,
            )
            return 2
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(sys.argv[1]) if len(sys.argv) > 1 else trained(Path(scratch))
        fixture = Path(scratch) / "fixture"
        fixture.mkdir()
        write_fixture(directory, fixture)
        parity = coconut4j("parity", "--fixture", fixture)
        print(f"{directory}\n{parity.stdout}", end="")
        return parity.returncode


if __name__ == "__main__":
    sys.exit(main())
