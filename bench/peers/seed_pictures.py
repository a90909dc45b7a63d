"""The 24 slices of a kernel [depth, height, width, in, out], one matplotlib subplot each."""
import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot


def draw(kernel, path):
    low, high = kernel.min(), kernel.max()
    filters = (kernel - low) / (high - low)
    depth, inputs, outputs = filters.shape[2:]
    index = 1
    for i in range(outputs):
        for j in range(inputs):
            for k in range(depth):
                axes = pyplot.subplot(outputs * depth, inputs, index)
                axes.set_xticks([])
                axes.set_yticks([])
                pyplot.imshow(filters[:, :, k, j, i], cmap="gray")
                index += 1
    pyplot.savefig(path)
