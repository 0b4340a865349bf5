#!/usr/bin/env python3
"""Trains with 1, 2, 3 and 8 threads: every augmentation, dropout, two phases; the files must be the same to the bit."""
from common import *

options = arguments(steps=40)
with Place() as place:
    reference = Reference(options, place, "--steps", str(options.steps), "--threads", "1")
    for threads in [2, 3, 8]:
        result = train(options, place, "run", "--steps", str(options.steps), "--threads", str(threads), "--fresh")
        check(result.returncode == 0, f"{threads} threads", result)
        reference.same(place / "run", f"{threads} threads")
    digest = hashlib.sha256(contents(place / "run/weights.safetensors")).hexdigest()
    print(f"the same files with 1, 2, 3 and 8 threads (weights {digest[:16]})")
