import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import { isBareName } from "../../source/source.ts";
import { countOf } from "../../tensor/dtype.ts";
import { isList, isObject } from "../keras/plain.ts";

/** How TensorFlow.js keeps a weight in fewer bits. */
export interface StoredAs {
  readonly dtype: "uint8" | "uint16" | "float16";
  /** Null for float16. */
  readonly affine: { readonly scale: number; readonly min: number } | null;
}

/** One weight of a manifest. */
export interface ManifestWeight {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly stored: StoredAs | null;
}

/** Weights that lie one after the other in a row of shards. */
export interface ManifestGroup {
  /** Bare file names, in the order in which their bytes follow each other. */
  readonly paths: readonly string[];
  readonly weights: readonly ManifestWeight[];
}

/**
 * Reads `weightsManifest`: groups in the file's order.
 *
 * @throws ReadError `malformed`, `ambiguous` for a name or a shard that stands twice, `refused` for a path.
 */
export function readManifest(json: unknown, budget: Budget): readonly ManifestGroup[] {
  if (!isList(json)) throw malformed("weightsManifest should be a list of groups.");
  const names = new Set<string>();
  const files = new Set<string>();
  return json.map((group) => {
    if (!isObject(group) || !isList(group.paths) || !isList(group.weights)) {
      throw malformed('Every group of weightsManifest should be an object with lists "paths" and "weights".');
    }
    budget.count(group.paths.length + group.weights.length, "weights of the manifest");
    const paths = group.paths.map(readPath);
    const weights = group.weights.map(readWeight);
    for (const path of paths) once(files, path, "shard");
    for (const { name } of weights) once(names, name, "weight");
    return { paths, weights };
  });
}

function once(seen: Set<string>, name: string, what: string): void {
  if (seen.has(name)) {
    throw new ReadError("ambiguous", `The manifest names the ${what} ${JSON.stringify(name)} twice.`);
  }
  seen.add(name);
}

function readPath(path: unknown): string {
  // What other loaders would fetch is not even looked for.
  if (typeof path !== "string" || !isBareName(path)) {
    throw new ReadError(
      "refused",
      `The manifest names the shard ${JSON.stringify(path)}; only files beside it, named without a path, are read.`,
    );
  }
  return path;
}

function readWeight(json: unknown): ManifestWeight {
  if (
    !isObject(json) ||
    typeof json.name !== "string" ||
    typeof json.dtype !== "string" ||
    !isList(json.shape)
  ) {
    throw malformed('Every weight of the manifest should have a "name", a "dtype" and a list "shape".');
  }
  const { name, dtype } = json;
  const shape = json.shape.map(Number);
  const fine = json.shape.every((extent) => Number.isSafeInteger(extent) && Number(extent) >= 0);
  if (!fine || !Number.isSafeInteger(countOf(shape)) || shape.length > 64) {
    throw malformed(
      `${JSON.stringify(name)} should have a shape of whole numbers, but has ${JSON.stringify(json.shape).slice(0, 80)}.`,
    );
  }
  return { name, dtype, shape, stored: readStored(json.quantization, name, dtype) };
}

function readStored(json: unknown, name: string, dtype: string): StoredAs | null {
  if (json === undefined || json === null) return null;
  const kind = isObject(json) ? json.dtype : undefined;
  if (!isObject(json) || (kind !== "uint8" && kind !== "uint16" && kind !== "float16")) {
    throw new ReadError(
      "unsupported",
      `${JSON.stringify(name)} is quantised as ${JSON.stringify(kind ?? json)}; uint8, uint16 and float16 are known.`,
    );
  }
  if (kind === "float16") {
    if (dtype !== "float32")
      throw malformed(`${JSON.stringify(name)} is ${dtype}; only float32 can be kept as float16.`);
    return { dtype: kind, affine: null };
  }
  if (dtype !== "float32" && dtype !== "int32") {
    throw malformed(`${JSON.stringify(name)} is ${dtype}; only float32 and int32 can be kept as ${kind}.`);
  }
  const { scale, min } = json;
  if (typeof scale !== "number" || typeof min !== "number") {
    throw malformed(`The quantisation of ${JSON.stringify(name)} should have the numbers "scale" and "min".`);
  }
  return { dtype: kind, affine: { scale, min } };
}

function malformed(message: string): ReadError {
  return new ReadError("malformed", message);
}
