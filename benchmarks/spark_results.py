"""What must be equal of a search or run on Spark and a local one."""

import hashlib
import json

TIMES = {"seconds", "finished"}


def models(directory):
    """The SHA-256 of each model of a search or run."""
    return {str(model.relative_to(directory)): hashlib.sha256(model.read_bytes()).hexdigest()
            for model in sorted(directory.glob("**/model/model.safetensors")) if "store" not in model.parts}


def searched(directory):
    """Each candidate's record without its times."""
    lines = [json.loads(line) for line in (directory / "results.jsonl").read_text().splitlines()]
    return sorted(json.dumps({key: value for key, value in line.items() if key not in TIMES}, sort_keys=True)
                  for line in lines if "candidate" in line)
