import { isScript, type ScriptValue } from "./value.ts";

/**
 * The result of an operator on constants that decides which way a program takes or what a geometry is; undefined when
 * it is none of these, or when its arguments are not known.
 */
export function plainResult(operator: string, values: readonly ScriptValue[]): ScriptValue | undefined {
  const [a, b] = values;
  switch (operator) {
    case "__is__":
    case "__isnot__": {
      if (b !== null || a === undefined || isScript(a, "tensor")) return undefined;
      return (a === null) === (operator === "__is__");
    }
    case "__not__":
      return typeof a === "boolean" ? !a : undefined;
    case "len":
      return isScript(a, "sequence") ? a.items.length : undefined;
    case "list":
      return isScript(a, "sequence") ? a : undefined;
    case "eq":
      return isPlain(a) && isPlain(b) ? a === b : undefined;
    case "ne":
      return isPlain(a) && isPlain(b) ? a !== b : undefined;
  }
  if (typeof a !== "number" || typeof b !== "number") return undefined;
  switch (operator) {
    case "add":
      return a + b;
    case "sub":
      return a - b;
    case "mul":
      return a * b;
    case "floordiv":
      return Math.floor(a / b);
    case "lt":
      return a < b;
    case "gt":
      return a > b;
    case "le":
      return a <= b;
    case "ge":
      return a >= b;
  }
  return undefined;
}

function isPlain(value: ScriptValue | undefined): value is number | boolean | string {
  return typeof value === "number" || typeof value === "boolean" || typeof value === "string";
}
