import type { LayerSpec } from "../models/layer.ts";
import { type H5Attribute, type H5Dataset, type H5Group, type H5Layout, type H5Node, hdf5 } from "./hdf5.ts";
import { booleanType, floatType, type H5Type, intType, opaqueType, stringType } from "./hdf5-messages.ts";
import { type KerasEra, kerasClass, kerasConfig } from "./keras-config.ts";
import { SIZES, utf8, type Weight } from "./weight.ts";
import { type ZipEntry, zip } from "./zip.ts";

/** A layer with its weights, named by role. */
export interface KerasLayerFile {
  readonly spec: LayerSpec;
  readonly weights: readonly Weight[];
}

/** How a dtype is stored in HDF5 by h5py; ml_dtypes become opaque bytes. */
export function hdf5Type(dtype: string, bigEndian = false): H5Type {
  const size = SIZES[dtype]!;
  if (dtype === "bool") return booleanType();
  if (/^u?int/.test(dtype)) return intType(size, !dtype.startsWith("u"), bigEndian);
  if (dtype === "float16" || dtype === "float32" || dtype === "float64") {
    return floatType(size, { float16: 5, float32: 8, float64: 11 }[dtype], bigEndian);
  }
  return opaqueType(size);
}

/** Whether `dtype` is kept as opaque bytes whose meaning an attribute or a config must say. */
export function isOpaque(dtype: string): boolean {
  return /^(bfloat16|float8)/.test(dtype);
}

/** A dataset over a weight; `named` adds the attribute by which `.weights.h5` says what opaque bytes mean. */
export function weightDataset(weight: Weight, named: boolean): H5Dataset {
  const attributes: Record<string, H5Attribute> =
    named && isOpaque(weight.dtype) ? { dtype: weight.dtype } : {};
  return {
    kind: "dataset",
    type: hdf5Type(weight.dtype),
    shape: weight.shape,
    bytes: weight.bytes,
    attributes,
  };
}

/** The tree of a legacy `.h5`: a whole model (`model_config` given) or `save_weights`. */
export function legacyTree(
  layers: readonly KerasLayerFile[],
  options: { readonly config: string | null; readonly version: string; readonly suffix?: string },
): H5Group {
  const suffix = options.suffix ?? ":0";
  const groups = layers.map(({ spec, weights }): [string, H5Node] => {
    const members = weights.map((weight): [string, H5Node] => [
      weight.name + suffix,
      weightDataset(weight, false),
    ]);
    const names = weights.map((weight) => `${spec.name}/${weight.name}${suffix}`);
    return [spec.name, group([[spec.name, group(members)]], { weight_names: namesAttribute(names) })];
  });
  const attributes = {
    layer_names: namesAttribute(layers.map(({ spec }) => spec.name)),
    backend: "tensorflow",
    keras_version: options.version,
  };
  if (options.config === null) return group(groups, attributes);
  return group([["model_weights", group(groups, attributes)]], {
    backend: "tensorflow",
    keras_version: options.version,
    model_config: options.config,
  });
}

/** The tree of Keras 3's `.weights.h5`: `layers/<class>[_n]/vars/0…`, the layer's name an attribute. */
export function weightsTree(layers: readonly KerasLayerFile[]): H5Group {
  const used = new Map<string, number>();
  const groups = layers.map(({ spec, weights }): [string, H5Node] => {
    const stem = snakeCase(kerasClass(spec));
    const count = used.get(stem) ?? 0;
    used.set(stem, count + 1);
    const members = weights.map((weight, at): [string, H5Node] => [String(at), weightDataset(weight, true)]);
    return [count === 0 ? stem : `${stem}_${count}`, group([["vars", group(members, { name: spec.name })]])];
  });
  return group([
    ["layers", group(groups)],
    ["vars", group([], { name: "sequential" })],
  ]);
}

/** The entries of a `.keras` archive. */
export function kerasEntries(
  layers: readonly KerasLayerFile[],
  extents: readonly number[],
  weights: Uint8Array = hdf5(weightsTree(layers), { symbols: true }),
): readonly ZipEntry[] {
  const config = kerasConfig(
    layers.map(({ spec }) => spec),
    3,
    extents,
  );
  const metadata = { keras_version: "3.15.1", date_saved: "2026-01-01@00:00:00" };
  return [
    { name: "metadata.json", bytes: utf8(JSON.stringify(metadata)) },
    { name: "config.json", bytes: utf8(JSON.stringify(config)) },
    { name: "model.weights.h5", bytes: weights },
  ];
}

/** The Keras layouts of one model, the archive in both its compressions; `layout` as h5py has it or newer. */
export function kerasFiles(
  layers: readonly KerasLayerFile[],
  extents: readonly number[],
  era: KerasEra,
  layout: H5Layout = { symbols: true },
): Map<string, Uint8Array<ArrayBuffer>> {
  const config = JSON.stringify(
    kerasConfig(
      layers.map(({ spec }) => spec),
      era,
      extents,
    ),
  );
  const entries = kerasEntries(layers, extents, hdf5(weightsTree(layers), layout));
  const version = era === 2 ? "2.15.0" : "3.15.1";
  return new Map([
    ["model.h5", hdf5(legacyTree(layers, { config, version, suffix: era === 2 ? ":0" : "" }), layout)],
    ["model.weights.h5", hdf5(weightsTree(layers), layout)],
    ["model.keras", zip(entries)],
    ["deflated.keras", zip(entries.map((entry) => ({ ...entry, deflate: true })))],
  ]);
}

export function group(
  members: readonly (readonly [string, H5Node])[],
  attributes?: Record<string, H5Attribute>,
): H5Group {
  return { kind: "group", members, ...(attributes === undefined ? {} : { attributes }) };
}

/** Fixed strings, or an empty list as h5py stores it. */
function namesAttribute(names: readonly string[]): H5Attribute {
  return names.length > 0 ? names : { type: stringType(1), shape: [0], bytes: new Uint8Array() };
}

/** Keras's own rule: `SeparableConv2D` → `separable_conv2d`. */
function snakeCase(name: string): string {
  return name
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
