import type { ParameterPlan } from "./plan.ts";

/**
 * Visits the runs in which a parameter's kept part lies in Keras's array and in the engine's: first number in each,
 * and how many.
 */
function eachRun(
  { shape, window, rowStride }: ParameterPlan,
  visit: (outside: number, inside: number, count: number) => void,
): void {
  const rank = shape.length;
  const [first, end] = window[rank - 1]!;
  const counter = window.slice(0, -1).map(([from]) => from);
  for (let inside = 0; ; inside += rowStride) {
    let outside = 0;
    for (let axis = 0; axis < rank - 1; axis++) outside = outside * shape[axis]! + counter[axis]!;
    visit(outside * shape[rank - 1]! + first, inside, end - first);
    let axis = rank - 2;
    while (axis >= 0 && ++counter[axis]! >= window[axis]![1]) {
      counter[axis] = window[axis]![0];
      axis--;
    }
    if (axis < 0) return;
  }
}

/** Writes a whole array in Keras's layout to the engine's floats, from `at` on. */
export function copyIn(
  plan: ParameterPlan,
  whole: ArrayLike<number>,
  floats: Float32Array<ArrayBufferLike>,
  at: number,
): void {
  eachRun(plan, (outside, inside, count) => {
    for (let i = 0; i < count; i++) floats[at + inside + i] = whole[outside + i]!;
  });
}

/** Reads the kept part into a whole array, whose other numbers stay. */
export function copyOut(
  plan: ParameterPlan,
  floats: Float32Array<ArrayBufferLike>,
  at: number,
  whole: Float32Array,
): void {
  eachRun(plan, (outside, inside, count) => {
    whole.set(floats.subarray(at + inside, at + inside + count), outside);
  });
}
