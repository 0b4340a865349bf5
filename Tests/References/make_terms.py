#!/usr/bin/env python3
"""Writes terms.cases and terms.f64 beside this script: adversarial and perceptual losses of a small generator, value and
gradients of each term alone, by PyTorch in float64. The format is that of make_references.py, which this script uses.

A record of kind `terms` has the whole spec as its `yaml` lines, and the tensors `input` and `target`. Results are, for each
term, `losses.<term>` [1] and `gradient.<term>.<parameter>` for the parameters of the network that learns from it.
"""

import torch

from make_phases import BATCH, CRITIC, FEATURES, GENERATOR, MEAN, SIZE, STD, Loop, judged, perceptual
from make_references import Group, flow, from_file

ADVERSARIES = [
    {"kind": "vanilla"}, {"kind": "vanilla", "label_smoothing": 0.1}, {"kind": "lsgan"}, {"kind": "lsgan", "label_smoothing": 0.25},
    {"kind": "hinge"}, {"kind": "wgan"},
]
# The data are within -1 … 1; without a range of its own, the network of features takes them as they are.
MAPPINGS = [{}, {"range": [0, 1]}, {"range": [0, 1], "mean": MEAN, "std": STD}, {"range": [0, 255], "mean": [123.0, 116.5, 104.0]}]
PERCEPTUALS = [{"distance": distance, "mapping": mapping} for distance in ("mse", "mae") for mapping in MAPPINGS]


def mapped(mapping, x):
    """Values of -1 … 1 as a network with this `range`, `mean` and `std` takes them."""
    low, high = mapping.get("range", [-1, 1])
    channels = lambda values: torch.tensor(values, dtype=x.dtype).reshape(1, 3, 1, 1)
    values = (x + 1) / 2 * (high - low) + low
    return (values - channels(mapping.get("mean", [0.0] * 3))) / channels(mapping.get("std", [1.0] * 3))


def spec_lines(losses, networks):
    layers = lambda list_: "[" + ", ".join(f"{kind}: {flow(keys)}" for kind, keys in list_) + "]"
    return ["nnc: 1", f"data: {{photos: {{images: nowhere, shape: [{SIZE}, {SIZE}, 3], range: [-1, 1], degrade: [{{downscale: 2}}]}}}}",
            "networks:", f"  generator: {{input: photos.input, layers: {layers(GENERATOR)}}}"] + [
                f"  {name}: {{input: [{SIZE}, {SIZE}, 3], {keys}layers: {layers(list_)}}}" for name, keys, list_ in networks
            ] + ["losses:"] + losses


class Terms:
    """A record: networks, data, and the terms with whom they teach."""

    def __init__(self, name, lines):
        self.name, self.lines, self.results = name, lines, []
        self.loop = Loop(name, 0, torch.float64)
        x = from_file(self.loop.make("input", "symmetric", 1.0, (BATCH, SIZE // 2, SIZE // 2, 3)))
        self.target = from_file(self.loop.make("target", "symmetric", 1.0, (BATCH, SIZE, SIZE, 3)))
        self.fake = self.loop.run("generator", GENERATOR, x)

    def add(self, term, value, learner):
        parameters = self.loop.of(learner)
        gradients = torch.autograd.grad(value, list(parameters.values()), retain_graph=True)
        self.results.append((f"losses.{term}", value.reshape(1)))
        self.results += [(f"gradient.{term}.{name}", gradient) for name, gradient in zip(parameters, gradients)]

    def write(self, group):
        recipes = list({recipe[0]: recipe for recipe in reversed(self.loop.recipes)}.values())[::-1]
        fields = [("batch", BATCH), ("salt", 0)] + [("yaml", line) for line in self.lines]
        group.record("terms", self.name, fields, recipes, self.results)


def main():
    group = Group("terms")
    for index, keys in enumerate(ADVERSARIES):
        use = {**keys, "discriminator": "critic", "fake": "generator", "real": "photos.target"}
        terms = Terms(f"adversarial_{index + 1}", spec_lines([f"  fool: {{adversarial: {flow(use)}}}"], [("critic", "", CRITIC)]))
        judge = lambda images: terms.loop.run("critic", CRITIC, images)
        record = {"adversarial": keys}
        terms.add("fool.generator", judged(record, "generator", judge(terms.fake)), "generator")
        value = judged(record, "real", judge(terms.target)) + judged(record, "fake", judge(terms.fake.detach()))
        terms.add("fool.discriminator", value, "critic")
        terms.write(group)
    for index, keys in enumerate(PERCEPTUALS):
        use = "{network: features, layers: {edges: 1, parts: 0.5}, distance: " + keys["distance"] + ", prediction: generator, target: photos.target}"
        takes = "frozen: true, " + "".join(f"{key}: {value}, " for key, value in keys["mapping"].items())
        terms = Terms(f"perceptual_{index + 1}", spec_lines([f"  look: {{perceptual: {use}}}"], [("features", takes, FEATURES)]))
        to_features = lambda images: mapped(keys["mapping"], images)
        value = perceptual(terms.loop, {"perceptual": keys["distance"]}, terms.fake, terms.target, to_features)
        terms.add("look", value, "generator")
        terms.write(group)
    group.write()


if __name__ == "__main__":
    main()
