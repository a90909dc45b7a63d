"""Lists every tensor of a weight file and reads one kernel with the framework's own reader.

usage: read_one.py safetensors|h5py|keras FILE TENSOR
"""
import os
import resource
import sys

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
else:
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    import keras

    model = keras.models.load_model(path, compile=False)
    shapes = {weight.path: weight.shape for weight in model.weights}
    kernel = model.get_layer(name).get_weights()[0]
print(len(shapes), kernel.shape, float(kernel.ravel()[0]))
print(f"rss {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024}")
