"""The usual answer, whole process: read the kernel, normalise, one matplotlib subplot a slice.

usage: seed_figure.py kernel.npy out.png
"""
import resource
import sys

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot

filters = np.load(sys.argv[1])
f_min, f_max = filters.min(), filters.max()
filters = (filters - f_min) / (f_max - f_min)
depth, inputs, outputs = filters.shape[2:]
index = 1
for i in range(outputs):
    f = filters[:, :, :, :, i]
    for j in range(inputs):
        for k in range(depth):
            axes = pyplot.subplot(outputs * depth, inputs, index)
            axes.set_xticks([])
            axes.set_yticks([])
            pyplot.imshow(f[:, :, k, j], cmap="gray")
            index += 1
pyplot.savefig(sys.argv[2])
print(f"rss {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}")
