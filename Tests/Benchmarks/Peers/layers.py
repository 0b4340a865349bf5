"""Measures single layers by `nnc bench` and by PyTorch in turn, and prints how many times as fast nnc is: where a layer that no
benchmarked network has is slow, it shows here.

    python3 layers.py [--only REGEX] [--modes run,train] [--batches 1,8] [--seconds 0.3] [--nnc FILE]

Each ratio is the fastest run of PyTorch, contiguous or channels-last, by the fastest of nnc, on one thread; `!` marks what is
below 1.3, `!!` what is below 1. Training has a 1×1 layer before, so that there is a gradient for the layer's input.
"""

import argparse
import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np  # noqa: E402
import torch  # noqa: E402
from torch import nn  # noqa: E402

torch.set_num_threads(1)
project = Path(__file__).resolve().parents[3]


def convolution(inputs, outputs, size, kernel, stride=1, groups=1, dilation=1):
    padding = dilation * (kernel - 1) // 2
    keys = dict(filters=outputs, kernel=kernel, stride=stride, groups=groups, dilation=dilation, padding=padding)
    name = f"conv {inputs}>{outputs} {size} k{kernel}" + "".join(
        f" {word}{value}" for word, value in [("s", stride), ("g", groups), ("d", dilation)] if value > 1)
    return name, inputs, size, [("conv", dict(keys, activation="relu"))], lambda: [
        nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups), nn.ReLU()]


def transposed(channels, size, kernel, padding):
    keys = dict(filters=channels, kernel=kernel, stride=2, padding=padding, output_padding=kernel % 2, activation="relu")
    return f"transposed_conv {channels} {size} k{kernel}", channels, size, [("transposed_conv", keys)], lambda: [
        nn.ConvTranspose2d(channels, channels, kernel, 2, padding, kernel % 2), nn.ReLU()]


def dense(channels, size, units):
    return f"dense {channels}x{size}x{size}>{units}", channels, size, [
        ("flatten", {}), ("dense", dict(units=units, activation="relu"))], lambda: [
        nn.Flatten(), nn.Linear(channels * size * size, units), nn.ReLU()]


def others(channels, size):
    kinds = [
        ("batch_norm", {}, lambda: nn.BatchNorm2d(channels)),
        ("instance_norm", {}, lambda: nn.InstanceNorm2d(channels, affine=True)),
        ("group_norm", dict(groups=4), lambda: nn.GroupNorm(4, channels)),
        ("max_pool", dict(size=2), lambda: nn.MaxPool2d(2)),
        ("max_pool", dict(size=3, stride=2, padding=1), lambda: nn.MaxPool2d(3, 2, 1)),
        ("avg_pool", dict(size=2), lambda: nn.AvgPool2d(2)),
        ("upsample", dict(method="nearest"), lambda: nn.Upsample(scale_factor=2)),
        ("upsample", dict(method="bilinear"), lambda: nn.Upsample(scale_factor=2, mode="bilinear")),
        ("depth_to_space", {}, lambda: nn.PixelShuffle(2)),
        ("dropout", dict(rate=0.2), lambda: nn.Dropout(0.2)),
        ("activation", dict(kind="gelu"), nn.GELU),
        ("activation", dict(kind="silu"), nn.SiLU),
    ]
    for kind, keys, module in kinds:
        words = " ".join(str(value) for value in keys.values())
        yield f"{kind} {words} {channels} {size}", channels, size, [(kind, keys)], lambda module=module: [module()]


