#!/usr/bin/env python3
"""Writes phases.cases and phases.f64 beside this script: training in two alternating phases, a discriminator's and a
generator's, as a plain PyTorch loop does it. The format is that of make_references.py, which this script uses.

A record of kind `phases` has the whole spec as its `yaml` lines, `steps`, and the tensors `input.N` and `target.N` of each
step. Results are `losses.<term>` [steps], each as it was before the update that it leads to (0 where its phase did not
take part), `final.<parameter>` after the last step and, with a moving average, `average.<parameter>`.

The networks are small and smooth, and no bias stands before a normalisation (its gradient is rounding noise, which Adam
scales up), so that float32 follows float64; the script prints by how much PyTorch's own float32
loop leaves its float64 one.
"""

import math

import torch
import torch.nn.functional as F

from make_references import Group, Network, flow, from_file, grid

BATCH, STEPS, SIZE = 4, 20, 16

GENERATOR = [("conv", {"filters": 8, "bias": False, "normalization": "batch", "activation": "silu"}), ("upsample", {"factor": 2}),
             ("conv", {"filters": 8, "activation": "elu"}), ("output", {"channels": 3, "activation": "tanh"})]
CRITIC = [("conv", {"filters": 8, "kernel": 4, "stride": 2, "padding": 1, "activation": "silu"}), ("dense", {"units": 1})]
FEATURES = [("conv", {"name": "edges", "filters": 6, "activation": "tanh"}), ("conv", {"name": "parts", "filters": 5, "activation": "silu"})]

RECORDS = [
    dict(name="hinge", adversarial={"kind": "hinge"}, weight=0.1, critic={"adam": {"learning_rate": 2e-3, "beta1": 0.5}}),
    dict(name="vanilla_smooth", adversarial={"label_smoothing": 0.1}, weight=0.25, clip=0.3, clip_value=0.02,
         critic={"adamw": {"learning_rate": 1e-3}}),
    dict(name="lsgan_average", adversarial={"kind": "lsgan"}, weight=0.5, ema=0.8,
         critic={"sgd": {"learning_rate": 0.05, "momentum": 0.9}}),
    dict(name="wgan_clip", adversarial={"kind": "wgan", "clip": 0.05}, weight=0.1, critic={"rmsprop": {"learning_rate": 1e-3}}),
    dict(name="rmsprop_momentum", adversarial={"kind": "lsgan"}, weight=0.2,
         critic={"rmsprop": {"learning_rate": 5e-4, "momentum": 0.8, "alpha": 0.9}}),
    dict(name="late_and_rare", adversarial={"kind": "hinge"}, weight=0.2, every=3, start=4, end=16,
         critic={"adam": {"learning_rate": 2e-3}}),
    dict(name="perceptual", adversarial={"kind": "hinge"}, weight=0.1, perceptual="mse", ema=0.9,
         critic={"adam": {"learning_rate": 2e-3, "beta1": 0.5}}),
    dict(name="perceptual_mae", adversarial={}, weight=0.1, perceptual="mae", clip=1.0, critic={"adam": {"learning_rate": 1e-3}}),
]
GENERATOR_RULE = {"adam": {"learning_rate": 5e-3}}
MEAN, STD = [0.5, 0.25, 0.375], [0.25, 0.5, 0.75]


class Loop(Network):
    """One set of networks; parameters are made once and kept."""

    def parameter(self, name, scale, shape):
        if name not in self.parameters:
            rule = ("symmetric", grid(0.1)) if name.endswith(".bias") else ("symmetric", grid(scale / 2))
            tensor = self.make(name, *rule, shape)
            self.parameters[name] = tensor if name.startswith("features.") else tensor.requires_grad_()
        return self.parameters[name]

    def statistic(self, name, value, channels):
        if name not in self.tracked:
            self.tracked[name] = self.make(name, "unit", value, (channels,))
        return self.tracked[name]

    def normalize(self, kind, path, keys, x):
        mean = self.statistic(f"{path}.running_mean", 0.5, x.shape[1])
        variance = self.statistic(f"{path}.running_var", 1.0, x.shape[1])
        w, b = self.parameter(f"{path}.weight", 4.0, (x.shape[1],)), self.parameter(f"{path}.bias", 0.1, (x.shape[1],))
        return F.batch_norm(x, mean, variance, w, b, training=True)

    def run(self, network, layers, x, keep=None):
        self.counts = {}
        for kind, keys in layers:
            path = self.layer_path(kind, keys, network)
            x = self.apply(kind, keys, x, path)
            if keep is not None:
                keep[path.split(".")[-1]] = x
        return x

    def of(self, network):
        return {n: p for n, p in self.parameters.items() if n.startswith(f"{network}.")}


