import type { Budget } from "../../budget.ts";
import type { AtenArgument } from "../aten/program.ts";
import { field, isJsonObject, listIn } from "./fields.ts";

/** An argument, and the values of the program in it, in their order. */
export interface ReadArgument {
  readonly argument: AtenArgument;
  readonly values: readonly string[];
}

/**
 * Reads one tagged argument (`Argument` of torch/_export/serde/schema.py): `{ "as_tensor": { "name": … } }`,
 * `{ "as_ints": […] }`, … What is of no interest here (devices, layouts, custom objects) is null.
 */
export function readArgument(
  tagged: unknown,
  called: (name: string) => string,
  budget: Budget,
): ReadArgument {
  const values: string[] = [];
  const value = (holder: unknown): AtenArgument => {
    const name = field(holder, "name");
    if (typeof name !== "string") return null;
    const own = called(name);
    values.push(own);
    return { value: own };
  };
  return { argument: read(), values };

  function read(): AtenArgument {
    if (!isJsonObject(tagged)) return null;
    for (const [tag, content] of Object.entries(tagged)) {
      switch (tag) {
        case "as_tensor":
          return value(content);
        case "as_optional_tensor":
          return value(field(content, "as_tensor"));
        case "as_tensors":
          return list(tag, value);
        case "as_optional_tensors":
          return list(tag, (holder) => value(field(holder, "as_tensor")));
        case "as_nested_tensors":
          return list(tag, (inner) => (Array.isArray(inner) ? inner.map(value) : null));
        case "as_int":
        case "as_float":
        case "as_bool":
        case "as_string":
          return plain(content);
        case "as_sym_int":
        case "as_sym_float":
          return symbol(content);
        case "as_ints":
        case "as_floats":
        case "as_bools":
        case "as_strings":
          return list(tag, plain);
        case "as_sym_ints":
        case "as_sym_floats":
          return list(tag, symbol);
      }
    }
    return null;
  }

  function list(tag: string, one: (item: unknown) => AtenArgument): AtenArgument {
    const items = listIn(tagged, tag);
    budget.count(items.length, "arguments of operators");
    return items.map(one);
  }
}

function plain(value: unknown): AtenArgument {
  return typeof value === "number" || typeof value === "boolean" || typeof value === "string" ? value : null;
}

/** A number that is known, or null for one that the program works out. */
function symbol(value: unknown): AtenArgument {
  const known = field(value, "as_int") ?? field(value, "as_float");
  return plain(known);
}
