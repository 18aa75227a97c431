"""Writes the files of this directory with Hugging Face's own libraries.

Needs torch, transformers and safetensors. Run it in this directory; it replaces what is there.
"""

import copy

import torch
from safetensors.torch import save_file
from transformers import GPT2Config, GPT2LMHeadModel


def types():
    """Every way of storing a number that is read, beside the same number as PyTorch's float32."""
    torch.manual_seed(1)
    patterns = torch.randint(0, 1 << 16, (1500,), dtype=torch.int32)
    special = torch.tensor([0, 1, 0x8000, 0x03FF, 0x0400, 0x7BFF, 0x7C00, 0xFC00, 0x7F80, 0xFF80])
    bits = torch.cat([special.to(torch.int32), patterns]).to(torch.uint16)
    half, brain = bits.view(torch.float16), bits.clone().view(torch.bfloat16)
    double = torch.cat([torch.randn(50, dtype=torch.float64), torch.tensor([1e300, -1e-300, 1 / 3])])
    save_file(
        {
            "f16": half,
            "f16.float": half.float(),
            "bf16": brain,
            "bf16.float": brain.float(),
            "f64": double.view(53, 1),
            "f64.float": double.float().view(53, 1),
            "scalar": torch.tensor(2.5),
            "empty": torch.zeros(0, 3),
            "rank4": torch.arange(24, dtype=torch.float32).view(2, 3, 1, 4),
            "flags": torch.tensor([True, False]),
            "counts": torch.arange(5),
        },
        "types.safetensors",
        {"made by": "safetensors.torch"},
    )


def models():
    """One model with random weights, saved in every layout that is read."""
    torch.manual_seed(2)
    config = GPT2Config(
        vocab_size=11, n_positions=7, n_embd=8, n_layer=2, n_head=2, n_inner=20,
        initializer_range=0.5, bos_token_id=10, eos_token_id=10,
    )
    model = GPT2LMHeadModel(config)
    with torch.no_grad():
        for parameter in model.parameters():  # norms and biases too
            parameter.normal_(0, 0.5)
    model.save_pretrained("single")
    model.save_pretrained("sharded", max_shard_size="4KB")

    body = {name: value.clone() for name, value in model.transformer.state_dict().items()}
    mask = torch.ones(7, 7).tril().view(1, 1, 7, 7)
    openai = dict(body)
    for layer in range(2):
        openai[f"h.{layer}.attn.bias"] = mask.clone()
    save_file(openai, "openai.safetensors", {"format": "pt"})

    old = {"transformer." + name: value for name, value in body.items()}
    old["lm_head.weight"] = body["wte.weight"].clone()
    for layer in range(2):
        old[f"transformer.h.{layer}.attn.bias"] = mask.bool()
        old[f"transformer.h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)
    save_file(old, "old.safetensors", {"format": "pt"})
    untied = dict(old, **{"lm_head.weight": old["lm_head.weight"] + 0.25})
    save_file(untied, "untied.safetensors", {"format": "pt"})
    copy.deepcopy(model).to(torch.float16).save_pretrained("float16")
    model.to(torch.bfloat16).save_pretrained("bfloat16")

    torch.save(body, "pickle.bin")


if __name__ == "__main__":
    types()
    models()
