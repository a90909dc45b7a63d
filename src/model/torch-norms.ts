import type { Tensor } from "../tensor/tensor.ts";
import type { LayerFacts } from "./layers.ts";
import type { BatchNorm } from "./model.ts";
import { readTensorName } from "./names.ts";

/** PyTorch's default, which a state dict does not keep. */
const EPSILON = 1e-5;

/** A convolution, and a normalisation whose name goes with its. */
interface Pair {
  readonly fact: LayerFacts;
  readonly norm: BatchNorm;
  /** `features.0` and `features.1`: neighbours in a Sequential, with nothing between. */
  readonly adjacent: boolean;
  readonly outputs: number;
  readonly inputs: number;
}

/**
 * Batch normalisations of a PyTorch state dict by the convolutions that they follow, where names leave no doubt:
 * neighbours in a Sequential (`0` and `1`), or `conv1` and `bn1` where every such pair of the file has as many channels
 * as the convolution has filters, and some would not fit before it. Networks that normalise before they convolve use
 * the same names.
 */
export function torchNorms(
  facts: readonly LayerFacts[],
  byName: ReadonlyMap<string, Tensor>,
): ReadonlyMap<LayerFacts, BatchNorm> {
  // Most files without a normalisation have many tensors.
  if (!anyEndsWith(byName.keys(), ".running_var")) return new Map();
  const pairs = facts.flatMap((fact) => pairOf(fact, byName) ?? []);
  const named = pairs.filter(({ adjacent }) => !adjacent);
  const follows =
    named.every(({ norm, outputs }) => norm.mean.shape[0] === outputs) &&
    named.some(({ inputs, outputs }) => inputs !== outputs);
  return new Map(
    pairs
      .filter(({ adjacent, norm, outputs }) => (adjacent ? norm.mean.shape[0] === outputs : follows))
      .map(({ fact, norm }) => [fact, norm]),
  );
}

function anyEndsWith(names: Iterable<string>, end: string): boolean {
  for (const name of names) if (name.endsWith(end)) return true;
  return false;
}

function pairOf(fact: LayerFacts, byName: ReadonlyMap<string, Tensor>): Pair | null {
  const { kernel, axisOrder } = fact;
  const { layer, leaf } = readTensorName(kernel.name);
  if (leaf !== "weight" || !/^(OI|IO)/.test(axisOrder)) return null;
  const number = /^(|.*\.)(\d+)$/.exec(layer);
  const own = /^(|.*[._])conv(\d*)$/.exec(layer);
  const norms =
    number !== null
      ? [`${number[1]}${Number(number[2]) + 1}`]
      : own !== null
        ? [`${own[1]}bn${own[2]}`, `${own[1]}norm${own[2]}`]
        : [];
  const norm = norms.map((name) => normCalled(name, byName)).find((found) => found !== null);
  if (norm == null) return null;
  const [first = 0, second = 0] = kernel.shape;
  const groups = fact.groups ?? 1;
  const isTransposed = axisOrder.startsWith("IO");
  return {
    fact,
    norm,
    adjacent: number !== null,
    outputs: isTransposed ? second * groups : first,
    inputs: isTransposed ? first : second * groups,
  };
}

function normCalled(name: string, byName: ReadonlyMap<string, Tensor>): BatchNorm | null {
  const part = (leaf: string): Tensor | null => byName.get(`${name}.${leaf}`) ?? null;
  const [mean, variance] = [part("running_mean"), part("running_var")];
  if (mean === null || variance === null || mean.shape.length !== 1) return null;
  const note = `Told by its name, with PyTorch's default epsilon of ${EPSILON}: a state dict keeps neither.`;
  return { scale: part("weight"), offset: part("bias"), mean, variance, epsilon: EPSILON, note };
}
