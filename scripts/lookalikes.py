#!/usr/bin/env python3
"""Computes the characters that look alike, for credit-core/data/screening.

usage: scripts/lookalikes.py NotoSansCJK-Regular.ttc > credit-core/data/screening/lookalikes-VERSION.txt

Needs numpy and Pillow; no part of build or test. Each character of GB 2312 is drawn at 40 pixels and blurred by 1.2.
Two drawings are compared by correlation: the whole, and the right and lower three fifths (one radical for another),
each also moved by some pixels, because a component is drawn narrower or wider beside another. The left and upper parts
are not compared: they are radicals mostly, and who shares one is another character on purpose. The limits are those at
which the groups of scripts/lookalikes-school.txt (what schools have children tell apart) stop growing faster than the
share of any two frequent characters that would be taken for one another.
"""

import sys

import numpy
from PIL import Image, ImageDraw, ImageFilter, ImageFont

FACE, SIZE, BLUR = "Noto Sans CJK SC", 40, 1.2
PART = SIZE * 3 // 5
# A pair needs to be among so many nearest of one of the two.
NEAREST = 12
# What is compared, the least correlation, and the moves in pixels to the right and down.
ALONG, DOWN = [(1, 0), (2, 0), (3, 0)], [(0, 1), (0, 2)]
ALL, LAST = slice(None), slice(SIZE - PART, None)
CUTS = [
    (ALL, ALL, 0.675, [(1, 0), (0, 1)]),
    (ALL, LAST, 0.725, ALONG + DOWN),
    (LAST, ALL, 0.675, ALONG + DOWN),
]


def rows(first, last):
    """The ideographs of some rows of GB 2312."""
    codes = (bytes([high, low]) for high in range(first, last) for low in range(0xA1, 0xFF))
    return {code.decode("gb2312", "ignore") for code in codes} - {""}


def drawings(chars, path):
    faces = (ImageFont.truetype(path, SIZE, index=index) for index in range(16))
    face = next(face for face in faces if face.getname()[0] == FACE)
    for char in chars:
        image = Image.new("L", (SIZE, SIZE), 0)
        ImageDraw.Draw(image).text((SIZE / 2, SIZE / 2), char, font=face, fill=255, anchor="mm")
        yield numpy.asarray(image.filter(ImageFilter.GaussianBlur(BLUR)), dtype=numpy.float32)


def standard(images):
    flat = images.reshape(len(images), -1)
    flat = flat - flat.mean(1, keepdims=True)
    return flat / numpy.maximum(numpy.linalg.norm(flat, axis=1, keepdims=True), 1e-6)


def alike(images, down, along, least, moves):
    """The places of pairs that are alike in a cut of the drawing, the smaller place first."""
    whole = standard(images[:, down, along])
    best = whole @ whole.T
    for right, low in moves:
        moved = standard(numpy.roll(numpy.roll(images, right, 2), low, 1)[:, down, along])
        product = whole @ moved.T
        best = numpy.maximum(best, numpy.maximum(product, product.T))
    numpy.fill_diagonal(best, 0)
    for one, others in enumerate(numpy.argsort(-best, axis=1, kind="stable")[:, :NEAREST]):
        yield from ((min(one, other), max(one, other)) for other in others if best[one, other] >= least)


def main():
    chars = sorted(rows(0xB0, 0xF8))
    images = numpy.stack(list(drawings(chars, sys.argv[1])))
    pairs = {pair for cut in CUTS for pair in alike(images, *cut)}
    lines = {}
    for one, other in sorted(pairs):
        lines.setdefault(chars[one], []).append(chars[other])
    for char, others in lines.items():
        print(char + "".join(others))
    frequent = rows(0xB0, 0xD8)
    both = sum(chars[one] in frequent and chars[other] in frequent for one, other in pairs)
    share = both / (len(frequent) * (len(frequent) - 1) / 2)
    print(f"{len(pairs)} pairs; {share:.4%} of any two frequent characters", file=sys.stderr)
    with open(sys.argv[0].replace(".py", "-school.txt"), encoding="utf-8") as file:
        groups = [line.strip() for line in file if not line.startswith("#")]
    known = {(a, b) for group in groups for a in group for b in group if a < b}
    found = {(chars[one], chars[other]) for one, other in pairs}
    print(f"{len(known & found)} of {len(known)} pairs of the school's groups", file=sys.stderr)


if __name__ == "__main__":
    main()
