import { readPickle } from "../../codec/pickle.ts";
import { type PickleValue, pickleEntries, pickleItems } from "../../codec/pickle-value.ts";
import { ReadError } from "../../errors.ts";
import { findLayers } from "../../model/find-layers.ts";
import type { Model } from "../../model/model.ts";
import { parametersOf } from "../../model/parameters.ts";
import type { Source } from "../../source/source.ts";
import { countOf, isDType } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import type { OpenContext } from "../format.ts";
import { pickledTensor, readPickledArray } from "../pickled-array.ts";

/** The key under which Paddle says which arrays are pieces of a larger one (protocols 2 and 3). */
const PIECES = "UnpackBigParamInfor@@";

/**
 * Opens a state dict of `paddle.save` (`.pdparams`): a pickle of a dict of NumPy arrays, whose kernels have PyTorch's
 * axes. Nothing in it is imported or called.
 *
 * @throws ReadError `unsupported` when it holds no arrays, `malformed` when pieces of an array do not add up.
 */
export async function openState(source: Source, context: OpenContext): Promise<Model> {
  const { budget, axisOrder, signal } = context;
  const { value } = await readPickle(source, { budget, signal });
  const found = arraysOf(value, source, (more) => budget.count(more, "arrays of the state dict"));
  const tensors = joinPieces(found, pickleEntries(value)?.get(PIECES));
  if (tensors.length === 0) {
    throw new ReadError(
      "unsupported",
      "The file is a pickle of PaddlePaddle, but holds no arrays: save the state_dict of a layer with paddle.save.",
    );
  }
  const optimizer = /\.pdopt$/i.test(source.name);
  if (optimizer)
    throw new ReadError(
      "unsupported",
      "The file holds an optimizer's state: the weights are in the .pdparams file beside it.",
    );
  const layers = findLayers(tensors, { axisOrder, convention: "torch" });
  return {
    file: source.name,
    format: "paddle",
    producer: "paddle",
    layers: layers.layers,
    tensors,
    rejected: layers.rejected,
    architecture: null,
    parameters: parametersOf(tensors),
    notes: layers.notes,
    close: async () => source.close?.(),
  };
}

/** Arrays of a dict, and of the dicts in it, named by their keys; an array may stand in a pair with Paddle's own name. */
function arraysOf(root: PickleValue, source: Source, count: (more: number) => void): Map<string, Tensor> {
  const arrays = new Map<string, Tensor>();
  const seen = new Set<PickleValue>();
  const pending: { readonly value: PickleValue; readonly path: string }[] = [{ value: root, path: "" }];
  for (let job = pending.pop(); job !== undefined; job = pending.pop()) {
    const { value, path } = job;
    count(1);
    const entries = pickleEntries(value);
    if (entries !== null) {
      if (seen.has(value)) continue;
      seen.add(value);
      const inner = [...entries].flatMap(([key, one]) =>
        typeof key === "string" && key !== PIECES
          ? [{ value: one, path: path === "" ? key : `${path}.${key}` }]
          : [],
      );
      for (const one of inner.reverse()) pending.push(one);
      continue;
    }
    const [name, second] = pickleItems(value) ?? [];
    const array = readPickledArray(typeof name === "string" ? second : value);
    if (array === null) continue;
    const stem = source.name.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "");
    const called = path === "" ? (typeof name === "string" ? name : stem) : path;
    if (arrays.has(called))
      throw new ReadError("ambiguous", `Two arrays of the state dict are called ${JSON.stringify(called)}.`);
    arrays.set(called, asPaddle(pickledTensor(called, array, source)));
  }
  return arrays;
}

/** NumPy has no bfloat16: Paddle keeps it in uint16, and takes every uint16 for one. */
function asPaddle(tensor: Tensor): Tensor {
  return tensor.dtype === "uint16" ? { ...tensor, dtype: "bfloat16" } : tensor;
}

/** Puts large arrays together again (`_pack_loaded_dict` of paddle.framework.io_utils), where their first piece stood. */
function joinPieces(arrays: ReadonlyMap<string, Tensor>, told: PickleValue | undefined): readonly Tensor[] {
  const whole = new Map<string, Tensor>();
  const taken = new Set<string>();
  for (const [key, value] of pickleEntries(told) ?? []) {
    if (typeof key !== "string") continue;
    const said = pickleEntries(value);
    const shape = pickleItems(said?.get("OriginShape"));
    const names = pickleItems(said?.get("slices"));
    const parts = names?.map((name) => (typeof name === "string" ? arrays.get(name) : undefined));
    if (
      shape === null ||
      shape === undefined ||
      parts === undefined ||
      parts.length === 0 ||
      parts.some((part) => part === undefined)
    )
      throw new ReadError(
        "malformed",
        `The array ${JSON.stringify(key)} is stored in pieces, but one of them is missing.`,
      );
    const joined = concatenated(key, shape, parts as readonly Tensor[]);
    whole.set(parts[0]!.name, joined);
    for (const part of parts) taken.add(part!.name);
  }
  return [...arrays].flatMap(([name, tensor]) => {
    const joined = whole.get(name);
    return joined !== undefined ? [joined] : taken.has(name) ? [] : [tensor];
  });
}

function concatenated(name: string, extents: readonly PickleValue[], parts: readonly Tensor[]): Tensor {
  const shape = extents.filter(
    (extent): extent is number => Number.isSafeInteger(extent) && (extent as number) >= 0,
  );
  const { dtype } = parts[0]!;
  const there = parts.reduce((sum, part) => sum + countOf(part.shape), 0);
  if (
    shape.length !== extents.length ||
    !isDType(dtype) ||
    parts.some((part) => part.dtype !== dtype) ||
    there !== countOf(shape)
  )
    throw new ReadError(
      "malformed",
      `The array ${JSON.stringify(name)} is stored in pieces that do not add up to its shape.`,
    );
  return {
    name,
    dtype,
    shape,
    async readBytes(context) {
      const pieces: Uint8Array[] = [];
      for (const part of parts) pieces.push(await part.readBytes(context));
      const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
      const release = context.budget.take(length, "an array in pieces");
      try {
        const bytes = new Uint8Array(length);
        let at = 0;
        for (const piece of pieces) {
          bytes.set(piece, at);
          at += piece.length;
        }
        return bytes;
      } finally {
        release();
      }
    },
  };
}
