#!/usr/bin/env python3
"""Times a training step of Specs/adversarial.yaml, both phases, in PyTorch, on data in memory: contiguous and
channels-last, in turns. `nnc train` prints samples/s of the same step with reading and augmenting beside it.

    python3 Tests/Benchmarks/adversarial_torch.py [THREADS]
"""

import statistics
import sys
import time

import torch
import torch.nn as nn
import torch.nn.functional as F

BATCH, ROUNDS, STEPS = 8, 5, 10
torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 2)


class Residual(nn.Module):
    def __init__(self, filters):
        super().__init__()
        self.first, self.second = nn.Conv2d(filters, filters, 3, padding=1), nn.Conv2d(filters, filters, 3, padding=1)

    def forward(self, x):
        return self.second(F.relu(self.first(x))) + x


class Generator(nn.Module):
    def __init__(self, base=32):
        super().__init__()
        self.head = nn.Conv2d(3, base, 3, padding=1)
        self.body = nn.Sequential(*[Residual(base) for _ in range(3)])
        self.up, self.output = nn.Conv2d(base, 4 * base, 3, padding=1), nn.Conv2d(base, 3, 1)

    def forward(self, x):
        head = F.relu(self.head(x))
        details = self.output(F.pixel_shuffle(self.up(head + self.body(head)), 2))
        return F.interpolate(x, scale_factor=2, mode="bilinear") + details


def critic():
    norm = torch.nn.utils.spectral_norm
    return nn.Sequential(
        nn.Conv2d(3, 32, 4, 2, 1), nn.LeakyReLU(0.2), norm(nn.Conv2d(32, 64, 4, 2, 1)), nn.LeakyReLU(0.2),
        norm(nn.Conv2d(64, 128, 4, 2, 1)), nn.LeakyReLU(0.2), nn.Flatten(), nn.Linear(128 * 64, 1))


class Trunk(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.conv2 = nn.Conv2d(3, 32, 3, padding=1), nn.Conv2d(32, 64, 3, padding=1)

    def forward(self, x):
        relu1 = F.relu(self.conv1(x))
        return relu1, F.relu(self.conv2(F.max_pool2d(relu1, 2)))


class Step:
    def __init__(self, layout):
        torch.manual_seed(1)
        self.layout = layout
        self.generator, self.critic, self.trunk = (m.to(memory_format=layout) for m in (Generator(), critic(), Trunk()))
        self.trunk.requires_grad_(False)
        self.rules = (torch.optim.Adam(self.critic.parameters(), 2e-4, betas=(0.5, 0.999)), torch.optim.Adam(self.generator.parameters(), 1e-3))
        self.average = torch.optim.swa_utils.AveragedModel(self.generator, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.9))
        self.x = torch.rand(BATCH, 3, 32, 32).to(memory_format=layout) * 2 - 1
        self.target = torch.rand(BATCH, 3, 64, 64).to(memory_format=layout) * 2 - 1

    def run(self):
        fake = self.generator(self.x)
        self.rules[0].zero_grad(set_to_none=True)
        (F.relu(1 - self.critic(self.target)).mean() + F.relu(1 + self.critic(fake.detach())).mean()).backward()
        self.rules[0].step()
        self.critic.requires_grad_(False)
        self.rules[1].zero_grad(set_to_none=True)
        ours, theirs = self.trunk(fake), self.trunk(self.target)
        features = F.mse_loss(ours[0], theirs[0]) + 0.5 * F.mse_loss(ours[1], theirs[1])
        (F.l1_loss(fake, self.target) + 0.1 * features - 0.01 * self.critic(fake).mean()).backward()
        self.rules[1].step()
        self.critic.requires_grad_(True)
        self.average.update_parameters(self.generator)


def main():
    steps = {"contiguous": Step(torch.contiguous_format), "channels_last": Step(torch.channels_last)}
    times = {name: [] for name in steps}
    for step in steps.values():
        step.run()
    for _ in range(ROUNDS):
        for name, step in steps.items():
            start = time.perf_counter()
            for _ in range(STEPS):
                step.run()
            times[name].append((time.perf_counter() - start) / STEPS)
    for name, values in times.items():
        median = statistics.median(values)
        print(f"{name}: {1e3 * median:.1f} ms a step (least {1e3 * min(values):.1f}), {BATCH / median:.1f} samples/s")


if __name__ == "__main__":
    main()
