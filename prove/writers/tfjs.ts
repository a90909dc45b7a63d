import type { TfLayer } from "./tensorflow-model.ts";
import { tfWeights } from "./tensorflow-model.ts";
import { concat, utf8, type Weight } from "./weight.ts";

/** How a weight is kept: its quantisation, if any, and its bytes. */
export interface TfjsWeight extends Weight {
  readonly quantization?: Readonly<Record<string, unknown>>;
  /** The dtype that the manifest states; default: the weight's. */
  readonly states?: string;
}

/** A manifest of one group, and its shards: cut at every `shard` bytes, whatever stands there. */
export function manifest(
  weights: readonly TfjsWeight[],
  shard: number,
): { readonly groups: unknown[]; readonly shards: Map<string, Uint8Array<ArrayBuffer>> } {
  const data = concat(weights.map(({ bytes }) => bytes));
  const count = Math.max(1, Math.ceil(data.length / shard));
  const shards = new Map<string, Uint8Array<ArrayBuffer>>();
  for (let at = 0; at < count; at++) {
    shards.set(`group1-shard${at + 1}of${count}.bin`, data.slice(at * shard, (at + 1) * shard));
  }
  const specs = weights.map(({ name, dtype, shape, quantization, states }) => ({
    name,
    shape,
    dtype: states ?? dtype,
    ...(quantization === undefined ? {} : { quantization }),
  }));
  return { groups: [{ paths: [...shards.keys()], weights: specs }], shards };
}

/** A graph model: TensorFlow's operators as JSON, bytes in base64 and large numbers as texts. */
export function tfjsGraph(layers: readonly TfLayer[]): Record<string, unknown> {
  const base64 = (text: string): string => Buffer.from(text).toString("base64");
  const list = (values: readonly number[]): unknown => ({ list: { i: values.map(String) } });
  const nodes: unknown[] = tfWeights(layers).map(({ name }) => ({ name, op: "Const", attr: {} }));
  for (const { spec, weights } of layers) {
    let data = `${spec.name}/x`;
    const shape = [1, 16, 16, spec.inputs].map((size) => ({ size: String(size) }));
    nodes.push({ name: data, op: "Placeholder", attr: { shape: { shape: { dim: shape } } } });
    for (const { name } of weights) {
      const isPoint = name === "pointwise_kernel";
      const ones = spec.strides.map(() => 1);
      const common = {
        padding: { s: base64("SAME") },
        strides: list([1, ...(isPoint ? ones : spec.strides), 1]),
      };
      const attributes = { ...common, dilations: list([1, ...(isPoint ? ones : spec.dilation), 1]) };
      const output = `${spec.name}/${name}/convolution`;
      if (name === "bias") {
        nodes.push({
          name: `${spec.name}/BiasAdd`,
          op: "BiasAdd",
          input: [data, `${spec.name}/bias`],
          attr: {},
        });
        continue;
      }
      const op =
        name === "depthwise_kernel"
          ? "DepthwiseConv2dNative"
          : spec.kind === "transposed"
            ? "Conv2DBackpropInput"
            : "Conv2D";
      const kernel = `${spec.name}/${name}`;
      nodes.push({
        name: output,
        op,
        input: op === "Conv2DBackpropInput" ? [data, kernel, data] : [data, kernel],
        attr: attributes,
      });
      data = output;
    }
  }
  return { node: nodes, library: {}, versions: {} };
}

/** The files of a model: `model.json` and its shards. */
export function tfjsFiles(
  topology: Record<string, unknown> | null,
  weights: readonly TfjsWeight[],
  options: { readonly shard?: number; readonly groups?: unknown; readonly format?: string } = {},
): Map<string, Uint8Array<ArrayBuffer>> {
  const { groups, shards } = manifest(weights, options.shard ?? 4_194_304);
  const stated = options.groups ?? groups;
  const json =
    topology === null
      ? stated
      : {
          format: options.format ?? "graph-model",
          generatedBy: "proof",
          modelTopology: topology,
          weightsManifest: stated,
        };
  return new Map([["model.json", utf8(JSON.stringify(json))], ...shards]);
}
