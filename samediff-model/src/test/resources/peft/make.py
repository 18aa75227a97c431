"""Writes the adapter of this directory, and its logits, with PEFT.

Its `modules_to_save` names modules that `target_modules` has too. Needs torch, transformers and peft. Run it in
this directory; it replaces what is there.
"""

from pathlib import Path

import torch
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from transformers import GPT2LMHeadModel

BASE = "../fixtures/tiny-gpt2-lora-a"
DIRECTORY = Path("saved-and-targeted")

if __name__ == "__main__":
    torch.manual_seed(1)
    config = LoraConfig(
        r=2,
        lora_alpha=6,
        target_modules=["c_attn", "c_fc", "wte"],
        modules_to_save=["c_fc", "wte"],
        task_type="CAUSAL_LM",
        fan_in_fan_out=True,
    )
    model = get_peft_model(GPT2LMHeadModel.from_pretrained(BASE), config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                parameter.add_(0.1 * torch.randn_like(parameter))
        tokens = torch.tensor([[9, 25, 29, 7, 47, 25, 16, 40]])
        logits = model(tokens).logits
    model.save_pretrained(DIRECTORY)
    (DIRECTORY / "README.md").unlink()
    save_file({"input_ids": tokens.to(torch.float32), "logits": logits}, DIRECTORY / "expected.safetensors")
