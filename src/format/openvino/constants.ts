import { ReadError } from "../../errors.ts";
import type { Source } from "../../source/source.ts";
import { byteLengthOf, countOf, isDType } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { createNames } from "../fresh-names.ts";
import { storedTensor } from "../stored-tensor.ts";
import { assertTensors } from "../tensors-most.ts";
import type { IrGraph, IrLayer } from "./graph.ts";

/** Element types by OpenVINO's names; the long ones are precisions of ports. */
const ELEMENT_TYPES: Readonly<Record<string, string>> = {
  f16: "float16",
  fp16: "float16",
  bf16: "bfloat16",
  f32: "float32",
  fp32: "float32",
  f64: "float64",
  fp64: "float64",
  i4: "int4",
  u4: "uint4",
  i8: "int8",
  u8: "uint8",
  i16: "int16",
  u16: "uint16",
  i32: "int32",
  u32: "uint32",
  i64: "int64",
  u64: "uint64",
  boolean: "bool",
  bool: "bool",
  f8e4m3: "float8_e4m3fn",
  f8e5m2: "float8_e5m2",
};

/** The constants of an IR, by the layer that holds them; roles are `weights`, `biases` and `custom`. */
export interface IrConstants {
  readonly tensors: readonly Tensor[];
  /** The constant that a layer is, or that it holds under a role. */
  of(layer: IrLayer, role: string): Tensor | null;
}

/** Integers between commas; null when it is none such. */
export function integersOf(text: string | undefined): number[] | null {
  if (text === undefined || text.trim() === "") return text === undefined ? null : [];
  const numbers = text.split(",").map((part) => Number(part.trim() || "x"));
  return numbers.every(Number.isSafeInteger) ? numbers : null;
}

/**
 * Lists the constants, whose values lie in `bin`.
 *
 * @throws ReadError `malformed` or `truncated` when one does not fit its place.
 */
export function listConstants(graphs: readonly IrGraph[], bin: Source): IrConstants {
  const tensors: Tensor[] = [];
  const byLayer = new Map<IrLayer, Map<string, Tensor>>();
  const fresh = createNames();
  const add = (layer: IrLayer, role: string, name: string, stored: Stored): void => {
    const tensor = tensorOf(fresh(name === "" ? `layer ${layer.id}` : name), stored, bin);
    tensors.push(tensor);
    assertTensors(tensors.length);
    const own = byLayer.get(layer) ?? new Map<string, Tensor>();
    own.set(role, tensor);
    byLayer.set(layer, own);
  };
  for (const { layers } of graphs) {
    for (const layer of layers) {
      if (layer.type === "Const" && layer.data.has("offset"))
        add(layer, "custom", layer.name, constOf(layer));
      for (const [role, blob] of layer.blobs) {
        const stored = blobOf(layer, blob);
        if (stored !== null)
          add(layer, role, layer.type === "Const" ? layer.name : `${layer.name}/${role}`, stored);
      }
    }
  }
  return { tensors, of: (layer, role) => byLayer.get(layer)?.get(role) ?? null };
}

interface Stored {
  readonly type: string;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
}

function constOf(layer: IrLayer): Stored {
  const { data, outputs } = layer;
  return {
    type: data.get("element_type") ?? outputs[0]?.precision ?? "",
    shape: integersOf(data.get("shape")) ?? outputs[0]?.dims ?? [],
    offset: Number(data.get("offset")),
    size: Number(data.get("size") ?? "x"),
  };
}

/** Up to version 7 a layer states where its weights lie, not what shape they have. */
function blobOf(layer: IrLayer, blob: ReadonlyMap<string, string>): Stored | null {
  const [offset, size] = [Number(blob.get("offset")), Number(blob.get("size"))];
  if (!blob.has("offset") || !blob.has("size")) return null;
  const output = layer.outputs[0];
  const type = blob.get("precision") ?? (output?.precision || layer.precision || "FP32");
  if (layer.type === "Const") return { type, shape: output?.dims ?? [], offset, size };
  const bits = /16/.test(type) ? 16 : /8$/.test(type) ? 8 : 32;
  return { type, shape: [(size * 8) / bits], offset, size };
}

function tensorOf(name: string, { type, shape, offset, size }: Stored, bin: Source): Tensor {
  const word = type.toLowerCase();
  const dtype = Object.hasOwn(ELEMENT_TYPES, word) ? ELEMENT_TYPES[word]! : type;
  const count = countOf(shape);
  if (!Number.isSafeInteger(count) || shape.some((extent) => extent < 0)) {
    throw new ReadError(
      "malformed",
      `The constant ${JSON.stringify(name)} has the shape [${shape.join(", ")}].`,
    );
  }
  if (!(Number.isSafeInteger(offset) && Number.isSafeInteger(size) && offset >= 0 && size >= 0)) {
    throw new ReadError("malformed", `The network does not say where ${JSON.stringify(name)} lies.`);
  }
  if (offset + size > bin.size) {
    throw new ReadError(
      "truncated",
      `${JSON.stringify(name)} should lie at bytes ${offset} to ${offset + size}, but the weights file has ${bin.size} bytes: it is cut off, or of another network.`,
      { file: bin.name },
    );
  }
  const wanted = isDType(dtype) ? byteLengthOf(dtype, count) : null;
  if (wanted !== null && wanted !== size) {
    throw new ReadError(
      "malformed",
      `${JSON.stringify(name)} of shape [${shape.join(", ")}] should have ${wanted} bytes of ${dtype}, but the network states ${size}.`,
    );
  }
  return storedTensor({
    name,
    dtype,
    shape,
    source: bin,
    offset,
    ...(isDType(dtype)
      ? {}
      : { unreadable: `It holds ${dtype || "unnamed"} values, which Kernelscope does not read.` }),
  });
}
