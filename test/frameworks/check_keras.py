"""Opens a run's model.keras with real Keras 3, evaluates and trains it on, and compares with what Kernelscope says.

    kernelscope train SPEC --data x.npy,y.npy -o RUN --validation-split 0
    kernelscope evaluate RUN --data x.npy,y.npy --json > ours.json
    python check_keras.py RUN x.npy y.npy ours.json          # needs: pip install keras and a backend, h5py
"""
import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
import keras  # noqa: E402
import numpy as np  # noqa: E402

run, x, y, ours = sys.argv[1:5]
x, y, ours = np.load(x), np.load(y), json.load(open(ours))
if x.dtype == np.uint8:
    x = x.astype(np.float32) / 255
model = keras.models.load_model(f"{run}/model.keras")
theirs = model.evaluate(x, y, verbose=0, return_dict=True)
for name, value in theirs.items():
    print(f"{name}: keras {value:.8f}, kernelscope {ours[name]:.8f}")
    assert abs(value - ours[name]) < 1e-6 * max(1, abs(value)), name
before = int(model.optimizer.iterations)
assert before > 0, "the optimizer begins anew"
history = model.fit(x, y, epochs=2, verbose=0).history
assert int(model.optimizer.iterations) > before
print("goes on:", history["loss"])
