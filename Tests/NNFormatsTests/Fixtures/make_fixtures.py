"""Makes the small files beside it, with Pillow and NumPy as references. Run it here: python3 make_fixtures.py

`X.npy` holds what `X.png` or `X.jpg` must decode to: Pillow's convert("L") or convert("RGB") as bytes, or, for 16-bit
files, the samples themselves as 16-bit numbers.
"""
import io
import json
import struct
import zlib

import numpy
from PIL import Image

random = numpy.random.default_rng(1)
HEIGHT, WIDTH = 5, 7


def save_array(name, array):
    numpy.save(name + ".npy", array)


def smooth(channels, top=255):
    y, x = numpy.mgrid[0:HEIGHT, 0:WIDTH]
    planes = [(x * 29 + y * 17 + c * 61) % (top + 1) for c in range(channels)]
    return numpy.stack(planes, -1)


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(depth, colour, rows, extra=b"", interlace=0):
    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, depth, colour, 0, 0, interlace)
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def plain_rows(array):
    return b"".join(b"\0" + row.tobytes() for row in array)


def adam7(array):
    passes = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]
    parts = [array[top::down, left::right] for top, left, down, right in passes]
    return b"".join(plain_rows(part) for part in parts if part.size)


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


def picture(name, data, mode):
    write(name, data)
    save_array(name.rsplit(".", 1)[0], numpy.asarray(Image.open(io.BytesIO(data)).convert(mode)))


def bits(array, depth):
    rows = b""
    for row in array[:, :, 0]:
        number = "".join(format(int(v), f"0{depth}b") for v in row).ljust(((WIDTH * depth + 7) // 8) * 8, "0")
        rows += b"\0" + int(number, 2).to_bytes(len(number) // 8, "big")
    return rows


grey, grey_alpha, rgb, rgba = (smooth(n).astype(numpy.uint8) for n in (1, 2, 3, 4))
picture("grey8.png", png(8, 0, plain_rows(grey)), "L")
picture("greyalpha8.png", png(8, 4, plain_rows(grey_alpha)), "L")
picture("rgb8.png", png(8, 2, plain_rows(rgb)), "RGB")
picture("rgba8.png", png(8, 6, plain_rows(rgba)), "RGB")
picture("interlaced.png", png(8, 2, adam7(rgb), interlace=1), "RGB")
gamma = chunk(b"gAMA", struct.pack(">I", 100000))
picture("gamma.png", png(8, 2, plain_rows(rgb), gamma), "RGB")
for depth in (1, 2, 4):
    top = (1 << depth) - 1
    values = smooth(1, top)
    write(f"grey{depth}.png", png(depth, 0, bits(values, depth)))
    save_array(f"grey{depth}", (values[:, :, 0] * 255 // top).astype(numpy.uint8))
palette = random.integers(0, 256, (16, 3)).astype(numpy.uint8)
indices = smooth(1, 15).astype(numpy.uint8)
picture("palette.png", png(8, 3, plain_rows(indices), chunk(b"PLTE", palette.tobytes())), "RGB")
transparency = chunk(b"PLTE", palette.tobytes()) + chunk(b"tRNS", bytes(range(0, 160, 10)))
picture("palettealpha.png", png(8, 3, plain_rows(indices), transparency), "RGB")
deep = smooth(4, 65535).astype(numpy.int64) * 311 % 65536
for name, colour, channels, extra in (
    ("grey16", 0, 1, b""), ("rgb16", 2, 3, b""), ("rgb16gamma", 2, 3, gamma),
):
    write(name + ".png", png(16, colour, plain_rows(deep[:, :, :channels].astype(">u2")), extra))
    save_array(name, deep[:, :, :channels].astype(numpy.uint16))
write("rgba16.png", png(16, 6, plain_rows(deep.astype(">u2"))))
save_array("rgba16", deep[:, :, :3].astype(numpy.uint16))
write("rgba16interlaced.png", png(16, 6, adam7(deep.astype(">u2")), interlace=1))
save_array("rgba16interlaced", deep[:, :, :3].astype(numpy.uint16))


def jpeg(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", optimize=True, **options)
    return buffer.getvalue()


y, x = numpy.mgrid[0:16, 0:24]
photo = numpy.stack([x * 10, y * 15, 255 - x * 5 - y * 6], -1).clip(0, 255).astype(numpy.uint8)
picture("rgb.jpg", jpeg(Image.fromarray(photo), quality=60), "RGB")
picture("grey.jpg", jpeg(Image.fromarray(photo[:, :, 0]), quality=60), "L")
picture("progressive.jpg", jpeg(Image.fromarray(photo), quality=60, progressive=True), "RGB")
cmyk = numpy.concatenate([photo, photo[:, ::-1, :1] // 3], -1)
picture("cmyk.jpg", jpeg(Image.fromarray(cmyk, "CMYK"), quality=60), "RGB")
exif = Image.Exif()
exif[0x0112] = 6
picture("exif.jpg", jpeg(Image.fromarray(photo), quality=60, exif=exif), "RGB")

small = numpy.array([[0, 1, -2.5], [1e-3, 100, 3]])
for kind in ("<f4", "<f8", "<f2", "<i8", "<i4", "<i2", "|i1", "|b1"):
    save_array("type_" + kind[1:], small.astype(kind))
save_array("type_u1", numpy.array([[0, 1, 255], [7, 100, 3]], "u1"))
save_array("bigendian", small.astype(">f4"))
save_array("fortran", numpy.asfortranarray(small.astype("<f4")))
save_array("objects", numpy.array(["x", 1], dtype=object))
save_array("records", numpy.zeros(2, dtype=[("a", "<f4"), ("b", "<i4")]))
save_array("scalar", numpy.float32(2.5))
with open("version2.npy", "wb") as file:
    numpy.lib.format.write_array(file, small.astype("<f4"), version=(2, 0))

tensors = {
    "f32": ("F32", small.astype("<f4")), "f16": ("F16", small.astype("<f2")), "f64": ("F64", small.astype("<f8")),
    "bf16": ("BF16", (small.astype("<f4").view("<u4") >> 16).astype("<u2")), "i64": ("I64", small.astype("<i8")),
    "scalar": ("F32", numpy.array(2.5, "<f4")), "empty": ("F32", numpy.zeros((0, 3), "<f4")),
}
header, body = {"__metadata__": {"made by": "a script: \u00e4\u20ac\U0001f600\"\\"}}, b""
for name, (kind, array) in tensors.items():
    raw = array.tobytes()
    header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(body), len(body) + len(raw)]}
    body += raw
text = json.dumps(header).encode()
text += b" " * (-len(text) % 8)
write("tensors.safetensors", struct.pack("<Q", len(text)) + text + body)

from PIL import ImageOps

corners = []
for orientation in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = orientation
    turned = ImageOps.exif_transpose(Image.open(io.BytesIO(jpeg(Image.fromarray(photo), quality=60, exif=exif))))
    pixels = numpy.asarray(turned)
    corners.append([*pixels.shape[:2], *pixels[0, 0], *pixels[0, -1], *pixels[-1, 0]])
save_array("orientations", numpy.array(corners, "i4"))
