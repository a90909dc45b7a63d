import { ReadError } from "../errors.ts";
import type { KerasLayer } from "../format/keras/config.ts";
import type { ParameterRule } from "./engine/graph.ts";

/** The number `key` of a layer's config. */
export function numberOf(layer: KerasLayer, key: string, fallback?: number): number {
  const value = layer.config[key] ?? fallback;
  if (typeof value !== "number" || !Number.isFinite(value)) throw wrong(layer, key, "a number");
  return value;
}

/** `count` whole numbers of at least 1 under `key`; one number stands for all. */
export function numbersOf(
  layer: KerasLayer,
  key: string,
  count: number,
  fallback?: number,
): readonly number[] {
  const value = layer.config[key] ?? fallback;
  const list = typeof value === "number" ? new Array<number>(count).fill(value) : value;
  const fine =
    Array.isArray(list) &&
    list.length === count &&
    list.every((each) => Number.isSafeInteger(each) && each >= 1);
  if (!fine) throw wrong(layer, key, `${count} whole numbers of at least 1`);
  return list as readonly number[];
}

/** What every layer may say. */
export function settingsOf(layer: KerasLayer): { readonly channelsFirst: boolean } {
  return { channelsFirst: layer.config.data_format === "channels_first" };
}

/** The padding of a layer; `allowed` are the words that it may use. */
export function paddingOf<T extends string>(layer: KerasLayer, allowed: readonly T[]): T {
  const value = layer.config.padding ?? "valid";
  const found = allowed.find((word) => word === value);
  if (found === undefined) throw wrong(layer, "padding", allowed.join(" or "));
  return found;
}

/** Regularizer, constraint and `trainable` of the weight `name`. */
export function ruleOf(layer: KerasLayer, name: string): ParameterRule {
  const regularizer = namedObject(layer, `${name}_regularizer`);
  const constraint = namedObject(layer, `${name}_constraint`);
  if (regularizer !== null && !["L1", "L2", "L1L2"].includes(regularizer.className)) {
    throw unsupported(layer, `${name}_regularizer`, regularizer.className);
  }
  if (constraint !== null && constraint.className !== "MaxNorm") {
    throw unsupported(layer, `${name}_constraint`, constraint.className);
  }
  const factor = (key: string): number => Number(regularizer?.config[key] ?? 0);
  return {
    trainable: layer.config.trainable !== false,
    ...(factor("l1") === 0 ? {} : { l1: factor("l1") }),
    ...(factor("l2") === 0 ? {} : { l2: factor("l2") }),
    ...(constraint === null ? {} : { maxNorm: maxNormOf(constraint.config) }),
  };
}

function maxNormOf(config: Readonly<Record<string, unknown>>): {
  readonly limit: number;
  readonly axes: readonly number[];
} {
  const axis = config.axis ?? 0;
  return { limit: Number(config.max_value ?? 2), axes: (Array.isArray(axis) ? axis : [axis]).map(Number) };
}

interface NamedObject {
  readonly className: string;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A serialized object under `key`: `{class_name, config}`; null when there is none. */
export function namedObject(layer: KerasLayer, key: string): NamedObject | null {
  const value = layer.config[key];
  if (value === undefined || value === null) return null;
  if (typeof value !== "object") throw wrong(layer, key, "an object with class_name and config");
  const { class_name: className, config } = value as { class_name?: unknown; config?: unknown };
  if (typeof className !== "string") throw wrong(layer, key, "an object with class_name and config");
  return {
    className,
    config: typeof config === "object" && config !== null ? (config as NamedObject["config"]) : {},
  };
}

function wrong(layer: KerasLayer, key: string, expected: string): ReadError {
  return new ReadError(
    "bad-option",
    `Layer ${JSON.stringify(layer.name)} (${layer.className}): ${key} should be ${expected}, found ${JSON.stringify(layer.config[key]) ?? "nothing"}.`,
  );
}

function unsupported(layer: KerasLayer, key: string, found: string): ReadError {
  return new ReadError(
    "unsupported",
    `Layer ${JSON.stringify(layer.name)}: the ${key} ${found} cannot be trained with here.`,
  );
}
