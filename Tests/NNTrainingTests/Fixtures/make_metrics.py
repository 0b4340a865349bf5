"""Pictures and what scikit-image says about them: the reference values of the metrics' tests.

Needs numpy and scikit-image; writes its files beside itself:  python3 make_metrics.py
"""

import pathlib

import numpy as np
import skimage
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

HERE = pathlib.Path(__file__).parent


def picture(random, height, width, channels):
    """A smooth picture of 0...1."""
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    planes = []
    for _ in range(channels):
        a, b, c = random.uniform(2, 9, 3)
        planes.append(0.5 + 0.3 * np.sin(a * x + b * y) + 0.15 * np.cos(c * (x - y) * 3))
    return np.stack(planes, axis=-1)


def pairs(random, count, height, width, channels):
    first, second = [], []
    for index in range(count):
        clean = picture(random, height, width, channels)
        noise = random.normal(0, 0.02 * 3**index, clean.shape)
        first.append(clean)
        second.append(clean * (1 - 0.05 * index) + noise)
    return np.stack(first).astype(np.float32), np.stack(second).astype(np.float32)


def main():
    random = np.random.default_rng(7)
    lines = [f"# scikit-image {skimage.__version__}: file, picture, PSNR (dB), SSIM; data_range 1"]
    for name, shape in {"colour": (24, 32, 3), "grey": (11, 19, 1), "large": (40, 13, 3)}.items():
        first, second = pairs(random, 3, *shape)
        np.save(HERE / f"{name}-a.npy", first)
        np.save(HERE / f"{name}-b.npy", second)
        for index in range(3):
            a, b = first[index].astype(np.float64), second[index].astype(np.float64)
            psnr = peak_signal_noise_ratio(a, b, data_range=1)
            ssim = structural_similarity(
                a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1, channel_axis=-1)
            lines.append(f"{name} {index} {psnr!r} {ssim!r}".replace("np.float64(", "").replace(")", ""))
    (HERE / "metrics.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
