/**
 * A small WebAssembly encoder. Values are typed by TypeScript: an i32 cannot be added to a vector. Code is nested
 * arrays of bytes that are flattened once, when the module is built. Opcodes: WebAssembly core specification 2.0,
 * chapter 5.4 (relaxed_madd: 3.0).
 */
export type Code = readonly (number | Code)[];

export type ValueType = "i32" | "f32" | "v128";

/** Code that leaves one value of a type on the stack. */
export interface Value<T extends ValueType> {
  readonly type: T;
  readonly code: Code;
  /** The number itself, where it is a constant. */
  readonly constant?: number;
}

export type I32 = Value<"i32">;
export type F32 = Value<"f32">;
export type V128 = Value<"v128">;

/** A local variable; as a value it reads itself. */
export interface Local<T extends ValueType> extends Value<T> {
  readonly index: number;
}

/** Code that leaves nothing on the stack. */
export interface Statement {
  readonly type: "none";
  readonly code: Code;
}

/** A whole number as unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value >>> 0;
  do {
    const byte = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? byte : byte | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** A 32-bit whole number as signed LEB128. */
export function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const byte = rest & 0x7f;
    rest >>= 7;
    if ((rest === 0 && (byte & 0x40) === 0) || (rest === -1 && (byte & 0x40) !== 0)) {
      bytes.push(byte);
      return bytes;
    }
    bytes.push(byte | 0x80);
  }
}

// ---- i32 ----

/** A constant. */
export function i32(value: number): I32 {
  return { type: "i32", code: [0x41, ...signed(value)], constant: value | 0 };
}

/** What takes an i32 takes a plain number too. */
export type Whole = I32 | number;
const whole = (value: Whole): I32 => (typeof value === "number" ? i32(value) : value);

function binary(opcode: number, a: Whole, b: Whole): I32 {
  return { type: "i32", code: [whole(a).code, whole(b).code, opcode] };
}

/** Sum; constants are added up here, so that addresses may be written term by term. */
export function add(...terms: readonly Whole[]): I32 {
  let constant = 0;
  let sum: I32 | null = null;
  for (const term of terms.map(whole)) {
    if (term.constant !== undefined) constant += term.constant;
    else sum = sum === null ? term : binary(0x6a, sum, term);
  }
  if (sum === null) return i32(constant);
  return constant === 0 ? sum : binary(0x6a, sum, constant);
}

export function sub(a: Whole, b: Whole): I32 {
  const [x, y] = [whole(a), whole(b)];
  if (y.constant !== undefined) return add(x, -y.constant);
  return binary(0x6b, x, y);
}

export function mul(a: Whole, b: Whole): I32 {
  const [x, y] = [whole(a), whole(b)];
  if (x.constant !== undefined && y.constant !== undefined) return i32(Math.imul(x.constant, y.constant));
  if (x.constant === 1) return y;
  if (y.constant === 1) return x;
  if (x.constant === 0 || y.constant === 0) return i32(0);
  return binary(0x6c, x, y);
}

/** Signed quotient, towards zero; the divisor is a constant. */
export function div(a: Whole, divisor: number): I32 {
  const x = whole(a);
  return divisor === 1 ? x : binary(0x6d, x, divisor);
}

/** Signed remainder; the divisor is a constant. */
export function rem(a: Whole, divisor: number): I32 {
  return divisor === 1 ? i32(0) : binary(0x6f, a, divisor);
}

export const shiftLeft = (a: I32, bits: number): I32 => (bits === 0 ? a : binary(0x74, a, bits));
export const shiftRight = (a: I32, bits: number): I32 => (bits === 0 ? a : binary(0x76, a, bits));
export const less = (a: Whole, b: Whole): I32 => binary(0x48, a, b);
export const and = (a: I32, b: I32): I32 => binary(0x71, a, b);
export const or = (a: I32, b: I32): I32 => binary(0x72, a, b);
export const isZero = (a: I32): I32 => ({ type: "i32", code: [a.code, 0x45] });
export const isNotZero = (a: I32): I32 => isZero(isZero(a));

/** `a` where `condition` is not zero, else `b`; both are evaluated. */
export function select<T extends ValueType>(a: Value<T>, b: Value<T>, condition: I32): Value<T> {
  return { type: a.type, code: [a.code, b.code, condition.code, 0x1b] };
}

export function max(a: Whole, b: Whole): I32 {
  const [x, y] = [whole(a), whole(b)];
  if (x.constant !== undefined && y.constant !== undefined) return i32(Math.max(x.constant, y.constant));
  return select(x, y, binary(0x4a, x, y));
}

export function min(a: Whole, b: Whole): I32 {
  const [x, y] = [whole(a), whole(b)];
  if (x.constant !== undefined && y.constant !== undefined) return i32(Math.min(x.constant, y.constant));
  return select(x, y, less(x, y));
}

export const loadI32 = (address: I32, offset = 0): I32 => ({
  type: "i32",
  code: [address.code, 0x28, 2, unsigned(offset)],
});

// ---- f32 ----

