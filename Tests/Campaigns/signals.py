#!/usr/bin/env python3
"""Sends SIGINT, SIGTERM and SIGUSR1 at random moments: in training, in a long validation, in a slow load."""
import signal, time
from common import *

options = arguments(count=50, slow=10, many=30_000)
slowest = {}
# Jobs that a shell script starts in the background ignore it, and so would what they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def react(place, run, *more, after, number, slack):
    """Starts a run, signals once `after()` says so, and gives the step that was saved."""
    process = start(options, place, run, *more)
    after(process)
    before = steps(place, run)
    sent = time.monotonic()
    process.send_signal(number)
    later = steps(place, run)
    output, errors = process.communicate()
    took = time.monotonic() - sent
    if process.returncode == 0:
        return None
    if process.returncode == -number and not os.path.exists(place / f"{run}/checkpoints/step-00000000.safetensors"):
        return None  # it had not begun to listen
    check(process.returncode == 128 + number, "exit code", f"{process.returncode} {errors}")
    step = int(re.search(r"after step (\d+)", errors).group(1))
    check(os.path.exists(place / f"{run}/checkpoints/step-{step:08}.safetensors"), "the checkpoint", errors)
    check(before <= step <= later + 1, "saved within a step", f"{before} … {later}, saved {step}")
    check(took < slack, "the reaction's time", f"{took:.2f} s")
    slowest[more] = max(slowest.get(more, 0), took)
    return step


with Place() as place:
    begin = time.monotonic()
    reference = Reference(options, place)
    length = time.monotonic() - begin
    ended = 0
    while ended < options.count:
        place.remove("run")
        number = random.choice([signal.SIGTERM, signal.SIGINT])
        step = react(place, "run", after=lambda _: time.sleep(random.uniform(0, length)), number=number, slack=1)
        if step is None:
            continue
        ended += 1
        progress(ended, options.count)
        # A checkpoint on demand changes nothing.
        process = start(options, place, "run")
        time.sleep(random.uniform(0.1, 1) * length)
        if process.poll() is None and os.path.exists(place / "run/weights.safetensors") is False:
            process.send_signal(signal.SIGUSR1)
        output, errors = process.communicate()
        if process.returncode == -signal.SIGUSR1:
            process = start(options, place, "run")  # it had not begun to listen
            output, errors = process.communicate()
        check(process.returncode == 0, "going on", errors)
        reference.same(place / "run", f"ended after step {step} and resumed")
    print(f"{ended} runs ended by signals: saved within a step, in {slowest[()]:.3f} s at most; resumed to the same bits")

# A validation of many samples: it is given up, and made again.
LONG = SPEC.replace("samples_per_epoch: 42", "samples_per_epoch: 8").replace("validation: {images: photos}", "validation: {images: many.txt}")
with Place(LONG) as place:
    with open(place / "many.txt", "w") as file:
        file.writelines(f"photos/p{index % 7}.png\n" for index in range(options.many))
    length = ["--steps", "4"]
    begin = time.monotonic()
    reference = Reference(options, place, *length)
    whole = time.monotonic() - begin
    for turn in range(options.slow):
        place.remove("run")

        def in_validation(process):
            # After step 1, the next thing is the validation after step 2.
            while steps(place, "run") < 1 and process.poll() is None:
                time.sleep(0.002)
            time.sleep(random.uniform(0.05, 0.4) * whole)
        step = react(place, "run", *length, after=in_validation, number=signal.SIGTERM, slack=0.5)
        result = train(options, place, "run", *length)
        check(result.returncode == 0, "going on after a validation", result)
        reference.same(place / "run", f"ended in the validation after step {step}")
    print(f"{options.slow} ended in a validation of {whole / 2:.1f} s: within {slowest[tuple(length)]:.3f} s, and made again")

# Pictures that take long to decode.
with Place(SPEC.replace("[16, 16, 3]", "[64, 64, 3]"), pictures=3, size=(3000, 2500)) as place:
    length = ["--steps", "3"]
    slowest.clear()
    for turn in range(options.slow):
        place.remove("run")

        def in_load(process):
            while not os.path.exists(place / "run/checkpoints/step-00000000.safetensors") and process.poll() is None:
                time.sleep(0.002)
            time.sleep(random.uniform(0, 0.2))
        react(place, "run", *length, after=in_load, number=signal.SIGINT, slack=0.5)
    print(f"{options.slow} ended in a slow load: within {slowest[tuple(length)]:.3f} s")
