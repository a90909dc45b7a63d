import type { Flatbuffer } from "../../codec/flatbuffer.ts";
import type { Operator, Subgraph } from "./graph.ts";

/** A tensor of a subgraph, by number. */
export interface Place {
  readonly subgraph: Subgraph;
  readonly tensor: number;
}

/** Where a value comes from: a constant (or whatever else no operator makes), and what is done to it on the way. */
export interface Origin extends Place {
  /** The operators that it passes, the last first. */
  readonly path: readonly { readonly operator: Operator; readonly subgraph: Subgraph }[];
}

/** Operators that hand on their first input, changed in shape, order or form of storage at most. */
const PASSING: ReadonlySet<string> = new Set([
  "DEQUANTIZE",
  "DENSIFY",
  "QUANTIZE",
  "FAKE_QUANT",
  "CAST",
  "RESHAPE",
  "STABLEHLO_RESHAPE",
  "EXPAND_DIMS",
  "SQUEEZE",
  "TRANSPOSE",
  "STABLEHLO_TRANSPOSE",
]);

/** What leads from a subgraph to those that call it, and from variables to their first values. */
export interface Links {
  /** By the number of a subgraph: what each of its inputs is for the one operator that calls it. */
  readonly callers: ReadonlyMap<number, (input: number) => Place | null>;
  /** By the name of a variable: the one constant that is assigned to it. */
  readonly variables: ReadonlyMap<string, Place>;
  /** The name of the variable that a VAR_HANDLE operator makes. */
  readonly handles: ReadonlyMap<Operator, string>;
}

/** Most operators between a constant and what uses it. */
const PATH_MOST = 64;

/** Goes back from a tensor to where its value comes from. */
export function originOf(start: Place, { callers, variables, handles }: Links): Origin {
  const path: { operator: Operator; subgraph: Subgraph }[] = [];
  const seen = new Set<string>();
  let place = start;
  for (;;) {
    const key = `${place.subgraph.index} ${place.tensor}`;
    if (seen.has(key) || seen.size > PATH_MOST) return { ...place, path };
    seen.add(key);
    const operator = place.subgraph.producers.get(place.tensor);
    let next: Place | null = null;
    if (operator === undefined) {
      const input = place.subgraph.inputPlaces.get(place.tensor);
      next = input === undefined ? null : (callers.get(place.subgraph.index)?.(input) ?? null);
    } else if (PASSING.has(operator.name) && operator.inputs[0] !== undefined && operator.inputs[0] >= 0) {
      path.push({ operator, subgraph: place.subgraph });
      next = { subgraph: place.subgraph, tensor: operator.inputs[0] };
    } else if (operator.name === "READ_VARIABLE") {
      const handle = place.subgraph.producers.get(operator.inputs[0] ?? -1);
      const name = handle === undefined ? undefined : handles.get(handle);
      next = name === undefined ? null : (variables.get(name) ?? null);
      if (next !== null) path.push({ operator, subgraph: place.subgraph });
    }
    if (next === null) return { ...place, path };
    place = next;
  }
}

/** Fields: the body's (or the branches') numbers in the options of WHILE and IF. */
const BRANCHES: Readonly<Record<string, readonly number[]>> = { WHILE: [1], IF: [0, 1] };

/** The links of a model. */
export async function linkSubgraphs(file: Flatbuffer, subgraphs: readonly Subgraph[]): Promise<Links> {
  const callers = new Map<number, ((input: number) => Place | null) | null>();
  const handles = new Map<Operator, string>();
  for (const subgraph of subgraphs) {
    for (const operator of subgraph.operators) {
      if (operator.name === "VAR_HANDLE") {
        const options = await file.child(operator.table, 4);
        if (options !== null) handles.set(operator, (await file.text(options, 1)) ?? "");
      }
      const fields = Object.hasOwn(BRANCHES, operator.name) ? BRANCHES[operator.name]! : [];
      const options = fields.length === 0 ? null : await file.child(operator.table, 4);
      for (const field of options === null ? [] : fields) {
        const called = subgraphs[options!.scalar(field, "int32", 0)];
        if (called === undefined) continue;
        // Of a subgraph that is called from several places the inputs are not one value.
        callers.set(called.index, callers.has(called.index) ? null : inputsOf(subgraph, operator, called));
      }
    }
  }
  const only = new Map(
    [...callers].flatMap(([index, input]) => (input === null ? [] : [[index, input] as const])),
  );
  return { callers: only, handles, variables: firstValues(subgraphs, handles) };
}

function inputsOf(subgraph: Subgraph, operator: Operator, called: Subgraph): (input: number) => Place | null {
  const first = operator.name === "IF" ? 1 : 0;
  return (input) => {
    const tensor = operator.inputs[first + input] ?? -1;
    // What a loop hands on changed is no constant.
    const changes = operator.name === "WHILE" && called.outputs[input] !== called.inputs[input];
    return tensor < 0 || changes ? null : { subgraph, tensor };
  };
}

/** Variables to which a value that no operator makes is assigned exactly once. */
function firstValues(
  subgraphs: readonly Subgraph[],
  handles: ReadonlyMap<Operator, string>,
): ReadonlyMap<string, Place> {
  const values = new Map<string, Place[]>();
  for (const subgraph of subgraphs) {
    for (const { name, inputs } of subgraph.operators) {
      if (name !== "ASSIGN_VARIABLE") continue;
      const [handle, value] = [subgraph.producers.get(inputs[0] ?? -1), inputs[1] ?? -1];
      const variable = handle === undefined ? undefined : handles.get(handle);
      if (variable === undefined || value < 0) continue;
      if (subgraph.producers.has(value) || subgraph.inputPlaces.has(value)) continue;
      values.set(variable, [...(values.get(variable) ?? []), { subgraph, tensor: value }]);
    }
  }
  return new Map(
    [...values].flatMap(([name, found]) => (found.length === 1 ? [[name, found[0]!] as const] : [])),
  );
}
