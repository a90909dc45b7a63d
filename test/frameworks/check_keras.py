"""Opens a run's model.keras with real Keras 3, evaluates and trains it on, and compares with what Kernelscope says.

    kernelscope train SPEC --data data.npz -o RUN
    kernelscope evaluate RUN --data data.npz --json > ours.json
    python check_keras.py RUN data.npz ours.json          # needs: pip install keras and a backend, h5py
"""
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras  # noqa: E402
import numpy as np  # noqa: E402

run, data, ours = sys.argv[1:4]
with np.load(data) as arrays:
    x, y = arrays["x"], arrays["y"]
with open(ours) as file:
    ours = json.load(file)
if x.dtype == np.uint8:
    x = x.astype(np.float32) / 255
model = keras.models.load_model(f"{run}/model.keras")
theirs = model.evaluate(x, y, verbose=0, return_dict=True)
assert set(theirs) == set(ours) - {"samples"}, f"{sorted(theirs)} and {sorted(ours)}"
for name, value in theirs.items():
    print(f"{name}: keras {value:.8f}, kernelscope {ours[name]:.8f}")
    assert abs(value - ours[name]) < 1e-6 * max(1, abs(value)), name
before = int(model.optimizer.iterations)
assert before > 0, "the optimizer begins anew"
history = model.fit(x, y, epochs=2, verbose=0).history
assert int(model.optimizer.iterations) > before
assert np.isfinite(history["loss"]).all(), history
print("goes on:", history["loss"])
