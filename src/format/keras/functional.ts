import { readReferences, type StatedTensor } from "./calls.ts";
import type { Extents, TensorReference } from "./config.ts";
import type { PlainObject } from "./plain.ts";
import type { LayerPlan } from "./plan.ts";

/** A tensor of a graph by the call that makes it; `call` is null when the config names none such. */
export interface Feed {
  readonly call: PlannedCall | null;
  readonly tensor: number;
  /** Its shape where the file says it. */
  readonly shape: Extents | null;
  readonly keyword: string | null;
  /** As Keras prints it. */
  readonly shown: TensorReference;
}

/** One call of one layer of a graph. */
export interface PlannedCall {
  readonly layer: LayerPlan;
  readonly index: number;
  readonly feeds: readonly Feed[];
}

/** A graph of calls. */
export interface FunctionalPlan {
  readonly kind: "functional";
  readonly layers: readonly LayerPlan[];
  /** Every call after those that feed it; calls in a loop come last, in any order. */
  readonly order: readonly PlannedCall[];
  /** What a caller of the model gives, in order. */
  readonly inputs: readonly Feed[];
  readonly outputs: readonly Feed[];
  /** Shapes that consumers state for the tensors they are given, by call and output. */
  readonly stated: ReadonlyMap<PlannedCall, readonly (Extents | undefined)[]>;
  readonly branching: boolean;
}

/** Joins the calls of a graph's layers. */
export function planFunctional(
  layers: readonly LayerPlan[],
  config: PlainObject,
  counted: boolean,
): FunctionalPlan {
  const byName = new Map(layers.map((layer) => [layer.name, layer]));
  const inputs = readReferences(config.input_layers);
  const outputs = readReferences(config.output_layers);
  const offsets = nodeOffsets(layers, outputs);
  const calls = new Map<LayerPlan, PlannedCall[]>();
  const pending: { call: PlannedCall & { feeds: Feed[] }; stated: readonly StatedTensor[] }[] = [];
  for (const layer of layers) {
    const own = layer.calls.map((stated, index) => {
      const call = { layer, index, feeds: [] };
      pending.push({ call, stated: stated.tensors });
      return call;
    });
    calls.set(layer, own);
  }
  const find = (tensor: StatedTensor, offset: number): Feed => {
    const layer = byName.get(tensor.layer);
    const node = tensor.node - offset;
    const made = layer === undefined ? undefined : calls.get(layer)?.[node];
    const shown: TensorReference = [tensor.layer, counted ? tensor.node : node, tensor.tensor];
    return { call: made ?? null, tensor: tensor.tensor, shape: tensor.shape, keyword: tensor.keyword, shown };
  };
  for (const { call, stated } of pending) {
    call.feeds.push(...stated.map((tensor) => find(tensor, offsets.calls.get(tensor.layer) ?? 0)));
  }
  const all = pending.map(({ call }) => call);
  const ends = outputs.map((tensor) => find(tensor, offsets.outputs.get(tensor.layer) ?? 0));
  const { order, looped } = inOrder(all);
  return {
    kind: "functional",
    layers,
    order,
    inputs: inputs.map((tensor) => find(tensor, 0)),
    outputs: ends,
    stated: statedShapes(all),
    branching: looped || isBranching(layers, order),
  };
}

/**
 * How much the stored indices of a nested model's calls are too high: such a model once had a first call of its
 * own, which still counts in Keras 2's configs and in Keras 3's `output_layers`. The last call of a layer is
 * always named somewhere, so the highest index tells.
 */
function nodeOffsets(layers: readonly LayerPlan[], outputs: readonly StatedTensor[]) {
  const named = layers.flatMap((layer) => layer.calls.flatMap((call) => call.tensors));
  const modern = named.some((tensor) => tensor.shape !== null);
  const inCalls = new Map<string, number>();
  const inOutputs = new Map<string, number>();
  const highest = (tensors: readonly StatedTensor[]) => {
    const result = new Map<string, number>();
    for (const { layer, node } of tensors) result.set(layer, Math.max(node, result.get(layer) ?? 0));
    return result;
  };
  const both = highest([...named, ...outputs]);
  const ends = highest(outputs);
  for (const { name, model, calls } of layers) {
    if (model === null || calls.length === 0) continue;
    const over = (both.get(name) ?? 0) >= calls.length ? 1 : 0;
    if (!modern) inCalls.set(name, over);
    inOutputs.set(name, modern ? Math.min(model.kind === "functional" ? 1 : 0, ends.get(name) ?? 0) : over);
  }
  return { calls: inCalls, outputs: inOutputs };
}

/** Orders calls so that each comes after those that feed it. */
function inOrder(calls: readonly PlannedCall[]): { order: readonly PlannedCall[]; looped: boolean } {
  const waiting = new Map<PlannedCall, number>();
  const followers = new Map<PlannedCall, PlannedCall[]>();
  for (const call of calls) {
    const makers = call.feeds.map((feed) => feed.call).filter((maker) => maker !== null);
    waiting.set(call, makers.length);
    for (const maker of makers) {
      const fed = followers.get(maker);
      if (fed === undefined) followers.set(maker, [call]);
      else fed.push(call);
    }
  }
  const order = calls.filter((call) => waiting.get(call) === 0);
  for (let at = 0; at < order.length; at++) {
    for (const fed of followers.get(order[at]!) ?? []) {
      const left = waiting.get(fed)! - 1;
      waiting.set(fed, left);
      if (left === 0) order.push(fed);
    }
  }
  const looped = order.length < calls.length;
  return { order: looped ? [...order, ...calls.filter((call) => waiting.get(call)! > 0)] : order, looped };
}

function statedShapes(
  calls: readonly PlannedCall[],
): ReadonlyMap<PlannedCall, readonly (Extents | undefined)[]> {
  const result = new Map<PlannedCall, (Extents | undefined)[]>();
  for (const { call, tensor, shape } of calls.flatMap((each) => each.feeds)) {
    if (call === null || shape === null || tensor < 0 || tensor > MAX_OUTPUTS) continue;
    const shapes = result.get(call) ?? [];
    shapes[tensor] = shape;
    result.set(call, shapes);
  }
  return result;
}

/** No layer has more outputs; a file could name output number 10^15. */
const MAX_OUTPUTS = 10_000;

/**
 * Keras's test for a column of connections: several calls at one depth (counted from the outputs), several
 * tensors into one call, or several calls of one layer.
 */
function isBranching(layers: readonly LayerPlan[], order: readonly PlannedCall[]): boolean {
  if (layers.some((layer) => layer.calls.length > 1) || order.some((call) => call.feeds.length > 1))
    return true;
  const depths = new Map<PlannedCall, number>();
  for (const call of order.toReversed()) {
    const depth = depths.get(call) ?? 0;
    depths.set(call, depth);
    for (const { call: maker } of call.feeds) {
      if (maker !== null) depths.set(maker, Math.max(depth + 1, depths.get(maker) ?? 0));
    }
  }
  return new Set(depths.values()).size < depths.size;
}
