"""A Keras model from a folder's network.json and weights.npz, with its own Adam."""
import json

import keras
import numpy as np


def build(folder, jit_compile, loss="sparse_categorical_crossentropy", metrics=()):
    with open(f"{folder}/network.json") as file:
        model = keras.Sequential.from_config(json.load(file)["config"])
    arrays = np.load(f"{folder}/weights.npz")
    weights = [arrays[f"w{i}"] for i in range(len(arrays.files))]
    model.set_weights(weights)
    compile_model(model, jit_compile, loss, metrics)
    return model, weights


def compile_model(model, jit_compile, loss="sparse_categorical_crossentropy", metrics=()):
    optimizer = keras.optimizers.Adam(1e-3)
    model.compile(optimizer=optimizer, loss=loss, metrics=list(metrics), jit_compile=jit_compile)
