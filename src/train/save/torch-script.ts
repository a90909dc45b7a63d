import type { EngineState } from "../engine/engine.ts";
import type { Network } from "../network.ts";
import { type Continuation, commonLines, effectiveLoss } from "./continuation.ts";
import { pythonComment } from "./python.ts";
import { torchOptimizer } from "./torch-optimizer.ts";

/**
 * `train.py` that goes on in PyTorch with `model.py`, `model.safetensors` and `data.npz` beside it, and with
 * `optimizer.safetensors` when `state` is given; under torchrun every process takes its share of each batch.
 */
export function torchScript(network: Network, continuation: Continuation, state: EngineState | null): string {
  const compiled = network.compiled!;
  const optimizer = torchOptimizer(compiled.optimizer.spec);
  const { logits } = effectiveLoss(network);
  const indented = (lines: readonly string[], depth: number): string =>
    lines.map((line) => `${" ".repeat(depth)}${line}\n`).join("");
  const output = (model: string, x: string): string => `${model}(${x}${logits ? ", logits=True" : ""})`;
  return `"""Goes on with the training of ${pythonComment(network.name)} in PyTorch. Written by Kernelscope.

    pip install torch numpy safetensors
    python train.py --epochs ${continuation.epochs}
    torchrun --nproc_per_node=4 train.py        # several devices: each takes its share of every batch

Epochs are counted on. Each one ends with checkpoints/epoch-NNNN.safetensors, which Kernelscope opens.
"""

import argparse
import os
from pathlib import Path

import numpy as np
import torch
import torch.distributed as dist
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch.nn.parallel import DistributedDataParallel

from model import Network

LEARNING_RATE = ${state?.learningRate ?? compiled.learningRate}
STEP = ${state?.step ?? 0}  # updates that were made before
${commonLines(continuation).join("\n")}


def losses(output, target):
    """One loss a row: the last axis at one position of one sample."""
    output = output.reshape(-1, output.shape[-1])
${indented(lossLines(network), 4)}

${optimizer.classes.length === 0 ? "" : `${optimizer.classes.join("\n")}\n\n\n`}def make_optimizer(model):
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    optimizer = ${optimizer.make}
    slots = HERE / "optimizer.safetensors"
    if STEP and slots.exists():
        weights = dict(model.named_parameters())
        for key, value in load_file(slots).items():
            name, slot = key.rsplit(".", 1)
            kept = optimizer.state[weights[name]]
            kept[slot] = value.to(weights[name].device)
            kept["step"] = torch.tensor(float(STEP))
    return optimizer


def main():
    chosen = options()
    torch.manual_seed(SEED)
    rank, world = int(os.environ.get("RANK", 0)), int(os.environ.get("WORLD_SIZE", 1))
    device = torch.device("cpu")
    if torch.cuda.is_available():
        device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)))
        torch.cuda.set_device(device)
    if world > 1:
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")

    network = Network()
    network.load_state_dict(load_file(HERE / "model.safetensors"))
    network.to(device)

    def batch(rows):
        return torch.from_numpy(inputs(rows)).to(device), torch.from_numpy(Y[rows]).to(device)

    def evaluate(rows):
        network.eval()
        total = 0.0
        with torch.no_grad():
            for start in range(0, len(rows), BATCH_SIZE):
                x, y = batch(rows[start : start + BATCH_SIZE])
                total += losses(${output("network", "x")}, y).mean().item() * len(x)
            return total / len(rows) + float(network.penalty())

    check(evaluate(order(DONE)[:BATCH_SIZE]))
    model = DistributedDataParallel(network, device_ids=[device.index] if device.type == "cuda" else None) if world > 1 else network
    trained = [weight for weight in network.parameters() if weight.requires_grad]
    optimizer = make_optimizer(network)
    held = np.arange(TRAINED, len(X))
    if rank == 0:
        (chosen.out / "checkpoints").mkdir(parents=True, exist_ok=True)
    for epoch in range(DONE, chosen.epochs):
        model.train()
        total = torch.zeros((), device=device)
        rows = order(epoch)
        for start in range(0, TRAINED, BATCH_SIZE):
            all_rows = rows[start : start + BATCH_SIZE]
            share = all_rows[rank::world]
            x, y = batch(share if len(share) else all_rows[:1])
            # The mean over the whole batch; processes without a share take part with nothing.
            loss = losses(${output("model", "x")}, y).mean() * (len(share) / len(all_rows))
            optimizer.zero_grad()
            (loss * world + network.penalty()).backward()
            total += (loss.detach() + network.penalty() / world) * len(all_rows)
${indented(optimizer.before, 12)}            optimizer.step()
            network.constrain()
        if world > 1:
            dist.all_reduce(total)
        if rank == 0:
            text = f" - val_loss: {evaluate(held):.7f}" if len(held) else ""
            print(f"epoch {epoch + 1}/{chosen.epochs} - loss: {float(total) / TRAINED:.7f}{text}", flush=True)
            save_file(network.state_dict(), chosen.out / "checkpoints" / f"epoch-{epoch + 1:04d}.safetensors", metadata={"format": "pt"})
    if world > 1:
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
`;
}

/** Keras's losses, row by row. */
function lossLines(network: Network): readonly string[] {
  const { spec, size } = effectiveLoss(network);
  const dense = ["target = target.reshape(output.shape).float()"];
  const clipped = "clamp(1e-7, 1 - 1e-7)";
  switch (spec.kind) {
    case "categoricalCrossentropy": {
      const s = spec.labelSmoothing ?? 0;
      const smooth = s === 0 ? dense : [...dense, `target = target * ${1 - s} + ${s / size}`];
      return spec.fromLogits
        ? [...smooth, "return -(target * F.log_softmax(output, dim=-1)).sum(-1)"]
        : [
            ...smooth,
            "output = output / output.sum(-1, keepdim=True)",
            `return -(target * output.${clipped}.log()).sum(-1)`,
          ];
    }
    case "sparseCategoricalCrossentropy": {
      const logits = spec.fromLogits ? "output" : `output.${clipped}.log()`;
      return [`return F.cross_entropy(${logits}, target.reshape(-1).long(), reduction="none")`];
    }
    case "binaryCrossentropy": {
      const s = spec.labelSmoothing ?? 0;
      const smooth = s === 0 ? dense : [...dense, `target = target * ${1 - s} + ${0.5 * s}`];
      return spec.fromLogits
        ? [...smooth, 'return F.binary_cross_entropy_with_logits(output, target, reduction="none").mean(-1)']
        : [
            ...smooth,
            `output = output.${clipped}`,
            "return -(target * output.log() + (1 - target) * (1 - output).log()).mean(-1)",
          ];
    }
    case "meanSquaredError":
      return [...dense, "return (output - target).square().mean(-1)"];
    case "meanAbsoluteError":
      return [...dense, "return (output - target).abs().mean(-1)"];
    case "huber":
      return [
        ...dense,
        `return F.huber_loss(output, target, reduction="none", delta=${spec.delta ?? 1}).mean(-1)`,
      ];
  }
}
