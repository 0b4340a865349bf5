"""What `nnc check` says that running, evaluating and training take at their peak, against what the system counted."""
import argparse, glob, json, math, os, re, struct, subprocess, sys, tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


# What the shipped specs have none of: pictures that are much longer than high, data that is no pictures, and steps of several
# batches, whose phases have plans of their own, the smallest of which is bound first.
OWN = {
    "elongated": """
nnc: 1
data: {strips: {synthetic: shapes, shape: [8, 600, 3], samples_per_epoch: 64, validation: 25%}}
network: [conv: {filters: 16, activation: relu}, conv: {filters: 16, activation: relu}, output: {channels: 3}]
loss: mse
train: {steps: 8, batch_size: 8, optimizer: adam}
""",
    "vectors": """
nnc: 1
data: {readings: {npy: readings.npy, shape: [2048], validation: 25%}}
network: [dense: {units: 512, activation: relu}, dense: {units: 128, activation: relu}, dense: {units: 2048}]
loss: mse
train: {steps: 8, batch_size: 64, optimizer: adam}
""",
    "accumulated": """
nnc: 1
data: {shapes: {synthetic: shapes, shape: [64, 64, 3], samples_per_epoch: 32, degrade: [{noise: 0.1}], validation: 25%}}
networks:
  generator:
    input: shapes.input
    layers:
      - conv: {filters: 32, normalization: batch, bias: false, activation: relu}
      - conv: {filters: 32, normalization: batch, bias: false, activation: relu}
      - output: {channels: 3}
  critic:
    input: [64, 64, 3]
    layers:
      - conv: {filters: 16, stride: 2, activation: leaky_relu}
      - dense: {units: 1}
  features:
    input: [64, 64, 3]
    frozen: true
    layers:
      - conv: {filters: 128, stride: 8, kernel: 8, activation: relu}
      - conv: {filters: 512, stride: 2, kernel: 5, activation: relu}
      - conv: {name: last, filters: 512, kernel: 5, activation: relu}
losses:
  pixel: {mse: {prediction: generator, target: shapes.target}}
  feature: {perceptual: {network: features, layers: {last: 1}, prediction: generator, target: shapes.target}, allow: [random-features]}
  adv: {adversarial: {kind: hinge, discriminator: critic, fake: generator, real: shapes.target}, weight: 0.1}
train:
  steps: 4
  batch_size: 8
  accumulate: 2
  optimizer: adam
  phases:
    - {name: critic, update: [critic], losses: [adv.discriminator], every: 2}
    - {name: generator, update: [generator], losses: [pixel, feature, adv.generator]}
""",
}


# A process that is started counts the most that this one ever held as its own: so this one holds little.

