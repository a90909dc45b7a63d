import {
  type Arithmetic,
  eachSum,
  KERNEL_PARAMETERS,
  kernelParameters,
  multiplyAdd,
  VECTOR,
} from "./blocks.ts";
import {
  add,
  andV,
  block,
  each,
  greaterF,
  type I32,
  i32,
  isZero,
  type Local,
  less,
  load,
  loadSplat,
  min,
  mul,
  or,
  pseudoMax,
  repeatWhile,
  type Statement,
  select,
  set,
  shiftLeft,
  store,
  sub,
  type V128,
  when,
  zero,
} from "./encoder.ts";
import { FunctionBuilder } from "./module.ts";

/** A matrix in memory. */
export interface Matrix {
  readonly address: number;
  /** Whether each tile of samples has its own. */
  readonly tiled: boolean;
}

/**
 * `C[m][n] = act(bias[m] + sum over k of A[m][k] B[k][n])`, the one kernel of everything dense. A's elements lie at
 * any distances, B's and C's rows are contiguous.
 */
export interface GemmSpec {
  readonly a: Matrix;
  /** Bytes from one row (one column) of A to the next. */
  readonly aRow: number;
  readonly aColumn: number;
  readonly b: Matrix;
  readonly bRow: number;
  readonly c: Matrix;
  readonly cRow: number;
  readonly rows: number;
  /** Columns of A, or as many as there are samples. */
  readonly depth: number | "samples";
  /** Columns of B and C, a multiple of 4, or as many as there are samples. */
  readonly width: number | "samples";
  /** Columns of A that are gone through before the next rows: so much of B stays in the L1 cache. */
  readonly depthBlock?: number;
  /** Address of one float32 per row, or 0. */
  readonly bias: number;
  readonly relu: boolean;
  /** Address (in the arena) of values in C's layout; results whose value there is not above 0 become 0. 0: none. */
  readonly mask: number;
  /** Whether results are added to C: never, always, or when the kernel's `extra` is not 0. */
  readonly accumulate: "never" | "always" | "extra";
}

/** Rows of C that are computed together. */
export const GEMM_ROWS = 4;
const VECTORS = 2;

/** Units are groups of four rows of C. */
export function emitGemm(name: string, spec: GemmSpec, arithmetic: Arithmetic): FunctionBuilder {
  const { aRow, aColumn, bRow, cRow, rows, relu, mask } = spec;
  const fn = new FunctionBuilder(name, KERNEL_PARAMETERS);
  const { begin, end, samples, arena, extra } = kernelParameters(fn);
  const [m, mEnd, from, left, n, a, b, c] = fn.wholes(8);
  const sums = fn.vectors(GEMM_ROWS * VECTORS);
  const bs = fn.vectors(VECTORS);
  const weight = fn.vector();

  const depth: I32 = spec.depth === "samples" ? samples : i32(spec.depth);
  const widthBytes = fn.whole();
  const blockSize = spec.depthBlock ?? 0x7fffffff;
  const whole = spec.depth !== "samples" && blockSize >= spec.depth;
  const depthBlock = whole || spec.depth === "samples" ? 0x7fffffff : blockSize;
  const addressOf = ({ address, tiled }: Matrix): readonly I32[] =>
    tiled ? [arena, i32(address)] : [i32(address)];

  const tile = (count: number, vectors: number): Statement => {
    const offset = (row: number, v: number): number => row * cRow + v * VECTOR;
    const all = (body: (row: number, v: number) => Statement): Statement =>
      block(...eachSum(count, vectors, body));
    const sum = (row: number, v: number): Local<"v128"> => sums[row * vectors + v]!;
    const fresh = all((row, v) => {
      if (spec.bias === 0) return set(sum(row, v), zero);
      const value = v > 0 ? sum(row, 0) : loadSplat(add(mul(m, GEMM_ROWS * 4), spec.bias), row * 4);
      return set(sum(row, v), value);
    });
    const stored = all((row, v) => set(sum(row, v), load(c, offset(row, v))));
    const goesOn = spec.accumulate === "extra" ? (whole ? extra : or(extra, from)) : from;
    const start =
      spec.accumulate === "always"
        ? stored
        : spec.accumulate === "never" && depthBlock === 0x7fffffff
          ? fresh
          : when(isZero(goesOn), fresh, stored);
    const step: Statement[] = [];
    for (let v = 0; v < vectors; v++) step.push(set(bs[v]!, load(b, v * VECTOR)));
    for (let row = 0; row < count; row++) {
      step.push(set(weight, loadSplat(a, row * aRow)));
      for (let v = 0; v < vectors; v++)
        step.push(set(sum(row, v), multiplyAdd(arithmetic, bs[v]!, weight, sum(row, v))));
    }
    const finish = (row: number, v: number): Statement => {
      let value: V128 = sum(row, v);
      if (relu) {
        const positive = pseudoMax(value, zero);
        value =
          depthBlock === 0x7fffffff
            ? positive
            : select(positive, value, isZero(less(add(from, depthBlock), depth)));
      }
      if (mask !== 0)
        value = andV(value, greaterF(load(add(c, mask - spec.c.address), offset(row, v)), zero));
      return store(c, value, offset(row, v));
    };
    return block(
      set(a, add(...addressOf(spec.a), mul(m, GEMM_ROWS * aRow), mul(from, aColumn))),
      set(b, add(...addressOf(spec.b), mul(from, bRow), n)),
      set(c, add(...addressOf(spec.c), mul(m, GEMM_ROWS * cRow), n)),
      start,
      set(left, min(depthBlock, sub(depth, from))),
      repeatWhile(
        block(...step, set(a, add(a, aColumn)), set(b, add(b, bRow)), set(left, sub(left, 1))),
        left,
      ),
      all(finish),
    );
  };

  /** All columns: two vectors at a time, then one. */
  const columns = (count: number): Statement =>
    block(
      set(n, i32(0)),
      when(
        less(VECTOR, widthBytes),
        repeatWhile(block(tile(count, 2), set(n, add(n, 2 * VECTOR))), less(add(n, VECTOR), widthBytes)),
      ),
      when(less(n, widthBytes), tile(count, 1)),
    );
  const wholeRows = Math.floor(rows / GEMM_ROWS);
  const rest = rows % GEMM_ROWS;
  const body = block(
    each(m, begin, mEnd, 1, columns(GEMM_ROWS)),
    ...(rest === 0 ? [] : [when(less(wholeRows, end), block(set(m, i32(wholeRows)), columns(rest)))]),
  );
  fn.body = block(
    set(widthBytes, spec.width === "samples" ? shiftLeft(samples, 2) : i32(spec.width * 4)),
    set(mEnd, min(end, wholeRows)),
    depthBlock === 0x7fffffff ? block(set(from, i32(0)), body) : each(from, 0, depth, depthBlock, body),
  );
  return fn;
}
