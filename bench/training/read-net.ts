import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fromFile } from "kernelscope/node";
import {
  type BuildOptions,
  type NdArray,
  type Network,
  networkFromJson,
  readArrays,
} from "kernelscope/train";

/** The network of a folder with its first weights, for a given run. */
export async function readNet(folder: string, options: BuildOptions): Promise<Network> {
  const network = networkFromJson(JSON.parse(await readFile(join(folder, "network.json"), "utf8")), options);
  const weights = await readNpz(join(folder, "weights.npz"));
  network.setWeights(network.getWeights().map((_, i) => weights.get(`w${i}`)!.data as Float32Array));
  return network;
}

/** The arrays of an .npz. */
export async function readNpz(path: string): Promise<ReadonlyMap<string, NdArray>> {
  return readArrays(await fromFile(path));
}