def rule_for(optimizer, parameters):
    (kind, keys), = optimizer.items()
    keys = dict(keys)
    rate = keys.pop("learning_rate")
    values = list(parameters.values())
    if kind == "sgd":
        return torch.optim.SGD(values, lr=rate, **keys)
    if kind == "rmsprop":
        return torch.optim.RMSprop(values, lr=rate, **keys)
    betas = (keys.get("beta1", 0.9), keys.get("beta2", 0.999))
    if kind == "adam":
        return torch.optim.Adam(values, lr=rate, betas=betas)
    decayed = [p for n, p in parameters.items() if n.endswith(".weight") and ".norm." not in n]
    spared = [p for n, p in parameters.items() if not (n.endswith(".weight") and ".norm." not in n)]
    return torch.optim.AdamW([{"params": decayed, "weight_decay": 0.01}, {"params": spared, "weight_decay": 0.0}], lr=rate, betas=betas)


def judged(record, side, d):
    kind, label = record["adversarial"].get("kind", "vanilla"), 1 - record["adversarial"].get("label_smoothing", 0)
    if kind == "vanilla":
        target = {"real": label, "fake": 0.0, "generator": 1.0}[side]
        return F.binary_cross_entropy_with_logits(d, torch.full_like(d, target))
    if kind == "lsgan":
        return ((d - {"real": label, "fake": 0.0, "generator": 1.0}[side]) ** 2).mean()
    if kind == "hinge" and side != "generator":
        return F.relu(1 - d if side == "real" else 1 + d).mean()
    return d.mean() if side == "fake" else -d.mean()


def in_features_range(x):
    unit = (x + 1) / 2
    mean, std = (torch.tensor(v, dtype=x.dtype).reshape(1, 3, 1, 1) for v in (MEAN, STD))
    return (unit - mean) / std


def perceptual(loop, record, prediction, target, to_features=in_features_range):
    ours, theirs = {}, {}
    loop.run("features", FEATURES, to_features(prediction), ours)
    loop.run("features", FEATURES, to_features(target), theirs)
    distance = F.mse_loss if record["perceptual"] == "mse" else F.l1_loss
    return distance(ours["edges"], theirs["edges"]) + 0.5 * distance(ours["parts"], theirs["parts"])


def is_critics_turn(record, step):
    start, end = record.get("start", 0), record.get("end", STEPS)
    return start < step <= end and (step - start - 1) % record.get("every", 1) == 0


