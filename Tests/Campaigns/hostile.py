#!/usr/bin/env python3
"""Trains from inputs and into places that go wrong: never a crash, always the right exit code, nothing half-written."""
import threading, time
from common import *

options = arguments(count=500)
SPECS = {
    "plain": SPEC.replace("steps: 100", "steps: 12"),
    "skip": SPEC.replace("steps: 100", "steps: 12").replace("images: photos\n", "images: photos\n    broken: skip\n"),
}
JPEG = os.path.join(ROOT, "Specs/data/photos")
tally = {}


def done(kind, result, allowed, place, seconds):
    code = result.returncode
    tally.setdefault(kind, {}).setdefault(code, 0)
    tally[kind][code] += 1
    check(code in allowed, f"{kind}: exit code {code} (seed {options.seed})", result)
    check(seconds < 60, f"{kind}: {seconds:.0f} s")
    check(code == 0 or "error: " in (result.stderr or "error: ") or "error[" in result.stderr, f"{kind}: no message", result)
    check("Fatal error" not in (result.stderr or "") and "Sanitizer" not in (result.stderr or ""), kind, result)
    check(not temporary(place.path), f"{kind}: a temporary file is left")
    if code != 0:
        check(not os.path.exists(place / "run/weights.safetensors"), f"{kind}: weights of a run that failed", result)


def flip(path, count):
    data = bytearray(contents(path))
    for _ in range(count if data else 0):
        place = random.randrange(len(data))
        data[place] ^= 1 << random.randrange(8)
    with open(path, "wb") as file:
        file.write(data)


def corrupt(place):
    """Bits of some pictures are other bits; some are PNG, some JPEG files."""
    for name in random.sample(os.listdir(JPEG), min(2, len(os.listdir(JPEG)))):
        if name.lower().endswith((".jpg", ".png")):
            shutil.copy(os.path.join(JPEG, name), place / "photos")
    for name in os.listdir(place / "photos"):
        if random.random() < 0.5:
            flip(place / f"photos/{name}", random.choice([1, 3, 20, 200]))


def cut(place):
    """Some pictures end too early, are empty, or are something else; one may have something behind its end, which is none
    of a reader's business."""
    for index, name in enumerate(random.sample(sorted(os.listdir(place / "photos")), 3)):
        data = contents(place / f"photos/{name}")
        with open(place / f"photos/{name}", "wb") as file:
            whole = [data + data] if index == 0 else []
            file.write(random.choice([b"", data[:random.randrange(len(data))], random.randbytes(200)] + whole))


def sizes(place):
    """Pictures of sizes that nobody has."""
    for index, (width, height) in enumerate([(1, 1), (1, 4000), (4000, 1), (15, 17), (random.randint(1, 90), random.randint(1, 90))]):
        png(place / f"photos/s{index}.png", width, height, index)


def vanish(place):
    """Pictures, or their folder, are gone after the start."""
    time.sleep(random.uniform(0, 0.15))
    if random.random() < 0.2:
        shutil.rmtree(place / "photos", ignore_errors=True)
        return
    for name in random.sample(sorted(os.listdir(place / "photos")), 3):
        os.remove(place / f"photos/{name}")


def change(place):
    """Pictures are rewritten in place while they are read."""
    end = time.monotonic() + 0.4
    while time.monotonic() < end:
        path = place / f"photos/p{random.randrange(7)}.png"
        random.choice([lambda: flip(path, 5), lambda: os.truncate(path, random.randrange(400)),
                       lambda: png(path, random.randint(1, 40), random.randint(1, 40), 3)])()


def mounted(options_text, work):
    """A small file system of its own in the place of the folder of runs."""
    def run(kind, allowed):
        with Place(SPECS["plain"]) as place:
            os.mkdir(place / "disk")
            if subprocess.run(["mount", "-t", "tmpfs", "-o", options_text(), "tmpfs", place / "disk"], capture_output=True).returncode:
                tally.setdefault(kind + " (not possible here)", {0: 0})
                return
            try:
                work(place)
                begin = time.monotonic()
                result = train(options, place, "disk/run")
                done(kind, result, allowed, place, time.monotonic() - begin)
                if result.returncode == 3 and "full" in kind and "is whole" in result.stderr:
                    subprocess.run(["mount", "-o", "remount,size=8m", place / "disk"], check=True)
                    again = train(options, place, "disk/run")
                    check(again.returncode == 0 and "going on after" in again.stderr, "going on after a full disk", again)
            finally:
                subprocess.run(["umount", place / "disk"])
    return run


def with_change(change, spec="plain", alongside=False):
    def run(kind, allowed):
        with Place(SPECS[spec]) as place:
            thread = threading.Thread(target=change, args=(place,))
            thread.start()
            if not alongside:
                thread.join()
            begin = time.monotonic()
            result = train(options, place, "run")
            thread.join()
            done(kind, result, allowed, place, time.monotonic() - begin)
    return run


def redirected(line):
    def run(kind, allowed):
        with Place(SPECS["plain"]) as place:
            begin = time.monotonic()
            result = subprocess.run(["bash", "-c", f"exec {options.nnc} train spec.yaml --run run {line}"],
                                    cwd=place.path, capture_output=True, text=True)
            code = result.returncode
            tally.setdefault(kind, {}).setdefault(code, 0)
            tally[kind][code] += 1
            check(code in allowed, f"{kind}: exit code {code}", result)
            check(os.path.exists(place / "run/weights.safetensors"), f"{kind}: no weights", result)
    return run


def fill(place):
    with open(place / "disk/other", "wb") as file:
        file.write(bytes(random.randrange(0, 60) * 1024))


def read_only(place):
    subprocess.run(["mount", "-o", "remount,ro", place / "disk"], check=True)


# Each kind of trouble, and how the command may end: 0 where nothing was hit, 1 for data, 3 for the machine.
TROUBLES = [
    ("flipped bits", with_change(corrupt), (0, 1)),
    ("flipped bits, skipped", with_change(corrupt, "skip"), (0, 1)),
    ("cut and foreign files", with_change(cut), (1,)),
    ("cut and foreign files, skipped", with_change(cut, "skip"), (0, 1)),
    ("odd sizes", with_change(sizes), (0, 1)),
    ("vanishing files", with_change(vanish, alongside=True), (0, 1)),
    ("vanishing files, skipped", with_change(vanish, "skip", alongside=True), (0, 1)),
    ("changing files", with_change(change, alongside=True), (0, 1)),
    ("changing files, skipped", with_change(change, "skip", alongside=True), (0, 1)),
    ("a full disk", mounted(lambda: f"size={random.randrange(80, 320, 4)}k", fill), (0, 3)),
    ("a disk without inodes", mounted(lambda: f"size=4m,nr_inodes={random.randrange(3, 16)}", lambda place: None), (0, 3)),
    ("a read-only folder", mounted(lambda: "size=4m", read_only), (3,)),
    ("standard output closed", redirected(">&-"), (0, 3)),
    ("standard output full", redirected("> /dev/full"), (3,)),
    ("standard error closed", redirected("2>&-"), (0,)),
    ("standard error full", redirected("2> /dev/full"), (0,)),
    ("a reader who goes away", redirected("| true"), (0,)),
]
for number in range(options.count):
    kind, run, allowed = TROUBLES[number % len(TROUBLES)]
    run(kind, allowed)
    progress(number + 1, options.count)
for kind, codes in tally.items():
    print(f"  {kind}: " + ", ".join(f"{count} × exit code {code}" for code, count in sorted(codes.items())))
print(f"{sum(sum(codes.values()) for codes in tally.values())} runs from hostile inputs: no crash, the right exit codes")
