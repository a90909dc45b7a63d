"""Writes src/train/data/digits-table.ts: the 1,797 handwritten digits that scikit-learn ships, packed.

    python scripts/make-digits.py        (needs scikit-learn)

Alpaydin, E., Kaynak, C.: Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998,
doi 10.24432/C50P49, CC BY 4.0. 8x8 pixels of 0 to 16; all pictures, then all labels, one byte each, deflated.
"""

import base64
import pathlib
import zlib

import numpy as np
from sklearn.datasets import load_digits

digits = load_digits()
plain = digits.data.astype(np.uint8).tobytes() + digits.target.astype(np.uint8).tobytes()
text = base64.b64encode(zlib.compress(plain, 9)).decode()
target = pathlib.Path(__file__).parent.parent / "src/train/data/digits-table.ts"
target.write_text(
    "// Made by scripts/make-digits.py; Alpaydin and Kaynak, UCI Machine Learning Repository, 1998, CC BY 4.0.\n"
    "/** 1,797 pictures of 8x8 pixels (0 to 16), then their labels (0 to 9), one byte each, zlib, base64. */\n"
    f'export const DIGITS_ZLIB_BASE64: string =\n  "{text}";\n'
)
