import { type Pickled, pickle } from "./pickle.ts";
import { encode, message, type ProtoMessage, type ProtoValue } from "./protobuf.ts";
import { concat, little, type Weight } from "./weight.ts";

/** Paddle's numbers of dtypes (framework.proto, VarType.Type). */
const TYPES: Readonly<Record<string, number>> = {
  bool: 0,
  int16: 1,
  int32: 2,
  int64: 3,
  float16: 4,
  float32: 5,
  float64: 6,
  uint8: 20,
  int8: 21,
  bfloat16: 22,
};

/** NumPy's letters of dtypes; bfloat16 is uint16 there. */
const LETTERS: Readonly<Record<string, string>> = {
  bool: "b1",
  int8: "i1",
  uint8: "u1",
  int16: "i2",
  int32: "i4",
  int64: "i8",
  float16: "f2",
  bfloat16: "u2",
  float32: "f4",
  float64: "f8",
};

/** A NumPy array in a pickle. */
export function numpyNode({ dtype, shape, bytes }: Weight): Pickled {
  const type: Pickled = {
    call: { global: ["numpy", "dtype"] },
    args: [LETTERS[dtype]!, false, true],
    state: { tuple: [3, "<", null, null, null, -1, -1, 0] },
  };
  return {
    call: { global: ["numpy.core.multiarray", "_reconstruct"] },
    args: [{ global: ["numpy", "ndarray"] }, { tuple: [0] }, { bytes: new Uint8Array([0x62]) }],
    state: { tuple: [1, { tuple: shape }, type, false, { bytes }] },
  };
}

/** A state dict as `paddle.save` writes it; large arrays in two pieces when `pieces` says so. */
export function pdparams(
  weights: readonly Weight[],
  pieces: (weight: Weight) => boolean = () => false,
): Uint8Array<ArrayBuffer> {
  const entries: [string, Pickled][] = [];
  const told: [string, Pickled][] = [];
  for (const weight of weights) {
    if (!pieces(weight)) {
      entries.push([weight.name, numpyNode(weight)]);
      continue;
    }
    const count = weight.shape.reduce((product, extent) => product * extent, 1);
    const size = weight.bytes.length / count;
    const half = Math.ceil(count / 2);
    const cut = (from: number, to: number): Weight => ({
      ...weight,
      shape: [to - from],
      bytes: weight.bytes.slice(from * size, to * size),
    });
    const names = [0, 1].map((at) => `${weight.name}@@.${at}`);
    entries.push([names[0]!, numpyNode(cut(0, half))], [names[1]!, numpyNode(cut(half, count))]);
    told.push([
      weight.name,
      {
        dict: [
          ["OriginShape", { tuple: weight.shape }],
          ["slices", { list: names }],
        ],
      },
    ]);
  }
  const table: Pickled = { dict: weights.map(({ name }, at) => [name, `param_${at}.w_0`]) };
  entries.push(["StructuredToParameterName@@", table]);
  if (told.length > 0) entries.push(["UnpackBigParamInfor@@", { dict: told }]);
  return pickle({ dict: entries }, 4);
}

/** A TensorDesc. */
export function tensorDesc({ dtype, shape }: Pick<Weight, "dtype" | "shape">): ProtoMessage {
  return message([1, TYPES[dtype] ?? 19], ...shape.map((extent) => [2, extent] as const));
}

/** A VarDesc of a tensor. */
export function varDesc(weight: Pick<Weight, "name" | "dtype" | "shape">, persistable = true): ProtoMessage {
  return message(
    [1, weight.name],
    [2, message([1, 7], [3, message([1, tensorDesc(weight)], [2, 0])])],
    [3, persistable ? 1 : 0],
  );
}

/** An OpDesc: slots with their variables, attributes with their values. */
export function opDesc(
  type: string,
  inputs: Readonly<Record<string, string>>,
  outputs: Readonly<Record<string, string>>,
  attributes: Readonly<Record<string, ProtoValue | readonly number[] | boolean>> = {},
): ProtoMessage {
  const slots = (of: Readonly<Record<string, string>>, number: number) =>
    Object.entries(of).map(([slot, name]) => [number, message([1, slot], [2, name])] as const);
  const attribute = ([name, value]: readonly [string, ProtoValue | readonly number[] | boolean]) => {
    if (typeof value === "boolean") return message([1, name], [2, 6], [10, value ? 1 : 0]);
    if (Array.isArray(value)) return message([1, name], [2, 3], ...value.map((n: number) => [6, n] as const));
    if (typeof value === "string") return message([1, name], [2, 2], [5, value]);
    if (typeof value === "number") return message([1, name], [2, 0], [3, value]);
    return message([1, name], [2, 1], [4, value as ProtoValue]);
  };
  return message(
    ...slots(inputs, 1),
    ...slots(outputs, 2),
    [3, type],
    ...Object.entries(attributes).map((entry) => [4, attribute(entry)] as const),
  );
}

/** A ProgramDesc of one block. */
export function programDesc(
  variables: readonly ProtoMessage[],
  operators: readonly ProtoMessage[],
): ProtoMessage {
  const block = message(
    [1, 0],
    [2, -1],
    ...variables.map((one) => [3, one] as const),
    ...operators.map((one) => [4, one] as const),
  );
  return message([1, block], [4, message([1, 0])]);
}

/** What stands before a weight's values. */
export function tensorHead(weight: Pick<Weight, "dtype" | "shape">): Uint8Array<ArrayBuffer> {
  const description = encode(tensorDesc(weight));
  return concat([little(0, 4), little(0, 8), little(0, 4), little(description.length, 4), description]);
}

/** The weights in one file, sorted by name. */
export function pdiparams(weights: readonly Weight[]): Uint8Array<ArrayBuffer> {
  const sorted = weights.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return concat(sorted.flatMap((weight) => [tensorHead(weight), weight.bytes]));
}

/** PIR's words for dtypes. */
const PIR_TYPES: Readonly<Record<string, string>> = {
  float32: "0.t_f32",
  float16: "0.t_f16",
  int8: "0.t_i8",
};

/** A program of the newer kind in which each weight of rank 4 is the filter of a convolution. */
export function pirProgram(weights: readonly Weight[]): unknown {
  const type = ({ dtype, shape }: Pick<Weight, "dtype" | "shape">): unknown => ({
    "#": "0.t_dtensor",
    D: [{ "#": PIR_TYPES[dtype] }, shape, "NCHW", [], 0],
  });
  const ints = (name: string, values: readonly number[]): unknown => ({
    AT: { "#": "0.a_array", D: values.map((D) => ({ "#": "0.a_i32", D })) },
    N: name,
  });
  const parameters = weights.map((weight, at) => ({
    "#": "p",
    A: [0, 1, 1, weight.name],
    O: { "%": at + 1, TT: type(weight) },
  }));
  const convolutions = weights.flatMap((weight, at) =>
    weight.shape.length === 4
      ? [
          {
            "#": "1.conv2d",
            A: [
              ints("strides", [2, 1]),
              ints("paddings", [0, 1]),
              { AT: { "#": "0.a_i32", D: 1 }, N: "groups" },
            ],
            I: [{ "%": 100 + at }, { "%": at + 1 }],
            O: [{ "%": 101 + at, TT: type({ dtype: "float32", shape: [-1, 4, 8, 8] }) }],
          },
        ]
      : [],
  );
  const block = { "#": "block_0", args: [], ops: [...parameters, ...convolutions] };
  return {
    base_code: { magic: "pir", trainable: true, version: 4 },
    program: { regions: [{ "#": "region_0", blocks: [block] }] },
  };
}
