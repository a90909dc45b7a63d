import type { Constants } from "./constants.ts";
import { type Links, originOf } from "./follow.ts";
import type { Subgraph } from "./graph.ts";

/** Most operators named for one tensor. */
const NAMED_MOST = 3;

/** What uses each constant of rank 3 to 5: names of operators by the constant's name. */
export async function usersOf(
  subgraphs: readonly Subgraph[],
  constants: Constants,
  links: Links,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const users = new Map<string, string[]>();
  for (const subgraph of subgraphs) {
    for (const { name, inputs } of subgraph.operators) {
      for (const tensor of inputs) {
        if (tensor < 0) continue;
        const constant = await constants.tensor(originOf({ subgraph, tensor }, links));
        if (constant === null || constant.shape.length < 3) continue;
        const known = users.get(constant.name) ?? [];
        if (!known.includes(name) && known.length < NAMED_MOST) known.push(name);
        users.set(constant.name, known);
      }
    }
  }
  // Operators that only hand a tensor on are not its users, where there are others.
  return new Map(
    [...users].map(([tensor, names]) => {
      const real = names.filter((name) => !/^(DEQUANTIZE|DENSIFY|QUANTIZE)$/.test(name));
      return [tensor, real.length > 0 ? real : names];
    }),
  );
}
