import type { ParameterRule } from "../engine/graph.ts";
import { resolveGraph } from "../engine/resolve.ts";
import { sizeOf } from "../engine/shape.ts";
import type { Network } from "../network.ts";

/** An array in PyTorch's layout. */
export interface FirstWeight {
  readonly node: string;
  /** PyTorch's name: `weight`, `bias`, `running_mean`, `running_var`. */
  readonly name: string;
  /** The engine's name, null for one that Keras does not have (the gamma of a normalisation without scale). */
  readonly engineName: string | null;
  readonly shape: readonly number[];
  readonly data: Float32Array<ArrayBuffer>;
  readonly trainable: boolean;
  readonly rule: ParameterRule;
  /** `shape[i]` is axis `axes[i]` of Keras's layout. */
  readonly axes: readonly number[];
}

const NAMES: Readonly<Record<string, string>> = {
  kernel: "weight",
  bias: "bias",
  gamma: "weight",
  beta: "bias",
  movingMean: "running_mean",
  movingVariance: "running_var",
};

/**
 * All weights of a network as PyTorch and ONNX lay them out: convolutions [out, in / groups, …], transposed ones
 * [in, out, …], dense ones [out, in].
 *
 * @param values arrays by the engine's names in Keras's layout; default: the weights. The optimizer's slots are laid
 * out alike.
 */
export function firstWeights(
  network: Network,
  values: ReadonlyMap<string, Float32Array> = weightsByName(network),
): FirstWeight[] {
  const kept = new Map(
    network.layers.flatMap((layer) => layer.parameters.map((each) => [each.engineName, each.trainable])),
  );
  return resolveGraph(network.graph).nodes.flatMap((node): FirstWeight[] => {
    const own = node.parameters.map(({ name, parameter, shape, rule }): FirstWeight => {
      const axes = axesOf(parameter, shape.length);
      return {
        node: node.name,
        name: NAMES[parameter]!,
        engineName: name,
        shape: axes.map((axis) => shape[axis]!),
        data: permuted(values.get(name) ?? new Float32Array(sizeOf(shape)), shape, axes),
        trainable: kept.get(name) ?? false,
        rule,
        axes,
      };
    });
    if (node.op.kind !== "batchNorm") return own;
    const channels = [node.shape.at(-1)!];
    const stated = (name: string, value: number): FirstWeight[] =>
      own.some((each) => each.name === name)
        ? []
        : [
            {
              node: node.name,
              name,
              engineName: null,
              shape: channels,
              data: new Float32Array(channels[0]!).fill(value),
              trainable: false,
              rule: {},
              axes: [0],
            },
          ];
    return [...own, ...stated("weight", 1), ...stated("bias", 0)];
  });
}

function weightsByName(network: Network): ReadonlyMap<string, Float32Array> {
  return new Map(
    network.layers.flatMap((layer) => {
      const values = layer.getWeights();
      return layer.parameters.map((each, i) => [each.engineName, values[i]!] as const);
    }),
  );
}

/**
 * Kernels end in [in, out] in Keras, transposed ones in [out, in]; PyTorch begins with [out, in] and [in, out]: the
 * last two axes come first, swapped.
 */
function axesOf(parameter: string, rank: number): readonly number[] {
  const axes = Array.from({ length: rank }, (_, i) => i);
  return parameter === "kernel" ? [rank - 1, rank - 2, ...axes.slice(0, -2)] : axes;
}

/** A copy with axes in another order: axis `i` of the result is axis `axes[i]` of `data`. */
export function permuted(
  data: Float32Array,
  shape: readonly number[],
  axes: readonly number[],
): Float32Array<ArrayBuffer> {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const result = new Float32Array(data.length);
  const steps = axes.map((axis) => strides[axis]!);
  const extents = axes.map((axis) => shape[axis]!);
  const at = new Array<number>(axes.length).fill(0);
  let from = 0;
  for (let to = 0; to < result.length; to++) {
    result[to] = data[from]!;
    for (let axis = axes.length - 1; axis >= 0; axis--) {
      from += steps[axis]!;
      at[axis]!++;
      if (at[axis]! < extents[axis]!) break;
      from -= steps[axis]! * extents[axis]!;
      at[axis] = 0;
    }
  }
  return result;
}