def layers():
    for channels, size in [(16, 128), (64, 64), (256, 16)]:
        for kernel in (1, 3, 4, 5, 7, 9):
            yield convolution(channels, channels, size, kernel)
        for kernel in (1, 2, 3, 5):
            yield convolution(channels, channels, size, kernel, stride=2)
        for kernel in (3, 5, 7):
            yield convolution(channels, channels, size, kernel, groups=channels)
        yield convolution(channels, channels, size, 3, stride=2, groups=channels)
        yield convolution(channels, channels, size, 3, groups=4)
        yield convolution(channels, channels, size, 3, dilation=2)
        for kernel, padding in [(2, 0), (3, 1), (4, 1), (5, 2)]:
            yield transposed(channels, size // 2, kernel, padding)
        yield from others(channels, size)
    for inputs, outputs, size, kernel, stride in [
            (3, 64, 256, 7, 2), (3, 32, 128, 9, 1), (3, 64, 128, 4, 2), (3, 16, 224, 3, 2), (1, 64, 128, 5, 1),
            (64, 3, 256, 3, 1), (64, 3, 256, 1, 1), (64, 3, 128, 7, 1), (96, 96, 14, 3, 1), (512, 512, 4, 3, 1)]:
        yield convolution(inputs, outputs, size, kernel, stride)
    for channels, size, groups, stride in [(32, 64, 16, 1), (128, 56, 32, 1), (256, 28, 32, 1), (256, 56, 32, 2)]:
        yield convolution(channels, channels, size, 3, stride, groups)
    for channels, size, units in [(64, 8, 10), (16, 28, 128), (256, 4, 1000), (3, 64, 256)]:
        yield dense(channels, size, units)


def spec(folder, mode, batch, inputs, size, stack, output):
    def words(keys):
        return "{" + ", ".join(f"{key}: {value}" for key, value in keys.items()) + "}"

    lines = "".join(f"      - {kind}: {words(keys)}\n" for kind, keys in stack)
    if mode == "run":
        return f"nnc: 1\nnetworks:\n  m:\n    input: [{size}, {size}, {inputs}]\n    layers:\n{lines}"
    np.save(folder / "x.npy", np.random.rand(8, size, size, 4).astype(np.float32))
    np.save(folder / "t.npy", np.zeros((8, *output), np.float32))
    return (
        f"nnc: 1\ndata: {{x: {{npy: x.npy, shape: [{size}, {size}, 4]}}, t: {{npy: t.npy, shape: {list(output)}}}}}\n"
        f"networks:\n  m:\n    input: x\n    layers:\n      - conv: {{filters: {inputs}, kernel: 1}}\n{lines}"
        "losses: {l: {mse: {prediction: m, target: t}}}\n"
        f"train: {{steps: 10, batch_size: {batch}, optimizer: {{sgd: {{learning_rate: 1e-9}}}}}}\n")


def fastest(run, seconds):
    run()
    end, best = time.perf_counter() + seconds, float("inf")
    while time.perf_counter() < end:
        start = time.perf_counter()
        run()
        best = min(best, time.perf_counter() - start)
    return best * 1000


def torch_time(mode, batch, inputs, size, modules, last, seconds):
    model = nn.Sequential(*([] if mode == "run" else [nn.Conv2d(4, inputs, 1)]), *modules())
    x = torch.rand(batch, inputs if mode == "run" else 4, size, size)
    if last:
        model, x = model.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    if mode == "run":
        model.eval()

        def run():
            with torch.inference_mode():
                model(x)
    else:
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-9)
        target = torch.zeros_like(model(x)).detach()

        def run():
            optimizer.zero_grad()
            nn.functional.mse_loss(model(x), target).backward()
            optimizer.step()

    return fastest(run, seconds)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--only", default="")
    parser.add_argument("--modes", default="run,train")
    parser.add_argument("--batches", default="1,8")
    parser.add_argument("--seconds", type=float, default=0.3)
    parser.add_argument("--nnc", default=str(project / ".build/release/nnc"))
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for layer, inputs, size, stack, modules in layers():
            if not re.search(options.only, layer):
                continue
            with torch.no_grad():
                shape = nn.Sequential(*modules())(torch.zeros(2, inputs, size, size)).shape[1:]
            output = (*shape[1:], shape[0]) if len(shape) == 3 else tuple(shape)
            for mode in options.modes.split(","):
                for batch in map(int, options.batches.split(",")):
                    (folder / "layer.yaml").write_text(spec(folder, mode, batch, inputs, size, stack, output))
                    command = [
                        options.nnc, "bench", str(folder / "layer.yaml"), "--for", mode, "--batch", str(batch), "--threads", "1",
                        "--seconds", str(options.seconds), "--format", "json"]
                    ours = theirs = float("inf")
                    for last in (False, True):
                        answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout
                        ours = min(ours, json.loads(answer)["min_ms"])
                        theirs = min(theirs, torch_time(mode, batch, inputs, size, modules, last, options.seconds))
                    ratio = theirs / ours
                    mark = "!!" if ratio < 1 else "! " if ratio < 1.3 else "  "
                    print(f"{mark} {ratio:6.2f} {ours:10.4f} ms {mode:5} batch {batch:2}  {layer}", flush=True)


if __name__ == "__main__":
    main()
