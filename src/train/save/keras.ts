import type { EngineState } from "../engine/engine.ts";
import { type KerasJson, snakeCase } from "../keras-json.ts";
import type { Json } from "../layer.ts";
import type { Network } from "../network.ts";
import { type StoredArray, type StoredGroup, writeHdf5 } from "./hdf5-writer.ts";
import { compileConfig, optimizerArrays } from "./keras-optimizer.ts";

/** The version of Keras whose files these are. */
const KERAS_VERSION = "3.15.1";

/**
 * The network as a `.keras` file that Keras 3 opens with `keras.models.load_model`: metadata, config and weights,
 * and, when `state` is given, the optimizer as it stands, so that `fit` goes on there.
 */
export async function saveKeras(
  network: Network,
  state: EngineState | null = null,
  date: Date = new Date(),
): Promise<Uint8Array<ArrayBuffer>> {
  const { zipSync, strToU8 } = await import("fflate");
  const weights = await writeHdf5(weightGroups(network, state));
  const metadata = { keras_version: KERAS_VERSION, date_saved: savedAt(date) };
  // Stored, not deflated, so that readers can look into the weights where they lie.
  const options = { level: 0, mtime: asLocal(date) } as const;
  return zipSync({
    "metadata.json": [strToU8(JSON.stringify(metadata)), options],
    "config.json": [strToU8(JSON.stringify(configOf(network))), options],
    "model.weights.h5": [weights, options],
  }) as Uint8Array<ArrayBuffer>;
}

/**
 * The weights alone as a `.weights.h5`, which `model.load_weights` of Keras 3 reads into a model of the same
 * architecture; with `state`, the optimizer's too.
 */
export async function saveKerasWeights(
  network: Network,
  state: EngineState | null = null,
): Promise<Uint8Array<ArrayBuffer>> {
  return writeHdf5(weightGroups(network, state));
}

/** Keras's `config.json`, with what the network was compiled with. */
function configOf(network: Network): KerasJson {
  const { compiled } = network;
  const builds = { build_config: { input_shape: [null, ...network.inputShape] } };
  const compile: { readonly [key: string]: Json } =
    compiled === null ? {} : { compile_config: compileConfig(compiled) };
  return { ...network.json, ...builds, ...compile };
}

/** Keras's layout: `layers/<class in snake case>[_n]/vars/0, 1, …`, the layer's own name as an attribute. */
function weightGroups(network: Network, state: EngineState | null): StoredGroup {
  const layers = new Map<string, StoredGroup>();
  const counts = new Map<string, number>();
  for (const layer of network.layers) {
    const base = snakeCase(layer.className);
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    const values = layer.getWeights();
    const arrays = new Map(
      layer.parameters.map(({ shape }, i): [string, StoredArray] => [String(i), { data: values[i]!, shape }]),
    );
    const vars = { attributes: { name: layer.name }, arrays };
    layers.set(count === 0 ? base : `${base}_${count}`, { groups: new Map([["vars", vars]]) });
  }
  const groups = new Map<string, StoredGroup>([
    ["layers", { groups: layers }],
    ["vars", { attributes: { name: network.name } }],
  ]);
  if (state !== null && network.compiled !== null) {
    const arrays = optimizerArrays(network, network.compiled, state);
    const named = new Map(arrays.map((array, i): [string, StoredArray] => [String(i), array]));
    const vars = { attributes: { name: network.compiled.optimizer.spec.kind }, arrays: named };
    groups.set("optimizer", { groups: new Map([["vars", vars]]) });
  }
  return { groups };
}

/** The date whose local time is the UTC time of `date`: zips keep local times, and the file should not tell where. */
function asLocal(date: Date): Date {
  return new Date(
    // All that a zip can say.
    Math.min(2099, Math.max(1980, date.getUTCFullYear())),
    date.getUTCMonth(),
    date.getUTCDate(),
    date.getUTCHours(),
    date.getUTCMinutes(),
    date.getUTCSeconds(),
  );
}

/** `2026-11-24@20:46:48`, as Keras writes it. */
function savedAt(date: Date): string {
  return date.toISOString().slice(0, 19).replace("T", "@");
}
