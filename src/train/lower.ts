import { ReadError } from "../errors.ts";
import type { KerasConfig, KerasLayer } from "../format/keras/config.ts";
import type { Graph, GraphNode } from "./engine/graph.ts";
import type { LayerParts } from "./layer-parts.ts";
import { lowerLayer } from "./lower-layers.ts";

/** One weight of a layer: where it is in the graph and how it begins. */
export interface LayerParameter {
  /** `kernel`, `bias`, `gamma`, `moving_mean`, … as Keras calls it. */
  readonly name: string;
  /** `<node>/<parameter>`, the engine's name. */
  readonly engineName: string;
  /** In Keras's layout. */
  readonly shape: readonly number[];
  /** Keras's serialized initializer; null for zeros. */
  readonly initializer: unknown;
  readonly trainable: boolean;
}

/** A layer of a network with what it became. */
export interface LoweredLayer {
  readonly name: string;
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
  /** In the order of Keras's `get_weights`. */
  readonly parameters: readonly LayerParameter[];
  /** Shape of its output without the batch axis. */
  readonly outputShape: readonly number[];
}

/** A network ready for the engine. */
export interface Lowered {
  /** Its inputs are float32; `withByteInputs` makes them bytes. */
  readonly graph: Graph;
  readonly layers: readonly LoweredLayer[];
  /** Shapes of one sample of each input. */
  readonly inputShapes: readonly (readonly number[])[];
  readonly outputShape: readonly number[];
}

/**
 * Turns a Keras config into the engine's graph.
 *
 * @throws ReadError `unsupported` when a layer cannot be trained here, naming it and what can be done;
 * `bad-option` when shapes do not fit.
 */
export function lower(config: KerasConfig): Lowered {
  const nodes: GraphNode[] = [];
  const layers: LoweredLayer[] = [];
  /** The node that carries a layer's output. */
  const ends = new Map<string, string>();
  const inputShapes: (readonly number[])[] = [];
  let previous: string | null = null;
  const add = (layer: KerasLayer, inputs: readonly string[]): void => {
    const shapes = inputs.map((name) => layers.find((each) => each.name === name)!.outputShape);
    const parts = lowerLayer(layer, shapes);
    let feeds = inputs.map((name) => ends.get(name)!);
    for (const { name, op, rules } of parts.nodes) {
      nodes.push({ name, op, inputs: feeds, ...(rules === undefined ? {} : { rules }) });
      feeds = [name];
    }
    if (parts.nodes[0]?.op.kind === "input") inputShapes.push(parts.outputShape);
    ends.set(layer.name, feeds[0]!);
    layers.push(toLowered(layer, parts, config.trainable));
    previous = layer.name;
  };
  const chained = config.className === "Sequential";
  for (const layer of config.layers) {
    // Keras does not count the InputLayer among the layers of a Sequential.
    if (chained && previous === null && layer.className !== "InputLayer") add(inputBefore(layer), []);
    add(layer, chained ? (previous === null ? [] : [previous]) : inboundOf(layer));
  }
  const last = layers.at(-1);
  if (last === undefined || inputShapes.length === 0) {
    throw new ReadError("bad-option", "The network has no input: nothing states the shape of one sample.");
  }
  return {
    graph: { nodes, output: ends.get(outputOf(config, layers))! },
    layers,
    inputShapes,
    outputShape: layers.find((layer) => layer.name === outputOf(config, layers))!.outputShape,
  };
}

/** The input that a chain begins with, from what its first layer says it is fed with. */
function inputBefore(layer: KerasLayer): KerasLayer {
  const shapes = layer.inputShapes;
  return {
    name: `${layer.name}/input`,
    className: "InputLayer",
    config: Object.create(null),
    calls: [],
    inputShapes: null,
    outputShapes: shapes,
    inbound: [],
    isOutput: false,
  };
}

/** The same graph whose inputs are bytes, each worth 1/255. */
export function withByteInputs(graph: Graph): Graph {
  return {
    ...graph,
    nodes: graph.nodes.map((node) =>
      node.op.kind === "input" ? { ...node, op: { ...node.op, dtype: "uint8" as const } } : node,
    ),
  };
}

function toLowered(layer: KerasLayer, parts: LayerParts, trained: boolean): LoweredLayer {
  const { name, className, config } = layer;
  const trainable = trained && config.trainable !== false;
  return {
    name,
    className,
    config,
    outputShape: parts.outputShape,
    parameters: parts.parameters.map((parameter) => ({
      ...parameter,
      trainable: parameter.trainable && trainable,
    })),
  };
}

function inboundOf(layer: KerasLayer): readonly string[] {
  if (layer.calls.length > 1) {
    throw new ReadError(
      "unsupported",
      `Layer ${JSON.stringify(layer.name)} is used ${layer.calls.length} times; shared layers cannot be trained here. Export the network and train it in Keras.`,
    );
  }
  return layer.inbound.map(([name]) => name);
}

/** The layer that no other layer takes as its input. */
function outputOf(config: KerasConfig, layers: readonly LoweredLayer[]): string {
  if (config.className === "Sequential") return layers.at(-1)!.name;
  const used = new Set(config.layers.flatMap((layer) => layer.inbound.map(([name]) => name)));
  const open = layers.filter((layer) => !used.has(layer.name));
  if (open.length !== 1) {
    const names = open.map((layer) => layer.name).join(", ");
    throw new ReadError(
      "unsupported",
      `The network has ${open.length} outputs (${names}); one can be trained.`,
    );
  }
  return open[0]!.name;
}
