import { ReadError } from "../errors.ts";
import type { KerasLayer } from "../format/keras/config.ts";
import { chain, type LayerParts, onlyShape } from "./layer-parts.ts";
import { numbersOf, paddingOf } from "./settings.ts";

/** Parts of pooling, global pooling, zero padding and up-sampling; null for other classes. */
export function lowerPooling(layer: KerasLayer, inputs: readonly (readonly number[])[]): LayerParts | null {
  const match = /^(Global)?(Max|Average|ZeroPadding|UpSampling)(?:Pooling)?([123])D$/.exec(layer.className);
  if (match === null) return null;
  const rank = Number(match[3]);
  const shape = onlyShape(layer, inputs);
  if (shape.length !== rank + 1) {
    throw new ReadError(
      "bad-option",
      `Layer ${JSON.stringify(layer.name)} (${layer.className}) takes samples of ${rank + 1} axes, found (${shape.join(", ")}).`,
    );
  }
  if (match[2] === "ZeroPadding") return zeroPadding(layer, rank, shape);
  if (match[2] === "UpSampling") return upSampling(layer, rank, shape);
  const mode = match[2] === "Max" ? "max" : "average";
  return match[1] === undefined ? pool(layer, rank, shape, mode) : globalPool(layer, rank, shape, mode);
}

function pool(
  layer: KerasLayer,
  rank: number,
  shape: readonly number[],
  mode: "max" | "average",
): LayerParts {
  const poolSize = numbersOf(layer, "pool_size", rank, 2);
  const stated = layer.config.strides;
  const strides = stated === undefined || stated === null ? poolSize : numbersOf(layer, "strides", rank);
  const padding = paddingOf(layer, ["valid", "same"]);
  const extents = poolSize.map((size, axis) => {
    const input = shape[axis]!;
    const extent =
      padding === "same"
        ? Math.ceil(input / strides[axis]!)
        : Math.floor((input - size) / strides[axis]!) + 1;
    if (extent < 1) {
      throw new ReadError(
        "bad-option",
        `Layer ${JSON.stringify(layer.name)} pools ${size} positions, but axis ${axis} of its input has ${input}.`,
      );
    }
    return extent;
  });
  const op = { kind: "pool", mode, poolSize, strides, padding } as const;
  return chain([{ name: layer.name, op }], [], [...extents, shape.at(-1)!]);
}

function globalPool(
  layer: KerasLayer,
  rank: number,
  shape: readonly number[],
  mode: "max" | "average",
): LayerParts {
  const keepDims = layer.config.keepdims === true;
  const channels = shape.at(-1)!;
  const op = { kind: "globalPool", mode, keepDims } as const;
  return chain(
    [{ name: layer.name, op }],
    [],
    keepDims ? [...new Array<number>(rank).fill(1), channels] : [channels],
  );
}

function zeroPadding(layer: KerasLayer, rank: number, shape: readonly number[]): LayerParts {
  const pairs = pairsOf(layer, rank);
  const op = { kind: "zeroPadding", padding: pairs } as const;
  const extents = pairs.map(([before, after], axis) => shape[axis]! + before + after);
  return chain([{ name: layer.name, op }], [], [...extents, shape.at(-1)!]);
}

/** Keras writes one number, one pair (1-D), a number an axis or a pair an axis. */
function pairsOf(layer: KerasLayer, rank: number): (readonly [number, number])[] {
  const stated = layer.config.padding ?? 1;
  const list =
    typeof stated === "number" ? new Array<unknown>(rank).fill(stated) : rank === 1 ? [stated] : stated;
  const pairs = Array.isArray(list)
    ? list.map((each) => (typeof each === "number" ? [each, each] : each))
    : [];
  const fine =
    pairs.length === rank &&
    pairs.every(
      (pair) =>
        Array.isArray(pair) &&
        pair.length === 2 &&
        pair.every((each) => Number.isSafeInteger(each) && each >= 0),
    );
  if (!fine) {
    throw new ReadError(
      "bad-option",
      `Layer ${JSON.stringify(layer.name)}: padding should be a pair of whole numbers for each of ${rank} axes, found ${JSON.stringify(stated)}.`,
    );
  }
  return pairs as (readonly [number, number])[];
}

function upSampling(layer: KerasLayer, rank: number, shape: readonly number[]): LayerParts {
  const interpolation = layer.config.interpolation ?? "nearest";
  if (interpolation !== "nearest") {
    throw new ReadError(
      "unsupported",
      `Layer ${JSON.stringify(layer.name)} interpolates by ${JSON.stringify(interpolation)}; only nearest can be trained here.`,
    );
  }
  const size = numbersOf(layer, "size", rank, 2);
  const extents = size.map((factor, axis) => shape[axis]! * factor);
  return chain([{ name: layer.name, op: { kind: "upSampling", size } }], [], [...extents, shape.at(-1)!]);
}
