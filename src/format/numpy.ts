import { ReadError } from "../errors.ts";
import { findLayers } from "../model/find-layers.ts";
import type { Model } from "../model/model.ts";
import { parametersOf } from "../model/parameters.ts";
import type { Source } from "../source/source.ts";
import type { Tensor } from "../tensor/tensor.ts";
import type { OpenContext } from "./format.ts";
import { numpyDataLength, numpyTensor } from "./numpy-array.ts";
import { numpyDataStart, readNumpyHeader } from "./numpy-header.ts";
import { readPieces } from "./stored-tensor.ts";

/** Opens one npy array: a model with a single tensor, named like the file. */
export async function open(source: Source, { probe, axisOrder, signal }: OpenContext): Promise<Model> {
  const dataStart = numpyDataStart(probe.head);
  const inHead = dataStart <= probe.head.length;
  const header = readNumpyHeader(
    inHead ? probe.head : await source.read(0, Math.min(dataStart, source.size), signal),
  );
  if (header.dtype.includes("O") && header.unreadable !== undefined)
    throw new ReadError("unsupported", header.unreadable);
  const available = source.size - dataStart;
  const name = source.name.replace(/^.*[/\\]/, "").replace(/\.npy$/i, "");
  const tensor = numpyTensor(name, header, available, (length, context) =>
    readPieces(source, dataStart, length, context),
  );
  const extra = available - (numpyDataLength(header) ?? available);
  const notes =
    extra > 0 ? [`The file goes on for ${extra} bytes after its first array; only that one is read.`] : [];
  if (header.note !== undefined) notes.push(header.note);
  return numpyModel(source, "npy", [tensor], "nothing", axisOrder, notes);
}

/** A model out of arrays that name no axes. */
export function numpyModel(
  source: Source,
  format: string,
  tensors: readonly Tensor[],
  names: "hints" | "nothing",
  axisOrder: string | undefined,
  notes: readonly string[],
): Model {
  const found = findLayers(tensors, { axisOrder, names });
  return {
    file: source.name,
    format,
    producer: null,
    layers: found.layers,
    tensors,
    rejected: found.rejected,
    architecture: null,
    parameters: parametersOf(tensors),
    notes: [...notes, ...found.notes],
    close: async () => source.close?.(),
  };
}
