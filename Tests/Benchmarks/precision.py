"""Trains shipped specs in float32 and in bfloat16, and compares the losses that they reach.

    python3 precision.py [SPEC …] [--steps 300] [--nnc .build/release/nnc] [--threads 2]

Prints for each spec the loss in either precision, as the mean over the last tenth of the steps, and how far bf16 is above
float32; ends with 1 where that is more than 2 %. A spec without names of its own runs all of `Specs` that train.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

project = Path(__file__).resolve().parents[2]


def train(arguments, spec, precision, folder):
    start = time.monotonic()
    subprocess.run(
        [arguments.nnc, "train", spec, "--run", folder, "--steps", str(arguments.steps), "--precision", precision,
         "--threads", str(arguments.threads), "--log-every", "1", "--quiet"], check=True)
    lines = [json.loads(line) for line in (Path(folder) / "metrics.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in lines if "loss" in line]
    return statistics.fmean(losses[-max(1, len(losses) // 10):]), losses[0], time.monotonic() - start


def trains(nnc, spec):
    answer = subprocess.run(
        [nnc, "plan", spec, "--for", "train", "--format", "json"], capture_output=True)
    return answer.returncode == 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("specs", nargs="*")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--nnc", default=str(project / ".build/release/nnc"))
    arguments = parser.parse_args()
    specs = arguments.specs or [str(path) for path in sorted((project / "Specs").glob("*.yaml")) if trains(arguments.nnc, path)]
    worst = 0.0
    print("| spec | first loss | float32 | bfloat16 | above | time |\n|---|---|---|---|---|---|")
    for spec in specs:
        with tempfile.TemporaryDirectory() as folder:
            plain, first, slow = train(arguments, spec, "float32", f"{folder}/a")
            short, _, fast = train(arguments, spec, "bfloat16", f"{folder}/b")
        above = (short - plain) / abs(plain)
        worst = max(worst, above)
        print(f"| {Path(spec).stem} | {first:.5f} | {plain:.5f} | {short:.5f} | {above * 100:+.2f} % | "
              f"{slow:.0f} s → {fast:.0f} s |", flush=True)
    sys.exit(worst > 0.02)


main()
