"""Trains shipped specs in float32 and in bfloat16, and compares the losses that they reach.

    python3 precision.py [SPEC …] [--steps 300] [--seeds 1] [--nnc .build/release/nnc] [--threads 2]

Prints for each spec the loss in either precision, as the mean over the last tenth of the steps and over seeds 1 to SEEDS,
and how far bf16 is above float32; with several seeds also how far the seeds' losses spread in float32 (their standard
deviation), and the standard error of the difference. Ends with 1 where bf16 is more than 2 % above. Without specs, all of
`Specs` that train.
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


def train(arguments, spec, precision, seed, folder):
    start = time.monotonic()
    subprocess.run(
        [arguments.nnc, "train", spec, "--run", folder, "--steps", str(arguments.steps), "--precision", precision,
         "--threads", str(arguments.threads), "--log-every", "1", "--quiet", "--set", f"train.seed={seed}"], check=True)
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
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--nnc", default=str(project / ".build/release/nnc"))
    arguments = parser.parse_args()
    specs = arguments.specs or [str(path) for path in sorted((project / "Specs").glob("*.yaml")) if trains(arguments.nnc, path)]
    worst = 0.0
    print("| spec | first loss | float32 | bfloat16 | above | time |\n|---|---|---|---|---|---|")
    for spec in specs:
        plain, short, times = [], [], [0.0, 0.0]
        for seed in range(1, arguments.seeds + 1):
            for index, (precision, losses) in enumerate((("float32", plain), ("bfloat16", short))):
                with tempfile.TemporaryDirectory() as folder:
                    loss, first, seconds = train(arguments, spec, precision, seed, folder + "/run")
                losses.append(loss)
                times[index] += seconds
        mean = statistics.fmean(plain)
        above = (statistics.fmean(short) - mean) / abs(mean)
        worst = max(worst, above)
        spread = ""
        if arguments.seeds > 1:
            error = statistics.stdev([b - a for a, b in zip(plain, short)]) / arguments.seeds ** 0.5
            spread = f" ± {error / abs(mean) * 100:.2f} % (seeds ± {statistics.stdev(plain) / abs(mean) * 100:.1f} %)"
        print(f"| {Path(spec).stem} | {first:.5f} | {mean:.5f} | {statistics.fmean(short):.5f} | {above * 100:+.2f} %{spread} | "
              f"{times[0]:.0f} s → {times[1]:.0f} s |", flush=True)
    sys.exit(worst > 0.02)


main()
