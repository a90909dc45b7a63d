"""Makes the large inputs of the benchmark in a folder: 500 MB files by the real frameworks.

usage: make_inputs.py FOLDER
"""
import os
import sys

import numpy as np

folder = sys.argv[1]
os.makedirs(folder, exist_ok=True)
random = np.random.default_rng(17)


def kernel(*shape):
    return (random.standard_normal(shape, dtype=np.float32) * 0.05).astype(np.float32)


def missing(name):
    return not os.path.exists(os.path.join(folder, name))


def at(name):
    return os.path.join(folder, name)


if missing("seed.npy"):
    np.save(at("seed.npy"), kernel(3, 3, 3, 4, 2))
if missing("big.npy"):
    np.save(at("big.npy"), kernel(512, 512, 3, 3, 3))
if missing("half.npy"):
    np.save(at("half.npy"), kernel(512, 512, 1, 3, 3))

LAYERS = 35  # of [512, 256, 3, 3, 3] float32: 14.2 MB each, 495 MB in all
if missing("big.safetensors"):
    from safetensors.numpy import save_file

    save_file({f"features.{i}.weight": kernel(512, 256, 3, 3, 3) for i in range(LAYERS)}, at("big.safetensors"))
if missing("big.h5"):
    import h5py

    with h5py.File(at("big.h5"), "w") as file:
        file.attrs["layer_names"] = [f"conv3d_{i}".encode() for i in range(LAYERS)]
        file.attrs["backend"] = b"tensorflow"
        file.attrs["keras_version"] = b"2.15.0"
        for i in range(LAYERS):
            name = f"conv3d_{i}"
            group = file.create_group(name)
            group.attrs["weight_names"] = [f"{name}/kernel:0".encode()]
            group.create_dataset(f"{name}/kernel:0", data=kernel(3, 3, 3, 256, 512))
if missing("big.keras"):
    try:
        os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
        import keras
    except ImportError:
        sys.exit(0)
    layers = [keras.Input((16, 16, 16, 256))]
    for i in range(LAYERS):
        layers.append(keras.layers.Conv3D(512 if i % 2 == 0 else 256, 3, padding="same", name=f"conv3d_{i}"))
    keras.Sequential(layers).save(at("big.keras"))
