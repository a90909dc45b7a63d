"""Training steps in PyTorch; says its first losses, then times as many steps as each line of the input says.

usage: step_torch.py FOLDER THREADS eager|channels_last
"""
import copy
import json
import sys
import time

import numpy as np
import torch
from torch_net import build

folder, threads, layout = sys.argv[1], int(sys.argv[2]), sys.argv[3]
torch.set_num_threads(threads)
batch = np.load(f"{folder}/batch.npz")
model, arrange = build(folder)
x, labels = arrange(batch["x"]), torch.from_numpy(batch["y"].astype(np.int64))
if layout == "channels_last":
    memory_format = torch.channels_last_3d if x.ndim == 5 else torch.channels_last
    model = model.to(memory_format=memory_format)
    x = x.contiguous(memory_format=memory_format)
first = copy.deepcopy(model.state_dict())
loss_of = torch.nn.CrossEntropyLoss()


def reset():
    model.load_state_dict(first)
    return torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)


def step():
    samples = x.float().mul_(1 / 255) if x.dtype == torch.uint8 else x
    optimizer.zero_grad()
    loss = loss_of(model(samples), labels)
    loss.backward()
    optimizer.step()
    return loss.item()


optimizer = reset()
print(json.dumps({"losses": {"torch": [step() for _ in range(6)]}}), flush=True)
for line in sys.stdin:
    optimizer = reset()
    times = []
    for _ in range(int(line)):
        start = time.perf_counter()
        step()
        times.append((time.perf_counter() - start) * 1000)
    print(json.dumps({"times": times}), flush=True)
