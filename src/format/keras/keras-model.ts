import type { Budget } from "../../budget.ts";
import { findLayers } from "../../model/find-layers.ts";
import type { LayerFacts } from "../../model/layers.ts";
import type { Architecture, ConvLayer, Model } from "../../model/model.ts";
import { countOf } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type LayerWeight, toArchitecture } from "./architecture.ts";
import { followingNorms } from "./batch-norm.ts";
import { type BoundLayer, type BoundModel, bindWeights } from "./bind.ts";
import type { KerasConfig } from "./config.ts";
import { CONV_CLASSES, OTHER_CLASSES } from "./conv-classes.ts";
import { configuredKernels, statedDType, tryConvLayer } from "./conv-layers.ts";
import { guessKernels } from "./guess-kernels.ts";
import type { KerasWeight, WeightView } from "./weight.ts";
import type { WeightUnit } from "./weight-units.ts";

/** Everything that was found in a Keras file. */
export interface KerasParts {
  readonly file: string;
  /** Name of the row in the format table. */
  readonly format: string;
  readonly kerasVersion: string | null;
  /** Null for files with weights only, and for models whose config lists no layers (subclassed ones). */
  readonly config: KerasConfig | null;
  /** The weights as the config's layers find theirs. */
  readonly view: WeightView;
  /** The weights as names tell the layers; used without a config. */
  readonly units: readonly WeightUnit[];
  readonly optimizer: readonly KerasWeight[] | null;
  readonly notes: readonly string[];
  readonly axisOrder: string | undefined;
  readonly budget: Budget;
  close(): Promise<void>;
}

/** The model of a Keras file. */
export function kerasModel(parts: KerasParts): Model {
  const { file, format, kerasVersion, config, view, units, axisOrder, budget } = parts;
  budget.count(view.weights.length, "weights");
  const found = config === null ? guessed(units, axisOrder) : configured(config, view);
  const architecture = config === null ? null : architectureOf(config, found.bound, parts.optimizer);
  const total = found.tensors.reduce((sum, tensor) => sum + countOf(tensor.shape), 0);
  const nonTrainable = architecture?.layers.reduce((sum, layer) => sum + layer.nonTrainable, 0) ?? null;
  return {
    file,
    format,
    producer: kerasVersion === null ? null : `keras ${kerasVersion}`,
    layers: found.layers,
    tensors: found.tensors,
    rejected: found.rejected,
    architecture,
    parameters: { total, trainable: nonTrainable === null ? null : total - nonTrainable, nonTrainable },
    notes: [...parts.notes, ...found.notes],
    close: parts.close,
  };
}

interface Found {
  readonly layers: readonly ConvLayer[];
  readonly tensors: readonly Tensor[];
  readonly rejected: Model["rejected"];
  readonly notes: readonly string[];
  readonly bound: BoundModel;
}

/** Layers by the config; what the config's classes do not explain is left out with the reason. */
function configured(config: KerasConfig, view: WeightView): Found {
  const bound = bindWeights(config, view);
  const layers: ConvLayer[] = [];
  const rejected: { tensor: Tensor; reason: string }[] = [];
  const tensors = new Map<KerasWeight, Tensor>();
  const take = (facts: LayerFacts): void => {
    const layer = tryConvLayer(facts, layers.length);
    if (typeof layer === "string") rejected.push({ tensor: facts.kernel, reason: layer });
    else layers.push(layer);
  };
  const norms = followingNorms(config, bound);
  for (const one of bound.layers) {
    const stated = statedDType(one.layer);
    for (const weight of one.weights) tensors.set(weight, weight.tensor(stated));
    const conv = CONV_CLASSES.get(one.layer.className);
    if (conv !== undefined) {
      const kernels = configuredKernels(one, conv);
      const batchNorm = norms.get(one.path);
      // Of two kernels the second is the one whose output is normalised.
      const last = kernels.facts.find(
        ({ name }) => conv.kernels.length === 1 || name.endsWith("/pointwise_kernel"),
      );
      for (const fact of kernels.facts) take(fact === last ? { ...fact, batchNorm } : fact);
      rejected.push(...kernels.rejected);
    } else {
      const other = otherKernels(one, tensors, layers.length);
      layers.push(...other.layers);
      rejected.push(...other.rejected);
    }
  }
  for (const weight of view.weights) if (!tensors.has(weight)) tensors.set(weight, weight.tensor());
  const notes =
    bound.without.length === 0
      ? []
      : [
          `The config lists ${bound.without.length} convolutions without weights in the file: ${bound.without.slice(0, 5).join(", ")}${bound.without.length > 5 ? ", …" : ""}.`,
        ];
  return { layers, tensors: [...tensors.values()], rejected, notes, bound };
}

/** Weights of three axes and more in layers that are no convolutions, and in classes that Keras does not have. */
function otherKernels(
  { layer, name, weights }: BoundLayer,
  tensors: ReadonlyMap<KerasWeight, Tensor>,
  first: number,
): { readonly layers: readonly ConvLayer[]; readonly rejected: Model["rejected"] } {
  const large = weights.filter(({ shape }) => shape.length >= 3 && shape.length <= 5);
  if (large.length === 0) return { layers: [], rejected: [] };
  const other = OTHER_CLASSES.get(layer.className);
  if (other !== undefined) {
    const reason = `It belongs to ${other} (${layer.className}).`;
    return { layers: [], rejected: large.map((weight) => ({ tensor: tensors.get(weight)!, reason })) };
  }
  const aliases = new Map(
    weights.map((weight) => [{ ...tensors.get(weight)!, name: `${name}/${weight.name}` }, weight]),
  );
  const found = findLayers([...aliases.keys()], { convention: "keras" });
  const real = (tensor: Tensor): Tensor => tensors.get(aliases.get(tensor)!)!;
  const note = `The class ${layer.className} is not one of Keras's own: its kernels were told by their names.`;
  return {
    layers: found.layers.map((one, index) => ({
      ...one,
      index: first + index,
      kernel: real(one.kernel),
      bias: one.bias === null ? null : real(one.bias),
      note: one.note === undefined ? note : `${note} ${one.note}`,
    })),
    rejected: found.rejected.map(({ tensor, reason }) => ({ tensor: real(tensor), reason })),
  };
}

function guessed(units: readonly WeightUnit[], axisOrder: string | undefined): Found {
  const found = guessKernels(units, axisOrder);
  const tensors = units.flatMap(({ weights }) => weights.map((weight) => weight.tensor()));
  return { ...found, tensors, bound: { layers: [], without: [] } };
}

function architectureOf(
  config: KerasConfig,
  bound: BoundModel,
  optimizer: readonly KerasWeight[] | null,
): Architecture {
  const byLayer = new Map<string, LayerWeight[]>();
  for (const { path, layer, weights } of bound.layers) {
    const stated = statedDType(layer);
    const list = byLayer.get(path) ?? [];
    list.push(...weights.map((weight) => layerWeight(weight, stated)));
    byLayer.set(path, list);
  }
  return toArchitecture(config, {
    byLayer,
    optimizer: optimizer?.map((weight) => layerWeight(weight)) ?? null,
  });
}

function layerWeight(weight: KerasWeight, stated?: string): LayerWeight {
  const { dtype, shape, quantization } = weight.tensor(stated);
  // Kept in few bits, but still a real number that is trained.
  return { name: weight.leaf, shape, dtype: quantization === undefined ? dtype : "float32" };
}
