"""What the scripts that compare with PyTorch have in common."""
import json
import platform
import statistics
import subprocess
import sys
from datetime import date
from pathlib import Path


def json_lines(command):
    """The JSON objects that a command prints, one a line."""
    run = subprocess.run(command, capture_output=True, encoding="utf-8")
    if run.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{run.stderr}")
    return [json.loads(line) for line in run.stdout.strip().splitlines()]


def processor():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if "model name" in line)
    except (OSError, StopIteration):
        return platform.processor()


def described(**settings):
    """The machine, the day and the settings of a measurement; also prints them."""
    found = {"processor": processor(), "system": f"{platform.system()} {platform.machine()}", "date": str(date.today()), **settings}
    print(", ".join(f"{key} {value}" for key, value in found.items()))
    return found


def median(runs, key):
    return statistics.median(run[key] for run in runs)


def write_json(path, value):
    """Writes beside the file and moves it there, so that no half of it is ever seen."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(value, indent=1) + "\n")
    beside.replace(path)
