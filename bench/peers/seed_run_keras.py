"""The seed's whole example in Keras: data as float32, summary, fit with validation, pictures.

usage: seed_run_keras.py FOLDER DATA.npz OUT.png tensorflow|torch
"""
import os
import sys

from peak import peak

folder, data, out, backend = sys.argv[1:5]
os.environ["KERAS_BACKEND"] = backend
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
from keras_net import build
from seed_pictures import draw

arrays = np.load(data)
x = arrays["x"].astype(np.float32)
x /= 255
model, _ = build(folder, "auto", "categorical_crossentropy", ["accuracy"])
model.summary()
history = model.fit(x, arrays["y"], batch_size=64, epochs=4, validation_split=0.2, shuffle=False, verbose=2)
draw(model.layers[2].get_weights()[0], out)
print(f"loss {history.history['loss'][0]}")
print(f"rss {peak()}")
