#!/usr/bin/env python3
"""Reads a run's folder with TensorBoard's own reader, and compares with the log and the previews. Arguments: the folder."""
import json, os, sys

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError:
    print("tensorboard is not installed: skipped")
    sys.exit(0)
folder = sys.argv[1]
events = EventAccumulator(folder, size_guidance={"scalars": 0, "images": 0})
events.Reload()
expected = {}


def numbers(value, tag, step):
    if isinstance(value, dict):
        for key, inner in value.items():
            numbers(inner, f"{tag}/{key}" if tag else key, step)
    else:
        expected.setdefault(tag, []).append((step, value))


for line in open(os.path.join(folder, "metrics.jsonl")):
    record = json.loads(line)
    step = record.pop("step")
    numbers(record, "", step)
found = {tag: [(event.step, event.value) for event in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
assert sorted(found) == sorted(expected), (sorted(found), sorted(expected))
for tag, values in expected.items():
    assert [step for step, _ in found[tag]] == [step for step, _ in values], (tag, found[tag], values)
    for (_, a), (_, b) in zip(found[tag], values):
        assert abs(a - b) <= 1e-6 * abs(b) or tag == "samples_per_second", (tag, a, b)
pictures = sorted(os.listdir(os.path.join(folder, "previews")))
images = events.Images("preview") if pictures else []
assert len(images) == len(pictures), (len(images), pictures)
for image, name in zip(images, pictures):
    data = open(os.path.join(folder, "previews", name), "rb").read()
    assert image.encoded_image_string == data and image.width > 0 and image.height > 0, name
print(f"{sum(map(len, found.values()))} numbers under {len(found)} tags and {len(images)} pictures read back")
