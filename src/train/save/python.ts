/** Words that cannot name an attribute of a PyTorch module: Python's own, and what `nn.Module` has already. */
const TAKEN: ReadonlySet<string> = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global " +
    "if import in is lambda nonlocal not or pass raise return try while with yield self torch nn F x logits forward " +
    "add_module apply bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extra_repr " +
    "float get_buffer get_extra_state get_parameter get_submodule half ipu load_state_dict modules mtia named_buffers " +
    "named_children named_modules named_parameters parameters register_buffer register_module register_parameter " +
    "requires_grad_ set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu " +
    "zero_grad penalty constrain"
  ).split(" "),
);

/** An identifier for each name: letters, digits and `_`; not taken, no two equal. */
export function pythonNames(names: readonly string[]): ReadonlyMap<string, string> {
  const used = new Set<string>();
  return new Map(
    names.map((name) => {
      const safe = name.replace(/[^A-Za-z0-9_]+/g, "_").replace(/^_+/, "");
      const base = safe === "" || /^\d/.test(safe) ? `layer_${safe}` : TAKEN.has(safe) ? `${safe}_` : safe;
      let unique = base;
      for (let number = 2; used.has(unique); number++) unique = `${base}_${number}`;
      used.add(unique);
      return [name, unique];
    }),
  );
}

/** A JSON value as Python writes it. */
export function pythonValue(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value === "number") return pythonNumber(value);
  return JSON.stringify(value);
}

/** A tuple of numbers: `(1, 2)`, `(1,)`. */
export function pythonTuple(numbers: readonly number[]): string {
  return numbers.length === 1 ? `(${numbers[0]},)` : `(${numbers.join(", ")})`;
}

/** Text that can stand inside a docstring: printable, without quotes or backslashes that would end it. */
export function pythonComment(text: string): string {
  return text.replace(/[^\x20-\x7e]|["\\]/g, "_");
}

function pythonNumber(value: number): string {
  if (Number.isNaN(value)) return 'float("nan")';
  if (!Number.isFinite(value)) return value > 0 ? 'float("inf")' : '-float("inf")';
  return String(value);
}