def measured(command):
    """The most memory that a command held, in bytes, and what it wrote."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, text=True)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        return process.returncode, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024), output.read()


def safetensors(path, shapes):
    """Weights without meaning."""
    header, end = {}, 0
    for name, shape in shapes.items():
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + 4 * math.prod(shape)]}
        end += 4 * math.prod(shape)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        repeat(file, 0.01, end // 4)


def repeat(file, value, count):
    for start in range(0, count, 4096):
        file.write(struct.pack("<f", value) * min(4096, count - start))


def npy(path, shape):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': ({', '.join(map(str, shape))},), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode())
        repeat(file, 0.5, math.prod(shape))


def written(name, folder):
    """The path of a spec of this campaign, and its data."""
    path = os.path.join(folder, f"{name}.yaml")
    with open(path, "w") as file:
        file.write(OWN[name])
    npy(os.path.join(folder, "readings.npy"), [512, 2048])
    return path


class Spec:
    """A spec, and its runs in a folder of its own."""

    def __init__(self, options, name, folder):
        self.options, self.folder = options, folder
        self.path = written(name, folder) if name in OWN else name
        self.weights = os.path.join(folder, "weights.safetensors")
        report = subprocess.run([options.nnc, "check", "--format", "json", self.path], capture_output=True, text=True)
        self.memory = json.loads(report.stdout)["files"][0]["memory"]

    def nnc(self, command, *more):
        extra = ["--threads", str(self.options.threads)] if self.options.threads else []
        code, peak, output = measured([self.options.nnc, command, self.path, *extra, *more])
        return code, peak, output

    def train(self):
        run = os.path.join(self.folder, "run")
        # The largest plan is the one of all phases.
        with open(self.path) as file:
            starts = [int(number) for number in re.findall(r"start: (\d+) steps", file.read())]
        steps = max([self.options.steps] + [start + 2 for start in starts])
        code, peak, output = self.nnc("train", "--run", run, "--fresh", "--quiet", "--steps", str(steps))
        check(code == 0, self.path, output)
        os.replace(os.path.join(run, "weights.safetensors"), self.weights)
        return peak

    def evaluate(self):
        code, peak, output = self.nnc("eval", "--weights", self.weights)
        check(code == 0, self.path, output)
        return peak

    def run(self):
        plan = subprocess.run([self.options.nnc, "plan", "--for", "run", "--format", "json", self.path],
                              capture_output=True, text=True)
        plan = json.loads(plan.stdout)
        first = next(buffer for buffer in plan["buffers"] if buffer["first_step"] < 0 and buffer["samples"] != "none" or buffer["first_step"] == -1)
        given = os.path.join(self.folder, "in.npy")
        npy(given, [int(number) for number in re.findall(r"\d+", json.dumps(first["shape"]))])
        if not os.path.exists(self.weights):
            self.make_weights(given)
        code, peak, output = self.run_once(given)
        check(code == 0, self.path, output)
        return peak

    def run_once(self, given):
        more = ["--weights", self.weights, "--input", given, "--output", os.path.join(self.folder, "out.npy")]
        code, peak, output = self.nnc("run", *more)
        several = re.search(r"name one with --network: (\w+)", output)
        return self.nnc("run", *more, "--network", several[1]) if several else (code, peak, output)

    def make_weights(self, given):
        """nnc names some of the tensors that are missing, each time."""
        shapes = {}
        while True:
            safetensors(self.weights, shapes)
            found = re.findall(r"^\s+(\S+) \[([\d, ]+)\] is not in the file", self.run_once(given)[2], re.M)
            if not found:
                return
            shapes.update({name: [int(number) for number in shape.split(",")] for name, shape in found})


def check(holds, what, detail):
    if not holds:
        sys.exit(f"FAILED: {what}\n{detail}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--nnc", default=os.path.join(ROOT, ".build/release/nnc"))
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--within", type=float, default=0.1)
    parser.add_argument("specs", nargs="*", help="paths, or " + " and ".join(OWN))
    options = parser.parse_args()
    shipped = sorted(glob.glob(f"{ROOT}/Specs/*.yaml") + glob.glob(f"{ROOT}/Specs/bench/*.yaml"))
    specs = options.specs or shipped + list(OWN)
    worst, beyond = 1.0, 0
    print(f"{'spec':34} {'':9} {'predicted':>10} {'measured':>10} {'ratio':>6}")
    for name in specs:
        with tempfile.TemporaryDirectory() as folder:
            spec = Spec(options, name, folder)
            works = {"train": spec.train, "evaluate": spec.evaluate, "run": spec.run}
            for work, measure in works.items():
                predicted = spec.memory.get(f"{work}_bytes")
                if predicted is None:
                    continue
                peak = measure()
                ratio = predicted / peak
                worst = max(worst, ratio, 1 / ratio)
                mark = "" if abs(ratio - 1) <= options.within else " <-"
                beyond += bool(mark)
                shown = name if name in OWN else os.path.relpath(name, ROOT)
                print(f"{shown:34} {work:9} {predicted / 1e6:8.1f}MB {peak / 1e6:8.1f}MB {ratio:6.2f}{mark}", flush=True)
    print(f"{beyond} of them beyond {options.within:.0%}")
    sys.exit(1 if beyond else 0)


main()
