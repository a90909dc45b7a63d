import { describe, expect, test } from "vitest";
import {
  add,
  block,
  div,
  each,
  floats,
  type I32,
  i32,
  laneF,
  less,
  load,
  max,
  min,
  mul,
  mulF,
  pseudoMax,
  rem,
  repeatWhile,
  type Statement,
  select,
  set,
  signed,
  store,
  storeF32,
  sub,
  unsigned,
  when,
  zero,
} from "../../../src/train/engine/wasm/encoder.ts";
import { buildModule, FunctionBuilder } from "../../../src/train/engine/wasm/module.ts";

/** Runs one function on a page of memory and returns the memory's floats. */
function run(
  write: (fn: FunctionBuilder, p: I32) => Statement,
  argument = 0,
  before: readonly number[] = [],
): Float32Array {
  const fn = new FunctionBuilder("run", 1);
  fn.body = write(fn, fn.parameter(0));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const floats = new Float32Array(memory.buffer);
  floats.set(before);
  const module = new WebAssembly.Module(buildModule([fn], { pages: 1, shared: false }));
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  (exports.run as (argument: number) => void)(argument);
  return floats;
}

/** The value of an expression of the argument. */
function value(expression: (p: I32) => I32, argument = 0): number {
  const floats = run((fn, p) => {
    const i = fn.whole();
    // Counts up to the value, in float32, from -1000.
    return block(
      set(i, i32(-1000)),
      storeF32(i32(0), laneF(floats32(-1000), 0)),
      repeatWhile(
        block(storeF32(i32(0), laneF(addOne(load(i32(0))), 0)), set(i, add(i, 1))),
        less(i, expression(p)),
      ),
    );
  }, argument);
  return floats[0]!;
}
const floats32 = (x: number) => floats(x);
const addOne = (v: ReturnType<typeof load>) => subtract(v, floats(-1));
const subtract = (a: ReturnType<typeof load>, b: ReturnType<typeof load>) => ({
  type: "v128" as const,
  code: [a.code, b.code, 0xfd, 0xe5, 0x01],
});

describe("numbers", () => {
  test.each([
    [0, [0]],
    [127, [0x7f]],
    [128, [0x80, 1]],
    [624485, [0xe5, 0x8e, 0x26]],
    [4294967295, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])("unsigned %i", (n, bytes) => expect(unsigned(n)).toEqual(bytes));

  test.each([
    [0, [0]],
    [-1, [0x7f]],
    [63, [0x3f]],
    [64, [0xc0, 0]],
    [-123456, [0xc0, 0xbb, 0x78]],
    [-2147483648, [0x80, 0x80, 0x80, 0x80, 0x78]],
  ])("signed %i", (n, bytes) => expect(signed(n)).toEqual(bytes));
});

describe("whole numbers", () => {
  test.each<[string, (p: I32) => I32, number]>([
    ["sum", (p) => add(p, 5, p, -2), 203],
    ["difference", (p) => sub(p, 30), 70],
    ["product", (p) => mul(p, 3), 300],
    ["product by one", (p) => mul(1, p), 100],
    ["product by zero", (p) => mul(p, 0), 0],
    ["quotient towards zero", (p) => div(sub(20, p), 7), -11],
    ["remainder with the sign of the number", (p) => rem(sub(20, p), 7), -3],
    ["remainder by one", (p) => rem(p, 1), 0],
    ["maximum", (p) => max(p, 200), 200],
    ["minimum", (p) => min(p, 200), 100],
    ["choice", (p) => select(i32(1), i32(2), less(p, 50)), 2],
  ])("%s", (_, expression, expected) => {
    expect(value(expression, 100)).toBe(expected);
  });

  test("constants are folded", () => {
    expect(add(2, 3, 4).constant).toBe(9);
    expect(mul(i32(6), 7).constant).toBe(42);
    expect(max(2, 3).constant).toBe(3);
    expect(sub(2, 3).constant).toBe(-1);
  });
});

describe("control", () => {
  const count = (from: number, to: number, step: number, known: boolean): number => {
    const memory = run((fn, p) => {
      const i = fn.whole();
      return each(i, from, known ? to : add(p, 0), step, store(i32(0), addOne(load(i32(0)))));
    }, to);
    return memory[0]!;
  };
  test.each([
    [0, 10, 1, 10],
    [0, 10, 4, 3],
    [3, 4, 1, 1],
    [5, 5, 1, 0],
    [6, 5, 1, 0],
  ])("each from %i to %i by %i", (from, to, step, times) => {
    expect(count(from, to, step, true)).toBe(times);
    expect(count(from, to, step, false)).toBe(times);
  });

  test("when and otherwise", () => {
    const write = (_: FunctionBuilder, p: I32): Statement =>
      when(less(p, 5), store(i32(0), floats(1)), store(i32(0), floats(2)));
    expect(run(write, 4)[0]).toBe(1);
    expect(run(write, 5)[0]).toBe(2);
  });
});

test("a ReLU by pseudo-maximum keeps NaN and cuts the rest", () => {
  const memory = run(() => store(i32(16), pseudoMax(load(i32(0)), zero)), 0, [
    -1,
    2,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ]);
  expect([...memory.subarray(4, 8)]).toEqual([0, 2, Number.NaN, Number.POSITIVE_INFINITY]);
});

test("vectors are loaded, multiplied and stored at offsets", () => {
  const memory = run(() => store(i32(32), mulF(load(i32(0), 4), floats(1, 2, 3, 4)), 16), 0, [9, 1, 2, 3, 4]);
  expect([...memory.subarray(12, 16)]).toEqual([1, 4, 9, 16]);
});

test("a parameter that a function does not have is refused while it is written", () => {
  expect(() => new FunctionBuilder("f", 1).parameter(1)).toThrow("f has no parameter 1");
});