def train(record, dtype):
    loop = Loop(record["name"], 0, dtype)
    rules, averages, losses = {}, {}, {}
    for step in range(1, STEPS + 1):
        x = from_file(loop.make(f"input.{step}", "symmetric", 1.0, (BATCH, SIZE // 2, SIZE // 2, 3)))
        target = from_file(loop.make(f"target.{step}", "symmetric", 1.0, (BATCH, SIZE, SIZE, 3)))
        fake = loop.run("generator", GENERATOR, x)
        values = {}
        judge = lambda images: loop.run("critic", CRITIC, images)
        judge(target)
        if not rules:
            rules = {"critic": rule_for(record["critic"], loop.of("critic")), "generator": rule_for(GENERATOR_RULE, loop.of("generator"))}
        updated = set()

        def update(network, loss):
            parameters = loop.of(network)
            for p in loop.parameters.values():
                p.grad = None
            loss.backward(retain_graph=True)
            if "clip_value" in record:
                torch.nn.utils.clip_grad_value_(parameters.values(), record["clip_value"])
            if "clip" in record:
                torch.nn.utils.clip_grad_norm_(parameters.values(), record["clip"])
            rules[network].step()
            updated.update(parameters)

        if is_critics_turn(record, step):
            term = judged(record, "real", judge(target)) + judged(record, "fake", judge(fake.detach()))
            values["fool.discriminator"] = term
            update("critic", term)
            if record["adversarial"].get("kind") == "wgan":
                for p in loop.of("critic").values():
                    p.data.clamp_(-record["adversarial"]["clip"], record["adversarial"]["clip"])
        values["pixel"] = F.l1_loss(fake, target)
        values["fool.generator"] = judged(record, "generator", judge(fake))
        total = values["pixel"] + record["weight"] * values["fool.generator"]
        if "perceptual" in record:
            values["look"] = perceptual(loop, record, fake, target)
            total = total + 0.25 * values["look"]
        update("generator", total)
        for name in updated if "ema" in record else ():
            value, decay = loop.parameters[name].detach(), record["ema"] if step > 1 else 0.0
            averages[name] = value.clone() if decay == 0 else decay * averages[name] + (1 - decay) * value
        for name in ("pixel", "fool.generator", "fool.discriminator") + (("look",) if "perceptual" in record else ()):
            losses.setdefault(name, []).append(values[name].item() if name in values else 0.0)
    return loop, {n: torch.tensor(v, dtype=torch.float64) for n, v in losses.items()}, averages


def spec_lines(record):
    layers = lambda list_: "[" + ", ".join(f"{kind}: {flow(keys)}" for kind, keys in list_) + "]"
    adversarial = {**record["adversarial"], "discriminator": "critic", "fake": "generator", "real": "photos.target"}
    critic = f"{{name: judge, update: [critic], losses: [fool.discriminator], optimizer: {flow(record['critic'])}"
    for key, unit in (("every", ""), ("start", " steps"), ("end", " steps")):
        if key in record:
            critic += f", {key}: {record[key]}{unit}"
    look = ", look" if "perceptual" in record else ""
    lines = [
        "nnc: 1",
        f"data: {{photos: {{images: nowhere, shape: [{SIZE}, {SIZE}, 3], range: [-1, 1], degrade: [{{downscale: 2}}]}}}}",
        "networks:",
        f"  generator: {{input: photos.input, layers: {layers(GENERATOR)}}}",
        f"  critic: {{input: [{SIZE}, {SIZE}, 3], layers: {layers(CRITIC)}}}",
        "losses:",
        "  pixel: {mae: {prediction: generator, target: photos.target}}",
        f"  fool: {{adversarial: {flow(adversarial)}, weight: {record['weight']}}}",
        "train:", f"  steps: {STEPS}", f"  batch_size: {BATCH}",
        "  phases:", f"    - {critic}}}",
        f"    - {{name: make, update: [generator], losses: [pixel, fool.generator{look}], optimizer: {flow(GENERATOR_RULE)}}}",
    ]
    if "perceptual" in record:
        network = f"  features: {{input: [{SIZE}, {SIZE}, 3], frozen: true, range: [0, 1], mean: {MEAN}, std: {STD}, layers: {layers(FEATURES)}}}"
        lines.insert(5, network)
        keys = "{network: features, layers: {edges: 1, parts: 0.5}, distance: " + record["perceptual"] + ", prediction: generator, target: photos.target}"
        lines.insert(lines.index("train:"), f"  look: {{perceptual: {keys}, weight: 0.25}}")
    if "clip" in record:
        lines.append(f"  clip_gradient_norm: {record['clip']}")
    if "clip_value" in record:
        lines.append(f"  clip_gradient_value: {record['clip_value']}")
    if "ema" in record:
        lines.append(f"  ema: {record['ema']}")
    return lines


def main():
    group = Group("phases")
    for record in RECORDS:
        loop, doubles, averages = train(record, torch.float64)
        _, floats, _ = train(record, torch.float32)
        worst = max(((floats[n] - doubles[n]).abs() / (doubles[n].abs() + 1e-3)).max().item() for n in doubles)
        print(record["name"], f"float32 differs by {worst:.1e}", {n: f"{v[0]:.3f} … {v[-1]:.3f}" for n, v in doubles.items()})
        fields = [("batch", BATCH), ("salt", 0), ("steps", STEPS)] + [("yaml", line) for line in spec_lines(record)]
        results = [(f"losses.{n}", v) for n, v in doubles.items()]
        results += [(f"final.{n}", p) for n, p in loop.parameters.items() if p.numel() <= 64 and not n.startswith("features.")]
        results += [(f"final.{n}", p) for n, p in loop.tracked.items()]
        results += [(f"average.{n}", p) for n, p in averages.items() if p.numel() <= 64]
        seen, recipes = set(), []
        for recipe in loop.recipes:
            if recipe[0] not in seen:
                recipes.append(recipe)
                seen.add(recipe[0])
        group.record("phases", record["name"], fields, recipes, results)
    group.write()


if __name__ == "__main__":
    main()
