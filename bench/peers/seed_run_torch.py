"""The seed's whole example in plain PyTorch: data, the network printed, four epochs with validation, pictures.

The data stay bytes until a batch is made, which is both faster and smaller than a float32 copy.

usage: seed_run_torch.py FOLDER DATA.npz OUT.png
"""
import sys

import numpy as np
import torch
from seed_pictures import draw
from torch_net import build

from peak import peak

folder, data, out = sys.argv[1:4]
arrays = np.load(data)
model, _ = build(folder)
print(model)
pictures = torch.from_numpy(arrays["x"]).permute(0, 4, 1, 2, 3)
labels = torch.from_numpy(arrays["y"].argmax(1))
trained = int(len(pictures) * 0.8)
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7)
loss_of = torch.nn.CrossEntropyLoss()


def batches(start, end):
    for at in range(start, end, 64):
        to = min(end, at + 64)
        yield pictures[at:to].float().mul_(1 / 255), labels[at:to]


first = None
for epoch in range(4):
    total = correct = 0
    for x, y in batches(0, trained):
        optimizer.zero_grad()
        logits = model(x)
        loss = loss_of(logits, y)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(y)
        correct += (logits.argmax(1) == y).sum().item()
    held = right = 0
    with torch.no_grad():
        for x, y in batches(trained, len(pictures)):
            logits = model(x)
            held += loss_of(logits, y).item() * len(y)
            right += (logits.argmax(1) == y).sum().item()
    count = len(pictures) - trained
    first = first or total / trained
    print(f"epoch {epoch + 1}: {total / trained} {correct / trained} val {held / count} {right / count}")
third = [layer for layer in model if isinstance(layer, torch.nn.Conv3d)][2]
draw(third.weight.detach().numpy().transpose(2, 3, 4, 1, 0), out)
print(f"loss {first}")
print(f"rss {peak()}")
