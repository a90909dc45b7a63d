import type { ValuesField } from "./data-types.ts";

/** Bytes of the source. */
export interface Place {
  readonly start: number;
  readonly end: number;
}

/** Where the values of a TensorProto stand. */
export type TensorData =
  /** Little-endian bytes, packed. */
  | { readonly kind: "raw"; readonly place: Place }
  /** A typed field, packed and in one piece. */
  | { readonly kind: "packed"; readonly field: ValuesField; readonly place: Place }
  /** A typed field in pieces: the whole message is read again. */
  | { readonly kind: "scattered"; readonly field: ValuesField; readonly place: Place }
  | {
      readonly kind: "external";
      readonly location: string;
      readonly offset: number;
      readonly length: number | null;
    }
  | { readonly kind: "none" }
  /** What contradicts itself, as a sentence. */
  | { readonly kind: "unreadable"; readonly why: string };

/** A TensorProto, its values not read. */
export interface OnnxTensor {
  readonly name: string;
  /** `TensorProto.DataType`. */
  readonly type: number;
  readonly dims: readonly number[];
  readonly data: TensorData;
  /** The bytes at `data.place` when they are few. */
  readonly small: Uint8Array<ArrayBuffer> | null;
}

/** A SparseTensorProto: `values` at `indices`, zeros elsewhere. */
export interface OnnxSparseTensor {
  readonly values: OnnxTensor;
  readonly indices: OnnxTensor;
  readonly dims: readonly number[];
}

/** An AttributeProto; what it does not hold is null or empty. */
export interface OnnxAttribute {
  readonly name: string;
  /** The attribute of the enclosing function that this one stands for. */
  readonly reference: string | null;
  readonly int: number | null;
  readonly float: number | null;
  readonly text: string | null;
  readonly ints: readonly number[];
  readonly floats: readonly number[];
  readonly tensor: OnnxTensor | null;
  readonly sparse: OnnxSparseTensor | null;
  readonly graphs: readonly OnnxGraph[];
}

/** A NodeProto. Inputs may be empty names: left out. */
export interface OnnxNode {
  readonly name: string;
  readonly operator: string;
  /** Empty for ONNX's own operators. */
  readonly domain: string;
  readonly overload: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** What a ValueInfoProto says of a tensor's shape: null where an extent is no number. */
export type OnnxShape = readonly (number | null)[];

/** A GraphProto. */
export interface OnnxGraph {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly sparse: readonly OnnxSparseTensor[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Shapes of inputs and inner values, as far as they are told. */
  readonly shapes: ReadonlyMap<string, OnnxShape>;
}

/** A FunctionProto: nodes of a model's own. */
export interface OnnxFunction {
  readonly key: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly nodes: readonly OnnxNode[];
  /** Attributes with the value that they have when a node does not say. */
  readonly defaults: ReadonlyMap<string, OnnxAttribute>;
  readonly shapes: ReadonlyMap<string, OnnxShape>;
}

/** A ModelProto. */
export interface OnnxModel {
  readonly producer: string | null;
  readonly graph: OnnxGraph;
  readonly functions: ReadonlyMap<string, OnnxFunction>;
  /** Whether the file also says how to train: that part is not looked at. */
  readonly trains: boolean;
}

/** What a function is called by. */
export function functionKey(domain: string, name: string, overload: string): string {
  return JSON.stringify([plainDomain(domain), name, overload]);
}

/** ONNX's own domain has two spellings. */
export function plainDomain(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}
