import { existsSync, mkdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type NdArray, networkFromJson, proceduralFlowers, Random, writeNpz } from "kernelscope/train";
import { type Net, nets, seedSpec } from "./nets.ts";

/** Where a network's files lie: `network.json`, `weights.npz` (`w0`, `w1`, … in Keras's order), `batch.npz`. */
export const netFolder = (inputs: string, name: string): string => join(inputs, "training", name);

/** Where the data of the whole run lie. */
export const flowersFile = (inputs: string): string => join(inputs, "training", "flowers.npz");

/** Writes networks, first weights and batches, so that all contenders have the same. Needs no Python. */
export async function makeTrainingInputs(inputs: string): Promise<void> {
  for (const net of nets()) await makeNet(netFolder(inputs, net.name), net);
  const whole = { name: "seed-run", batchSize: 1, classes: 17, dtype: "uint8", spec: seedSpec() } as const;
  await makeNet(netFolder(inputs, whole.name), whole);
  if (existsSync(flowersFile(inputs))) return;
  const { inputs: x, labels } = proceduralFlowers();
  await save(
    flowersFile(inputs),
    new Map<string, NdArray>([
      ["x", { data: x.data, shape: [...x.shape, 1] }],
      ["y", labels],
    ]),
  );
}

async function makeNet(folder: string, { spec, batchSize, classes, dtype }: Net): Promise<void> {
  // The batch comes last: where it is, all is.
  if (existsSync(join(folder, "batch.npz"))) return;
  mkdirSync(folder, { recursive: true });
  const network = networkFromJson(spec, { seed: 1 });
  await writeFile(join(folder, "network.json"), JSON.stringify(spec));
  const shapes = network.layers.flatMap(({ parameters }) => parameters.map(({ shape }) => shape));
  const weights = network.getWeights().map((data, i) => [`w${i}`, { data, shape: shapes[i]! }] as const);
  await save(join(folder, "weights.npz"), new Map<string, NdArray>(weights));
  const random = new Random(7);
  const shape = [batchSize, ...network.inputShape];
  const count = shape.reduce((product, extent) => product * extent, 1);
  const numbers = Float32Array.from({ length: count }, () => random.next());
  const data = dtype === "uint8" ? Uint8Array.from(numbers, (value) => value * 256) : numbers;
  const labels = Uint8Array.from({ length: batchSize }, () => random.next() * classes);
  await save(
    join(folder, "batch.npz"),
    new Map<string, NdArray>([
      ["x", { data, shape }],
      ["y", { data: labels, shape: [batchSize] }],
    ]),
  );
}

async function save(path: string, arrays: ReadonlyMap<string, NdArray>): Promise<void> {
  await writeFile(path, writeNpz(arrays));
}
