/** What levels.wat exports; places are in bytes of its memory, counts in values. */
export interface SimdExports {
  readonly memory: WebAssembly.Memory;
  ends(src: number, count: number, out: number): void;
  repeats(src: number, end: number, step: number): number;
  levels(src: number, dst: number, count: number, min: number, span: number): void;
  scatter(src: number, step: number, dst: number, lefts: number, tiles: number, columns: number): void;
  adler(src: number, count: number, a: number, b: number): bigint;
}

/** Bytes of a WebAssembly page; the module starts with one. */
export const PAGE = 65_536;

/** A fresh instance with at least `bytes` of memory. */
export function instantiate(module: WebAssembly.Module, bytes: number): SimdExports {
  const exports = new WebAssembly.Instance(module).exports as unknown as SimdExports;
  const missing = Math.ceil(bytes / PAGE) - exports.memory.buffer.byteLength / PAGE;
  if (missing > 0) exports.memory.grow(missing);
  return exports;
}
