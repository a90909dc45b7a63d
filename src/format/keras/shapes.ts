import type { Extents } from "./config.ts";
import type { PlainObject } from "./plain.ts";
import { ATTENTION_RULES } from "./shapes-attention.ts";
import { CONVOLUTION_RULES } from "./shapes-convolution.ts";
import { CORE_RULES } from "./shapes-core.ts";
import { MERGE_RULES } from "./shapes-merge.ts";
import { operationShapes } from "./shapes-operation.ts";
import { POOLING_RULES } from "./shapes-pooling.ts";
import { PREPROCESSING_RULES } from "./shapes-preprocessing.ts";
import { RECURRENT_RULES } from "./shapes-recurrent.ts";

/**
 * Whose shapes are asked for: Keras before tf.keras computed them by its own rules, tf.keras took them from
 * TensorFlow's tensors, Keras 3 has its own rules again. They differ in a few corners.
 */
export type ShapeDialect = "keras2" | "tf" | "keras3";

/** One call of a layer, as far as its output shape depends on it. */
export interface ShapeQuestion {
  readonly className: string;
  /** Whether it is one of Keras 3's operations, some of which are called like layers (`Reshape`, `Average`). */
  readonly isOperation: boolean;
  readonly config: PlainObject;
  readonly dialect: ShapeDialect;
  /** Shapes of the tensors it is called on, in order, batch axis included; at least one. */
  readonly inputs: readonly Extents[];
  /** Shapes of tensors that are passed by name (`value`, `key`, `mask`, …). */
  readonly named: ReadonlyMap<string, Extents>;
  /** Everything that was passed, as the file writes it; tensors are still in their stored form. */
  readonly args: readonly unknown[];
  readonly kwargs: PlainObject;
  /** Output shapes of the wrapped layers, for given inputs. */
  readonly inner: readonly ((inputs: readonly Extents[]) => readonly Extents[] | null)[];
}

/** Output shapes of one layer class; null when they cannot be worked out. */
export type ShapeRule = (question: ShapeQuestion) => readonly Extents[] | null;

const RULES: ReadonlyMap<string, ShapeRule> = new Map(
  [
    CONVOLUTION_RULES,
    POOLING_RULES,
    CORE_RULES,
    MERGE_RULES,
    RECURRENT_RULES,
    ATTENTION_RULES,
    PREPROCESSING_RULES,
  ].flatMap((rules) => Object.entries(rules)),
);

/**
 * Output shapes of a call, as Keras's own `compute_output_shape` gives them; null for classes that are not in
 * the tables (custom layers, lambdas) and for configs that make no sense.
 */
export function outputShapes(question: ShapeQuestion): readonly Extents[] | null {
  const rule = question.isOperation ? undefined : RULES.get(question.className);
  const shapes = rule?.(question) ?? operationShapes(question);
  return shapes?.every((shape) => shape.every(isPossible)) ? shapes : null;
}

function isPossible(extent: number | null): boolean {
  return extent === null || (Number.isSafeInteger(extent) && extent >= 0);
}
