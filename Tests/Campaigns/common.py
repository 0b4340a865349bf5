"""What the campaigns share: a small spec with pictures, runs of nnc, and what a run's folder must hold."""
import argparse, hashlib, json, os, random, re, shutil, struct, subprocess, sys, tempfile, zlib

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

# Every augmentation, a dropout, batch statistics, a spectral norm, an average, two phases that take turns, and a frozen
# network whose weights stand in a file of their own.
SPEC = """
nnc: 1
name: campaign
data:
  photos:
    images: photos
    shape: [16, 16, 3]
    augment: [{random_crop: {scale: [0.5, 1]}}, {flip: both}, {rotate: 10}, {brightness: 0.1}, {contrast: 0.1}, {saturation: 0.1}, {hue: 0.05}]
    degrade: [{noise: 0.1}]
    samples_per_epoch: 42
    validation: {images: photos}
networks:
  generator: [conv: {filters: 6, bias: false, activation: relu, normalization: batch}, dropout: {rate: 0.1}, output: {channels: 3, activation: sigmoid}]
  critic: {input: [16, 16, 3], layers: [conv: {filters: 4, stride: 2, activation: silu, spectral_norm: true}, dense: {units: 1}]}
  eye: {input: [16, 16, 3], frozen: true, layers: [conv: {name: seen, filters: 4, activation: relu}]}
losses:
  pixel: {mse: {prediction: generator, target: photos.target}}
  feature: {perceptual: {network: eye, layers: {seen: 1}, prediction: generator, target: photos.target}, weight: 0.1, allow: [random-features]}
  fool: {adversarial: {kind: hinge, discriminator: critic, fake: generator, real: photos.target}, weight: 0.1}
metrics: [psnr]
train:
  steps: 100
  batch_size: 4
  ema: 0.9
  clip_gradient_norm: 0.5
  checkpoint: {every: 3 steps, keep: 2}
  phases:
    - {name: judge, update: [critic], losses: [fool.discriminator], every: 2, optimizer: {sgd: {learning_rate: 0.05, momentum: 0.9}}}
    - {name: make, update: [generator], losses: [pixel, feature, fool.generator], optimizer: {adam: {learning_rate: {cosine: {from: 0.005, to: 0.001}}}}}
"""


def arguments(**counts):
    """The command line: how to call nnc, a seed, and these counts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--nnc", default=os.path.join(ROOT, ".build/release/nnc"))
    parser.add_argument("--seed", type=int, default=1)
    for name, value in counts.items():
        parser.add_argument("--" + name, type=int, default=value)
    options = parser.parse_args()
    options.nnc = os.path.abspath(options.nnc)
    random.seed(options.seed)
    return options


def png(path, width, height, seed):
    rows = b"".join(
        b"\0" + bytes((y * (3 + c) + x * (7 - c) + seed * 31 + (x * y * seed >> 3)) & 255 for x in range(width) for c in range(3))
        for y in range(height))

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
                   + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Place:
    """A folder with pictures and a spec, removed at the end."""

    def __init__(self, spec=SPEC, pictures=7, size=(24, 20)):
        self.path = tempfile.mkdtemp(prefix="nnc-campaign-")
        os.mkdir(self / "photos")
        for index in range(pictures):
            png(self / f"photos/p{index}.png", size[0], size[1], index)
        with open(self / "spec.yaml", "w") as file:
            file.write(spec)

    def __truediv__(self, name):
        return os.path.join(self.path, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)

    def remove(self, name):
        shutil.rmtree(self / name, ignore_errors=True)


def command(options, run, *more):
    return [options.nnc, "train", "spec.yaml", "--run", run, "--log-every", "1", "--progress", "never", *more]


def start(options, place, run, *more, **keys):
    return subprocess.Popen(command(options, run, *more), cwd=place.path, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **keys)


def train(options, place, run, *more, **keys):
    return subprocess.run(command(options, run, *more), cwd=place.path, capture_output=True, text=True, **keys)


def contents(path):
    with open(path, "rb") as file:
        return file.read()


def log(path):
    """The lines of a run's log without what depends on the machine's speed."""
    lines = [json.loads(line) for line in contents(path).splitlines()]
    for line in lines:
        del line["samples_per_second"]
    return lines


def steps(place, run):
    """The last logged step of a run that may be writing."""
    try:
        found = re.findall(rb'^\{"step": (\d+),.*\}\n', contents(place / f"{run}/metrics.jsonl"), re.M)
        return int(found[-1]) if found else 0
    except FileNotFoundError:
        return 0


def files(path):
    """All files of a run by name; the number of event files depends on how often it was started."""
    found = [os.path.relpath(os.path.join(folder, name), path) for folder, _, names in os.walk(path) for name in names]
    return sorted(name for name in found if not re.fullmatch(r"events\.out\.tfevents\.\d+\.nnc", name))


def temporary(path):
    return [name for _, _, names in os.walk(path) for name in names if name.startswith(".")]


class Reference:
    """What a run that was never stopped leaves."""

    def __init__(self, options, place, *more):
        result = train(options, place, "reference", *more)
        check(result.returncode == 0, "the reference run", result)
        self.path = place / "reference"

    def same(self, path, what):
        """A run must have left the same files: weights, checkpoints and pictures to the bit, the log but for speeds."""
        check(files(path) == files(self.path), what, sorted(set(files(path)) ^ set(files(self.path))))
        for name in files(self.path):
            if name == "metrics.jsonl":
                check(log(os.path.join(path, name)) == log(os.path.join(self.path, name)), what, name)
            elif name not in ("spec.yaml", "machine.json", "report.html"):
                check(contents(os.path.join(path, name)) == contents(os.path.join(self.path, name)), what, name)


def check(holds, what, detail=""):
    if holds:
        return
    if isinstance(detail, subprocess.CompletedProcess):
        detail = f"exit code {detail.returncode}\n{detail.stdout}{detail.stderr}"
    print(f"FAILED: {what}: {detail}", file=sys.stderr)
    sys.exit(1)


def progress(done, total):
    if done % max(1, total // 10) == 0:
        print(f"  {done}/{total}", flush=True)
