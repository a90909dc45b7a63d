"""Reads LOGDIR with the real TensorBoard and says what its dashboards would list.

    kernelscope train --example seed -o run --tensorboard LOGDIR
    python check_tensorboard.py LOGDIR              # needs: pip install tensorboard

Ends with code 1 unless every run has scalars, and the training run a histogram of every weight and pictures.
"""
import sys

from tensorboard.backend.event_processing import event_multiplexer
from tensorboard.util import tensor_util

multiplexer = event_multiplexer.EventMultiplexer(size_guidance={"tensors": 0}).AddRunsFromDirectory(sys.argv[1])
multiplexer.Reload()
broken = []
for run in sorted(multiplexer.Runs()):
    for plugin in ("scalars", "histograms", "images"):
        tags = multiplexer.PluginRunToTagToContent(plugin).get(run, {})
        for tag in sorted(tags):
            events = multiplexer.Tensors(run, tag)
            value = tensor_util.make_ndarray(events[-1].tensor_proto)
            shown = value.shape
            if plugin == "scalars":
                shown = float(value)
            elif plugin == "histograms":
                shown = f"{int(value[:, 2].sum())} values from {value[0, 0]:.4f} to {value[-1, 1]:.4f}"
                if not (value[:, 1] >= value[:, 0]).all():
                    broken.append(f"{tag}: edges out of order")
            else:
                width, height, picture = value[0], value[1], value[2]
                shown = f"{width.decode()} x {height.decode()}, {len(picture)} bytes"
                if picture[:8] != b"\x89PNG\r\n\x1a\n":
                    broken.append(f"{tag}: no PNG")
                size = int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")
                if size != (int(width), int(height)):
                    broken.append(f"{tag}: the PNG is {size}")
            print(f"{run:20} {plugin:10} {tag:32} {len(events)} steps, last: {shown}")
        if not tags and (plugin == "scalars" or run.endswith("train")):
            broken.append(f"{run}: no {plugin}")
if not multiplexer.Runs():
    broken.append("no runs")
print(f"{len(broken)} broken", *broken, sep="\n  ")
sys.exit(bool(broken))
