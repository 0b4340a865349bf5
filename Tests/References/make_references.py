#!/usr/bin/env python3
"""Writes the reference files beside this script with PyTorch on the CPU: run it with any Python that has torch and
numpy, with names such as `make_conv` to make only those groups. Results are computed in float64 unless a name says
otherwise.

Format. Each group is two files. `<group>.cases` is text, one record after the other:

    record KIND NAME                    KIND is layers, loss, optimizer or trajectory
    batch N
    input D…                            the network's input shape: H W C, or F
    salt S                              see below
    yaml TEXT                           one line of the spec's list of layers; several make the list
    loss TEXT                           the loss in flow style, such as {huber: {delta: 0.5}}
    optimizer TEXT                      the optimizer in flow style
    steps N
    final WORD                          the activation before which `gradient.logits` is taken: none, sigmoid, softmax
    generate TENSOR RULE SCALE D…       a tensor that is not stored, since both sides compute it (below)
    result TENSOR D…                    a stored tensor
    end

`<group>.f64` holds the results' values as little-endian float64, in the order of the result lines, nothing between.

Tensors. Images are [N, H, W, C]; parameters have their names and PyTorch's layouts. Generated are `input`, parameters
(`model.conv_1.weight`), `upstream` (the gradient given for the output), `target`; for an optimizer `parameter` and
`gradient.0` …; for a trajectory parameters and `batch.0` …. Results are `output`, `gradient.input`,
`gradient.<parameter>`, `gradient.logits` (or `gradient.output`), `loss` (shape 1); of the group normalization also
`evaluated`, the output by the running values that are generated, and `tracked.<name>`, those after the training step; of
the group spectral also, stacked along a new first axis, `steps.output` and after each of three steps of plain descent by
`rate` `steps.<name>` of each parameter, running value and singular vector, and `evaluated`, the output of the network in
the state after them; for an optimizer `parameters` [steps,
values]; for a trajectory `losses.float64` and `losses.float32` [steps], and `check`: of batch.0 the sum of all values v
and of v · (i mod 1009), to see that both sides generate the same.

Generated values. Value i of a tensor comes from the 64-bit integer hash

    seed = FNV-1a-64 of the UTF-8 text "RECORD/SALT/TENSOR"
    z = seed + (i + 1) · 0x9E3779B97F4A7C15;  z = (z ^ z >> 30) · 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) · 0x94D049BB133111EB;  z = z ^ z >> 31;  n = z >> 40      (all modulo 2^64)

by its rule: `symmetric` is float32((n / 2^23 - 1) · SCALE), `unit` is float32(n / 2^24 · SCALE), `labels` is n mod
SCALE, and `blocks`, for images, is float32((3b + n) / 2^26 · SCALE), where b is the n of this pixel's block of 16×16
pixels: of element [N, H / 16, W / 16, C] of a tensor called TENSOR/blocks. SCALE is a multiple of 1/1024, so that each is
rounded once, to float32, and is the same in both precisions. The salt is the first for which no value stands at a kink
(relu, leaky_relu, max_pool, mae, huber). A spec's slopes and deltas are used as float32.
"""

import math
import pathlib
import random
import sys

import numpy as np
import torch
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
MARGIN = 3e-4
torch.set_num_threads(2)


def hashed_bits(record, salt, tensor, shape):
    seed = 0xCBF29CE484222325
    for byte in f"{record}/{salt}/{tensor}".encode():
        seed = ((seed ^ byte) * 0x100000001B3) % 2**64
    count = math.prod(shape)
    with np.errstate(over="ignore"):
        z = np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.int64).reshape(shape)


