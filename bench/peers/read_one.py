"""Lists every tensor of a weight file and reads one kernel with the framework's own reader.

usage: read_one.py safetensors|h5py|keras|torch|onnx|tflite|checkpoint|saved_model FILE TENSOR
"""
import os
import sys

from peak import peak

reader, path, name = sys.argv[1:4]
if reader == "safetensors":
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        shapes = {key: file.get_slice(key).get_shape() for key in file.keys()}
        kernel = file.get_tensor(name)
elif reader == "h5py":
    import h5py

    shapes = {}
    with h5py.File(path, "r") as file:

        def visit(key, item):
            if isinstance(item, h5py.Dataset):
                shapes[key] = item.shape

        file.visititems(visit)
        kernel = file[name][()]
elif reader == "torch":
    import torch

    state = torch.load(path, mmap=True, weights_only=True)
    shapes = {key: value.shape for key, value in state.items()}
    kernel = state[name].numpy().copy()
elif reader == "onnx":
    import onnx
    from onnx import numpy_helper

    model = onnx.load(path)
    shapes = {tensor.name: tuple(tensor.dims) for tensor in model.graph.initializer}
    kernel = next(numpy_helper.to_array(tensor) for tensor in model.graph.initializer if tensor.name == name)
elif reader == "tflite":
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    interpreter = tf.lite.Interpreter(model_path=path)
    details = interpreter.get_tensor_details()
    shapes = {detail["index"]: detail["shape"] for detail in details}
    kernels = [detail for detail in details if len(detail["shape"]) == 5 and tuple(detail["shape"][:3]) == (3, 3, 3)]
    kernel = interpreter.get_tensor(kernels[int(name)]["index"])
elif reader == "checkpoint":
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    bundle = tf.train.load_checkpoint(os.path.join(path, "variables", "variables"))
    shapes = bundle.get_variable_to_shape_map()
    kernels = sorted(key for key, shape in shapes.items() if len(shape) == 5)
    kernel = bundle.get_tensor(kernels[int(name)])
elif reader == "saved_model":
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import tensorflow as tf

    loaded = tf.saved_model.load(path)
    shapes = {i: variable.shape for i, variable in enumerate(loaded.variables)}
    kernel = next(variable for variable in loaded.variables if len(variable.shape) == 5).numpy()
else:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras

    model = keras.models.load_model(path, compile=False)
    shapes = {weight.path: weight.shape for weight in model.weights}
    kernel = model.get_layer(name).get_weights()[0]
print(len(shapes), kernel.shape, float(kernel.ravel()[0]))
print(f"rss {peak()}")
