import { createBudget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import { open } from "../../format/open.ts";
import type { Source } from "../../source/source.ts";
import { decode } from "../../tensor/decode.ts";
import { countOf } from "../../tensor/dtype.ts";
import type { CallbackState } from "../callbacks/callback.ts";
import type { EngineState } from "../engine/engine.ts";
import type { Network } from "../network.ts";
import { type NamedArray, writeSafetensors } from "./safetensors-writer.ts";

/** All that a run needs to go on as if it had never stopped, beside its spec. */
export interface Checkpoint {
  /** Epochs that are complete; the order of the next one follows from the run's seed and this number. */
  readonly epoch: number;
  /** By layer and weight, in the network's order. */
  readonly weights: readonly Float32Array<ArrayBuffer>[];
  readonly state: EngineState;
  /** What callbacks remember, by a name that the caller gives them. */
  readonly callbacks?: ReadonlyMap<string, CallbackState> | undefined;
}

const STATE = "state";

/** The key of a weight in a checkpoint: `conv3d_10/kernel`. */
function keysOf(
  network: Network,
): { readonly key: string; readonly engineName: string; readonly shape: readonly number[] }[] {
  return network.layers.flatMap((layer) =>
    layer.parameters.map(({ name, engineName, shape }) => ({
      key: `${layer.name}/${name}`,
      engineName,
      shape,
    })),
  );
}

/**
 * A checkpoint as a safetensors file: weights under `layer/weight`, the optimizer's slots under
 * `layer/weight.slot`, weights that a callback remembers under `layer/weight.callback`; step, learning rate, epoch and
 * the callbacks' numbers in the metadata.
 */
export function encodeCheckpoint(network: Network, checkpoint: Checkpoint): Uint8Array<ArrayBuffer> {
  const { epoch, weights, state, callbacks = new Map<string, CallbackState>() } = checkpoint;
  const arrays: NamedArray[] = [];
  for (const [i, { key, engineName, shape }] of keysOf(network).entries()) {
    arrays.push({ key, shape, data: weights[i]! });
    for (const [slotName, data] of state.slots) {
      if (slotName.startsWith(`${engineName}/`)) {
        arrays.push({ key: `${key}.${slotName.slice(engineName.length + 1)}`, shape, data });
      }
    }
    for (const [name, held] of callbacks) {
      if (held.weights !== null) arrays.push({ key: `${key}.${name}`, shape, data: held.weights[i]! });
    }
  }
  const numbers = [...callbacks].map(([name, held]) => [name, numbersAsText(held)]);
  const settings = {
    epoch,
    step: state.step,
    learningRate: state.learningRate,
    ...(numbers.length === 0 ? {} : { callbacks: Object.fromEntries(numbers) }),
  };
  const metadata = {
    [STATE]: JSON.stringify(settings),
    format: "keras",
  };
  return writeSafetensors(arrays, metadata);
}

/**
 * Reads what `encodeCheckpoint` wrote for the same network.
 *
 * @throws ReadError `malformed` when it is no checkpoint, or one of another network
 */
export async function readCheckpoint(network: Network, source: Source): Promise<Checkpoint> {
  const budget = createBudget();
  const settings = await readSettings(source);
  const model = await open(source, { budget });
  const tensors = new Map(model.tensors.map((tensor) => [tensor.name, tensor]));
  const read = async (key: string, shape: readonly number[]): Promise<Float32Array<ArrayBuffer> | null> => {
    const tensor = tensors.get(key);
    if (tensor === undefined) return null;
    if (tensor.dtype !== "float32" || tensor.shape.join() !== shape.join()) {
      throw new ReadError(
        "malformed",
        `${JSON.stringify(key)} should be float32 of shape (${shape.join(", ")}), found ${tensor.dtype} of (${tensor.shape.join(", ")}): the checkpoint is of another network.`,
        { file: source.name },
      );
    }
    return decode(
      await tensor.readBytes({ budget }),
      "float32",
      countOf(shape),
    ).slice() as Float32Array<ArrayBuffer>;
  };
  const weights: Float32Array<ArrayBuffer>[] = [];
  const slots = new Map<string, Float32Array>();
  const remembered = new Map([...settings.callbacks.keys()].map((name) => [name, [] as typeof weights]));
  for (const { key, engineName, shape } of keysOf(network)) {
    const values = await read(key, shape);
    if (values === null) {
      throw new ReadError(
        "malformed",
        `The checkpoint has no ${JSON.stringify(key)}: it is of another network.`,
        { file: source.name },
      );
    }
    weights.push(values);
    for (const slot of ["momentum", "velocity", "averageGradient"]) {
      const held = await read(`${key}.${slot}`, shape);
      if (held !== null) slots.set(`${engineName}/${slot}`, held);
    }
    for (const [name, arrays] of remembered) {
      const held = await read(`${key}.${name}`, shape);
      if (held !== null) arrays.push(held);
    }
  }
  await model.close();
  const callbacks = new Map<string, CallbackState>();
  for (const [name, numbers] of settings.callbacks) {
    const held = remembered.get(name)!;
    if (held.length !== 0 && held.length !== weights.length) {
      throw new ReadError(
        "malformed",
        `The checkpoint has ${held.length} of the ${weights.length} weights that ${JSON.stringify(name)} remembers.`,
        { file: source.name },
      );
    }
    callbacks.set(name, { numbers, weights: held.length === 0 ? null : held });
  }
  const { epoch, step, learningRate } = settings;
  return { epoch, weights, state: { step, learningRate, slots }, callbacks };
}

/** JSON has no infinities. */
function numbersAsText({ numbers }: CallbackState): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, String(value)]));
}

/** The inverse of `numbersAsText` for every callback; null when it is something else. */
function callbacksOf(json: unknown): ReadonlyMap<string, CallbackState["numbers"]> | null {
  if (json === undefined) return new Map();
  if (typeof json !== "object" || json === null) return null;
  const found = new Map<string, CallbackState["numbers"]>();
  for (const [name, held] of Object.entries(json)) {
    if (typeof held !== "object" || held === null) return null;
    const numbers = Object.entries(held).map(([key, text]): [string, number] => [key, Number(text)]);
    if (numbers.some(([, value]) => Number.isNaN(value))) return null;
    found.set(name, Object.fromEntries(numbers));
  }
  return found;
}

interface Settings {
  readonly epoch: number;
  readonly step: number;
  readonly learningRate: number;
  readonly callbacks: ReadonlyMap<string, CallbackState["numbers"]>;
}

async function readSettings(source: Source): Promise<Settings> {
  const view = await source.read(0, Math.min(8, source.size));
  const length =
    view.length < 8 ? 0 : Number(new DataView(view.buffer, view.byteOffset).getBigUint64(0, true));
  if (length === 0 || 8 + length > source.size) throw notOurs(source);
  try {
    const header = JSON.parse(new TextDecoder().decode(await source.read(8, length)));
    const { epoch, step, learningRate, ...rest } = JSON.parse(header.__metadata__[STATE]);
    const callbacks = callbacksOf(rest.callbacks);
    if ([epoch, step, learningRate].every(Number.isFinite) && callbacks !== null)
      return { epoch, step, learningRate, callbacks };
  } catch {
    // Said below, in one sentence for every way in which it is not one.
  }
  throw notOurs(source);
}

function notOurs(source: Source): ReadError {
  return new ReadError("malformed", "The file is no checkpoint of a training run.", { file: source.name });
}