def generate(record, salt, tensor, rule, scale, shape):
    n = hashed_bits(record, salt, tensor, shape)
    if rule == "blocks":
        blocks = hashed_bits(record, salt, f"{tensor}/blocks", (shape[0], shape[1] // 16, shape[2] // 16, shape[3]))
        n = 3 * np.repeat(np.repeat(blocks, 16, 1), 16, 2) + n
        values = (n / 2.0**26 * scale).astype(np.float32).astype(np.float64)
    elif rule == "labels":
        values = (n % int(scale)).astype(np.float64)
    elif rule == "unit":
        values = (n / 2.0**24 * scale).astype(np.float32).astype(np.float64)
    else:
        values = ((n / 2.0**23 - 1) * scale).astype(np.float32).astype(np.float64)
    return torch.from_numpy(values)


def grid(scale):
    return max(1, round(scale * 1024)) / 1024


def pair(value):
    return list(value) if isinstance(value, (list, tuple)) else [value, value]


def flow(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(flow(v) for v in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else str(value)


def to_file(x):
    """[N, C, H, W] as [N, H, W, C]; features as they are."""
    return x.permute(0, 2, 3, 1) if x.dim() == 4 else x


def from_file(x):
    return x.permute(0, 3, 1, 2) if x.dim() == 4 else x


class Network:
    """Applies layers of the spec language; makes their parameters as it goes, keeps the distance to the next kink."""

    def __init__(self, record, salt, dtype=torch.float64):
        self.record, self.salt, self.dtype = record, salt, dtype
        self.counts, self.parameters, self.recipes = {}, {}, []
        self.margin = math.inf
        self.logits = None
        self.evaluating, self.tracked = False, {}

    def make(self, name, rule, scale, shape):
        self.recipes.append((name, rule, scale, tuple(shape)))
        return generate(self.record, self.salt, name, rule, scale, shape).to(self.dtype)

    def parameter(self, name, scale, shape):
        tensor = self.make(name, "symmetric", grid(scale), shape).requires_grad_()
        self.parameters[name] = tensor
        return tensor

    def statistic(self, name, rule, scale, shape):
        """A tensor that PyTorch changes in place in training."""
        self.tracked[name] = self.make(name, rule, scale, shape)
        return self.tracked[name]

    def layer_path(self, kind, keys, network="model"):
        if "name" in keys:
            return f"{network}.{keys['name']}"
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return f"{network}.{kind}_{self.counts[kind]}"

    def apply(self, kind, keys, x, path=None):
        path = path or self.layer_path(kind, keys)
        return getattr(self, kind)(path, keys, x)

    def activate(self, activation, x):
        name, keys = activation, {}
        if isinstance(activation, dict):
            (name, keys), = activation.items()
        if name in ("relu", "leaky_relu"):
            distance = x.detach().abs()
            distance[distance == 0] = math.inf  # sums of padding only: zero exactly, in any precision
            self.margin = min(self.margin, distance.min().item())
        if name == "none":
            return x
        self.logits = x
        if x.requires_grad and not x.is_leaf:
            x.retain_grad()
        if name == "leaky_relu":
            return F.leaky_relu(x, float(np.float32(keys.get("slope", 0.2))))
        if name == "softmax":
            return torch.softmax(x, 1)
        return {"relu": F.relu, "elu": F.elu, "gelu": F.gelu, "silu": F.silu, "sigmoid": torch.sigmoid,
                "tanh": torch.tanh}[name](x)

    def activation(self, path, keys, x):
        return self.activate({keys["kind"]: {k: v for k, v in keys.items() if k != "kind"}}, x)

    def weight(self, path, keys, scale, shape, layer=torch.nn.Conv2d):
        """The weight; where the layer has a spectral norm, as PyTorch's module of that kind computes it."""
        if not keys.get("spectral_norm", False):
            return self.parameter(f"{path}.weight", scale, shape)
        rows = shape[1] if layer is torch.nn.ConvTranspose2d else shape[0]
        original = self.parameter(f"{path}.weight_orig", scale, shape)
        vectors = [self.statistic(f"{path}.weight_{v}", "symmetric", 1.0, (n,)) for v, n in (("u", rows), ("v", math.prod(shape) // rows))]
        module = layer(1, 1, *((1,) if layer is not torch.nn.Linear else ()))
        module.weight = torch.nn.Parameter(original.detach().clone())
        torch.nn.utils.spectral_norm(module)
        module.train(not self.evaluating)
        module._parameters["weight_orig"], module._buffers["weight_u"], module._buffers["weight_v"] = original, *vectors
        (hook,) = module._forward_pre_hooks.values()
        hook(module, None)
        return module.weight

    def conv(self, path, keys, x):
        kernel, stride = pair(keys.get("kernel", 3)), pair(keys.get("stride", 1))
        dilation, groups = pair(keys.get("dilation", 1)), keys.get("groups", 1)
        channels, filters = x.shape[1], keys["filters"]
        fan = channels // groups * kernel[0] * kernel[1]
        w = self.weight(path, keys, math.sqrt(3 / fan), (filters, channels // groups, *kernel))
        b = self.parameter(f"{path}.bias", 0.5, (filters,)) if keys.get("bias", True) else None
        padding = keys.get("padding", "same")
        if padding == "same":
            x = F.pad(x, same_padding(x.shape[2:], kernel, stride, dilation))
            padding = 0
        elif padding == "valid":
            padding = 0
        y = F.conv2d(x, w, b, stride, pair(padding), dilation, groups)
        return self.activate(keys.get("activation", "none"), self.normalized(path, keys, y))

    def normalized(self, path, keys, x):
        kind, options = keys.get("normalization", "none"), {}
        if isinstance(kind, dict):
            (kind, options), = kind.items()
        return x if kind == "none" else self.normalize(kind, f"{path}.norm", options, x)

    def normalize(self, kind, path, keys, x):
        channels, epsilon, w, b = x.shape[1], float(np.float32(keys.get("epsilon", 1e-5))), None, None
        if keys.get("affine", True):
            w, b = self.parameter(f"{path}.weight", 1.5, (channels,)), self.parameter(f"{path}.bias", 0.5, (channels,))
        if kind == "instance":
            return F.instance_norm(x, None, None, w, b, True, 0.1, epsilon)
        if kind == "group":
            return F.group_norm(x, keys.get("groups", 32), w, b, epsilon)
        if kind == "layer":
            return from_file(F.layer_norm(to_file(x), (channels,), w, b, epsilon))
        names = (f"{path}.running_mean", f"{path}.running_var")
        mean, var = self.statistic(names[0], "symmetric", 0.5, (channels,)), self.statistic(names[1], "unit", 2.0, (channels,))
        return F.batch_norm(x, mean, var, w, b, not self.evaluating, float(np.float32(keys.get("momentum", 0.1))), epsilon)

    def batch_norm(self, path, keys, x):
        return self.normalize("batch", path, keys, x)

    def instance_norm(self, path, keys, x):
        return self.normalize("instance", path, keys, x)

    def group_norm(self, path, keys, x):
        return self.normalize("group", path, keys, x)

    def layer_norm(self, path, keys, x):
        return self.normalize("layer", path, keys, x)

    def bottleneck(self, path, keys, x):
        return self.conv(path, {"kernel": 1, **keys}, x)

    def output(self, path, keys, x):
        return self.conv(path, {"kernel": 1, "filters": keys["channels"], **keys}, x)

    def transposed_conv(self, path, keys, x):
        kernel, stride = pair(keys.get("kernel", 3)), pair(keys.get("stride", 1))
        dilation, groups = pair(keys.get("dilation", 1)), keys.get("groups", 1)
        channels, filters = x.shape[1], keys["filters"]
        fan = channels // groups * kernel[0] * kernel[1] / (stride[0] * stride[1])
        w = self.weight(path, keys, math.sqrt(3 / fan), (channels, filters // groups, *kernel), torch.nn.ConvTranspose2d)
        b = self.parameter(f"{path}.bias", 0.5, (filters,)) if keys.get("bias", True) else None
        padding = keys.get("padding", "same")
        if padding == "same":
            y = same_transposed(x, w, kernel, stride, dilation, groups)
            y = y if b is None else y + b[None, :, None, None]
        else:
            padding = [0, 0] if padding == "valid" else pair(padding)
            y = F.conv_transpose2d(x, w, b, stride, padding, pair(keys.get("output_padding", 0)), groups, dilation)
        return self.activate(keys.get("activation", "none"), self.normalized(path, keys, y))

    def max_pool(self, path, keys, x):
        size = pair(keys.get("size", 2))
        stride, padding = pair(keys.get("stride", size)), pair(keys.get("padding", 0))
        padded = F.pad(x.detach(), (padding[1], padding[1], padding[0], padding[0]), value=-math.inf)
        windows = padded.unfold(2, size[0], stride[0]).unfold(3, size[1], stride[1]).flatten(4)
        if windows.shape[4] > 1:
            top = windows.topk(2, 4).values
            gap = top[..., 0] - top[..., 1]
            gap[gap == 0] = math.inf  # only relu's zeros tie, and their gradient is zero
            self.margin = min(self.margin, gap.min().item())
        return F.max_pool2d(x, size, stride, padding)

    def avg_pool(self, path, keys, x):
        size = pair(keys.get("size", 2))
        return F.avg_pool2d(x, size, pair(keys.get("stride", size)), pair(keys.get("padding", 0)))

    def global_avg_pool(self, path, keys, x):
        return x.mean((2, 3))

    def flatten(self, path, keys, x):
        return x.flatten(1)

    def reshape(self, path, keys, x):
        shape = keys["shape"]
        return x.reshape(x.shape[0], *([shape[2], shape[0], shape[1]] if len(shape) == 3 else shape))

    def dense(self, path, keys, x):
        x = x.flatten(1)
        w = self.weight(path, keys, math.sqrt(3 / x.shape[1]), (keys["units"], x.shape[1]), torch.nn.Linear)
        b = self.parameter(f"{path}.bias", 0.5, (keys["units"],)) if keys.get("bias", True) else None
        return self.activate(keys.get("activation", "none"), F.linear(x, w, b))

    def depth_to_space(self, path, keys, x):
        height, width = pair(keys.get("factor", 2))
        if height == width:
            return F.pixel_shuffle(x, height)
        n, c, h, w = x.shape
        blocks = x.reshape(n, c // (height * width), height, width, h, w)
        return blocks.permute(0, 1, 4, 2, 5, 3).reshape(n, -1, h * height, w * width)

    def pad(self, path, keys, x):
        return F.pad(x, margins(keys), value=float(np.float32(keys.get("value", 0))))

    def crop(self, path, keys, x):
        return F.pad(x, [-m for m in margins(keys)])

    def upsample(self, path, keys, x):
        factor = [float(f) for f in pair(keys.get("factor", 2))]
        if keys.get("method", "nearest") == "nearest":
            return F.interpolate(x, scale_factor=factor, mode="nearest")
        return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


def margins(keys):
    """In the order of F.pad."""
    return [keys.get(side, keys.get("all", 0)) for side in ("left", "right", "top", "bottom")]


def same_padding(size, kernel, stride, dilation):
    """TensorFlow's: the output has ceil(size / stride) pixels, the odd row goes below and right."""
    pads = []
    for i in (1, 0):
        out = -(-size[i] // stride[i])
        total = max((out - 1) * stride[i] + dilation[i] * (kernel[i] - 1) + 1 - size[i], 0)
        pads += [total // 2, total - total // 2]
    return pads


def same_transposed(x, w, kernel, stride, dilation, groups):
    """TensorFlow's: the gradient of a `same` convolution of an image of size · stride pixels."""
    size = [x.shape[2] * stride[0], x.shape[3] * stride[1]]
    full = F.conv_transpose2d(x, w, None, stride, 0, 0, groups, dilation)
    left, right, top, bottom = same_padding(size, kernel, stride, dilation)
    reach = (size[0] + top, size[1] + left)
    full = F.pad(full, (0, max(reach[1] - full.shape[3], 0), 0, max(reach[0] - full.shape[2], 0)))
    y = full[:, :, top:reach[0], left:reach[1]]

    image = torch.zeros(x.shape[0], y.shape[1], *size, dtype=x.dtype, requires_grad=True)
    conv = F.conv2d(F.pad(image, (left, right, top, bottom)), w.detach(), None, stride, 0, dilation, groups)
    assert conv.shape == x.shape, (conv.shape, x.shape)
    adjoint, = torch.autograd.grad(conv, image, x.detach())
    assert torch.allclose(adjoint, y.detach(), rtol=1e-12, atol=1e-12)
    return y


class Group:
    """One pair of files."""

    def __init__(self, name):
        self.name, self.lines, self.values, self.count = name, [], [], 0

    def record(self, kind, name, fields, recipes, results):
        self.lines.append(f"record {kind} {name}")
        self.lines += [f"{key} {value}" for key, value in fields]
        for tensor, rule, scale, shape in recipes:
            self.lines.append(" ".join(["generate", tensor, rule, repr(float(scale)), *map(str, shape)]))
        for tensor, value in results:
            value = value.detach().to(torch.float64).contiguous()
            assert torch.isfinite(value).all(), (name, tensor)
            self.lines.append(" ".join(["result", tensor, *map(str, value.shape)]))
            self.values.append(value.numpy().astype("<f8").tobytes())
        self.lines.append("end")
        self.count += 1

    def write(self):
        (HERE / f"{self.name}.cases").write_text("\n".join(self.lines) + "\n")
        data = b"".join(self.values)
        (HERE / f"{self.name}.f64").write_bytes(data)
        print(f"{self.name}: {self.count} records, {len(data)} bytes")


def run_layers(name, layers, shape, batch, salt, rule, scale, evaluating=False):
    network = Network(name, salt)
    network.evaluating = evaluating
    file_input = network.make("input", rule, scale, (batch, *shape)).requires_grad_()
    x = from_file(file_input)
    for kind, keys in layers:
        x = network.apply(kind, keys, x)
    return network, file_input, to_file(x)


def fields_of(layers, shape, batch, salt):
    yaml = [("yaml", f"- {kind}: {flow(keys)}" if keys else f"- {kind}") for kind, keys in layers]
    return [("batch", batch), ("input", " ".join(map(str, shape))), ("salt", salt), *yaml]


def gradients(network, file_input):
    return [("gradient.input", file_input.grad)] + [(f"gradient.{n}", p.grad) for n, p in network.parameters.items()]


def add_layers(group, layers, shape, batch=2, rule="symmetric", scale=1.0):
    name = f"{group.name}_{group.count + 1:03d}"
    for salt in range(1000):
        network, file_input, output = run_layers(name, layers, shape, batch, salt, rule, scale)
        if network.margin > MARGIN:
            break
    else:
        raise SystemExit(f"{name}: always at a kink: {layers}")
    output.backward(network.make("upstream", "symmetric", 1.0, output.shape))
    results = [("output", output), *gradients(network, file_input)]
    if group.name == "normalization":
        results.append(("evaluated", run_layers(name, layers, shape, batch, salt, rule, scale, True)[2]))
        results += [(f"tracked.{n}", t) for n, t in network.tracked.items()]
    group.record("layers", name, fields_of(layers, shape, batch, salt), network.recipes, results)


ACTIVATIONS = ["none", "relu", "leaky_relu", {"leaky_relu": {"slope": 0.1}}, "elu", "gelu", "silu", "sigmoid", "tanh",
               "softmax"]


def extent(size, kernel, stride, padding, dilation):
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def conv_is_valid(keys, shape):
    padding = keys.get("padding", "same")
    if padding == "same":
        return True
    padding = [0, 0] if padding == "valid" else pair(padding)
    return all(
        shape[i] + 2 * padding[i] >= pair(keys.get("dilation", 1))[i] * (pair(keys.get("kernel", 3))[i] - 1) + 1
        for i in (0, 1))


def random_conv(rng, transposed):
    shape = [rng.randint(3, 9), rng.randint(3, 9), 0]
    groups = rng.choice([1, 1, 1, 2, 3])
    shape[2] = groups * rng.randint(1, 6 // groups)
    keys = {"filters": groups * rng.randint(1, 6 // groups)}
    keys["kernel"] = rng.choice([1, 2, 3, 3, 4, 5, [3, 2], [1, 3], [2, 5]])
    keys["stride"] = rng.choice([1, 1, 2, 2, 3, [2, 1], [1, 3]])
    keys["padding"] = rng.choice(["same", "same", "valid", 0, 1, 2, [1, 0], [0, 2]])
    keys["dilation"] = rng.choice([1, 1, 1, 2, [1, 2], [3, 1]])
    keys["groups"] = groups
    if transposed and keys["padding"] != "same":
        keys["output_padding"] = [rng.randrange(s) for s in pair(keys["stride"])]
    keys["bias"] = rng.random() < 0.7
    keys["activation"] = rng.choice(ACTIVATIONS)
    for key, default in (("stride", 1), ("dilation", 1), ("groups", 1), ("bias", True), ("activation", "none")):
        if keys[key] == default and rng.random() < 0.7:
            del keys[key]
    return keys, shape


def transposed_is_valid(keys, shape):
    if keys.get("padding", "same") == "same":
        return True
    padding = [0, 0] if keys["padding"] == "valid" else pair(keys["padding"])
    kernel, stride = pair(keys["kernel"]), pair(keys.get("stride", 1))
    dilation, extra = pair(keys.get("dilation", 1)), pair(keys.get("output_padding", 0))
    sizes = [(shape[i] - 1) * stride[i] - 2 * padding[i] + dilation[i] * (kernel[i] - 1) + extra[i] + 1 for i in (0, 1)]
    return all(1 <= s <= 24 for s in sizes)


def make_conv():
    group = Group("conv")
    for activation in ACTIVATIONS:
        for bias in (True, False):
            add_layers(group, [("conv", {"filters": 5, "bias": bias, "activation": activation})], (6, 5, 3))
    for keys, shape in [
        ({"filters": 4}, (4, 4, 1)), ({"filters": 3, "kernel": 1}, (5, 4, 6)),
        ({"filters": 4, "kernel": 3, "stride": 2}, (6, 7, 3)), ({"filters": 4, "kernel": 3, "stride": 2}, (7, 6, 3)),
        ({"filters": 4, "kernel": 2, "stride": 2}, (5, 6, 3)), ({"filters": 4, "kernel": 4}, (6, 5, 2)),
        ({"filters": 4, "kernel": 2}, (5, 5, 2)), ({"filters": 2, "kernel": 1, "stride": 2}, (5, 6, 3)),
        ({"filters": 2, "kernel": 2, "stride": 3}, (8, 7, 3)), ({"filters": 3, "kernel": 4, "stride": 2, "padding": 1}, (8, 8, 3)),
        ({"filters": 6, "kernel": 3, "groups": 6}, (5, 5, 6)), ({"filters": 12, "kernel": 3, "groups": 6}, (4, 5, 6)),
        ({"filters": 4, "dilation": 2}, (7, 6, 2)), ({"filters": 4, "dilation": 2, "stride": 2}, (8, 7, 2)),
        ({"filters": 17, "kernel": 3}, (4, 5, 16)), ({"filters": 33, "kernel": 1}, (3, 3, 18)),
        ({"filters": 3, "kernel": 3}, (4, 18, 17)), ({"filters": 3, "kernel": 5, "padding": "valid"}, (5, 5, 4)),
        ({"filters": 2, "kernel": 3, "padding": 3}, (2, 2, 3)), ({"filters": 2, "kernel": 3}, (1, 1, 3)),
        ({"filters": 2, "kernel": 3}, (1, 9, 3)),
    ]:
        add_layers(group, [("conv", keys)], shape, batch=1 + group.count % 3)
    rng = random.Random(20)
    while group.count < 115:
        keys, shape = random_conv(rng, False)
        if conv_is_valid(keys, shape):
            add_layers(group, [("conv", keys)], shape, batch=rng.randint(1, 3))
    group.write()


def make_transposed():
    group = Group("transposed_conv")
    for activation in ACTIVATIONS:
        add_layers(group, [("transposed_conv", {"filters": 4, "kernel": 3, "stride": 2, "padding": 1,
                                                "output_padding": 1, "activation": activation})], (4, 3, 3))
    for keys, shape in [
        ({"filters": 3}, (4, 5, 2)), ({"filters": 3, "stride": 2}, (4, 3, 2)), ({"filters": 3, "kernel": 2, "stride": 2}, (4, 3, 2)),
        ({"filters": 3, "kernel": 4, "stride": 2}, (3, 4, 2)), ({"filters": 3, "kernel": 4, "stride": 2, "padding": 1}, (3, 4, 2)),
        ({"filters": 3, "kernel": 5, "stride": 3}, (3, 3, 2)), ({"filters": 3, "kernel": 1, "stride": 2}, (3, 4, 2)),
        ({"filters": 3, "kernel": 2, "stride": 3}, (3, 4, 2)), ({"filters": 3, "kernel": [2, 5], "stride": [3, 2]}, (3, 4, 2)),
        ({"filters": 3, "kernel": 3, "stride": 2, "padding": 0}, (3, 4, 2)), ({"filters": 3, "kernel": 3, "stride": 2, "padding": 1}, (3, 4, 2)),
        ({"filters": 3, "kernel": 3, "stride": 2, "dilation": 2}, (3, 4, 2)), ({"filters": 6, "kernel": 3, "stride": 2, "groups": 3}, (3, 4, 6)),
        ({"filters": 17, "kernel": 3, "stride": 2}, (2, 3, 16)), ({"filters": 3, "kernel": 3, "stride": 2}, (1, 1, 5)),
        ({"filters": 3, "kernel": 3, "stride": 2, "padding": 1, "output_padding": [1, 0]}, (4, 4, 3)),
    ]:
        add_layers(group, [("transposed_conv", keys)], shape, batch=1 + group.count % 3)
    rng = random.Random(21)
    while group.count < 75:
        keys, shape = random_conv(rng, True)
        shape = [min(shape[0], 5), min(shape[1], 5), shape[2]]
        if transposed_is_valid(keys, shape):
            add_layers(group, [("transposed_conv", keys)], shape, batch=rng.randint(1, 2))
    # From one pixel to as many as the kernel has, as a generator begins.
    for layers, pixel in [
        ([("transposed_conv", {"filters": 6, "kernel": 4, "padding": 0, "activation": "relu"})], (1, 1, 5)),
        ([("transposed_conv", {"filters": 3, "kernel": [3, 2], "stride": [3, 2], "padding": 0})], (1, 1, 4)),
        ([("transposed_conv", {"filters": 17, "kernel": 3, "padding": 0, "activation": "tanh"}),
          ("output", {"channels": 3, "activation": "sigmoid"})], (1, 1, 7)),
        ([("conv", {"filters": 5, "kernel": 3, "padding": 0}),
          ("transposed_conv", {"filters": 4, "kernel": 4, "padding": 0, "activation": "leaky_relu"})], (3, 3, 2)),
    ]:
        add_layers(group, layers, pixel, batch=3)
    group.write()


def make_pools():
    group = Group("pool")
    variants = [
        ({}, (6, 4, 3)), ({}, (7, 5, 3)), ({"size": 3}, (9, 7, 2)), ({"size": 3, "stride": 2}, (7, 8, 2)),
        ({"size": 3, "stride": 2, "padding": 1}, (7, 8, 2)), ({"size": [2, 3]}, (6, 6, 4)),
        ({"size": 3, "stride": 1, "padding": 1}, (5, 4, 2)), ({"size": [3, 2], "stride": [1, 2], "padding": [1, 0]}, (6, 5, 3)),
        ({"size": 2, "stride": 3}, (8, 8, 2)), ({"size": 4, "stride": 2, "padding": 2}, (6, 7, 1)), ({"size": 1, "stride": 2}, (5, 5, 2)),
        ({"size": 2}, (4, 6, 17)),
    ]
    for kind in ("max_pool", "avg_pool"):
        for keys, shape in variants:
            add_layers(group, [(kind, keys)], shape, scale=2.0)
    for shape in [(1, 1, 3), (4, 5, 3), (3, 2, 17)]:
        add_layers(group, [("global_avg_pool", {})], shape)
    for factor in (1, 2, 3, 4, [2, 1], [1, 3], [2, 3]):
        for method in ("nearest", "bilinear"):
            add_layers(group, [("upsample", {"factor": factor, "method": method})], (4, 3, 2))
    add_layers(group, [("upsample", {})], (3, 5, 17))
    add_layers(group, [("upsample", {"method": "bilinear"})], (1, 1, 3))
    add_layers(group, [("upsample", {"method": "bilinear"})], (1, 6, 5))
    group.write()


def make_dense():
    group = Group("features")
    for activation in ACTIVATIONS:
        add_layers(group, [("dense", {"units": 5, "activation": activation})], (7,), batch=3)
    for keys, shape in [
        ({"units": 1}, (4,)), ({"units": 6, "bias": False}, (5,)), ({"units": 4}, (3, 2, 3)),
        ({"units": 4, "bias": False, "activation": "tanh"}, (2, 3, 4)), ({"units": 33}, (18,)), ({"units": 10}, (1, 1, 6)),
    ]:
        add_layers(group, [("dense", keys)], shape, batch=2)
    add_layers(group, [("flatten", {})], (2, 3, 4))
    add_layers(group, [("flatten", {})], (6,))
    add_layers(group, [("reshape", {"shape": [3, 2, 4]})], (2, 3, 4))
    add_layers(group, [("reshape", {"shape": [24]})], (2, 3, 4))
    add_layers(group, [("reshape", {"shape": [2, 3, 4]})], (24,))
    add_layers(group, [("reshape", {"shape": [1, 12, 2]})], (2, 3, 4))
    for activation in ["relu", "leaky_relu", "elu", "gelu", "silu", "sigmoid", "tanh", "softmax"]:
        add_layers(group, [("activation", {"kind": activation})], (3, 4, 5), scale=4.0)
        add_layers(group, [("activation", {"kind": activation})], (9,), scale=4.0)
    for slope in (0.1, 0.01, 0.0, -0.5, 1.5):
        add_layers(group, [("activation", {"kind": "leaky_relu", "slope": slope})], (3, 4, 2), scale=4.0)
    for activation in ["elu", "gelu", "silu", "sigmoid", "tanh", "softmax"]:
        add_layers(group, [("activation", {"kind": activation})], (2, 3, 4), scale=20.0)
    for filters, activation in [(2, "relu"), (3, "none"), (1, "sigmoid")]:
        add_layers(group, [("bottleneck", {"filters": filters, "activation": activation})], (4, 3, 6))
    for channels, activation in [(3, "sigmoid"), (1, "tanh"), (4, "softmax"), (3, "none")]:
        add_layers(group, [("output", {"channels": channels, "activation": activation})], (4, 3, 5))
    group.write()


def make_stacks():
    group = Group("stack")
    for activation in ACTIVATIONS:
        add_layers(group, [("conv", {"filters": 4, "activation": activation}), ("max_pool", {})], (6, 8, 3))
    for pool, keys, shape in [
        ("max_pool", {"size": 3}, (7, 6, 3)), ("max_pool", {"size": 3, "stride": 2, "padding": 1}, (6, 7, 3)),
        ("max_pool", {}, (7, 5, 3)), ("avg_pool", {}, (6, 6, 3)), ("max_pool", {"size": [2, 1]}, (6, 4, 3)),
        ("global_avg_pool", {}, (4, 5, 3)), ("upsample", {"method": "bilinear"}, (3, 4, 2)),
    ]:
        add_layers(group, [("conv", {"filters": 5, "activation": "relu"}), (pool, keys)], shape)
    add_layers(group, [("conv", {"filters": 4, "bias": False}), ("activation", {"kind": "relu"}), ("max_pool", {})], (6, 6, 3))
    add_layers(group, [("conv", {"filters": 4, "bias": False}), ("max_pool", {}), ("activation", {"kind": "relu"})], (6, 6, 3))
    add_layers(group, [("conv", {"filters": 4, "activation": "relu"}), ("conv", {"filters": 3, "activation": "tanh"})], (5, 5, 2))
    add_layers(group, [("conv", {"filters": 4, "activation": "gelu"}), ("conv", {"filters": 3, "activation": "silu"})], (5, 5, 2))
    add_layers(group, [("conv", {"filters": 4, "activation": "elu"}), ("transposed_conv", {"filters": 3, "stride": 2, "activation": "leaky_relu"})], (3, 4, 2))
    add_layers(group, [("transposed_conv", {"filters": 4, "stride": 2, "activation": "relu"}), ("transposed_conv", {"filters": 3, "stride": 2, "activation": "sigmoid"})], (2, 2, 3))
    add_layers(group, [("conv", {"filters": 4, "activation": "relu"}), ("max_pool", {}), ("flatten", {}),
                       ("dense", {"units": 5, "activation": "relu"}), ("dense", {"units": 3, "activation": "softmax"})], (6, 6, 2))
    add_layers(group, [("conv", {"filters": 4, "activation": "relu"}), ("max_pool", {}), ("dense", {"units": 3})], (5, 7, 2))
    add_layers(group, [("dense", {"units": 12, "activation": "relu"}), ("reshape", {"shape": [2, 2, 3]}),
                       ("transposed_conv", {"filters": 2, "stride": 2, "activation": "relu"}), ("output", {"channels": 3, "activation": "tanh"})], (5,))
    add_layers(group, [("conv", {"filters": 4, "activation": "relu"}), ("max_pool", {}), ("conv", {"filters": 6, "activation": "relu"}),
                       ("max_pool", {}), ("bottleneck", {"filters": 3, "activation": "relu"}),
                       ("transposed_conv", {"filters": 4, "kernel": 3, "stride": 2, "padding": 1, "output_padding": 1, "activation": "relu"}),
                       ("upsample", {"factor": 2}), ("output", {"channels": 3, "activation": "sigmoid"})], (8, 8, 3))
    add_layers(group, [("conv", {"name": "first", "filters": 4, "activation": "tanh"}), ("conv", {"filters": 2}),
                       ("conv", {"name": "last", "filters": 2})], (4, 4, 2))
    add_layers(group, [("conv", {"filters": 5, "activation": "softmax"}), ("avg_pool", {"size": 3, "stride": 1, "padding": 1})], (4, 5, 2))
    add_layers(group, [("global_avg_pool", {}), ("dense", {"units": 4, "activation": "tanh"})], (4, 5, 6))
    add_layers(group, [("upsample", {"factor": 3}), ("conv", {"filters": 2, "activation": "relu"})], (2, 3, 4))
    add_layers(group, [("conv", {"filters": 6, "stride": 2, "groups": 3, "activation": "leaky_relu"}),
                       ("conv", {"filters": 4, "kernel": 1, "groups": 2, "activation": "gelu"})], (7, 7, 3))
    group.write()


def make_layouts():
    group = Group("layout")
    for keys, shape in [({}, (3, 2, 8)), ({"factor": 3}, (2, 3, 18)), ({"factor": [1, 2]}, (3, 2, 6)), ({"factor": [3, 1]}, (2, 2, 51)),
                        ({}, (1, 1, 4)), ({}, (2, 3, 68))]:
        add_layers(group, [("depth_to_space", keys)], shape, batch=1 + group.count % 3)
    for keys, shape in [({"all": 1}, (3, 4, 3)), ({"all": 2, "value": 0.7}, (2, 3, 17)), ({"top": 1, "right": 3}, (3, 2, 5)),
                        ({"all": 1, "left": 0, "value": -1.5}, (3, 3, 2)), ({"bottom": 2}, (2, 2, 1))]:
        add_layers(group, [("pad", keys)], shape, batch=1 + group.count % 3)
    for keys, shape in [({"all": 1}, (3, 4, 3)), ({"top": 2, "left": 1}, (5, 4, 17)), ({"all": 1, "right": 0}, (4, 3, 2)), ({"bottom": 3}, (5, 2, 1))]:
        add_layers(group, [("crop", keys)], shape, batch=1 + group.count % 3)
    add_layers(group, [("pad", {"all": 2, "value": 0.5}), ("conv", {"filters": 8, "padding": "valid", "activation": "relu"}),
                       ("depth_to_space", {}), ("crop", {"all": 1}), ("output", {"channels": 3, "activation": "sigmoid"})], (4, 5, 3))
    for slope in (-0.5, 0.0, -1.5):
        leaky = {"leaky_relu": {"slope": slope}}
        add_layers(group, [("conv", {"filters": 4, "activation": leaky}), ("max_pool", {}), ("conv", {"filters": 3, "activation": leaky}),
                           ("transposed_conv", {"filters": 3, "stride": 2, "activation": leaky})], (6, 6, 3))
        add_layers(group, [("conv", {"filters": 4, "activation": leaky}), ("max_pool", {"size": 3, "stride": 2}), ("dense", {"units": 5, "activation": leaky})], (7, 7, 3))
    group.write()


def make_normalizations():
    group = Group("normalization")
    image = (5, 4, 6)
    for kind, options in [("batch", [{}, {"epsilon": 0.01, "momentum": 0.3}, {"affine": False}]), ("instance", [{}, {"affine": False}]),
                          ("group", [{"groups": 2}, {"groups": 3, "affine": False, "epsilon": 0.1}]), ("layer", [{}, {"affine": False}])]:
        for keys in options:
            add_layers(group, [(f"{kind}_norm", keys)], image, batch=3)
            add_layers(group, [(f"{kind}_norm", keys), ("activation", {"kind": "relu"})], image, batch=2)
            normalization = {kind: keys} if keys else kind
            for activation in ("none", "relu", {"leaky_relu": {"slope": 0.1}}, "silu"):
                add_layers(group, [("conv", {"filters": 6, "normalization": normalization, "activation": activation})], (5, 4, 3), batch=2)
            add_layers(group, [("transposed_conv", {"filters": 6, "stride": 2, "bias": False, "normalization": normalization, "activation": "relu"})], (3, 2, 4), batch=2)
    add_layers(group, [("batch_norm", {})], (7,), batch=9)
    add_layers(group, [("layer_norm", {})], (7,), batch=3)
    add_layers(group, [("group_norm", {"groups": 2})], (8,), batch=3)
    add_layers(group, [("group_norm", {})], (3, 2, 64), batch=2)
    add_layers(group, [("batch_norm", {}), ("dense", {"units": 5}), ("batch_norm", {"affine": False}), ("activation", {"kind": "tanh"})], (7,), batch=9)
    add_layers(group, [("transposed_conv", {"filters": 6, "groups": 3, "stride": 2, "normalization": "batch"})], (3, 2, 6), batch=2)
    add_layers(group, [("conv", {"filters": 6, "groups": 3, "normalization": "batch"})], (3, 4, 6), batch=2)
    add_layers(group, [("bottleneck", {"filters": 3, "normalization": "batch", "activation": "gelu"})], (4, 4, 6), batch=2)
    add_layers(group, [("conv", {"filters": 4, "normalization": "batch", "activation": "relu"}), ("max_pool", {}),
                       ("conv", {"filters": 6, "bias": False, "normalization": "batch", "activation": "relu"}), ("global_avg_pool", {}), ("dense", {"units": 3})],
               (6, 6, 3), batch=4)
    add_layers(group, [("conv", {"filters": 17, "normalization": "instance", "activation": "relu"}), ("conv", {"filters": 18, "normalization": {"group": {"groups": 2}}}),
                       ("layer_norm", {}), ("output", {"channels": 2})], (6, 5, 3), batch=2)
    group.write()


class StatefulNetwork(Network):
    """Makes each tensor once and keeps it for the next step."""

    def make(self, name, rule, scale, shape):
        if name not in self.kept:
            self.kept[name] = super().make(name, rule, scale, shape)
        return self.kept[name]

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.kept = {}

    def run(self, layers, evaluating=False):
        self.evaluating, self.counts = evaluating, {}
        x = from_file(self.kept["input"])
        for kind, keys in layers:
            x = self.apply(kind, keys, x)
        return to_file(x)


RATE = 0.125


def add_spectral(group, layers, shape, batch=2):
    name = f"{group.name}_{group.count + 1:03d}"
    for salt in range(1000):
        network = StatefulNetwork(name, salt)
        file_input = network.make("input", "symmetric", 1.0, (batch, *shape)).requires_grad_()
        output = network.run(layers)
        upstream = network.make("upstream", "symmetric", 1.0, output.shape)
        states, outputs = [], []
        for step in range(3):
            if step > 0:
                output = network.run(layers)
            output.backward(upstream)
            if step == 0:
                results = [("output", output), *((n, g.clone()) for n, g in gradients(network, file_input))]
            with torch.no_grad():
                for p in network.parameters.values():
                    p -= RATE * p.grad
                    p.grad = None
            outputs.append(output.detach())
            states.append({n: t.detach().clone() for n, t in [*network.parameters.items(), *network.tracked.items()]})
        evaluated = network.run(layers, True)
        if network.margin > MARGIN:
            break
    else:
        raise SystemExit(f"{name}: always at a kink: {layers}")
    results.append(("steps.output", torch.stack(outputs)))
    results += [(f"steps.{n}", torch.stack([s[n] for s in states])) for n in states[0]]
    results.append(("evaluated", evaluated))
    group.record("layers", name, fields_of(layers, shape, batch, salt) + [("rate", RATE)], network.recipes, results)


def make_spectral():
    group = Group("spectral")
    norm = {"spectral_norm": True}
    for keys, shape in [
        ({"filters": 5}, (5, 4, 3)), ({"filters": 1, "kernel": 1}, (3, 3, 6)), ({"filters": 4, "kernel": 4, "stride": 2, "padding": 1}, (8, 6, 3)),
        ({"filters": 6, "groups": 3, "bias": False}, (4, 4, 6)), ({"filters": 18, "kernel": [3, 2], "activation": "leaky_relu"}, (4, 4, 17)),
        ({"filters": 3, "kernel": 3, "dilation": 2, "padding": "valid", "activation": "relu"}, (7, 6, 2)),
        ({"filters": 4, "normalization": "batch", "activation": "relu"}, (4, 4, 3)), ({"filters": 4, "bias": False, "normalization": "instance"}, (4, 4, 3)),
    ]:
        add_spectral(group, [("conv", {**keys, **norm})], shape)
    for keys, shape in [
        ({"filters": 5, "stride": 2}, (3, 4, 3)), ({"filters": 1, "kernel": 2, "stride": 2}, (3, 2, 5)), ({"filters": 18, "kernel": 4, "stride": 2, "padding": 1}, (3, 3, 17)),
        ({"filters": 6, "groups": 3, "kernel": [3, 2], "stride": 2, "activation": "relu"}, (3, 2, 6)),
        ({"filters": 4, "stride": 2, "padding": 1, "output_padding": 1, "bias": False, "normalization": "batch"}, (3, 3, 2)),
    ]:
        add_spectral(group, [("transposed_conv", {**keys, **norm})], shape)
    add_spectral(group, [("dense", {"units": 5, **norm})], (7,), batch=3)
    add_spectral(group, [("dense", {"units": 1, "bias": False, **norm})], (3, 2, 5), batch=3)
    add_spectral(group, [("dense", {"units": 19, "activation": "tanh", **norm})], (2, 3, 4))
    add_spectral(group, [("bottleneck", {"filters": 3, "activation": "gelu", **norm})], (4, 3, 6))
    add_spectral(group, [("output", {"channels": 2, "activation": "sigmoid", **norm})], (4, 3, 6))
    leaky = {"leaky_relu": {"slope": 0.2}}
    critic = {"kernel": 4, "stride": 2, "padding": 1, "activation": leaky}
    add_spectral(group, [("conv", {"filters": 4, **critic}), ("conv", {"filters": 6, **critic, **norm}), ("conv", {"filters": 8, "normalization": "batch", **critic, **norm}),
                         ("dense", {"units": 1, **norm})], (16, 16, 3), batch=3)
    group.write()


def ssim_loss(x, y, window, sigma):
    """One less the mean of Wang and others' equation 13 where the window fits, for values that span 1."""
    offsets = torch.arange(window, dtype=x.dtype) - (window - 1) / 2
    line = torch.exp(-offsets**2 / (2 * sigma**2))
    line = line / line.sum()
    channels = x.shape[1]
    kernel = (line[:, None] * line[None, :]).expand(channels, 1, window, window)
    mean = lambda t: F.conv2d(t, kernel, groups=channels)
    mx, my = mean(x), mean(y)
    vx, vy, cov = mean(x * x) - mx**2, mean(y * y) - my**2, mean(x * y) - mx * my
    return 1 - ((2 * mx * my + 1e-4) * (2 * cov + 9e-4) / ((mx**2 + my**2 + 1e-4) * (vx + vy + 9e-4))).mean()


def loss_value(network, loss, output, target, final):
    """`output` and `target` have channels last here."""
    kind, keys = (loss, {}) if isinstance(loss, str) else next(iter(loss.items()))
    delta = float(np.float32(keys.get("delta", 1.0)))
    if kind in ("mae", "huber"):
        d = (output - target).detach().abs()
        network.margin = min(network.margin, d.min().item())
        if kind == "huber":
            network.margin = min(network.margin, (d - delta).abs().min().item())
    if kind == "mse":
        return F.mse_loss(output, target)
    if kind == "mae":
        return F.l1_loss(output, target)
    if kind == "huber":
        return F.huber_loss(output, target, delta=delta)
    if kind == "binary_cross_entropy":
        if final == "sigmoid":
            return F.binary_cross_entropy_with_logits(to_file(network.logits), target)
        return F.binary_cross_entropy(output, target)
    if kind == "total_variation":
        pairs = [(output[:, 1:] - output[:, :-1]).flatten(), (output[:, :, 1:] - output[:, :, :-1]).flatten()]
        differences = torch.cat(pairs).abs()
        network.margin = min(network.margin, differences.detach().min().item())
        return differences.mean()
    if kind == "ssim":
        return ssim_loss(from_file(output), from_file(target), keys.get("window", 11), float(np.float32(keys.get("sigma", 1.5))))
    labels = target.long()
    if final == "softmax":
        return F.cross_entropy(network.logits, labels)
    return F.nll_loss(from_file(output).log(), labels)


def add_loss(group, loss, layers, shape, final="none", batch=3, rule="symmetric", scale=1.0, target="unit", target_scale=1.0):
    name = f"{group.name}_{group.count + 1:03d}"
    for salt in range(1000):
        network, file_input, output = run_layers(name, layers, shape, batch, salt, rule, scale)
        output.retain_grad()
        classes = output.shape[-1]
        recipe = ("labels", classes, output.shape[:-1]) if target == "labels" else (target, target_scale, output.shape)
        value = loss_value(network, loss, output, network.make("target", *recipe), final)
        if network.margin > MARGIN:
            break
    else:
        raise SystemExit(f"{name}: always at a kink")
    value.backward()
    at = ("gradient.output", output.grad) if final == "none" else ("gradient.logits", to_file(network.logits.grad))
    results = [("loss", value.reshape(1)), ("output", output), at, *gradients(network, file_input)]
    fields = fields_of(layers, shape, batch, salt) + [("loss", flow(loss)), ("final", final)]
    group.record("loss", name, fields, network.recipes, results)


def make_losses():
    group = Group("loss")
    image, features = (4, 3, 5), (6,)
    out = lambda c, a="none": [("output", {"channels": c, "activation": a})]
    dense = lambda u, a="none": [("dense", {"units": u, "activation": a})]
    for loss in ("mse", "mae", "huber", {"huber": {"delta": 0.3}}, {"huber": {"delta": 2.5}}):
        add_loss(group, loss, out(3), image, target="symmetric", target_scale=2.0)
        add_loss(group, loss, dense(4), features, target="symmetric", target_scale=2.0)
        add_loss(group, loss, out(3, "sigmoid"), image, final="sigmoid")
        add_loss(group, loss, out(2, "tanh"), image, final="tanh", target="symmetric")
    add_loss(group, "mse", dense(4, "softmax"), features, final="softmax")
    add_loss(group, "mae", out(3, "relu"), image, final="relu", target="symmetric")
    bce, ce = "binary_cross_entropy", "cross_entropy"
    add_loss(group, bce, out(3, "sigmoid"), image, final="sigmoid")
    add_loss(group, bce, dense(1, "sigmoid"), features, final="sigmoid")
    add_loss(group, bce, dense(4, "sigmoid"), features, final="sigmoid", target="unit")
    add_loss(group, bce, [("activation", {"kind": "sigmoid"})], (3, 4, 2), final="sigmoid", scale=60.0)
    add_loss(group, bce, [("avg_pool", {})], (4, 4, 3), rule="unit")
    add_loss(group, ce, dense(5, "softmax"), features, final="softmax", target="labels")
    add_loss(group, ce, dense(2, "softmax"), features, final="softmax", target="labels", batch=1)
    add_loss(group, ce, dense(17, "softmax"), (2, 3, 4), final="softmax", target="labels")
    add_loss(group, ce, out(4, "softmax"), image, final="softmax", target="labels")
    add_loss(group, ce, out(3, "softmax"), (1, 7, 2), final="softmax", target="labels", batch=1)
    add_loss(group, ce, [("activation", {"kind": "softmax"})], (12,), final="softmax", target="labels", scale=60.0)
    add_loss(group, ce, [("activation", {"kind": "softmax"})], (3, 2, 5), final="softmax", target="labels", scale=60.0)
    add_loss(group, ce, [("flatten", {})], (6,), target="labels", rule="unit")
    for loss, shape, channels in (("ssim", (12, 13, 3), 3), ("ssim", (11, 11, 2), 1), ({"ssim": {"window": 7, "sigma": 1.0}}, (9, 8, 3), 17),
                                  ({"ssim": {"window": 4}}, (6, 5, 3), 2)):
        add_loss(group, loss, out(channels, "sigmoid"), shape, final="sigmoid", batch=2)
    for shape, channels in (((4, 5, 3), 3), ((1, 6, 3), 2), ((3, 1, 2), 1), ((5, 4, 3), 17)):
        add_loss(group, "total_variation", out(channels, "tanh"), shape, final="tanh", batch=2)
    group.write()


def make_optimizer(optimizer, parameters):
    (kind, keys), = optimizer.items()
    options = {"lr": keys["learning_rate"], "weight_decay": keys.get("weight_decay", 0.0)}
    if kind == "sgd":
        options |= {"momentum": keys.get("momentum", 0.0), "nesterov": keys.get("nesterov", False)}
        return torch.optim.SGD(parameters, **options)
    if kind == "rmsprop":
        options |= {"momentum": keys.get("momentum", 0.0), "alpha": keys.get("alpha", 0.99)}
        return torch.optim.RMSprop(parameters, **options)
    options |= {"betas": (keys.get("beta1", 0.9), keys.get("beta2", 0.999)), "eps": keys.get("epsilon", 1e-8)}
    return {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[kind](parameters, **options)


def add_optimizer(group, optimizer, steps, count=13, gradient_scale=1.0):
    name = f"{group.name}_{group.count + 1:03d}"
    recipes = [("parameter", "symmetric", 1.0, (count,))]
    recipes += [(f"gradient.{s}", "symmetric", gradient_scale, (count,)) for s in range(steps)]
    tensors = [generate(name, 0, *recipe) for recipe in recipes]
    parameter = torch.nn.Parameter(tensors[0])
    rule = make_optimizer(optimizer, [parameter])
    trajectory = []
    for gradient in tensors[1:]:
        parameter.grad = gradient.clone()
        rule.step()
        trajectory.append(parameter.detach().clone())
    group.record("optimizer", name, [("salt", 0), ("optimizer", flow(optimizer)), ("steps", steps)], recipes,
                 [("parameters", torch.stack(trajectory))])


def make_optimizers():
    group = Group("optimizer")
    for decay in ({}, {"weight_decay": 0.1}):
        for optimizer in (
            {"sgd": {"learning_rate": 0.1}}, {"sgd": {"learning_rate": 0.1, "momentum": 0.9}},
            {"sgd": {"learning_rate": 0.05, "momentum": 0.8, "nesterov": True}}, {"adam": {"learning_rate": 0.01}},
            {"adam": {"learning_rate": 0.02, "beta1": 0.5, "beta2": 0.9, "epsilon": 1e-3}}, {"adamw": {"learning_rate": 0.01}},
            {"adamw": {"learning_rate": 0.1, "beta1": 0.8, "beta2": 0.99}}, {"rmsprop": {"learning_rate": 0.01}},
            {"rmsprop": {"learning_rate": 0.01, "momentum": 0.9, "alpha": 0.95}},
        ):
            (kind, keys), = optimizer.items()
            spec = {kind: {**keys, "weight_decay": decay.get("weight_decay", 0.0)}}
            add_optimizer(group, spec, steps=10)
            add_optimizer(group, spec, steps=5, count=4, gradient_scale=1 / 64)
    group.write()


def fakeapp(width):
    conv = lambda name, filters: ("conv", {"name": name, "filters": filters, "kernel": 3, "stride": 1, "padding": 1, "activation": "relu"})
    up = lambda name, filters: ("transposed_conv", {"name": name, "filters": filters, "kernel": 3, "stride": 2, "padding": 1,
                                                    "output_padding": 1, "activation": "relu"})
    pool = ("max_pool", {"size": 2, "stride": 2})
    return [conv("conv1", width), pool, conv("conv2", 2 * width), pool, conv("conv3", 4 * width), pool,
            ("bottleneck", {"name": "code", "filters": width, "activation": "relu"}),
            up("up1", 4 * width), up("up2", 2 * width), up("up3", width), ("output", {"channels": 3, "activation": "sigmoid"})]


class TrainedNetwork(Network):
    """Makes each parameter once and keeps it for the next step. Weights have half of He's deviation, biases are positive
    and the images dark. This setting was chosen among about 25 for being well conditioned: PyTorch's own float32 run stays
    within 1.1e-5 of its float64 run, also when weights are perturbed by 1e-7. With bright images and He's full deviation
    Adam's first steps overshoot, and PyTorch's two runs differ by 1e-4 to 4e-2: no implementation could follow to 1e-4."""

    def parameter(self, name, scale, shape):
        name = name.replace("model.", "autoencoder.")
        if name not in self.parameters:
            is_bias = name.endswith(".bias")
            recipe = ("unit", grid(0.1)) if is_bias else ("symmetric", grid(scale * math.sqrt(2) / 2))
            self.parameters[name] = self.make(name, *recipe, shape).requires_grad_()
        return self.parameters[name]


def train(name, optimizer, size, steps, batch, dtype):
    network, layers, rule, losses = TrainedNetwork(name, 0, dtype), fakeapp(64), None, []
    for step in range(steps):
        batches = network.make(f"batch.{step}", "blocks", 0.25, (batch, size, size, 3))
        network.batch = batches if step == 0 else network.batch
        images = from_file(batches)
        network.counts, x = {}, images
        for kind, keys in layers:
            x = network.apply(kind, keys, x)
        loss = F.mse_loss(x, images)
        losses.append(loss.item())
        if rule is None:
            rule = make_optimizer(optimizer, decaying(network.parameters, optimizer))
        rule.zero_grad()
        loss.backward()
        rule.step()
    return network, torch.tensor(losses, dtype=torch.float64)


def decaying(parameters, optimizer):
    (_, keys), = optimizer.items()
    return [{"params": [p for n, p in parameters.items() if n.endswith(".weight")], "weight_decay": keys.get("weight_decay", 0.0)},
            {"params": [p for n, p in parameters.items() if n.endswith(".bias")], "weight_decay": 0.0}]


def make_trajectories():
    group = Group("trajectory")
    for name, optimizer in (
        ("fakeapp_adam", {"adam": {"learning_rate": 1e-3, "weight_decay": 1e-5}}),
        ("fakeapp_sgd", {"sgd": {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 1e-5}}),
    ):
        network, doubles = train(name, optimizer, 64, 20, 4, torch.float64)
        _, floats = train(name, optimizer, 64, 20, 4, torch.float32)
        worst = ((floats - doubles) / doubles).abs().max().item()
        print(name, f"float32 differs by {worst:.1e}", [f"{v:.5f}" for v in doubles.tolist()])
        fields = fields_of(fakeapp(64), (64, 64, 3), 4, 0)
        fields += [("loss", "mse"), ("optimizer", flow(optimizer)), ("steps", 20)]
        values = network.batch.flatten()
        check = torch.stack([values.sum(), (values * (torch.arange(len(values)) % 1009)).sum()])
        results = [("losses.float64", doubles), ("losses.float32", floats), ("check", check)]
        group.record("trajectory", name, fields, network.recipes, results)
    group.write()


if __name__ == "__main__":
    MAKERS = [make_conv, make_transposed, make_pools, make_dense, make_stacks, make_layouts, make_normalizations, make_spectral, make_losses, make_optimizers, make_trajectories]
    for maker in MAKERS:
        if len(sys.argv) < 2 or maker.__name__ in sys.argv[1:]:
            maker()
