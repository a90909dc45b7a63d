import type { Budget } from "../../budget.ts";
import { compareNatural, readTensorName } from "../../model/names.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { Bundle } from "./bundle.ts";
import type { BundleEntry } from "./bundle-entry.ts";
import { STRING } from "./dtypes.ts";
import { modelObjects, type ObjectGraph, readObjectGraph } from "./object-graph.ts";

/** One weight of a checkpoint. */
export interface CheckpointTensor {
  readonly tensor: Tensor;
  /** What the network calls it (`conv1/kernel`), where the checkpoint tells; otherwise the checkpoint's own name. */
  readonly alias: string;
  /** The same, before what its shape tells was put in. */
  readonly fullName: string;
}

/** The weights of a checkpoint, without what belongs to training. */
export interface CheckpointTensors {
  readonly all: readonly CheckpointTensor[];
  /** The one tensor for each name in the checkpoint: a variable stored twice is joined. */
  readonly byKey: ReadonlyMap<string, CheckpointTensor>;
  /** The object graph of a TensorFlow 2 checkpoint. */
  readonly graph: ObjectGraph | null;
}

/** The tensor in which a TensorFlow 2 checkpoint keeps its object graph. */
const OBJECT_GRAPH = "_CHECKPOINTABLE_OBJECT_GRAPH";

/** What names of variables end with in TensorFlow 2. */
export const VARIABLE_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE";

/** The weights of `bundle`, in the order in which the model owns them, or as people count where it does not say. */
export async function checkpointTensors(
  bundle: Bundle,
  budget: Budget,
  signal: AbortSignal | undefined,
): Promise<CheckpointTensors> {
  const bytes = await bundle.text(OBJECT_GRAPH, { budget, signal });
  const graph = bytes === null ? null : readObjectGraph(bytes, "checkpoint", budget);
  const named = graph === null ? namedEntries(bundle) : ownedEntries(bundle, graph, budget);
  const all: CheckpointTensor[] = [];
  const byKey = new Map<string, CheckpointTensor>();
  const contents = new Map<string, CheckpointTensor>();
  for (const { entry, alias } of named) {
    // Keras 3 exports a variable under two keys: of one name, shape and checksum.
    const content = JSON.stringify([alias, entry.type, entry.shape, entry.size, entry.crc32c]);
    const joined = graph === null || entry.slices.length > 0 ? undefined : contents.get(content);
    const found = joined ?? { tensor: bundle.tensor(entry), alias, fullName: alias };
    byKey.set(entry.name, found);
    if (joined !== undefined) continue;
    contents.set(content, found);
    all.push(found);
  }
  return { all: withOwnNames(all), byKey, graph };
}

interface NamedEntry {
  readonly entry: BundleEntry;
  readonly alias: string;
}

/** By the object graph: the variables that the model owns, by their full names. */
function ownedEntries(bundle: Bundle, graph: ObjectGraph, budget: Budget): NamedEntry[] {
  return modelObjects(graph, budget).flatMap(({ id, path }) =>
    graph.objects[id]!.stored.flatMap(({ fullName, key }) => {
      const entry = bundle.entries.get(key);
      if (entry === undefined || entry.type === STRING) return [];
      return [{ entry, alias: fullName.includes("/") ? fullName : plainPath(path) }];
    }),
  );
}

/** `model/_operations/1/_kernel` → `model/_operations/1/kernel`: Keras 3 keeps kernels in private attributes. */
function plainPath(path: string): string {
  return path.replace(/(^|\/)_([^/]+)$/, "$1$2");
}

/** By name alone, as TensorFlow 1 has it: without the variables that optimizers add to each weight. */
function namedEntries(bundle: Bundle): NamedEntry[] {
  const entries = [...bundle.entries.values()].filter(({ type }) => type !== STRING);
  return withoutSlots(entries)
    .sort(byName)
    .map((entry) => {
      const { name } = entry;
      return { entry, alias: name.endsWith(VARIABLE_VALUE) ? name.slice(0, -VARIABLE_VALUE.length) : name };
    });
}

/** What optimizers of TensorFlow 1 call the state that they keep for a variable, below the variable's name. */
const SLOT =
  /^(.*)\/(Adam|AdaMax|AdamWeightDecay|Adagrad|Adadelta|Momentum|RMSProp|Ftrl|Lamb|LARS|LazyAdam|NAdam|Shampoo|YellowFin|adam_[mv]|ExponentialMovingAverage)(_\d)?$/i;

/** Keras's own optimizers under TensorFlow 1, whole. */
const OPTIMIZER_SCOPE = /^(training|OptimizeLoss|optimizer|optimizers)\/|\/\.OPTIMIZER_SLOT\//;

/** As people count; what is too long to be a name is not taken apart. */
export function byName(a: Named, b: Named): number {
  const most = Math.max(a.name.length, b.name.length);
  if (most <= NAME_MOST) return compareNatural(a.name, b.name);
  return a.name < b.name ? -1 : 1;
}

/** Letters of a name that is compared by its numbers. */
const NAME_MOST = 400;

interface Named {
  readonly name: string;
  readonly shape: readonly number[];
}

/** What is left of `entries` without the variables that optimizers keep for others. */
export function withoutSlots<T extends Named>(entries: readonly T[]): T[] {
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  return entries.filter((entry) => !isSlot(entry, byName));
}

function isSlot({ name, shape }: Named, entries: ReadonlyMap<string, Named>): boolean {
  if (OPTIMIZER_SCOPE.test(name) && !name.startsWith("optimizer/_trainable_variables/")) return true;
  const base = SLOT.exec(name)?.[1];
  if (base === undefined) return false;
  // The optimizer's scope may stand in front: `train/conv1/weights/Adam`. A hostile name has any number of parts.
  const parts = base.split("/").slice(-16);
  return [base, ...parts.map((_, from) => parts.slice(from).join("/"))].some((possible) => {
    const owner = entries.get(possible);
    return owner !== undefined && owner.shape.join() === shape.join();
  });
}

/** Names that two weights share say nothing: such weights keep their names in the checkpoint. */
function withOwnNames(all: readonly CheckpointTensor[]): readonly CheckpointTensor[] {
  const counts = new Map<string, number>();
  for (const { alias } of all) counts.set(alias, (counts.get(alias) ?? 0) + 1);
  const biases = new Map(
    all.filter(({ tensor }) => tensor.shape.length === 1).map((one) => [one.alias, one]),
  );
  return all.map(({ tensor, alias, fullName }) => {
    const own = counts.get(alias) === 1 ? alias : tensor.name.replace(VARIABLE_VALUE, "");
    return { tensor, alias: depthwiseAlias(tensor, own, biases), fullName };
  });
}

/** Keras 3 calls a depthwise kernel `kernel` too: then its bias, one value for every input and multiple, tells. */
function depthwiseAlias(
  { shape }: Tensor,
  alias: string,
  biases: ReadonlyMap<string, CheckpointTensor>,
): string {
  const { leaf, prefix } = readTensorName(alias);
  const outputs = biases.get(`${prefix}bias`)?.tensor.shape[0];
  const [inputs, last] = [shape.at(-2), shape.at(-1)];
  if (leaf !== "kernel" || shape.length < 3 || inputs === undefined || last === undefined) return alias;
  return last > 1 && outputs === inputs * last && outputs !== last ? `${prefix}depthwise_kernel` : alias;
}