export const addF32 = (a: F32, b: F32): F32 => ({ type: "f32", code: [a.code, b.code, 0x92] });
export const storeF32 = (address: I32, value: F32, offset = 0): Statement =>
  statement(address.code, value.code, 0x38, 2, unsigned(offset));

// ---- v128 ----

const simd = (opcode: number): Code => [0xfd, unsigned(opcode)];
const vector = (...code: Code): V128 => ({ type: "v128", code });
const vectorLoad =
  (opcode: number) =>
  (address: I32, offset = 0): V128 =>
    vector(address.code, simd(opcode), 0, unsigned(offset));
const vectorBinary =
  (opcode: number) =>
  (a: V128, b: V128): V128 =>
    vector(a.code, b.code, simd(opcode));
const vectorUnary =
  (opcode: number) =>
  (a: V128): V128 =>
    vector(a.code, simd(opcode));

export const load = vectorLoad(0x00);
/** Eight bytes, each widened to 16 bits without sign. */
export const load8x8 = vectorLoad(0x02);
/** One float32 in all four lanes. */
export const loadSplat = vectorLoad(0x09);
export const store = (address: I32, value: V128, offset = 0): Statement =>
  statement(address.code, value.code, simd(0x0b), 0, unsigned(offset));

/** Four float32 constants. */
export function floats(a: number, b = a, c = a, d = a): V128 {
  return vector(simd(0x0c), [...new Uint8Array(Float32Array.of(a, b, c, d).buffer)]);
}
export const zero: V128 = floats(0);

export const addF = vectorBinary(0xe4);
export const subF = vectorBinary(0xe5);
export const mulF = vectorBinary(0xe6);
export const divF = vectorBinary(0xe7);
export const sqrtF = vectorUnary(0xe3);
/** `b < a ? b : a` in each lane. */
export const pseudoMin = vectorBinary(0xea);
/** `a < b ? b : a` in each lane: with a NaN in `a` it stays a NaN. */
export const pseudoMax = vectorBinary(0xeb);
export const greaterF = vectorBinary(0x44);
export const equalF = vectorBinary(0x41);
export const andV = vectorBinary(0x4e);
/** `a` without the bits of `b`. */
export const andNot = vectorBinary(0x4f);
export const orV = vectorBinary(0x50);
/** The lower (upper) four of eight unsigned 16-bit lanes as 32-bit lanes. */
export const widenLow = vectorUnary(0xa9);
export const widenHigh = vectorUnary(0xaa);
/** 32-bit lanes as float32; the signed conversion is one instruction on x86, the unsigned one many. */
export const toFloat = vectorUnary(0xfa);
/** A whole number as float32 in all four lanes. */
export const convertSplat = (value: I32): V128 => toFloat(vector(value.code, simd(0x11)));
/** `a * b + c`, rounded once or twice as the CPU likes. */
export const relaxedMultiplyAdd = (a: V128, b: V128, c: V128): V128 =>
  vector(a.code, b.code, c.code, simd(0x105));
/** The lower two float32 lanes as float64. */
export const promoteLow = vectorUnary(0x5f);
/** Sums of two float64 lanes. */
export const addDouble = vectorBinary(0xf0);
/** One float32 lane. */
export const laneF = (a: V128, lane: number): F32 => ({ type: "f32", code: [a.code, simd(0x1f), lane] });
/** Sixteen bytes chosen from the 32 of `a` and `b`. */
export const shuffle = (a: V128, b: V128, bytes: readonly number[]): V128 =>
  vector(a.code, b.code, simd(0x0d), bytes);

// ---- control ----

const statement = (...code: Code): Statement => ({ type: "none", code });

export const set = <T extends ValueType>(local: Local<T>, value: Value<T>): Statement =>
  statement(value.code, 0x21, unsigned(local.index));

/** Statements one after the other. */
export const block = (...statements: readonly Statement[]): Statement =>
  statement(...statements.map(({ code }) => code));

/** Runs `body` again as long as `condition` is not zero; once at least. */
export const repeatWhile = (body: Statement, condition: I32): Statement =>
  statement(0x03, 0x40, body.code, condition.code, 0x0d, 0, 0x0b);

export const when = (condition: I32, then: Statement, otherwise?: Statement): Statement =>
  otherwise === undefined
    ? statement(condition.code, 0x04, 0x40, then.code, 0x0b)
    : statement(condition.code, 0x04, 0x40, then.code, 0x05, otherwise.code, 0x0b);

/** `for (local = from; local < to; local += step) body`; `to` is evaluated every turn: a local or a constant. */
export function each(local: Local<"i32">, from: Whole, to: Whole, step: number, body: Statement): Statement {
  const next = set(local, add(local, step));
  const start = set(local, whole(from));
  const loop = repeatWhile(block(body, next), less(local, to));
  const [first, end] = [whole(from).constant, whole(to).constant];
  if (first !== undefined && end !== undefined) {
    if (first >= end) return block();
    return first + step >= end ? block(start, body) : block(start, loop);
  }
  return block(start, when(less(local, to), loop));
}
