"""Makes reference pictures with Pillow and SciPy: python3 make_fixtures.py. All are float32, 0…1."""
import colorsys

import numpy
from PIL import Image, ImageEnhance, ImageOps
from scipy import ndimage

random = numpy.random.default_rng(2)
picture = random.integers(0, 256, (9, 12, 3)).astype(numpy.uint8)
unit = picture.astype(numpy.float64) / 255
plane = unit[:, :, 1].astype(numpy.float32)


def save(name, array):
    numpy.save(name + ".npy", array.astype(numpy.float32))


def area(array, count, axis):
    """The exact mean over each of `count` equal parts of an axis."""
    array = numpy.moveaxis(array, axis, 0)
    total = numpy.concatenate([numpy.zeros_like(array[:1]), array.cumsum(0)])
    edges = numpy.linspace(0, len(array), count + 1)
    at = numpy.array([numpy.interp(edges, range(len(total)), total[:, i, j])
                      for i in range(total.shape[1]) for j in range(total.shape[2])])
    at = at.T.reshape(count + 1, *array.shape[1:])
    return numpy.moveaxis(numpy.diff(at, axis=0) * count / len(array), 0, axis)


numpy.save("picture.npy", picture)
save("area_4x5", area(area(unit, 4, 0), 5, 1))
save("box_3x4", numpy.asarray(Image.fromarray(plane).resize((4, 3), Image.BOX)))
save("bilinear_13x20", numpy.asarray(Image.fromarray(plane).resize((20, 13), Image.BILINEAR)))
save("rotate_17", numpy.asarray(Image.fromarray(plane).rotate(17, Image.BILINEAR)))
save("rotate_minus_100", numpy.asarray(Image.fromarray(plane).rotate(-100, Image.BILINEAR)))
save("blur_1.3", numpy.stack([ndimage.gaussian_filter(unit[:, :, c], 1.3, mode="nearest") for c in range(3)], -1))
save("luma", numpy.asarray(Image.fromarray(picture).convert("L")) / 255)
image = Image.fromarray(picture)
save("brightness_1.4", numpy.asarray(ImageEnhance.Brightness(image).enhance(1.4)) / 255)
save("contrast_0.6", numpy.asarray(ImageEnhance.Contrast(image).enhance(0.6)) / 255)
save("saturation_1.5", numpy.asarray(ImageEnhance.Color(image).enhance(1.5)) / 255)


def hue(turn):
    """torchvision's adjust_hue without its rounding: colorsys has the same definition of HSV."""
    turned = [colorsys.hsv_to_rgb((h + turn) % 1, s, v)
              for h, s, v in (colorsys.rgb_to_hsv(*pixel) for pixel in unit.reshape(-1, 3))]
    return numpy.array(turned).reshape(unit.shape)


save("hue_0.3", hue(0.3))
save("hue_minus_0.45", hue(-0.45))
save("flip_horizontal", numpy.asarray(ImageOps.mirror(image)) / 255)
save("flip_vertical", numpy.asarray(ImageOps.flip(image)) / 255)
save("crop_5x7", numpy.asarray(Image.fromarray(plane).resize((7, 5), Image.BOX, box=(2, 1, 9, 6))))
save("crop_3x2", numpy.asarray(Image.fromarray(plane).resize((2, 3), Image.BOX, box=(1, 2, 11, 8))))
