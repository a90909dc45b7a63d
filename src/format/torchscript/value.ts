/** A value of a TorchScript program, as far as it is followed. */
export type ScriptValue =
  | null
  | boolean
  | number
  | string
  | ScriptTensor
  | ScriptSequence
  | ScriptObject
  | ScriptNamespace
  | ScriptMethod
  | ScriptPacked;

/** A tensor, or anything that is only known by the operator that makes it. */
export interface ScriptTensor {
  readonly kind: "tensor";
  /** Its name in the flat program. */
  readonly id: string;
}

/** A list or tuple. */
export interface ScriptSequence {
  readonly kind: "sequence";
  readonly items: readonly ScriptValue[];
}

/** A module, or an object of another class of the archive's code. */
export interface ScriptObject {
  readonly kind: "object";
  /** `__torch__.torch.nn.modules.conv.Conv2d`. */
  readonly className: string;
  /** Names of the attributes on the way from the root, joined by dots. */
  readonly path: string;
  readonly attributes: Map<string, ScriptValue>;
  /** What `__setstate__` of its class is given; undefined when the attributes were stored themselves. */
  state: ScriptValue | undefined;
}

/** `torch`, `ops.quantized`, `__torch__.torch.nn.functional`, `CONSTANTS`. */
export interface ScriptNamespace {
  readonly kind: "namespace";
  readonly path: string;
}

/** A method of an object. */
export interface ScriptMethod {
  readonly kind: "method";
  readonly object: ScriptObject;
  readonly name: string;
}

/** The packed weights of a quantised convolution: what `prepack` was given. */
export interface ScriptPacked {
  readonly kind: "packed";
  readonly args: ReadonlyMap<string, ScriptValue>;
  readonly transposed: boolean;
}

/** Whether a value is of a kind. */
export function isScript<K extends "tensor" | "sequence" | "object" | "namespace" | "method" | "packed">(
  value: ScriptValue | undefined,
  kind: K,
): value is Extract<ScriptValue, { readonly kind: K }> {
  return typeof value === "object" && value !== null && value.kind === kind;
}
