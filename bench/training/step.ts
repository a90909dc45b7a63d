import { join } from "node:path";
import { createInterface } from "node:readline";
import { threadPool } from "kernelscope/node/train";
import { adam, type Network } from "kernelscope/train";
import { readNet, readNpz } from "./read-net.ts";

// Says its first losses with each form of Adam, then runs as many steps as every line of the input says and answers
// with their times. The peers (peers/step_torch.py, peers/step_keras.py) do the same.
const [folder, threads, arithmetic] = process.argv.slice(2) as [string, string, "portable" | "relaxed"];
const batch = await readNpz(join(folder, "batch.npz"));
const inputs = [batch.get("x")!.data];
const targets = batch.get("y")!.data;
const dtype = inputs[0] instanceof Uint8Array ? "uint8" : "float32";
const LOSSES = 6;

async function prepare(form: "keras" | "torch") {
  const network: Network = await readNet(folder, { ...threadPool(Number(threads)), arithmetic });
  network.compile({ optimizer: adam({ form }), loss: "sparseCategoricalCrossentropy", metrics: [] });
  const engine = await network.engine({ dtype, batchSize: batch.get("x")!.shape[0]! });
  const first = { weights: engine.getWeights(), state: engine.state() };
  const reset = (): void => {
    engine.setWeights(first.weights);
    engine.restore(first.state);
  };
  const step = (): number => engine.trainStep({ inputs, targets }).loss;
  const losses = Array.from({ length: LOSSES }, step);
  return { step, reset, losses, close: () => network.close() };
}

const torch = await prepare("torch");
torch.close();
const { step, reset, losses, close } = await prepare("keras");
process.stdout.write(`${JSON.stringify({ losses: { keras: losses, torch: torch.losses } })}\n`);
for await (const line of createInterface({ input: process.stdin })) {
  reset();
  const times = Array.from({ length: Number(line) }, () => {
    const start = performance.now();
    step();
    return performance.now() - start;
  });
  process.stdout.write(`${JSON.stringify({ times })}\n`);
}
close();
