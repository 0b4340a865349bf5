#!/usr/bin/env python3
"""Trains Specs/adversarial.yaml twice, with all its losses and with the pixel loss alone, and compares both with bicubic
upscaling (Pillow) on the validation photographs: PSNR against the original, and sharpness, the mean gradient of the
picture as a share of the original's.

    python3 Tests/Benchmarks/super_resolution.py          (needs numpy and Pillow, and .build/release/nnc)

The pictures are the last preview of each run, input | output | target, whose cells are enlarged twice.
"""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

PROJECT = Path(__file__).resolve().parents[2]
SIZE, CELL, GAP = 64, 128, 2


def pixel_only(spec):
    """The spec without critic, features and phases."""
    before, rest = spec.split("  critic:\n    input")
    losses = rest[rest.index("losses:\n"):rest.index("  feature: {perceptual")]
    metrics = rest[rest.index("metrics:"):rest.index("  phases:")]
    rule = spec[spec.index("optimizer: {adam: {learning_rate: {cosine"):].strip().removesuffix("}")
    return before.replace("include: {features: feature-net.yaml}\n", "") + losses + metrics + f"  {rule}\n"


def train(text, name, folder):
    spec = PROJECT / "Specs" / f".{name}.yaml"
    spec.write_text(text)
    try:
        subprocess.run(
            [PROJECT / ".build/release/nnc", "train", spec, "--run", f"{folder}/{name}", "--quiet"], check=True,
            stdout=subprocess.DEVNULL)
    finally:
        spec.unlink()
    return sorted(Path(f"{folder}/{name}/previews").iterdir())[-1]


def samples(path):
    sheet = np.asarray(Image.open(path).convert("RGB"))
    for top in range(0, sheet.shape[0], CELL + GAP):
        cells = [sheet[top:top + CELL, left:left + CELL] for left in range(0, sheet.shape[1], CELL + GAP)]
        yield cells[0][::4, ::4], cells[1][::2, ::2], cells[2][::2, ::2]


def psnr(a, b):
    return 10 * np.log10(255**2 / np.mean((a.astype(float) - b.astype(float)) ** 2))


def sharpness(picture):
    return sum(np.abs(np.diff(picture.astype(float), axis=axis)).mean() for axis in (0, 1))


def main():
    spec = (PROJECT / "Specs/adversarial.yaml").read_text()
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("all losses", spec), ("pixel loss", pixel_only(spec))):
            rows = []
            for small, ours, target in samples(train(text, name.replace(" ", "-"), folder)):
                cubic = np.asarray(Image.fromarray(small).resize((SIZE, SIZE), Image.Resampling.BICUBIC))
                rows.append([psnr(ours, target), psnr(cubic, target), sharpness(ours) / sharpness(target),
                             sharpness(cubic) / sharpness(target)])
            ours, cubic, sharp, sharp_cubic = np.mean(rows, axis=0)
            print(f"{name}: PSNR {ours:.2f} dB, bicubic {cubic:.2f}; sharpness {sharp:.2f}, bicubic {sharp_cubic:.2f}")


if __name__ == "__main__":
    main()
