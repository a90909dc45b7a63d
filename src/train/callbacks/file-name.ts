import { ReadError } from "../../errors.ts";
import { formatExponential, formatFixed, formatFloat } from "../python-format.ts";

/** A field of Python's `str.format`: `{name}` or `{name:02d}`; `{{` and `}}` are braces. */
const FIELD = /\{\{|\}\}|\{([^{}:!]*)(?::([^{}]*))?\}|[{}]/g;

/** The part of Python's format specifications that file names use: zeros, width, precision, kind. */
const SPEC = /^(0?)(\d{0,2})(?:\.(\d{1,2}))?([dfFeE]?)$/;

/** What is a whole number in Python too. */
const COUNTS: ReadonlySet<string> = new Set(["epoch", "batch"]);

/**
 * The name that a pattern such as `epoch-{epoch:02d}-{val_loss:.4f}.keras` stands for, as Python formats it.
 *
 * @throws ReadError `bad-option` for a field that there is no number for, or a form that is not known
 */
export function fileName(pattern: string, numbers: Readonly<Record<string, number>>): string {
  return pattern.replace(FIELD, (field: string, name: string | undefined, spec = "") => {
    if (field === "{{" || field === "}}") return field[0]!;
    const value = name !== undefined && Object.hasOwn(numbers, name) ? numbers[name] : undefined;
    if (value === undefined) {
      throw new ReadError(
        "bad-option",
        `The file name ${JSON.stringify(pattern)} has ${JSON.stringify(field)}; there are ${Object.keys(numbers).join(", ")}.`,
      );
    }
    return formatted(value, COUNTS.has(name!), spec, pattern);
  });
}

function formatted(value: number, count: boolean, spec: string, pattern: string): string {
  const match = SPEC.exec(spec);
  const [, zero = "", width = "", precision, kind = ""] = match ?? [];
  const fits = match !== null && (kind !== "d" || (count && precision === undefined));
  if (!fits || (kind === "" && precision !== undefined)) {
    throw new ReadError(
      "bad-option",
      `The file name ${JSON.stringify(pattern)} has the form ${JSON.stringify(spec)}, which does not fit ${value}; known are d for epoch and batch, f and e with a precision, and a width.`,
    );
  }
  const digits = Number(precision ?? 6);
  const text =
    kind === "f" || kind === "F"
      ? formatFixed(value, digits)
      : kind === "e" || kind === "E"
        ? formatExponential(value, digits)
        : count
          ? String(value)
          : formatFloat(value);
  const cased = kind === "E" || kind === "F" ? text.toUpperCase() : text;
  const sign = zero !== "" && cased.startsWith("-") ? "-" : "";
  return sign + cased.slice(sign.length).padStart(Number(width || 0) - sign.length, zero === "" ? " " : "0");
}
