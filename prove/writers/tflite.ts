import type { LayerSpec } from "../models/layer.ts";
import {
  type FlatNode,
  type FlatValue,
  flatbuffer,
  ints,
  number,
  table,
  tables,
  text,
  vector,
} from "./flatbuffer.ts";
import type { Weight } from "./weight.ts";

/** TensorType by dtype. */
const TYPES: Readonly<Record<string, number>> = {
  float32: 0,
  float16: 1,
  int32: 2,
  uint8: 3,
  int16: 7,
  int8: 9,
};

/** How a kernel is stored: its values, and scales along one axis where they are quantised. */
export interface StoredKernel {
  readonly weight: Weight;
  readonly scales?: readonly number[];
  readonly zeros?: readonly number[];
  readonly axis?: number;
}

/** Operators by kind and rank, with the axes of their kernels. */
const OPERATORS = {
  conv: { 2: [3, "OHWI"], 3: [132, "DHWIO"] },
  depthwise: { 2: [4, "IHWO"] },
  transposed: { 2: [67, "OHWI"], 3: [141, "DHWOI"] },
} as const;

/** The builtin operator of a layer and the axis order of its kernel. */
export function tfliteOperator({ kind, rank }: LayerSpec): readonly [code: number, order: string] {
  const own = OPERATORS[kind as keyof typeof OPERATORS] as Readonly<
    Record<number, readonly [number, string]>
  >;
  return own[rank]!;
}

/** The tree of a model: layer after layer, each with its kernel (behind DEQUANTIZE when it is float16). */
export function tfliteTree(
  layers: readonly { readonly spec: LayerSpec; readonly kernel: StoredKernel }[],
): FlatNode {
  const codes: FlatNode[] = [];
  const buffers: FlatNode[] = [table()];
  const tensors: FlatNode[] = [];
  const operators: FlatNode[] = [];
  const code = (builtin: number): number => {
    codes.push(table([0, number(Math.min(builtin, 127), 1)], [3, number(builtin, 4)]));
    return codes.length - 1;
  };
  const tensor = (
    name: string,
    shape: readonly number[],
    type: number,
    more: [number, FlatValue][] = [],
  ): number => {
    tensors.push(table([0, ints(shape)], [1, number(type, 1)], [3, text(name)], ...more));
    return tensors.length - 1;
  };
  const plain = (channels: number, rank: number): number[] => [
    1,
    ...new Array<number>(rank).fill(16),
    channels,
  ];
  let input = tensor("input", plain(layers[0]!.spec.inputs, layers[0]!.spec.rank), 0);
  for (const { spec, kernel } of layers) {
    const { weight, scales, zeros, axis } = kernel;
    buffers.push(table([0, vector(weight.bytes)]));
    const more: [number, FlatValue][] = [[2, number(buffers.length - 1, 4)]];
    if (scales !== undefined) {
      const wide = new BigInt64Array((zeros ?? scales.map(() => 0)).map(BigInt));
      more.push([
        4,
        table(
          [2, vector(new Uint8Array(Float32Array.from(scales).buffer), 4)],
          [3, vector(new Uint8Array(wide.buffer), 8)],
          [6, number(axis ?? 0, 4)],
        ),
      ]);
    }
    let used = tensor(weight.name, weight.shape, TYPES[weight.dtype]!, more);
    if (weight.dtype === "float16") {
      const wide = tensor(`${weight.name} as float32`, weight.shape, 0);
      operators.push(table([0, number(code(6), 4)], [1, ints([used])], [2, ints([wide])]));
      used = wide;
    }
    const output = tensor(spec.name, plain(spec.outputs, spec.rank), 0);
    const [builtin] = tfliteOperator(spec);
    const inputs = spec.kind === "transposed" ? [-1, used, input] : [input, used, -1];
    operators.push(
      table([0, number(code(builtin), 4)], [1, ints(inputs)], [2, ints([output])], [4, optionsOf(spec)]),
    );
    input = output;
  }
  const graph = table([0, tables(tensors)], [1, ints([0])], [2, ints([input])], [3, tables(operators)]);
  return table([0, number(3, 4)], [1, tables(codes)], [2, tables([graph])], [4, tables(buffers)]);
}

/** Strides along width and height (and depth first), then dilation, at the fields of each operator's options. */
function optionsOf({ kind, rank, strides, dilation }: LayerSpec): FlatNode {
  const [d, h, w] = rank === 3 ? strides : [1, ...strides];
  const [dd, dh, dw] = rank === 3 ? dilation : [1, ...dilation];
  const fields: [number, number][] =
    rank === 3
      ? [
          [1, d!],
          [2, w!],
          [3, h!],
          [5, dd!],
          [6, dw!],
          [7, dh!],
        ]
      : kind === "depthwise"
        ? [
            [1, w!],
            [2, h!],
            [3, 1],
            [5, dw!],
            [6, dh!],
          ]
        : kind === "transposed"
          ? [
              [1, w!],
              [2, h!],
            ]
          : [
              [1, w!],
              [2, h!],
              [4, dw!],
              [5, dh!],
            ];
  return table(...fields.map(([field, value]) => [field, number(value, 4)] as const));
}

/** The file of a tree. */
export function tflite(tree: FlatNode): Uint8Array<ArrayBuffer> {
  return flatbuffer(tree, "TFL3");
}
