"""Measures `nnc bench` and its peers in turn, A B A B, and prints how many times as fast nnc is.

    python3 compare.py FOLDER [--only run,train,N1,N2,N3,N4,float32,bfloat16] [--batches 1,4] [--threads 1,2] [--peers …]
                       [--variants all] [--rounds 3] [--seconds 1] [--results FILE.json] [--readme]

FOLDER holds what `export.py` wrote. Each ratio is the median over the rounds of (the peer's median / nnc's median of the
same round); after it, in brackets, the least and the greatest. Run it on an idle machine: a peer is stopped while
others are measured, so that each may let its threads spin as it likes.

PyTorch is measured as installed and in its fastest variant, which one round of each variant chooses. `--variants all`
tries contiguous, channels-last and compiled, each with and without tcmalloc, instead of the usual winners among them.

Cases that FILE.json has already are not measured again, so that parts can be measured one after the other:

    --only train,N1 --threads 1      with --results FILE.json; then, with all parts in it, --readme writes the table
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

from networks import SPECS

here = Path(__file__).resolve().parent
project = here.parents[2]
TCMALLOC = "libtcmalloc_minimal.so.4"
INSTALLED = "torch"
PEERS = {"run": ["onnxruntime", "openvino", "ncnn", "mnn"], "train": ["tensorflow"]}
CASES = [("run", "N1", (1, 8)), ("run", "N2", (1, 8)), ("run", "N3", (1, 8)), ("train", "N1", (1, 4, 16)),
         ("train", "N2", (4, 16)), ("train", "N4", (4, 16))]
CASES = [(*case, "float32") for case in CASES] + [
    ("run", "N1", (1, 8), "bfloat16"), ("run", "N3", (1, 8), "bfloat16"), ("train", "N1", (1, 4, 16), "bfloat16")]
# The fastest of those that compute in bf16.
BFLOAT16 = {"run": ["openvino_bf16", "torch_channels_last_bf16"],
            "train": ["torch_channels_last_fused_tcmalloc_bf16", "torch_fused_tcmalloc_bf16"]}


def variants(mode, wanted):
    """PyTorch's: the one that is installed first."""
    fused = "" if mode == "run" else "_fused"
    layouts = ["", "_channels_last", "_compile", "_compile_channels_last"]
    if wanted == "all":
        names = [INSTALLED + layout + fused + heap for layout in layouts for heap in ("", "_tcmalloc")]
    else:
        names = [f"torch{layout}{fused}_tcmalloc" for layout in ("_channels_last", "_compile_channels_last")]
    return [INSTALLED] + [name for name in names if name != INSTALLED]


class Worker:
    """A peer that stays alive between measurements, and stands still in them."""

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
        if self.error is None:
            print(f"  {peer} did not start", file=sys.stderr)
        else:
            self.process.send_signal(signal.SIGSTOP)

    def measure(self, seconds):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(f"{seconds}\n")
        self.process.stdin.flush()
        times = json.loads(self.process.stdout.readline())
        self.process.send_signal(signal.SIGSTOP)
        return statistics.median(times)

    def close(self):
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()


def measure_nnc(binary, mode, network, threads, batch, precision, seconds):
    answer = subprocess.run(
        [binary, "bench", project / SPECS[network], "--for", mode, "--threads", str(threads), "--batch", str(batch),
         "--seconds", str(seconds), "--runs", "2", "--format", "json", "--precision", precision],
        capture_output=True, text=True, check=True)
    return json.loads(answer.stdout)


def start(arguments, case):
    """The peers of a case: of PyTorch's variants the one that is installed, and the one that is fastest in one round."""
    mode, network, threads, batch, precision = case
    make = lambda peer: Worker(peer, mode, network, threads, batch, arguments.folder)  # noqa: E731
    named = arguments.peers or (BFLOAT16[mode] if precision == "bfloat16" else None)
    if named:
        return [worker for worker in map(make, named) if worker.error is not None]
    chosen = {}
    for name in variants(mode, arguments.variants):
        worker = make(name)
        if worker.error is None:
            continue
        place = "installed" if name == INSTALLED else "fastest"
        took = worker.measure(min(0.3, arguments.seconds))
        if place not in chosen or took < chosen[place][0]:
            if place in chosen:
                chosen[place][1].close()
            chosen[place] = (took, worker)
        else:
            worker.close()
    return [worker for _, worker in chosen.values()] + [
        worker for worker in map(make, PEERS[mode]) if worker.error is not None]


