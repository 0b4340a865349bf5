"""Writes the networks where the other peers find them: ONNX, ncnn's and MNN's own formats, and PyTorch's answers.

    python3 export.py FOLDER
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import torch

from networks import SPECS, make, sample

folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
tools = Path(sys.executable).parent
for name in SPECS:
    network = make(name).eval()
    for batch in (1, 8):
        x = sample(name, batch)
        stem = folder / f"{name}_{batch}"
        with torch.inference_mode():
            np.save(f"{stem}_answer.npy", network(x).numpy())
        np.save(f"{stem}_input.npy", x.numpy())
        torch.onnx.export(
            network, (x,), f"{stem}.onnx", opset_version=18, input_names=["x"], output_names=["y"], dynamo=True,
            external_data=False)
        subprocess.run(
            [tools / "mnnconvert", "-f", "ONNX", "--modelFile", f"{name}_{batch}.onnx", "--MNNModel",
             f"{name}_{batch}.mnn", "--bizCode", "nnc"], **quiet)
    x = sample(name, 1)
    torch.jit.trace(network, x).save(f"{folder / name}.pt")
    subprocess.run([tools / "pnnx", f"{name}.pt", f"inputshape={list(x.shape)}".replace(" ", ""), "fp16=0"], **quiet)
