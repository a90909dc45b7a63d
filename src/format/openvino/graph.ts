import type { Budget } from "../../budget.ts";
import { xmlEvents } from "../../codec/xml.ts";
import { ReadError } from "../../errors.ts";

/** An input or output of a layer. */
export interface Port {
  readonly id: string;
  readonly precision: string;
  /** -1: open. */
  readonly dims: readonly number[];
}

/** A layer of the graph, with its attributes as they stand. */
export interface IrLayer {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly precision: string;
  readonly data: ReadonlyMap<string, string>;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Up to version 7: weights by their role (`weights`, `biases`, `custom`). */
  readonly blobs: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** The network itself, or the body of a loop or a branch. */
export interface IrGraph {
  readonly layers: readonly IrLayer[];
  readonly byId: ReadonlyMap<string, IrLayer>;
  /** What feeds an input, by `layer:port`. */
  readonly sources: ReadonlyMap<string, { readonly layer: string; readonly port: string }>;
  /** Layers that a layer feeds. */
  readonly consumers: ReadonlyMap<string, readonly string[]>;
}

/** What an IR file says. */
export interface IrModel {
  readonly version: number;
  /** The OpenVINO that wrote it; null when it does not say. */
  readonly writer: string | null;
  /** Bodies after the graph that uses them begins; the network's own graph is the last. */
  readonly graphs: readonly IrGraph[];
}

interface GrowingLayer extends IrLayer {
  readonly data: Map<string, string>;
  readonly inputs: GrowingPort[];
  readonly outputs: GrowingPort[];
  readonly blobs: Map<string, ReadonlyMap<string, string>>;
}

interface GrowingPort extends Port {
  readonly dims: number[];
}

interface GrowingGraph {
  readonly element: string;
  readonly layers: GrowingLayer[];
  readonly byId: Map<string, GrowingLayer>;
  readonly sources: Map<string, { readonly layer: string; readonly port: string }>;
  readonly consumers: Map<string, string[]>;
  layer: GrowingLayer | null;
  ports: GrowingPort[] | null;
  inBlobs: boolean;
}

/** Layers, ports, edges, attributes and blobs of a network, which are all held in memory. */
export const IR_PARTS_MOST = 200_000;

/** Elements that hold a graph of their own. */
const GRAPHS: ReadonlySet<string> = new Set(["net", "body", "then_body", "else_body"]);

/**
 * The graphs of an intermediate representation (IR), versions 2 to 11.
 *
 * @throws ReadError `malformed`, `ambiguous` (two layers of one number, two sources of one input), …
 */
export function readIr(text: string, budget: Budget): IrModel {
  const graphs: IrGraph[] = [];
  const open: GrowingGraph[] = [];
  let version = 0;
  let writer: string | null = null;
  let dim: string | null = null;
  let parts = 0;
  const countPart = (): void => {
    if (++parts > IR_PARTS_MOST)
      throw new ReadError("limit", `The network has more than ${IR_PARTS_MOST} layers, ports and edges.`);
  };
  for (const event of xmlEvents(text, budget, "The network")) {
    const graph = open.at(-1);
    if (event.kind === "text") {
      if (dim !== null) dim += event.text;
    } else if (event.kind === "close") {
      if (graph === undefined) continue;
      if (event.name === "dim" && graph.ports !== null && dim !== null) {
        graph.ports.at(-1)?.dims.push(extentOf(dim));
        dim = null;
      } else if (event.name === "layer") graph.layer = null;
      else if (event.name === "input" || event.name === "output") graph.ports = null;
      else if (event.name === "blobs") graph.inBlobs = false;
      else if (event.name === graph.element) graphs.push(open.pop()!);
    } else {
      const { name, attributes } = event;
      if (GRAPHS.has(name)) {
        if (name === "net" && open.length === 0) version = Number(attributes.get("version") ?? 0);
        open.push(emptyGraph(name));
      } else if (graph === undefined) throw notIr(name);
      else if (/^(?:Runtime_version|MO_version)$/.test(name)) {
        if (writer === null || name === "Runtime_version") writer = attributes.get("value") ?? writer;
      } else if (name === "dim") dim = "";
      else openElement(graph, name, attributes, budget, countPart);
    }
  }
  const whole = graphs.at(-1);
  if (whole === undefined || whole.layers.length === 0) throw notIr("net");
  return { version, writer, graphs };
}

function notIr(name: string): ReadError {
  return new ReadError(
    "malformed",
    `An OpenVINO network should be <net> with <layers>, but this XML has nothing in <${name.slice(0, 40)}>.`,
  );
}

function emptyGraph(element: string): GrowingGraph {
  return {
    element,
    layers: [],
    byId: new Map(),
    sources: new Map(),
    consumers: new Map(),
    layer: null,
    ports: null,
    inBlobs: false,
  };
}

function openElement(
  graph: GrowingGraph,
  name: string,
  attributes: ReadonlyMap<string, string>,
  budget: Budget,
  countPart: () => void,
): void {
  const { layer } = graph;
  const get = (key: string): string => attributes.get(key) ?? "";
  if (/^(?:layer|edge|port)$/.test(name) || graph.inBlobs) countPart();
  if (name === "layer") {
    budget.count(1, "layers");
    const made: GrowingLayer = {
      id: get("id"),
      name: get("name"),
      type: get("type"),
      precision: get("precision"),
      data: new Map(),
      inputs: [],
      outputs: [],
      blobs: new Map(),
    };
    if (graph.byId.has(made.id)) {
      throw new ReadError(
        "ambiguous",
        `Two layers of the network have the number ${JSON.stringify(made.id)}.`,
      );
    }
    graph.layer = made;
    graph.layers.push(made);
    graph.byId.set(made.id, made);
  } else if (name === "edge") {
    // Those inside a layer are a loop's, from its end to its start.
    if (layer === null) addEdge(graph, attributes);
  } else if (layer === null) return;
  // Before version 7 attributes stood in elements called like the layer's type (`convolution_data`).
  else if (name === "data" || name.endsWith("_data")) {
    for (const [key, value] of attributes) {
      countPart();
      layer.data.set(key, value);
    }
  } else if (name === "input" || name === "output")
    graph.ports = name === "input" ? layer.inputs : layer.outputs;
  else if (name === "port" && graph.ports !== null) {
    graph.ports.push({ id: get("id"), precision: get("precision"), dims: [] });
  } else if (name === "blobs") graph.inBlobs = true;
  else if (graph.inBlobs || name === "weights" || name === "biases") layer.blobs.set(name, attributes);
}

function addEdge(graph: GrowingGraph, attributes: ReadonlyMap<string, string>): void {
  const get = (key: string): string => attributes.get(key) ?? "";
  const to = `${get("to-layer")}:${get("to-port")}`;
  if (graph.sources.has(to)) {
    throw new ReadError("ambiguous", `Two layers feed the input ${JSON.stringify(to)} of the network.`);
  }
  graph.sources.set(to, { layer: get("from-layer"), port: get("from-port") });
  const fed = graph.consumers.get(get("from-layer")) ?? [];
  fed.push(get("to-layer"));
  graph.consumers.set(get("from-layer"), fed);
}

function extentOf(text: string): number {
  const extent = Number(text.trim() || "x");
  if (Number.isInteger(extent) && extent >= -1) return extent;
  // Ranges (`1..8`) and `?` are open extents.
  if (/^(?:\?|\d*\.\.\d*)$/.test(text.trim())) return -1;
  throw new ReadError(
    "malformed",
    `An extent of the network is ${JSON.stringify(text.trim().slice(0, 40))}.`,
  );
}
