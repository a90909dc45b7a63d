import { utf8, type Weight } from "./weight.ts";
import { type ZipEntry, zip } from "./zip.ts";

/** Numbers of dtypes in an exported program (torch/_export/serde/schema.py, ScalarType). */
const TYPES: Readonly<Record<string, number>> = {
  uint8: 1,
  int8: 2,
  int16: 3,
  int32: 4,
  int64: 5,
  float16: 6,
  float32: 7,
  float64: 8,
  complex64: 10,
  complex128: 11,
  bool: 12,
  bfloat16: 13,
  uint16: 28,
  float8_e4m3fn: 29,
  float8_e5m2: 30,
  float8_e4m3fnuz: 31,
  float8_e5m2fnuz: 32,
  uint32: 34,
  uint64: 35,
};

/** Strides and offset of a view, in elements; every field free to lie. */
export interface ViewLies {
  readonly sizes?: readonly number[];
  readonly strides?: readonly number[];
  readonly offset?: number;
  readonly dtype?: number;
  readonly layout?: number;
  readonly path?: string;
  readonly pickled?: boolean;
}

/** One operator: its target, and its arguments by name, tagged as the schema has them. */
export interface Pt2Node {
  readonly target: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly string[];
}

/** What an exported program is made of. */
export interface Pt2Parts {
  readonly weights: readonly Weight[];
  readonly nodes: readonly Pt2Node[];
  /** Names of values that are handed out. */
  readonly outputs?: readonly string[];
  /** What the configuration says about a weight besides the truth. */
  readonly lies?: ReadonlyMap<string, ViewLies>;
}

/** `{ as_tensor: … }`. */
export function tensorArgument(name: string): unknown {
  return { as_tensor: { name } };
}

/** The name of the value that a weight is given as. */
export function pt2Value(weight: string): string {
  return `p_${weight.replaceAll(/\W/g, "_")}`;
}

function rowMajor(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) strides[axis] = strides[axis + 1]! * shape[axis + 1]!;
  return strides;
}

function meta({ dtype, shape }: Weight, lies: ViewLies = {}): unknown {
  const ints = (values: readonly number[]): unknown[] => values.map((as_int) => ({ as_int }));
  const sizes = lies.sizes ?? shape;
  return {
    dtype: lies.dtype ?? TYPES[dtype],
    sizes: ints(sizes),
    requires_grad: true,
    device: { type: "cpu", index: null },
    strides: ints(lies.strides ?? rowMajor(sizes)),
    storage_offset: { as_int: lies.offset ?? 0 },
    layout: lies.layout ?? 7,
  };
}

/** The JSON of the program. */
export function pt2Program({ weights, nodes, outputs = [] }: Pt2Parts): Record<string, unknown> {
  const graph = {
    inputs: weights.map(({ name }) => tensorArgument(pt2Value(name))),
    outputs: outputs.map(tensorArgument),
    nodes: nodes.map(({ target, inputs, outputs: results }) => ({
      target,
      inputs: Object.entries(inputs).map(([name, arg]) => ({ name, arg, kind: 1 })),
      outputs: results.map(tensorArgument),
      metadata: {},
    })),
    tensor_values: Object.fromEntries(weights.map((weight) => [pt2Value(weight.name), meta(weight)])),
    sym_int_values: {},
    sym_bool_values: {},
  };
  const input_specs = weights.map(({ name }) => ({
    parameter: { arg: { name: pt2Value(name) }, parameter_name: name },
  }));
  return {
    graph_module: { graph, signature: { input_specs, output_specs: [] }, module_call_graph: [] },
    opset_version: { aten: 10 },
    range_constraints: {},
    schema_version: { major: 8, minor: 14 },
    torch_version: "2.13.0",
  };
}

/** The configuration that says where each weight lies. */
export function pt2Config({ weights, lies }: Pt2Parts): Record<string, unknown> {
  const entry = (weight: Weight, at: number): [string, unknown] => {
    const own = lies?.get(weight.name);
    return [
      weight.name,
      {
        path_name: own?.path ?? `weight_${at}`,
        is_param: true,
        use_pickle: own?.pickled ?? false,
        tensor_meta: meta(weight, own),
      },
    ];
  };
  return { config: Object.fromEntries(weights.map(entry)) };
}

/** The entries of the archive, in PyTorch's order. */
export function pt2Entries(parts: Pt2Parts, root = "model"): readonly ZipEntry[] {
  const json = (name: string, value: unknown): ZipEntry => ({
    name: `${root}/${name}`,
    bytes: utf8(JSON.stringify(value)),
  });
  return [
    ...parts.weights.map(({ bytes }, at) => ({ name: `${root}/data/weights/weight_${at}`, bytes })),
    json("data/weights/model_weights_config.json", pt2Config(parts)),
    json("data/constants/model_constants_config.json", { config: {} }),
    json("models/model.json", pt2Program(parts)),
    { name: `${root}/archive_format`, bytes: utf8("pt2") },
    { name: `${root}/archive_version`, bytes: utf8("0") },
    { name: `${root}/byteorder`, bytes: utf8("little") },
  ];
}

/** The archive. */
export function pt2(parts: Pt2Parts): Uint8Array<ArrayBuffer> {
  return zip(pt2Entries(parts));
}
