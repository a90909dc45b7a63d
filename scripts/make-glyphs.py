"""Writes the glyphs that labels in PNG files are drawn with, and the advance widths that labels are laid out with.

    python scripts/make-glyphs.py INTER_REGULAR.otf INTER_SEMIBOLD.otf

Needs Pillow (FreeType). The font is Inter by Rasmus Andersson, SIL Open Font License 1.1. Each glyph is rendered
once, with 16 steps of coverage, so that every machine and every browser draws the same pixels.
"""
import base64
import pathlib
import sys

import PIL
from PIL import Image, ImageDraw, ImageFont, features

STYLES = {"title": (16, 1), "body": (12, 0), "label": (11, 0)}
TEXT = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)])) + "–—‘’“”…−≤≥≠≈→←↑↓∞∑√σμΔλπ•"
ROOT = pathlib.Path(__file__).parent.parent / "src"
paths = sys.argv[1:3]
assert len(paths) == 2, __doc__


def advances(path):
    """Advance widths in thousandths of the font's size, unhinted (taken at a size of 1000)."""
    font = ImageFont.truetype(path, 1000, layout_engine=ImageFont.Layout.BASIC)
    return [round(font.getlength(character)) for character in TEXT]


def packed(values):
    """Each value as two digits of base 36."""
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    assert all(0 <= value < 36 * 36 for value in values)
    return "".join(digits[value // 36] + digits[value % 36] for value in values)


def glyphs(path, size):
    """Per glyph: left + 8, top (below the ascent line) + 8, width, height, then rows of 4-bit coverage."""
    font = ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)
    data, nibbles = bytearray(), []
    for character in TEXT:
        image = Image.new("L", (4 * size, 4 * size))
        ImageDraw.Draw(image).text((size, 3 * size), character, font=font, fill=255, anchor="ls")
        quantised = image.point([(value * 15 + 127) // 255 for value in range(256)])
        box = quantised.getbbox() or (size, 3 * size, size, 3 * size)
        left, top, right, bottom = box
        data += bytes([left - size + 8, top - 2 * size + 8, right - left, bottom - top])
        nibbles += list(quantised.crop(box).tobytes())
    nibbles += [0] * (len(nibbles) % 2)
    data += bytes(high << 4 | low for high, low in zip(nibbles[::2], nibbles[1::2]))
    return base64.b64encode(data).decode()


note = f"// Written by scripts/make-glyphs.py with FreeType {features.version('freetype2')}; do not edit."
font_note = "// Inter, Copyright 2016 The Inter Project Authors (https://github.com/rsms/inter), SIL Open Font License 1.1."
quoted = '"' + TEXT.replace("\\", "\\\\").replace('"', '\\"') + '"'
advance_lines = [
    note,
    font_note,
    "",
    "/** Characters that labels have glyphs for, in the order of every table. */",
    f"export const GLYPH_TEXT =\n  {quoted};",
    "",
    "/** Advance widths in thousandths of the font size, two base-36 digits each. */",
    "export const ADVANCES = {",
    f'  regular:\n    "{packed(advances(paths[0]))}",',
    f'  semibold:\n    "{packed(advances(paths[1]))}",',
    "} as const;",
    "",
]
(ROOT / "montage/advances.ts").write_text("\n".join(advance_lines))

glyph_lines = [
    note,
    font_note,
    "",
    "/** By style: a header of four bytes a glyph (left + 8, top + 8, width, height), then 4-bit coverage; base64. */",
    "export const GLYPH_DATA = {",
]
for style, (size, weight) in STYLES.items():
    glyph_lines.append(f'  {style}:\n    "{glyphs(paths[weight], size)}",')
glyph_lines += ["} as const;", ""]
(ROOT / "render/glyph-data.ts").write_text("\n".join(glyph_lines))
