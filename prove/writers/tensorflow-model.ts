import type { LayerSpec } from "../models/layer.ts";
import { encode, message, type ProtoField, type ProtoMessage, packed } from "./protobuf.ts";
import {
  attr,
  type BundleLayout,
  bundle,
  constant,
  integers,
  node,
  shapeProto,
  TF_TYPES,
} from "./tensorflow.ts";
import type { Weight } from "./weight.ts";

/** A layer and its weights in Keras's order, named by their role. */
export interface TfLayer {
  readonly spec: LayerSpec;
  readonly weights: readonly Weight[];
}

/** Weights by the names that TensorFlow gives them: `layer/role`. */
export function tfWeights(layers: readonly TfLayer[]): readonly Weight[] {
  return layers.flatMap(({ spec, weights }) =>
    weights.map((weight) => ({ ...weight, name: `${spec.name}/${weight.name}` })),
  );
}

const OPERATORS = {
  conv: ["Conv2D", "Conv3D"],
  depthwise: ["DepthwiseConv2dNative", ""],
  transposed: ["Conv2DBackpropInput", "Conv3DBackpropInputV2"],
} as const;

/** The operators of one layer, each with an input of its own; `from` names what gives a weight. */
function operators(
  { spec, weights }: TfLayer,
  from: (name: string) => string,
  colon: string,
): ProtoMessage[] {
  const { name, rank, kind } = spec;
  const type = attr.type(TF_TYPES[spec.dtype] ?? 1);
  const nodes: ProtoMessage[] = [];
  const flat = rank === 1;
  let data = `${name}/x`;
  const spatial = flat ? [1, 32] : new Array<number>(rank).fill(16);
  nodes.push(node("Placeholder", data, [], { dtype: type, shape: attr.shape([1, ...spatial, spec.inputs]) }));
  data += colon;
  for (const weight of weights) {
    if (weight.name === "bias") {
      nodes.push(node("BiasAdd", `${name}/BiasAdd`, [data, from(`${name}/bias`)], { T: type }));
      data = `${name}/BiasAdd${colon}`;
      continue;
    }
    const isPoint = weight.name === "pointwise_kernel";
    const role =
      weight.name === "depthwise_kernel"
        ? "depthwise"
        : isPoint || kind !== "transposed"
          ? "conv"
          : "transposed";
    let kernel = from(`${name}/${weight.name}`);
    if (flat) {
      nodes.push(integers(`${name}/${weight.name}/axis`, [0]));
      nodes.push(
        node("ExpandDims", `${name}/${weight.name}/wide`, [kernel, `${name}/${weight.name}/axis${colon}`], {
          T: type,
        }),
      );
      kernel = `${name}/${weight.name}/wide${colon}`;
    }
    const ones = spatial.map(() => 1);
    const strides = isPoint ? ones : flat ? [1, spec.strides[0]!] : spec.strides;
    const dilations = isPoint ? ones : flat ? [1, spec.dilation[0]!] : spec.dilation;
    const op = OPERATORS[role][rank === 3 ? 1 : 0];
    const own = {
      T: type,
      strides: attr.integers([1, ...strides, 1]),
      dilations: attr.integers([1, ...dilations, 1]),
      padding: attr.text("SAME"),
    };
    const output = `${name}/${weight.name}/convolution`;
    nodes.push(node(op, output, role === "transposed" ? [data, kernel, data] : [data, kernel], own));
    data = output + colon;
  }
  return nodes;
}

/** A frozen graph: weights are constants, some behind an Identity. */
export function frozenGraph(layers: readonly TfLayer[], typed: (weight: Weight) => boolean): ProtoMessage {
  const nodes = [
    ...tfWeights(layers).flatMap((weight) => [
      constant(weight, typed(weight)),
      node("Identity", `${weight.name}/read`, [weight.name]),
    ]),
    ...layers.flatMap((layer) => operators(layer, (name) => `${name}/read`, "")),
  ];
  return message(...nodes.map((one) => [1, one] as const), [4, message([1, 1882])]);
}

/** Objects of a model whose root owns every variable by its number. */
function objectGraph(
  weights: readonly Weight[],
  object: (weight: Weight, at: number) => ProtoField[],
): ProtoMessage {
  const root = message(...weights.map((_, at) => [1, message([1, at + 1], [2, `v${at}`])] as const));
  return message([1, root], ...weights.map((weight, at) => [1, message(...object(weight, at))] as const));
}

/** A SavedModel of TensorFlow 2: one traced function, its variables in a checkpoint under numbers. */
export function savedModel(
  layers: readonly TfLayer[],
  layout: BundleLayout = {},
): { readonly pb: ProtoMessage; readonly variables: Map<string, Uint8Array<ArrayBuffer>> } {
  const weights = tfWeights(layers);
  const key = (at: number): string => `v${at}/.ATTRIBUTES/VARIABLE_VALUE`;
  const parameter = new Map(weights.map(({ name }, at) => [name, `w${at}`]));
  const reads = weights.map(({ name }) => node("ReadVariableOp", `${name}/read`, [parameter.get(name)!]));
  const nodes = layers.flatMap((layer) => operators(layer, (name) => `${name}/read:value:0`, ":output:0"));
  const outputs = layers.map(({ spec, weights: own }) => {
    const end = own.some(({ name }) => name === "bias") ? "BiasAdd" : `${own.at(-1)!.name}/convolution`;
    return `${spec.name}/${end}:output:0`;
  });
  const signature = message(
    [1, "call"],
    ...weights.map((_, at) => [2, message([1, `w${at}`], [3, 20])] as const),
    ...outputs.map((_, at) => [3, message([1, `y${at}`], [3, 1])] as const),
  );
  const called = message(
    [1, signature],
    ...reads.map((one) => [3, one] as const),
    ...nodes.map((one) => [3, one] as const),
    ...outputs.map((output, at) => [4, message([1, `y${at}`], [2, output])] as const),
  );
  const objects = objectGraph(weights, (weight) => [
    [7, message([1, TF_TYPES[weight.dtype]!], [2, shapeProto(weight.shape)], [3, 1], [6, weight.name])],
  ]);
  const captures = message([2, packed(weights.map((_, at) => at + 1))]);
  const pb = message(
    [1, 1],
    [
      2,
      message(
        [1, message([4, "serve"], [5, "2.21.0"])],
        [2, message([1, node("NoOp", "NoOp", [])], [2, message([1, called])])],
        [7, message(...objects.fields, [2, message([1, "call"], [2, captures])])],
      ),
    ],
  );
  const stored = objectGraph(weights, (weight, at) => [
    [2, message([1, "VARIABLE_VALUE"], [2, weight.name], [3, key(at)])],
  ]);
  const named = weights.map((weight, at) => ({ ...weight, name: key(at) }));
  return { pb, variables: bundle("variables", named, { objects: stored, ...layout }) };
}

/** The files of a SavedModel by their paths. */
export function savedModelFiles(
  layers: readonly TfLayer[],
  layout: BundleLayout = {},
): Map<string, Uint8Array<ArrayBuffer>> {
  const { pb, variables } = savedModel(layers, layout);
  return new Map([
    ["saved_model.pb", encode(pb)],
    ...[...variables].map(([name, bytes]) => [`variables/${name}`, bytes] as const),
  ]);
}
