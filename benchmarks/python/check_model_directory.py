"""Opens model directories with Hugging Face's classes and says what differs from Coconut4j's view.

    python check_model_directory.py DIRECTORY [DIRECTORY ...] [--texts FILE]

AutoModelForCausalLM must find every parameter and nothing else, with finite logits. AutoTokenizer
must read and write every text as tokenizer.json says (it chooses its class by
tokenizer_config.json), give the special tokens the ids of coconut.json, and end a text where
generation_config.json does.

Texts are the names of the vocabulary's tokens, and with --texts those of a file, a line each: plain
ones, or what `./coconut4j generate --json` printed, whose questions and outputs are taken.

Needs torch, transformers and safetensors. Exit status: 0 nothing differs; 1 something does; 2 the
check could not run.
"""

import argparse
import json
import pathlib
import sys

SPECIAL = {
    "start_latent": "<|start-latent|>",
    "end_latent": "<|end-latent|>",
    "latent": "<|latent|>",
    "pause": "<pause>",
}


def model_problems(directory):
    """What AutoModelForCausalLM misses, and the model."""
    import torch
    from transformers import AutoModelForCausalLM

    model, info = AutoModelForCausalLM.from_pretrained(directory, output_loading_info=True)
    problems = [
        f"{key}: {name}"
        for key in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs")
        for name in sorted(str(name) for name in info.get(key) or [])
    ]
    with torch.no_grad():
        logits = model(torch.arange(min(4, model.config.vocab_size)).unsqueeze(0)).logits
    # Rows that this prompt does not use would not show in its logits.
    for name, value in [("logits", logits), *model.named_parameters()]:
        if not torch.isfinite(value).all():
            problems.append(f"{name}: not finite")
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(f"{directory}: {parameters} parameters, logits {tuple(logits.shape)}")
    return problems, model


def tokenizer_problems(directory, model, texts):
    """Where AutoTokenizer differs from tokenizer.json and coconut.json."""
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

    opened = AutoTokenizer.from_pretrained(directory)
    own = Tokenizer.from_file(str(directory / "tokenizer.json"))
    own.no_padding()
    own.no_truncation()
    print(f"  {type(opened).__name__}, {len(opened)} tokens, {len(texts)} texts")
    problems = []
    for text in texts + plain_tokens(own):
        expected = own.encode(text, add_special_tokens=False).ids
        found = opened(text, add_special_tokens=False)["input_ids"]
        if found != expected:
            problems.append(f"{text!r} is read as {found}, not as {expected}")
        written = own.decode(expected, skip_special_tokens=True)
        if opened.decode(expected, skip_special_tokens=True) != written:
            shown = opened.decode(expected, skip_special_tokens=True)
            problems.append(f"{expected} is written as {shown!r}, not as {written!r}")
    for text in texts:
        round_trip = opened.decode(opened(text, add_special_tokens=False)["input_ids"])
        if round_trip != text:
            problems.append(f"{text!r} comes back as {round_trip!r}")
    if len(opened) > model.config.vocab_size:
        problems.append(f"{len(opened)} tokens but {model.config.vocab_size} embeddings")
    return problems + special_problems(directory, opened, model)


def special_problems(directory, opened, model):
    """Special tokens that have other ids in Python than in coconut.json."""
    file = directory / "coconut.json"
    if not file.exists():
        return []
    ids = json.loads(file.read_text(encoding="utf-8"))["special_tokens"]
    problems = [
        f"{name} has id {opened.convert_tokens_to_ids(name)}, not {ids[key]}"
        for key, name in SPECIAL.items()
        if ids.get(key) is not None and opened.convert_tokens_to_ids(name) != ids[key]
    ]
    ends = model.generation_config.eos_token_id
    if ids["eos"] not in (ends if isinstance(ends, list) else [ends]):
        problems.append(f"generation ends at {ends}, training sequences at {ids['eos']}")
    if opened.eos_token_id is None:
        problems.append("the tokenizer has no eos_token")
    return problems


def plain_tokens(tokenizer, most=5000):
    """Texts of the first tokens by id."""
    return [
        text
        for text in (tokenizer.decode([i]) for i in range(min(most, tokenizer.get_vocab_size())))
        if text and "\N{REPLACEMENT CHARACTER}" not in text
    ]


def read_texts(path):
    """Texts of a file: lines, or the questions and outputs in lines of JSON."""
    texts = []
    for line in path.read_text(encoding="utf-8").splitlines() if path else []:
        if line.startswith("{"):
            entry = json.loads(line)
            texts += [entry["question"] + "\n", entry["output"]]
        else:
            texts.append(line)
    return [text for text in texts if text]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("directories", nargs="+", type=pathlib.Path)
    parser.add_argument("--texts", type=pathlib.Path)
    options = parser.parse_args()
    for library in ("torch", "transformers", "tokenizers", "safetensors"):
        try:
            __import__(library)
        except ImportError:
            print(
                f"{library} is not installed, so nothing was checked."
                " Install it with: pip install torch transformers safetensors",
                file=sys.stderr,
            )
            return 2
    texts = read_texts(options.texts)
    failed = False
    for directory in options.directories:
        problems, model = model_problems(directory)
        problems += tokenizer_problems(directory, model, texts)
        failed = failed or bool(problems)
        for problem in problems or ["nothing differs"]:
            print(f"  {problem}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
