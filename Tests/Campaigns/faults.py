#!/usr/bin/env python3
"""Lets every write, flush and rename of a run fail in turn, with strace, and goes on afterwards."""
from common import *

options = arguments(steps=3, every=1)
CALLS = ["write", "pwrite64", "fsync", "rename", "ftruncate"]
if not shutil.which("strace"):
    print("strace is not installed: skipped")
    sys.exit(0)
length = ["--steps", str(options.steps), "--set", "train.checkpoint={every: 1 steps, keep: 2}", "--quiet", "--threads", "1"]
with Place() as place:
    reference = Reference(options, place, *length)
    trace = place / "trace"
    subprocess.run(["strace", "-f", "-o", trace, "-e", "trace=" + ",".join(CALLS)] + command(options, "counted", *length),
                   cwd=place.path, capture_output=True)
    counts = {call: len(re.findall(rf"^\d+ +{call}\(", contents(trace).decode(errors="replace"), re.M)) for call in CALLS}
    made = failed = 0
    total = sum(counts.values()) * 2 // options.every
    for call in CALLS:
        for number in range(1, counts[call] + 1):
            for error in ["EIO", "ENOSPC"]:
                made += 1
                if made % options.every:
                    continue
                what = f"{error} at {call} {number} of {counts[call]}"
                place.remove("run")
                result = subprocess.run(
                    ["strace", "-f", "-o", "/dev/null", "-e", f"inject={call}:error={error}:when={number}"]
                    + command(options, "run", *length), cwd=place.path, capture_output=True, text=True)
                check(result.returncode in (0, 3), what, result)
                if result.returncode == 3:
                    failed += 1
                    reason = {"EIO": "input/output error", "ENOSPC": "no space is left on the device"}[error]
                    check("error: cannot write run" in result.stderr and reason in result.stderr, what, result)
                    logged = steps(place, "run")
                    if logged > 1:
                        check(re.search(r"the checkpoint of step \d+ is whole", result.stderr), what, result)
                check(not temporary(place.path), what, "a temporary file is left")
                again = train(options, place, "run", *length)
                check(again.returncode == 0, "going on after " + what, again)
                check("damaged" not in again.stderr, "going on after " + what, again)
                reference.same(place / "run", what)
                progress(made // options.every, total)
    check(failed > 0, "no fault was noticed", counts)
    print(f"{made // options.every} faults ({', '.join(f'{n} {c}' for c, n in counts.items())}, each with EIO and ENOSPC), "
          f"{failed} ended the run: the last checkpoint always loaded, and the end was the same to the bit")
