"""Opens with the real frameworks what `kernelscope export --to` wrote, and goes on with the training there.

    node test/frameworks/make-networks.mjs FOLDER
    python test/frameworks/check_handover.py FOLDER node dist/node/cli/main.js      # the last words: the command

Prints one line a check and `N passed, N failed`; ends with code 1 when one failed.
"""
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "torch"

import keras  # noqa: E402
import numpy as np  # noqa: E402
import onnx  # noqa: E402
import onnx.reference  # noqa: E402
import safetensors.torch  # noqa: E402
import tf_keras  # noqa: E402
import torch  # noqa: E402

FOLDER, COMMAND = Path(sys.argv[1]), sys.argv[2:]
passed, failed = 0, 0


def check(name, test):
    """Runs one check; it fails by an exception."""
    global passed, failed
    try:
        print(f"ok      {name}: {test()}", flush=True)
        passed += 1
    except Exception as error:  # noqa: BLE001
        print(f"FAILED  {name}: {type(error).__name__}: {error}", flush=True)
        failed += 1


def close(found, expected, limit=1e-5):
    worst = float(np.max(np.abs(np.asarray(found) - np.asarray(expected))))
    assert np.shape(found) == np.shape(expected), f"{np.shape(found)} instead of {np.shape(expected)}"
    assert worst <= limit, f"differs by {worst}"
    return f"differs by at most {worst:.1e}"


def script(folder, *options, python=(sys.executable,), **env):
    """Runs a train.py; gives what it prints."""
    done = subprocess.run(
        [*python, str(folder / "train.py"), *options],
        capture_output=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1", **env},
    )
    if done.returncode:
        raise AssertionError(f"ended with {done.returncode}: {done.stdout[-300:]}{done.stderr[-600:]}")
    return done.stdout


def goes_on(text, ours, same):
    """The first loss is ours, and where nothing is drawn the losses of the next epochs are too."""
    assert "as in Kernelscope" in text, text
    losses = [float(found) for found in re.findall(r" - loss: ([\d.e+-]+)", text)]
    assert len(losses) == 2, text
    assert np.isfinite(losses).all(), text
    # Keras prints four digits.
    return close(losses, ours, 1e-4) if same else f"losses {losses}"


def opens(path, layers):
    done = subprocess.run([*COMMAND, "list", str(path), "--json"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = len(json.loads(done.stdout)["layers"])
    assert found == layers, f"{found} layers instead of {layers}"
    return f"{found} convolutions"


def module_of(path):
    spec = importlib.util.spec_from_file_location("model", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Network()


def tampered(folder, scratch):
    """A script beside other weights must refuse."""
    shutil.copytree(folder, scratch, dirs_exist_ok=True)
    weights = safetensors.torch.load_file(scratch / "model.safetensors")
    name = next(iter(weights))
    safetensors.torch.save_file({**weights, name: weights[name] + 0.1}, scratch / "model.safetensors")
    try:
        script(scratch)
    except AssertionError as error:
        assert "weights or data differ" in str(error), error
        return "refused"
    raise AssertionError("went on with other weights")


for folder in sorted(path.parent for path in FOLDER.glob("*/case.json")):
    case = json.loads((folder / "case.json").read_text())
    name, same = case["name"], case["same"]
    with np.load(folder / "expected.npz") as data:
        x, y = data["x"], data["y"]
    x = x.astype(np.float32) / 255 if x.dtype == np.uint8 else x
    records = [json.loads(line) for line in (folder / "longer/history.jsonl").read_text().splitlines()]
    ours = [record["loss"] for record in records[2:]]
    convolutions = len(json.loads(
        subprocess.run([*COMMAND, "list", str(folder / "run/model.keras"), "--json"], capture_output=True, text=True).stdout
    )["layers"])

    check(f"{name}: Keras 3 predicts the same", lambda: close(
        keras.models.load_model(folder / "keras/model.keras").predict(x, verbose=0), y))
    check(f"{name}: tf_keras predicts the same", lambda: close(
        tf_keras.models.load_model(folder / "model.h5").predict(x, verbose=0), y))

    def goes_on_in_keras_2():
        model = tf_keras.models.load_model(folder / "model.h5")
        if model.optimizer is None:
            model.compile("adam", "mse")
        with np.load(folder / "keras/data.npz") as data:
            losses = model.fit(x, data["y"], epochs=2, verbose=0).history["loss"]
        assert np.isfinite(losses).all(), losses
        return f"losses {losses}"

    check(f"{name}: tf_keras goes on", goes_on_in_keras_2)

    def torch_predicts():
        network = module_of(folder / "torch/model.py")
        network.load_state_dict(safetensors.torch.load_file(folder / "torch/model.safetensors"))
        with torch.no_grad():
            return close(network.eval()(torch.from_numpy(x)).numpy(), y)

    check(f"{name}: PyTorch predicts the same", torch_predicts)

    def onnx_predicts():
        model = onnx.load(folder / "model.onnx")
        onnx.checker.check_model(model, full_check=True)
        feed = {model.graph.input[0].name: x}
        return close(onnx.reference.ReferenceEvaluator(model).run(None, feed)[0], y)

    check(f"{name}: ONNX's checker takes it, its reference predicts the same", onnx_predicts)
    for backend in ("torch", "tensorflow"):
        check(f"{name}: goes on in Keras on {backend}", lambda: goes_on(
            script(folder / "keras", KERAS_BACKEND=backend), ours, same))

    def goes_on_on_two_devices():
        # Two devices that are this machine's processors. Each needs threads of its own, or they wait for one another.
        devices = {"XLA_FLAGS": "--xla_force_host_platform_device_count=2", "NPROC": "8"}
        out = ("--out", str(folder / "devices"))
        text = script(folder / "keras", *out, KERAS_BACKEND="jax", JAX_CPU_ENABLE_ASYNC_DISPATCH="false", **devices)
        assert "2 devices share each batch" in text, text
        assert text.count("as in Kernelscope") == 2, text  # on one device, then on two
        return goes_on(text, ours, same)

    check(f"{name}: goes on in Keras on two devices of JAX", goes_on_on_two_devices)
    check(f"{name}: Kernelscope opens what they wrote", lambda: opens(
        folder / "devices/checkpoints/epoch-0004.keras", convolutions))
    check(f"{name}: goes on in PyTorch", lambda: goes_on(script(folder / "torch"), ours, same))
    torchrun = (sys.executable, "-m", "torch.distributed.run", "--nproc_per_node=2")
    check(f"{name}: goes on in two processes", lambda: goes_on(
        script(folder / "torch", "--out", str(folder / "two"), python=torchrun), ours, same))
    check(f"{name}: other weights are refused", lambda: tampered(folder / "torch", folder / "tampered"))
    check(f"{name}: Kernelscope opens what Keras wrote", lambda: opens(
        folder / "keras/checkpoints/epoch-0004.keras", convolutions))
    check(f"{name}: Kernelscope opens what PyTorch wrote", lambda: opens(
        folder / "torch/checkpoints/epoch-0004.safetensors", convolutions))

print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
