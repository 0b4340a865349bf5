"""The four networks of the benchmark in PyTorch, and what they cost.

N1 is Specs/fakeapp.yaml (without dropout), N2 the same at 64x64 with a quarter of the channels
(Specs/bench/fakeapp-small.yaml), N3 VGG16 to relu3_3 (Specs/bench/vgg16-relu3.yaml), N4 DCGAN's discriminator
(Specs/bench/dcgan-discriminator.yaml).
"""

import torch
from torch import nn

SPECS = {
    "N1": "Specs/fakeapp.yaml",
    "N2": "Specs/bench/fakeapp-small.yaml",
    "N3": "Specs/bench/vgg16-relu3.yaml",
    "N4": "Specs/bench/dcgan-discriminator.yaml",
}
SIZE = {"N1": 256, "N2": 64, "N3": 224, "N4": 64}


def autoencoder(width):
    def conv(inputs, outputs):
        return [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(inplace=True), nn.MaxPool2d(2)]

    def up(inputs, outputs):
        return [nn.ConvTranspose2d(inputs, outputs, 3, 2, 1, output_padding=1), nn.ReLU(inplace=True)]

    layers = conv(3, width) + conv(width, 2 * width) + conv(2 * width, 4 * width)
    layers += [nn.Conv2d(4 * width, width, 1), nn.ReLU(inplace=True)]
    layers += up(width, 4 * width) + up(4 * width, 2 * width) + up(2 * width, width)
    return nn.Sequential(*layers, nn.Conv2d(width, 3, 1), nn.Sigmoid())


def vgg16_to_relu3_3():
    layers, inputs = [], 3
    for outputs in (64, 64, None, 128, 128, None, 256, 256, 256):
        if outputs is None:
            layers.append(nn.MaxPool2d(2))
            continue
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(inplace=True)]
        inputs = outputs
    return nn.Sequential(*layers)


def discriminator():
    layers, inputs = [], 3
    for outputs in (64, 128, 256, 512):
        layers += [nn.Conv2d(inputs, outputs, 4, 2, 1), nn.LeakyReLU(0.2, inplace=True)]
        inputs = outputs
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(8192, 1), nn.Sigmoid())


def make(name):
    torch.manual_seed(0)
    if name == "N1":
        return autoencoder(64)
    if name == "N2":
        return autoencoder(16)
    return vgg16_to_relu3_3() if name == "N3" else discriminator()


def sample(name, batch):
    torch.manual_seed(1)
    return torch.rand(batch, 3, SIZE[name], SIZE[name])
