"""Writes src/tone/colormap-tables.ts: 256 entries of each colormap, as matplotlib renders them.

    python scripts/make-colormaps.py

Needs matplotlib and numpy. The bytes are those of `colormap(range(256), bytes=True)`; `signed` is computed here
from its formula in OKLCH, once for a dark and once for a light ground.
"""
import pathlib

import matplotlib
import numpy as np
from matplotlib import colormaps

NAMES = ["viridis", "magma", "inferno", "cividis", "RdBu", "RdBu_r", "PuOr"]
LICENCES = {
    "viridis": "CC0, by Nathaniel J. Smith, Stefan van der Walt and Eric Firing",
    "magma": "CC0, by Nathaniel J. Smith and Stefan van der Walt",
    "inferno": "CC0, by Nathaniel J. Smith and Stefan van der Walt",
    "cividis": "CC0, by Jamie R. Nunez, Christopher R. Anderton and Ryan S. Renslow (PLOS ONE 13(7): e0199239)",
    "RdBu": "Apache-2.0, ColorBrewer, by Cynthia Brewer, Mark Harrower and The Pennsylvania State University",
    "RdBu_r": "as RdBu; no plain reversal of its bytes, since matplotlib truncates after interpolating",
    "PuOr": "Apache-2.0, ColorBrewer, by Cynthia Brewer, Mark Harrower and The Pennsylvania State University",
    "signedDark": "Kernelscope",
    "signedLight": "Kernelscope",
}


def oklch_to_srgb(lightness, chroma, hue):
    """Ottosson's OKLab (2020) to sRGB 0..1, not yet clipped."""
    a, b = chroma * np.cos(np.radians(hue)), chroma * np.sin(np.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = np.array([
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    ])
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)


def signed(dark):
    """Blue for negative, orange for positive, equal lightness at +-t; the middle is the ground."""
    rows = []
    for k in range(256):
        t = (k + 0.5) / 128 - 1
        u = abs(t)
        if dark:
            lightness, chroma = 0.275 + 0.57 * u**0.92, 0.165 * u**0.62 * (1 - 0.22 * u)
        else:
            lightness, chroma = 0.965 - 0.50 * u**0.9, 0.175 * u**0.75 * (1 - 0.12 * u)
        hue = 248 - 8 * u if t < 0 else 38 + 6 * u
        # Out of gamut: less chroma, same lightness and hue.
        while True:
            rgb = oklch_to_srgb(lightness, chroma, hue)
            if rgb.min() >= -1e-9 and rgb.max() <= 1 + 1e-9:
                break
            chroma -= 0.0005
        rows.append(np.clip(rgb, 0, 1) * 255)
    return np.rint(rows).astype(np.uint8)


def encode(table):
    """First entry as hex, then the steps of red, green, blue; a step s is the letter of code 78 + s."""
    steps = np.diff(table.astype(int), axis=0)
    assert -12 <= steps.min() and steps.max() <= 12, (steps.min(), steps.max())
    first = "".join(f"{value:02x}" for value in table[0])
    return first + "".join(chr(78 + step) for channel in steps.T for step in channel)


tables = {name: colormaps[name](np.arange(256), bytes=True)[:, :3] for name in NAMES}
tables["signedDark"], tables["signedLight"] = signed(True), signed(False)

lines = [
    f"// Written by scripts/make-colormaps.py with matplotlib {matplotlib.__version__}; do not edit.",
    "// The first entry in hex, then 255 steps each of red, green and blue: step s is the character of code 78 + s.",
    "",
    "export const COLORMAP_TABLES = {",
]
for name, table in tables.items():
    lines += [f"  // {LICENCES[name]}", f"  {name}:", f'    "{encode(table)}",']
lines += ["} as const;", ""]
path = pathlib.Path(__file__).parent.parent / "src/tone/colormap-tables.ts"
path.write_text("\n".join(lines))
