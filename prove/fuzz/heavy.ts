import { manyLayers } from "../heavy/many-layers.ts";
import type { ModelFiles } from "../models/random-model.ts";
import { oneFile, smallSpec } from "../models/small.ts";
import { type H5Node, hdf5 } from "../writers/hdf5.ts";
import { kerasConfig } from "../writers/keras-config.ts";
import { group, kerasEntries } from "../writers/keras-files.ts";
import { npy } from "../writers/npy.ts";
import { safetensorsOf } from "../writers/safetensors.ts";
import { float32Weight, utf8 } from "../writers/weight.ts";
import { zip } from "../writers/zip.ts";

/** As much JSON as is parsed at all, less a little. */
const MUCH = 25 * 1024 ** 2 - 1000;

/** `{ … }` with as many members as fit into MUCH bytes, and how many those are. */
function filled(member: (at: number) => string): { readonly json: string; readonly count: number } {
  const members: string[] = [];
  for (let length = 2; length < MUCH; length += members.at(-1)!.length + 1)
    members.push(member(members.length));
  members.pop();
  return { json: `{${members.join(",")}}`, count: members.length };
}

/** A `.keras` archive of one convolution with this config. */
function keras(config: string): ModelFiles {
  const entries = kerasEntries(
    [{ spec: smallSpec("conv"), weights: [float32Weight("kernel", [1, 1, 1, 1], [1])] }],
    [9, 9],
  );
  return oneFile("a.keras", zip([entries[0]!, { name: "config.json", bytes: utf8(config) }, entries[2]!]));
}

/** Layers that each read all before them. */
function denseGraph(count: number): string {
  const name = (at: number): string => (at === 0 ? "in" : `add${at}`);
  const input = {
    class_name: "InputLayer",
    name: "in",
    config: { batch_shape: [null, 4, 4, 1], name: "in" },
    inbound_nodes: [],
  };
  const layers = Array.from({ length: count }, (_, at) => ({
    class_name: "Add",
    name: name(at + 1),
    config: { name: name(at + 1) },
    inbound_nodes: [Array.from({ length: at + 1 }, (_, from) => [name(from), 0, 0, {}])],
  }));
  const ends = { input_layers: [["in", 0, 0]], output_layers: [[name(count), 0, 0]] };
  return JSON.stringify({
    class_name: "Functional",
    config: { name: "m", layers: [input, ...layers], ...ends },
  });
}

/** Models inside each other, each called four times: 4^depth calls if nobody remembers. */
function repeatedCalls(depth: number): string {
  let model: Record<string, unknown> = {
    class_name: "Activation",
    config: { name: "m0", activation: "relu" },
  };
  for (let level = 1; level <= depth; level++) {
    const below = `m${level - 1}`;
    const calls = [0, 1, 2, 3].map((call) => [[call === 0 ? "in" : below, Math.max(0, call - 1), 0, {}]]);
    const input = {
      class_name: "InputLayer",
      name: "in",
      config: { batch_shape: [null, 4, 4, 1], name: "in" },
      inbound_nodes: [],
    };
    const layers = [input, { ...model, name: below, inbound_nodes: calls }];
    const ends = { input_layers: [["in", 0, 0]], output_layers: [[below, 3, 0]] };
    model = { class_name: "Functional", config: { name: `m${level}`, layers, ...ends } };
  }
  return JSON.stringify(model);
}

/** Honest files that are as large or as tangled as the limits allow. Made when asked for: each takes a while. */
export const heavyFiles: readonly (() => ModelFiles)[] = [
  ...manyLayers.map(({ make }) => make),
  () => keras(denseGraph(480)),
  () => keras(repeatedCalls(11)),
  () => {
    const bytes = npy(float32Weight("kernel", [1, 1, 3, 3], { length: 9 }));
    return oneFile("a.npz", zip(Array.from({ length: 20_000 }, (_, at) => ({ name: `k${at}.npy`, bytes }))));
  },
  () => {
    const members = Array.from({ length: 240 }, (_, at): [string, H5Node] => [
      `l${at}`,
      group(Array.from({ length: 80 }, (_, i): [string, H5Node] => [`g${i}`, group([])])),
    ]);
    return oneFile(
      "a.h5",
      hdf5(group(members, { layer_names: members.map(([name]) => name) }), { symbols: true }),
    );
  },
  () => {
    const { json, count } = filled(
      (at) => `"c${at}.w":{"dtype":"U8","shape":[1,1,1],"data_offsets":[${at},${at + 1}]}`,
    );
    return oneFile("a.safetensors", safetensorsOf(json, new Uint8Array(count)));
  },
  () => oneFile("a.safetensors", safetensorsOf(filled((at) => `"${at}":1`).json, new Uint8Array())),
  () =>
    oneFile(
      "a.safetensors",
      safetensorsOf(`{"__metadata__":${filled((at) => `"${at}":"x"`).json}}`, new Uint8Array()),
    ),
  () =>
    oneFile(
      "model.safetensors.index.json",
      utf8(`{"weight_map":${filled((at) => `"w${at}":"s.safetensors"`).json}}`),
    ),
  () =>
    keras(
      JSON.stringify(
        kerasConfig(
          Array.from({ length: 20_000 }, (_, at) => smallSpec(`l${at}`)),
          3,
          [9, 9],
        ),
      ),
    ),
];
