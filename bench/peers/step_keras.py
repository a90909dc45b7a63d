"""Training steps in Keras; says its first losses, then times as many steps as each line of the input says.

usage: step_keras.py FOLDER THREADS tensorflow|torch auto|plain
"""
import json
import os
import sys
import time

folder, threads, backend, compiled = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
os.environ["KERAS_BACKEND"] = backend
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
if backend == "tensorflow":
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
else:
    import torch

    torch.set_num_threads(threads)
import numpy as np
from keras_net import build

batch = np.load(f"{folder}/batch.npz")
x, labels = batch["x"], batch["y"].astype(np.int32)
model, weights = build(folder, "auto" if compiled == "auto" else False)
optimizer = model.optimizer


def reset():
    model.set_weights(weights)
    for variable in optimizer.variables:
        if "learning_rate" not in variable.path:
            variable.assign(np.zeros(variable.shape, variable.dtype))


def step():
    samples = x.astype(np.float32) / np.float32(255) if x.dtype == np.uint8 else x
    return float(model.train_on_batch(samples, labels))


losses = []
for _ in range(6):
    # Keras averages the loss over the batches since the last reset.
    model.reset_metrics()
    losses.append(step())
print(json.dumps({"losses": {"keras": losses}}), flush=True)
for line in sys.stdin:
    reset()
    times = []
    for _ in range(int(line)):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1000)
    print(json.dumps({"times": times}), flush=True)
