import { KERNEL_PARAMETERS, kernelParameters, TILE } from "./blocks.ts";
import {
  add,
  block,
  each,
  type Local,
  load,
  loadI32,
  mul,
  type Statement,
  set,
  shiftLeft,
  shuffle,
  store,
  type V128,
} from "./encoder.ts";
import { FunctionBuilder } from "./module.ts";

/** Turns samples that lie one after the other into `[position][channel][sample]`. */
export interface PackSpec {
  /** Elements of one row; at least 16 bytes or 4 floats. */
  readonly rowLength: number;
  readonly bytes: boolean;
  /** Address of the packed tile. */
  readonly target: number;
}

/** The fewest elements a row may have. */
export const leastRow = (bytes: boolean): number => (bytes ? 16 : 4);

/**
 * Units are rows. `extra` is the address of a table with the address of each of the tile's samples, so that a
 * shuffled data set needs no copy in order. Squares of 16 x 16 bytes (4 x 4 floats) are turned in registers.
 */
export function emitPack(name: string, { rowLength, bytes, target }: PackSpec): FunctionBuilder {
  const side = leastRow(bytes);
  const size = bytes ? 1 : 4;
  const fn = new FunctionBuilder(name, KERNEL_PARAMETERS);
  const { begin, end, samples, arena, extra } = kernelParameters(fn);
  const [row, at, first, n, to] = fn.wholes(5);
  const sources = fn.wholes(side as number);
  const lines = [fn.vectors(side as number), fn.vectors(side as number)] as const;

  const square: Statement[] = [];
  for (let i = 0; i < side; i++)
    square.push(set(sources[i]!, add(loadI32(add(extra, shiftLeft(n, 2)), i * 4), first)));
  for (let i = 0; i < side; i++)
    square.push(set(lines[0][i]!, load(add(sources[i]!, shiftLeft(at, bytes ? 0 : 2)))));
  let [from, into] = lines;
  for (let round = side; round > 1; round /= 2) {
    for (let i = 0; i < side / 2; i++) {
      const [low, high] = interleave(from[i]!, from[i + side / 2]!, size);
      square.push(set(into[2 * i]!, low), set(into[2 * i + 1]!, high));
    }
    [from, into] = [into, from];
  }
  const turned: readonly Local<"v128">[] = from;
  square.push(
    set(to, add(arena, mul(add(mul(row, rowLength), at), TILE * size), shiftLeft(n, bytes ? 0 : 2), target)),
  );
  for (let i = 0; i < side; i++) square.push(store(to, turned[i]!, i * TILE * size));

  // Samples go by in the inner loop, so that what lies together in the packed tile is written together.
  const squares = each(n, 0, samples, side, block(...square));
  const rest = rowLength % side;
  fn.body = each(
    row,
    begin,
    end,
    1,
    block(
      set(first, mul(row, rowLength * size)),
      each(at, 0, rowLength - side + 1, side, squares),
      // The last square overlaps the one before it.
      ...(rest === 0 ? [] : [set(at, add(rowLength - side)), squares]),
    ),
  );
  return fn;
}

/** Elements of `a` and `b` in turn: the first halves, the second halves. */
function interleave(a: V128, b: V128, size: number): readonly [V128, V128] {
  const order = (start: number): number[] => {
    const bytes: number[] = [];
    for (let element = 0; element < 8 / size; element++) {
      for (const source of [0, 16]) {
        for (let byte = 0; byte < size; byte++) bytes.push(source + start + element * size + byte);
      }
    }
    return bytes;
  };
  return [shuffle(a, b, order(0)), shuffle(a, b, order(8))];
}
