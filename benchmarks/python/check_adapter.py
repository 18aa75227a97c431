"""Opens an adapter that Coconut4j wrote with PEFT, and the merged model, and compares numbers.

    python check_adapter.py [ADAPTER [BASE]]

PEFT must find in ADAPTER every tensor that it would write itself, and nothing else. PEFT computes
logits, loss, gradients and greedy continuations of a random batch in float64; `coconut4j parity`
holds ours against them in both loops (logits to 1e-4). The model that `convert --merge` writes must
have PEFT's logits to 1e-4 in Hugging Face's class, and a tokenizer that reads as tokenizer.json
says. BASE is the model that adapter_config.json names. Without an ADAPTER a tiny base and a tiny
adapter are trained first. Needs torch, transformers, peft and safetensors. Exit status: 0 they
agree; 1 they differ; 2 the check could not run.
"""

import json
import sys
import tempfile
from pathlib import Path

from check_logits import batch, coconut4j, trained, write_case
from check_model_directory import tokenizer_problems

TOLERANCE = 1e-4

TINY = """
method: pause
lora: {r: 4, lora_alpha: 8, lora_dropout: 0.1, use_rslora: True}
train_path: prosqa:32:1:nodes=8,min_steps=2,max_steps=2,max_facts=9
max_latent_stage: 2
batch_size_training: 8
"""


def trained_adapter(scratch):
    config = scratch / "lora.yaml"
    config.write_text(TINY)
    base = trained(scratch)
    run = scratch / "lora"
    arguments = ["train", "--config", config, "--set", f"model_id={base}", "--out", run]
    if coconut4j(*arguments).returncode != 0:
        sys.exit(2)
    return run / "model"


def write_base(base, adapter, fixture):
    """The base with a row for each token that the adapter trains, whose value is the adapter's."""
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base, dtype="float32")
    known = model.config.vocab_size
    config = json.loads((adapter / "adapter_config.json").read_text())
    new = [token for token in config.get("trainable_token_indices") or [] if token >= known]
    if sorted(new) != list(range(known, known + len(new))):
        print(f"{adapter} must train the rows of all tokens that were added", file=sys.stderr)
        sys.exit(2)
    if new:
        model.resize_token_embeddings(known + len(new))
    added = config.get("trainable_token_indices") or []
    if added and not model.config.tie_word_embeddings:
        write_output_rows(model.get_output_embeddings().weight, known, added, adapter)
    model.save_pretrained(fixture)


def write_output_rows(table, known, added, adapter):
    """Rows of an output embedding of its own, which no adapter holds: those of <<, or the mean."""
    import torch
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(adapter)
    named = tokenizer.get_vocab().get("<<")
    ids = tokenizer.encode("<<", add_special_tokens=False) if named is None else [named]
    is_token = len(ids) == 1 and ids[0] < known
    with torch.no_grad():
        table[added] = table[ids[0]].clone() if is_token else table[:known].mean(0)


def stored(name):
    """A parameter's name in adapter_model.safetensors."""
    return name.replace(".modules_to_save.default", "").replace(".default", "")


def tensor_problems(written, saved):
    """Where tensors differ from those that PEFT has read and saved again."""
    import torch
    from safetensors.torch import load_file

    ours, theirs = (load_file(path / "adapter_model.safetensors") for path in (written, saved))
    return [f"{name}: on one side alone" for name in sorted(ours.keys() ^ theirs.keys())] + [
        f"{name}: not as it was written"
        for name in sorted(ours.keys() & theirs.keys())
        if not torch.equal(ours[name].double(), theirs[name].double())
    ]


def merged_problems(directory, model):
    """Where the merged model differs from PEFT's."""
    import torch
    from transformers import AutoModelForCausalLM

    merged = AutoModelForCausalLM.from_pretrained(directory, dtype=torch.float64).eval()
    ids, mask, positions, _ = batch(model.config)
    with torch.no_grad():
        ours, theirs = (
            each(ids, attention_mask=mask, position_ids=positions).logits
            for each in (merged, model)
        )
    if ours.shape != theirs.shape:
        problems = [f"logits {tuple(ours.shape)}, not {tuple(theirs.shape)}"]
    else:
        error = (ours - theirs)[mask == 1].abs().max().item()
        print(f"merged logits differ by at most {error:.2e}")
        problems = [] if error <= TOLERANCE else ["merged logits differ"]  # NaN differs
    return problems + tokenizer_problems(directory, merged, [])


def check(adapter, base, scratch):
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    fixture = scratch / "fixture"
    write_base(base, adapter, fixture)
    model = AutoModelForCausalLM.from_pretrained(fixture, dtype=torch.float64)
    model = PeftModel.from_pretrained(model, adapter, is_trainable=True).eval()
    # As PEFT writes it: it does not name the sum of the base, which may have more rows here.
    model.save_pretrained(fixture / "adapter", save_embedding_layers=False)
    problems = tensor_problems(adapter, fixture / "adapter")
    write_case(model, fixture, stored, kind="lora", adapter="adapter")
    for loop in ("fused", "unrolled"):
        parity = coconut4j("parity", "--fixture", fixture, "--loop", loop)
        print(parity.stdout, end="")
        if parity.returncode != 0:
            problems.append(f"parity of the {loop} loop: status {parity.returncode}")
    merged = scratch / "merged"
    arguments = ["convert", "--merge", "--from", adapter, "--base", base, "--to", merged]
    if coconut4j(*arguments).returncode != 0:
        sys.exit(2)
    return problems + merged_problems(merged, model)


def main():
    for library in ("torch", "transformers", "peft", "safetensors"):
        try:
            __import__(library)
        except ImportError:
            print(
                f"{library} is not installed, so nothing was compared."
                " Install it with: pip install torch transformers peft safetensors",
                file=sys.stderr,
            )
            return 2
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        adapter = Path(sys.argv[1]) if len(sys.argv) > 1 else trained_adapter(scratch)
        config = json.loads((adapter / "adapter_config.json").read_text())
        base = Path(sys.argv[2] if len(sys.argv) > 2 else config["base_model_name_or_path"])
        problems = check(adapter, base, scratch)
        print(adapter)
        for problem in problems or ["nothing differs"]:
            print(f"  {problem}")
        return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
