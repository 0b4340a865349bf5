#!/usr/bin/env python3
"""Writes schedules.cases and schedules.f64 beside this script: learning rates by torch.optim.lr_scheduler. The format is
that of make_references.py, which this script uses.

A record of kind `schedule` has the `schedule` as a spec writes it, the run's `steps` and the `epoch`'s steps; its result is
`values`: the learning rate of each update.
"""

import torch
from torch.optim.lr_scheduler import (
    ChainedScheduler, ConstantLR, CosineAnnealingLR, ExponentialLR, LambdaLR, LinearLR, SequentialLR, StepLR)

from make_references import Group, flow

STEPS, EPOCH = 40, 8


def linear(rule, start, end, length):
    return LinearLR(rule, start_factor=start, end_factor=end, total_iters=length)


def warming(rule, warmup, then):
    """Rises to the rate in `warmup` updates, the last of which is the first of `then`."""
    return SequentialLR(rule, [linear(rule, 1 / warmup, 1, warmup - 1), then], milestones=[warmup - 1])


def late(rule, start, then):
    return SequentialLR(rule, [ConstantLR(rule, factor=1.0), then], milestones=[start])


RECORDS = [
    (0.3, {"constant": {"value": 0.3}}, lambda rule: ConstantLR(rule, factor=1.0)),
    (0.3, {"constant": {"value": 0.3, "warmup": "10 steps"}}, lambda rule: linear(rule, 0.1, 1, 9)),
    (0.8, {"linear": {"from": 0.8, "to": 0.1}}, lambda rule: linear(rule, 1, 0.125, STEPS - 1)),
    (0.8, {"linear": {"from": 0.8, "to": 0.1, "over": "2 epochs"}}, lambda rule: linear(rule, 1, 0.125, 2 * EPOCH - 1)),
    (0.8, {"linear": {"from": 0.8, "to": 0, "warmup": "5 steps"}}, lambda rule: warming(rule, 5, linear(rule, 1, 0, STEPS - 5))),
    (1e-3, {"cosine": {"from": 1e-3, "to": 1e-5}}, lambda rule: CosineAnnealingLR(rule, T_max=STEPS - 1, eta_min=1e-5)),
    (1e-3, {"cosine": {"from": 1e-3, "to": 1e-5, "warmup": "1 epoch"}},
     lambda rule: warming(rule, EPOCH, CosineAnnealingLR(rule, T_max=STEPS - EPOCH, eta_min=1e-5))),
    (1e-3, {"cosine": {"from": 1e-3, "to": 0, "start": "12 steps"}},
     lambda rule: late(rule, 12, CosineAnnealingLR(rule, T_max=STEPS - 13))),
    (0.5, {"step": {"from": 0.5, "factor": 0.1, "every": "7 steps"}}, lambda rule: StepLR(rule, step_size=7, gamma=0.1)),
    (0.5, {"step": {"from": 0.5, "factor": 0.5, "every": "1 epoch", "warmup": "4 steps"}},
     lambda rule: ChainedScheduler([linear(rule, 0.25, 1, 3), StepLR(rule, step_size=EPOCH, gamma=0.5)])),
    (0.5, {"exponential": {"from": 0.5, "factor": 0.9, "every": "1 step"}}, lambda rule: ExponentialLR(rule, gamma=0.9)),
    (0.5, {"exponential": {"from": 0.5, "factor": 0.3, "every": "1 epoch"}}, lambda rule: ExponentialLR(rule, gamma=0.3 ** (1 / EPOCH))),
    (0.5, {"exponential": {"from": 0.5, "factor": 0.9, "every": "1 step", "warmup": "6 steps"}},
     lambda rule: warming(rule, 6, ExponentialLR(rule, gamma=0.9))),
    (0.5, {"linear": {"from": 0.5, "to": 0.1, "start": "6 steps", "warmup": "4 steps", "over": "30 steps"}},
     lambda rule: SequentialLR(rule, [LambdaLR(rule, lambda _: 0), linear(rule, 0.25, 1, 3), linear(rule, 1, 0.2, 26)], milestones=[6, 9])),
]


def main():
    group = Group("schedules")
    for rate, schedule, make in RECORDS:
        rule = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=rate)
        scheduler = make(rule)
        values = []
        for _ in range(STEPS):
            values.append(rule.param_groups[0]["lr"])
            rule.step()
            scheduler.step()
        fields = [("schedule", flow(schedule)), ("steps", STEPS), ("epoch", EPOCH)]
        group.record("schedule", f"schedule_{group.count + 1:02d}", fields, [], [("values", torch.tensor(values, dtype=torch.float64))])
        print(flow(schedule), ["%.4g" % value for value in values[::6]])
    group.write()


if __name__ == "__main__":
    main()
