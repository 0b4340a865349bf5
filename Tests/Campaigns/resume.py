#!/usr/bin/env python3
"""Goes on from every step of a run and compares the end with that of the run."""
from common import *

options = arguments(count=100)
keep = ["--set", "train.checkpoint={every: 1 steps, keep: 1000}", "--steps", str(options.count)]
with Place() as place:
    reference = Reference(options, place, *keep)
    for step in range(options.count + 1):
        place.remove("run")
        shutil.copytree(reference.path, place / "run")
        os.remove(place / "run/weights.safetensors")
        for later in range(step + 1, options.count + 1):
            os.remove(place / f"run/checkpoints/step-{later:08}.safetensors")
        result = train(options, place, "run", *keep)
        check(result.returncode == 0 and f"going on after step {step}," in result.stderr, f"step {step}", result)
        reference.same(place / "run", f"resumed after step {step}")
        progress(step, options.count)
    print(f"resumed after each of {options.count} steps: the same files to the bit")
