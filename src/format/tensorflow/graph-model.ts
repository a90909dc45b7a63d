import { graphLayers } from "../../model/graph-layers.ts";
import type { Model } from "../../model/model.ts";
import type { Source } from "../../source/source.ts";
import { countOf, DTYPES, isDType } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { type FoundConvolutions, namedFacts } from "./find-convolutions.ts";
import type { Graph } from "./graph.ts";

/** What a model is made of whose operators are known. */
export interface GraphModelParts {
  readonly source: Source;
  /** Name of the row in the format table. */
  readonly format: string;
  readonly producer: string | null;
  /** Tensors of the file, whatever uses them. */
  readonly tensors: readonly Tensor[];
  readonly found: FoundConvolutions;
  readonly notes: readonly string[];
  readonly trainable?: number | undefined;
  close(): Promise<void>;
}

/** A model out of the convolutions of its graph. */
export function graphModel({
  source,
  format,
  producer,
  found,
  notes,
  close,
  ...parts
}: GraphModelParts): Model {
  const facts = namedFacts(found.convolutions);
  const all = new Map(parts.tensors.map((tensor) => [tensor.name, tensor]));
  for (const { kernel, bias } of facts) {
    if (!all.has(kernel.name)) all.set(kernel.name, kernel);
    if (bias != null && !all.has(bias.name)) all.set(bias.name, bias);
  }
  // Constants that were put together are there as one.
  const isPart = (name: string): boolean =>
    all.has(name.replace(/\/part_\d+$/, "")) && /\/part_\d+$/.test(name);
  const tensors = [...all.values()].filter(({ name }) => !isPart(name));
  const layers = graphLayers(facts, tensors);
  const total = tensors.reduce((sum, { shape }) => sum + countOf(shape), 0);
  const { computed } = found;
  const more =
    computed.length === 0
      ? []
      : [
          `${computed.length} convolutions use kernels that are computed while the network runs, and are not listed: ${computed.slice(0, 3).join(", ")}${computed.length > 3 ? " and others" : ""}.`,
        ];
  return {
    file: source.name,
    format,
    producer,
    layers: layers.layers,
    tensors,
    rejected: layers.rejected,
    architecture: null,
    parameters: {
      total,
      trainable: parts.trainable ?? null,
      nonTrainable: parts.trainable === undefined ? null : total - parts.trainable,
    },
    notes: [...notes, ...layers.notes, ...more],
    close,
  };
}

/** The constants of a graph that may be weights: real numbers with at least one axis. */
export function weightConstants({ nodes, functions }: Graph): readonly Tensor[] {
  const all = [nodes, ...[...functions.values()].map((one) => one.nodes)].flat();
  return all.flatMap(({ constant }) => {
    if (constant === null || constant.shape.length === 0 || countOf(constant.shape) < 2) return [];
    return isDType(constant.dtype) && DTYPES[constant.dtype].kind !== "int" ? [constant] : [];
  });
}
