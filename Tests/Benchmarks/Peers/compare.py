"""Measures `nnc bench` and its peers in turn, A B A B, and prints how many times as fast nnc is.

    python3 compare.py FOLDER [--only run|train] [--networks N1,N2] [--batches 1,4] [--threads 1,2] [--peers …]
                       [--rounds 5] [--seconds 1.5] [--output FILE.json] [--precision bfloat16]

FOLDER holds what `export.py` wrote. Each ratio is the median over the rounds of (the peer's median / nnc's median of the
same round); after it, in brackets, the least and the greatest. Run it on an idle machine.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

from networks import SPECS

here = Path(__file__).resolve().parent
project = here.parents[2]
RUN = ["torch_channels_last", "torch_compile_channels_last", "onnxruntime", "openvino", "ncnn", "mnn"]
TRAIN = ["torch", "torch_channels_last_fused", "torch_channels_last_fused_tcmalloc", "torch_compile_channels_last_fused",
         "tensorflow"]
# The fastest of those that compute in bf16.
RUN_BFLOAT16 = ["openvino_bf16", "torch_channels_last_bf16"]
TRAIN_BFLOAT16 = ["torch_channels_last_fused_tcmalloc_bf16", "torch_fused_tcmalloc_bf16"]
TCMALLOC = "libtcmalloc_minimal.so.4"


class Worker:
    """A peer that stays alive between measurements."""

    def __init__(self, peer, mode, network, threads, batch, folder):
        environment = dict(os.environ)
        if "tcmalloc" in peer:
            environment["LD_PRELOAD"] = TCMALLOC
        self.name = peer
        self.process = subprocess.Popen(
            [sys.executable, here / "worker.py", peer, mode, network, str(threads), str(batch), folder],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment)
        first = self.process.stdout.readline()
        self.error = json.loads(first)["error"] if first else None

    def measure(self, seconds):
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        return statistics.median(json.loads(self.process.stdout.readline()))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def peers(mode, precision):
    if precision == "bfloat16":
        return RUN_BFLOAT16 if mode == "run" else TRAIN_BFLOAT16
    return RUN if mode == "run" else TRAIN


def measure_nnc(binary, mode, network, threads, batch, seconds, precision):
    answer = subprocess.run(
        [binary, "bench", project / SPECS[network], "--for", mode, "--threads", str(threads), "--batch", str(batch),
         "--seconds", str(seconds), "--runs", "2", "--format", "json", "--precision", precision],
        capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


def compare(arguments, mode, network, threads, batch):
    workers = []
    for peer in arguments.peers or peers(mode, arguments.precision):
        worker = Worker(peer, mode, network, threads, batch, arguments.folder)
        if worker.error is None:
            print(f"  {peer} did not start", file=sys.stderr)
        else:
            workers.append(worker)
    own, times = [], {worker.name: [] for worker in workers}
    for _ in range(arguments.rounds):
        own.append(measure_nnc(arguments.nnc, mode, network, threads, batch, arguments.seconds, arguments.precision))
        for worker in workers:
            times[worker.name].append(worker.measure(arguments.seconds))
    for worker in workers:
        worker.close()
    result = {
        "mode": mode, "precision": arguments.precision, "network": network, "threads": threads, "batch": batch,
        "nnc_ms": statistics.median(round["median_ms"] for round in own),
        "gflops": statistics.median(round["gflops"] for round in own),
        "peak_gflops": statistics.median(round["peak_gflops"] for round in own), "peers": {},
    }
    for worker in workers:
        ratios = [peer / round["median_ms"] for peer, round in zip(times[worker.name], own)]
        result["peers"][worker.name] = {
            "ms": statistics.median(times[worker.name]), "ratio": statistics.median(ratios), "least": min(ratios),
            "greatest": max(ratios), "error": worker.error,
        }
    return result


def line(result):
    title = f"{'inference' if result['mode'] == 'run' else 'training'} {result['network']}"
    if result["precision"] == "bfloat16":
        title += ", bf16"
    share = result["gflops"] / result["peak_gflops"] * 100
    cells = [title, str(result["threads"]), str(result["batch"]), f"{result['nnc_ms']:.2f}",
             f"{result['gflops']:.0f} ({share:.0f} %)"]
    ranked = sorted(result["peers"].items(), key=lambda item: item[1]["ratio"])
    cells.append("; ".join(
        f"{name} {peer['ratio']:.2f} ({peer['least']:.2f}–{peer['greatest']:.2f})" for name, peer in ranked))
    return "| " + " | ".join(cells) + " |"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--nnc", default=str(project / ".build/release/nnc"))
    parser.add_argument("--only", choices=["run", "train"])
    parser.add_argument("--networks", default="N1,N2,N3,N4")
    parser.add_argument("--batches")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--peers", type=lambda text: text.split(","))
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--output")
    arguments = parser.parse_args()
    cases = []
    for mode, networks, batches in (("run", ("N1", "N2", "N3"), (1, 8)), ("train", ("N1", "N2", "N4"), (4, 16))):
        if arguments.only in (None, mode):
            chosen = [int(text) for text in arguments.batches.split(",")] if arguments.batches else batches
            cases += [(mode, network, int(threads), batch) for network in networks
                      if network in arguments.networks.split(",")
                      for threads in arguments.threads.split(",") for batch in chosen]
    print("| what | threads | batch | nnc, ms | GFLOP/s (of peak) | times as fast as |\n|---|---|---|---|---|---|")
    results = []
    for case in cases:
        results.append(compare(arguments, *case))
        print(line(results[-1]), flush=True)
        if arguments.output:
            Path(arguments.output).write_text(json.dumps(results, indent=1))


main()
