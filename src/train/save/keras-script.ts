import type { Network } from "../network.ts";
import { type Continuation, commonLines } from "./continuation.ts";
import { pythonComment } from "./python.ts";

/**
 * `train.py` that goes on in Keras 3 with `model.keras` and `data.npz` beside it: same order of the samples, same
 * optimizer, after a check that the first loss is ours. Several devices share each batch on JAX.
 */
export function kerasScript(network: Network, continuation: Continuation): string {
  const text = `"""Goes on with the training of ${pythonComment(network.name)} in Keras 3. Written by Kernelscope.

    pip install keras jax h5py          # or torch, or tensorflow, instead of jax
    python train.py --epochs ${continuation.epochs}

Epochs are counted on. Each one ends with checkpoints/epoch-NNNN.keras, which Kernelscope opens.
"""

import argparse
import importlib.util
import os
from pathlib import Path

if "KERAS_BACKEND" not in os.environ:
    installed = [name for name in ("jax", "torch", "tensorflow") if importlib.util.find_spec(name)]
    os.environ["KERAS_BACKEND"] = installed[0] if installed else "jax"

import keras
import numpy as np

${commonLines(continuation).join("\n")}


class Batches(keras.utils.PyDataset):
    def __init__(self, rows, multiple=1):
        super().__init__()
        # Several devices share a batch evenly: the last one leaves out what cannot be shared.
        self.rows = rows[: len(rows) - len(rows) % BATCH_SIZE % multiple]

    def __len__(self):
        return -(-len(self.rows) // BATCH_SIZE)

    def __getitem__(self, index):
        rows = self.rows[index * BATCH_SIZE : (index + 1) * BATCH_SIZE]
        return inputs(rows), Y[rows]


def share_devices():
    """Each device gets its part of every batch, where there are several."""
    devices = keras.distribution.list_devices() if keras.backend.backend() == "jax" else []
    if len(devices) < 2:
        return 1
    if BATCH_SIZE % len(devices):
        raise SystemExit(f"BATCH_SIZE should be a multiple of {len(devices)} devices.")
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=devices))
    print(f"{len(devices)} devices share each batch")
    return len(devices)


def begun(devices=1):
    """The model as it was left; the next batch has the loss that it had in Kernelscope."""
    model = keras.models.load_model(HERE / "model.keras")
    first = order(DONE)[:BATCH_SIZE]
    # A batch that is smaller than the others may not be shared evenly.
    if len(first) % devices == 0:
        check(model.evaluate(inputs(first), Y[first], batch_size=len(first), verbose=0, return_dict=True)["loss"])
    return model


def main():
    chosen = options()
    keras.utils.set_random_seed(SEED)
    model = begun()
    devices = share_devices()
    if devices > 1:
        model = begun(devices)
    held = Batches(np.arange(TRAINED, len(X)), devices)
    (chosen.out / "checkpoints").mkdir(parents=True, exist_ok=True)
    for epoch in range(DONE, chosen.epochs):
        model.fit(
            Batches(order(epoch), devices),
            initial_epoch=epoch,
            epochs=epoch + 1,
            shuffle=False,
            validation_data=held if len(held) else None,
            verbose=2,
        )
        model.save(chosen.out / "checkpoints" / f"epoch-{epoch + 1:04d}.keras")


if __name__ == "__main__":
    main()
`;
  return text;
}