def compare(arguments, case):
    mode, network, threads, batch, precision = case
    workers = start(arguments, case)
    own, times = [], {worker.name: [] for worker in workers}
    for _ in range(arguments.rounds):
        own.append(measure_nnc(arguments.nnc, *case, arguments.seconds))
        for worker in workers:
            times[worker.name].append(worker.measure(arguments.seconds))
    for worker in workers:
        worker.close()
    result = {
        "mode": mode, "precision": precision, "network": network, "threads": threads, "batch": batch,
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


def title(peer):
    """What the README calls a peer."""
    plain = {"onnxruntime": "ONNX Runtime", "openvino": "OpenVINO", "openvino_bf16": "OpenVINO (bf16)", "mnn": "MNN",
             "tensorflow": "TensorFlow",
             INSTALLED: "PyTorch as installed"}
    if not peer.startswith(INSTALLED) or peer in plain:
        return plain.get(peer, peer)
    words = {"compile": "compiled", "channels_last": "channels-last", "fused": "fused Adam", "tcmalloc": "tcmalloc",
             "bf16": "bf16 autocast"}
    return "PyTorch (" + ", ".join(word for part, word in words.items() if part in peer) + ")"


def line(result):
    what = f"{'inference' if result['mode'] == 'run' else 'training'} {result['network']}"
    if result["precision"] == "bfloat16":
        what += ", bf16"
    share = result["gflops"] / result["peak_gflops"] * 100
    cells = [what, str(result["threads"]), str(result["batch"]), f"{result['nnc_ms']:.2f}",
             f"{result['gflops']:.0f} ({share:.0f} %)"]
    ranked = sorted(result["peers"].items(), key=lambda item: item[1]["ratio"])
    cells.append("; ".join(
        f"{title(name)} {peer['ratio']:.2f} ({peer['least']:.2f}–{peer['greatest']:.2f})" for name, peer in ranked))
    return "| " + " | ".join(cells) + " |"


HEAD = "| what | threads | batch | nnc, ms | GFLOP/s (of peak) | times as fast as |\n|---|---|---|---|---|---|"


def write_readme(results):
    """Puts the table in the place of the one between the README's marks; what is said around it stays."""
    path = project / "README.md"
    before, rest = path.read_text().split("<!-- peers -->\n", 1)
    section, after = rest.split("<!-- end of peers -->", 1)
    lines, table = section.splitlines(), [HEAD] + [line(results[key]) for key in order() if key in results]
    rows = [index for index, text in enumerate(lines) if text.startswith("|")]
    lines[rows[0]:rows[-1] + 1] = table
    path.write_text(before + "<!-- peers -->\n" + "\n".join(lines) + "\n<!-- end of peers -->" + after)


def order():
    return [key(mode, network, threads, batch, precision) for mode, network, batches, precision in CASES
            for threads in (1, 2) for batch in batches]


def key(mode, network, threads, batch, precision):
    return f"{mode} {network} {precision} threads {threads} batch {batch}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("--nnc", default=str(project / ".build/release/nnc"))
    parser.add_argument("--only", default="")
    parser.add_argument("--batches")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--peers", type=lambda text: text.split(","))
    parser.add_argument("--variants", choices=["usual", "all"], default="usual")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1)
    parser.add_argument("--results")
    parser.add_argument("--readme", action="store_true")
    arguments = parser.parse_args()
    only = set(filter(None, arguments.only.split(",")))
    modes, networks, precisions = (only & names or names for names in
                                   ({"run", "train"}, set(SPECS), {"float32", "bfloat16"}))
    path = Path(arguments.results) if arguments.results else None
    results = json.loads(path.read_text()) if path and path.exists() else {}
    print(HEAD)
    for mode, network, batches, precision in CASES:
        if mode not in modes or network not in networks or precision not in precisions:
            continue
        for threads in map(int, arguments.threads.split(",")):
            for batch in map(int, arguments.batches.split(",")) if arguments.batches else batches:
                name = key(mode, network, threads, batch, precision)
                if name not in results:
                    began = time.monotonic()
                    results[name] = compare(arguments, (mode, network, threads, batch, precision))
                    print(f"  {name}: {time.monotonic() - began:.0f} s", file=sys.stderr)
                    if path:
                        path.write_text(json.dumps(results, indent=1))
                print(line(results[name]), flush=True)
    if arguments.readme:
        write_readme(results)


main()
