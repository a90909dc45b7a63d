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


def optional(module):
    """The module, or None where it is not installed: then its inputs are left out."""
    try:
        return __import__(module)
    except ImportError:
        return None


if missing("big.pt") and optional("torch"):
    import torch

    torch.save(
        {f"features.{i}.weight": torch.from_numpy(kernel(512, 256, 3, 3, 3)) for i in range(LAYERS)}, at("big.pt")
    )
if missing("big.onnx") and optional("onnx"):
    from onnx import TensorProto, helper, numpy_helper

    channels = [256 if i % 2 == 0 else 512 for i in range(LAYERS + 1)]
    nodes, weights = [], []
    for i in range(LAYERS):
        shape = (channels[i + 1], channels[i], 3, 3, 3)
        weights.append(numpy_helper.from_array(kernel(*shape), f"features.{i}.weight"))
        nodes.append(
            helper.make_node(
                "Conv",
                [f"x{i}", f"features.{i}.weight"],
                [f"x{i + 1}"],
                name=f"features.{i}",
                kernel_shape=[3, 3, 3],
                pads=[1] * 6,
            )
        )
    x = helper.make_tensor_value_info("x0", TensorProto.FLOAT, [1, 256, 16, 16, 16])
    y = helper.make_tensor_value_info(f"x{LAYERS}", TensorProto.FLOAT, [1, channels[-1], 16, 16, 16])
    graph = helper.make_graph(nodes, "big", [x], [y], weights)
    with open(at("big.onnx"), "wb") as file:
        file.write(helper.make_model(graph).SerializeToString())
if (missing("big.tflite") or missing("big_saved_model")) and optional("tensorflow"):
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras
    import tensorflow as tf

    model = keras.models.load_model(at("big.keras"), compile=False)
    if missing("big_saved_model"):
        model.export(at("big_saved_model"), verbose=False)
    if missing("big.tflite"):
        converted = tf.lite.TFLiteConverter.from_saved_model(at("big_saved_model")).convert()
        with open(at("big.tflite"), "wb") as file:
            file.write(converted)
if missing("big_tfjs"):
    # The layout of tensorflowjs_converter's graph and layers models: one manifest, shards of 4 MB.
    import json

    entries, data = [], bytearray()
    for i in range(LAYERS):
        shape = [3, 3, 3, 256 if i % 2 == 0 else 512, 512 if i % 2 == 0 else 256]
        entries.append({"name": f"conv3d_{i}/kernel", "shape": shape, "dtype": "float32"})
        data += kernel(*shape).tobytes()
    os.makedirs(at("big_tfjs"))
    shard = 4 * 1024 * 1024
    count = -(-len(data) // shard)
    paths = [f"group1-shard{i + 1}of{count}.bin" for i in range(count)]
    for i, path in enumerate(paths):
        with open(os.path.join(at("big_tfjs"), path), "wb") as file:
            file.write(data[i * shard : (i + 1) * shard])
    layers = [
        {
            "class_name": "Conv3D",
            "config": {
                "name": f"conv3d_{i}",
                "filters": entry["shape"][-1],
                "kernel_size": [3, 3, 3],
                "strides": [1, 1, 1],
                "padding": "same",
                "data_format": "channels_last",
                "dilation_rate": [1, 1, 1],
                "activation": "linear",
                "use_bias": False,
                "trainable": True,
                **({"batch_input_shape": [None, 16, 16, 16, 256]} if i == 0 else {}),
            },
        }
        for i, entry in enumerate(entries)
    ]
    config = {"class_name": "Sequential", "config": {"name": "big", "layers": layers}}
    with open(os.path.join(at("big_tfjs"), "model.json"), "w") as file:
        json.dump(
            {
                "format": "layers-model",
                "generatedBy": "keras v2.15.0",
                "convertedBy": "TensorFlow.js Converter v4.22.0",
                "modelTopology": {"keras_version": "2.15.0", "backend": "tensorflow", "model_config": config},
                "weightsManifest": [{"paths": paths, "weights": entries}],
            },
            file,
        )
