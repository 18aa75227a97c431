"""Loads a model directory with Hugging Face's GPT2LMHeadModel and says what it misses.

    python check_model_directory.py DIRECTORY [DIRECTORY ...]

Needs torch, transformers and safetensors. Exit status: 0 every parameter was found and nothing else
was; 1 some were missing, unexpected or of another shape, or a parameter or logit is not finite; 2
the check could not run.
"""

import sys


def check(directory):
    """True if the directory is complete; prints what is not."""
    import torch
    from transformers import GPT2LMHeadModel

    model, info = GPT2LMHeadModel.from_pretrained(directory, output_loading_info=True)
    problems = {
        key: sorted(str(name) for name in info.get(key) or [])
        for key in ("missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs")
    }
    with torch.no_grad():
        logits = model(torch.arange(min(4, model.config.vocab_size)).unsqueeze(0)).logits
    parameters = sum(parameter.numel() for parameter in model.parameters())
    # Rows that this prompt does not use would not show in its logits.
    finite = all(bool(torch.isfinite(value).all()) for value in [logits, *model.parameters()])
    print(f"{directory}: {parameters} parameters, logits {tuple(logits.shape)}, all finite: {finite}")
    for key, names in problems.items():
        print(f"  {key}: {', '.join(names) if names else 'none'}")
    return finite and not any(problems.values())


def main():
    directories = sys.argv[1:]
    if not directories:
        print(__doc__, file=sys.stderr)
        return 2
    for library in ("torch", "transformers", "safetensors"):
        try:
            __import__(library)
        except ImportError:
            print(
                f"{library} is not installed, so nothing was checked."
                " Install it with: pip install torch transformers safetensors",
                file=sys.stderr,
            )
            return 2
    return 0 if all([check(directory) for directory in directories]) else 1


if __name__ == "__main__":
    sys.exit(main())
