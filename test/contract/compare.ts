import { createHash } from "node:crypto";
import { expect } from "vitest";
import {
  type ConvLayer,
  type Kernel,
  type Model,
  open,
  ReadError,
  readKernel,
  type Source,
} from "../../src/index.ts";
import { spawn } from "../spawn.ts";
import type { Expectation, ExpectedError, ExpectedLayer } from "./expectation.ts";

/** Values of a shape. */
function count(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** A layer as the expectations write it. */
export function describeLayer(layer: ConvLayer): Record<string, unknown> {
  const kernel = count(layer.shape);
  const bias = layer.bias === null ? 0 : count(layer.bias.shape);
  const {
    name,
    index,
    kind,
    rank,
    groups,
    strides,
    padding,
    dilation,
    axisOrder,
    evidence,
    inputExtents,
    shape,
  } = layer;
  return {
    ...{
      index,
      name,
      kind,
      rank,
      shape,
      groups,
      strides,
      padding,
      dilation,
      axisOrder,
      evidence,
      inputExtents,
    },
    dtype: layer.kernel.dtype,
    tensor: layer.kernel.name,
    bias: layer.bias?.name ?? null,
    parameters: { kernel, bias, total: kernel + bias },
    slices: shape[0] * shape[1] * shape[2],
    note: layer.note ?? null,
  };
}

/** A model as the expectations write it. */
export function describeModel(
  model: Model,
): Record<string, unknown> & { layers: Record<string, unknown>[]; notes: readonly string[] } {
  const layers = model.layers.map(describeLayer);
  const sum = (of: (layer: ConvLayer) => number): number =>
    model.layers.reduce((total, layer) => total + of(layer), 0);
  return {
    format: model.format,
    producer: model.producer,
    layers,
    rejected: model.rejected.map(({ tensor }) => tensor.name).sort(),
    notes: model.notes,
    totals: {
      layers: layers.length,
      slices: sum(({ shape }) => shape[0] * shape[1] * shape[2]),
      kernelParameters: sum(({ shape }) => count(shape)),
      parameters: model.parameters.total,
      trainable: model.parameters.trainable,
      nonTrainable: model.parameters.nonTrainable,
    },
  };
}

/** Keys of a layer that need its values. */
const OF_VALUES = ["sha256", "values", "first", "frozen", "error"];

/** Compares the directory of a model with what was expected. */
export function compareModel(model: Model, expected: Expectation): void {
  const found = describeModel(model);
  if (expected.format !== undefined) expect(found.format).toBe(expected.format);
  if (expected.producer !== undefined) expect(found.producer).toBe(expected.producer);
  if (expected.layers !== undefined) {
    expect(found.layers.map((layer) => layer.name)).toEqual(
      expected.layers.map((layer) => layer.name ?? expect.anything()),
    );
    for (const [i, layer] of expected.layers.entries()) compareLayer(found.layers[i]!, layer);
  }
  if (expected.rejected !== undefined) expect(found.rejected).toEqual([...expected.rejected].sort());
  for (const note of expected.notes ?? []) expect(found.notes.join(" ")).toContain(note);
  if (expected.totals !== undefined) expect(found.totals).toMatchObject(expected.totals);
}

function compareLayer(found: Record<string, unknown>, expected: ExpectedLayer): void {
  const plain = Object.entries(expected).filter(([key]) => key !== "note" && !OF_VALUES.includes(key));
  expect(found, String(expected.name)).toMatchObject(Object.fromEntries(plain));
  if (expected.note === null) expect(found.note).toBeNull();
  else if (expected.note !== undefined) expect(found.note).toContain(expected.note);
}

/** Compares a kernel's values with what was expected. */
export function compareKernel(kernel: Kernel, expected: ExpectedLayer): void {
  const { weights, name } = kernel;
  expect(weights.length).toBe(count(kernel.shape));
  if (expected.first !== undefined)
    expect(Array.from(weights.subarray(0, expected.first.length), written), name).toEqual(expected.first);
  if (expected.values !== undefined)
    expect(weights, name).toBeInstanceOf(expected.values === "float32" ? Float32Array : Float64Array);
  if (expected.sha256 !== undefined) expect(hashOf(kernel), name).toBe(expected.sha256);
  if (expected.frozen !== undefined) expect(kernel.frozen, name).toEqual(expected.frozen);
}

/** SHA-256 of a kernel's weights, with every NaN written as NumPy writes the usual one. */
export function hashOf({ weights }: Kernel): string {
  const same = weights.slice();
  const bytes = new DataView(same.buffer);
  for (let i = 0; i < same.length; i++) {
    if (!Number.isNaN(same[i])) continue;
    if (same instanceof Float32Array) bytes.setUint32(i * 4, 0x7fc00000, true);
    else bytes.setBigUint64(i * 8, 0x7ff8000000000000n, true);
  }
  return createHash("sha256").update(new Uint8Array(same.buffer)).digest("hex");
}

function written(value: number): number | string {
  if (Number.isNaN(value)) return "nan";
  return Number.isFinite(value) ? value : value > 0 ? "inf" : "-inf";
}

/** The ReadError that `work` must fail with. */
export async function failure(work: Promise<unknown>): Promise<ReadError> {
  const error = await work.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ReadError);
  return error as ReadError;
}

/** Checks a failure's code and message. */
export function compareError(error: ReadError, expected: ExpectedError): void {
  expect(error.code, error.message).toBe(expected.code);
  for (const part of expected.mentions ?? []) expect(error.message).toContain(part);
  expect(error.message).toMatch(/[.!)]$/);
}

/** Opens, lists and reads every layer: the list and the hashes, or the error's code where a layer fails. */
export async function readAll(source: Source, expected: Expectation, signal?: AbortSignal): Promise<unknown> {
  const model = await open(source, { ...expected.options, spawn, signal });
  try {
    const kernels: string[] = [];
    for (const [i, layer] of model.layers.entries()) {
      const wanted = expected.layers?.[i]?.error;
      const result = await readKernel(layer, { signal }).then(hashOf, (error: ReadError) => error);
      if (typeof result !== "string" && result.code !== wanted?.code) throw result;
      kernels.push(typeof result === "string" ? result : result.code);
    }
    return { ...describeModel(model), kernels };
  } finally {
    await model.close();
  }
}
