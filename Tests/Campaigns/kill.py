#!/usr/bin/env python3
"""Kills short runs at random moments, goes on with each, and compares the end with a run that was never stopped."""
import time
from common import *

options = arguments(count=200)
with Place() as place:
    begin = time.monotonic()
    reference = Reference(options, place)
    length = time.monotonic() - begin
    killed = runs = kept = 0
    while killed < options.count:
        place.remove("run")
        runs += 1
        while True:
            process = start(options, place, "run")
            try:
                process.wait(random.uniform(0, 0.6 * length) if killed < options.count else None)
            except subprocess.TimeoutExpired:
                process.kill()
                killed += 1
                progress(killed, options.count)
            output, errors = process.communicate()
            if process.returncode == 0:
                break
            check(process.returncode == -9, f"after {killed} kills", errors)
            kept += steps(place, "run") > 0
        reference.same(place / "run", f"run {runs}, after {killed} kills (seed {options.seed})")
    print(f"{killed} kills of {runs} runs, {kept} of them in the middle: the same files to the bit, none left over")
