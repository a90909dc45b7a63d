"""The usual answer, whole process: read the kernel, normalise, one matplotlib subplot a slice.

usage: seed_figure.py kernel.npy out.png
"""
import sys

import numpy as np
from seed_pictures import draw

from peak import peak

draw(np.load(sys.argv[1]), sys.argv[2])
print(f"rss {peak()}")
