"""A PyTorch module from a Keras Sequential's config, with Keras's weights; logits instead of a last softmax.

Keras pads behind where the two sides differ, PyTorch's convolutions pad both sides alike. Where a strided layer needs
it, the mirrored network is built: its inputs, kernels and flattened weights run backwards along every axis, so that
PyTorch's own padding fits and no copy has to be padded. The function is the same.
"""
import json
import math

import numpy as np
import torch
from torch import nn


def same_padding(extents, kernel, strides):
    """Zeros before and behind, as TensorFlow: the smaller half before."""
    total = [max(0, (math.ceil(n / s) - 1) * s + k - n) for n, k, s in zip(extents, kernel, strides)]
    return [(t // 2, t - t // 2) for t in total]


def build(folder):
    """The module, and a function that brings a batch [samples, ..., channels] into its layout."""
    with open(f"{folder}/network.json") as file:
        specs = json.load(file)["config"]["layers"]
    arrays = np.load(f"{folder}/weights.npz")
    weights = iter(arrays[f"w{i}"] for i in range(len(arrays.files)))
    layers = []
    mirrored = False
    extents = channels = flat = None
    for spec in specs:
        kind, config = spec["class_name"], spec["config"]
        shape = config.get("batch_input_shape") or config.get("batch_shape")
        if shape:
            *extents, channels = shape[1:]
        rank = 2 if kind.endswith("2D") else 3
        if kind in ("Conv2D", "Conv3D"):
            kernel, bias = next(weights), next(weights)
            sizes, strides = kernel.shape[:-2], config["strides"]
            padding = same_padding(extents, sizes, strides) if config["padding"] == "same" else [(0, 0)] * rank
            mirrored = mirrored or any(before != behind for before, behind in padding)
            layer = (nn.Conv2d, nn.Conv3d)[rank - 2](
                channels, config["filters"], sizes, tuple(strides), tuple(max(pair) for pair in padding)
            )
            layers.append((layer, kernel, bias, None))
            extents = [(n + sum(p) - k) // s + 1 for n, p, k, s in zip(extents, padding, sizes, strides)]
            channels = config["filters"]
        elif kind in ("MaxPooling2D", "MaxPooling3D"):
            layers.append((nn.MaxPool3d(config["pool_size"]) if rank == 3 else nn.MaxPool2d(config["pool_size"]),))
            extents = [n // p for n, p in zip(extents, config["pool_size"])]
        elif kind == "GlobalAveragePooling3D":
            layers.append((nn.AdaptiveAvgPool3d(1),))
            layers.append((nn.Flatten(),))
            flat = None
        elif kind == "Flatten":
            layers.append((nn.Flatten(),))
            flat = [*extents, channels]
        elif kind == "InputLayer":
            continue
        elif kind == "Dense":
            kernel, bias = next(weights), next(weights)
            layers.append((nn.Linear(*kernel.shape), kernel, bias, flat))
            flat = None
        else:
            raise ValueError(f"no layer for {kind}")
        if config.get("activation") == "relu":
            layers.append((nn.ReLU(),))
    for layer, *values in layers:
        if not values:
            continue
        kernel, bias, flat = values
        axes = tuple(range(kernel.ndim - 2))
        if axes and mirrored:
            kernel = np.flip(kernel, axes)
        if axes:
            kernel = np.moveaxis(kernel, (-1, -2), (0, 1))
        else:
            if flat:
                # Keras flattens channels last, PyTorch channels first.
                kernel = kernel.reshape(*flat, -1)
                if mirrored:
                    kernel = np.flip(kernel, tuple(range(len(flat) - 1)))
                kernel = np.moveaxis(kernel, -2, 0).reshape(-1, kernel.shape[-1])
            kernel = kernel.T
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(np.ascontiguousarray(kernel)))
            layer.bias.copy_(torch.from_numpy(bias.copy()))

    def arrange(batch):
        batch = torch.from_numpy(np.ascontiguousarray(np.moveaxis(batch, -1, 1)))
        return batch.flip(tuple(range(2, batch.ndim))) if mirrored else batch

    return nn.Sequential(*(layer for layer, *_ in layers)), arrange
