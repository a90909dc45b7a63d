/** A module with one relaxed_madd: valid only where the runtime knows it. */
export function hasRelaxedSimd(): boolean {
  const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 8, 1, 0x60, 3, 0x7b, 0x7b, 0x7b, 1, 0x7b, 3, 2, 1, 0];
  const code = [10, 13, 1, 11, 0, 0x20, 0, 0x20, 1, 0x20, 2, 0xfd, 0x85, 0x02, 0x0b];
  return WebAssembly.validate(Uint8Array.from([...head, ...code]));
}

/** Whether the runtime has WebAssembly with vectors: a module with one vector constant. */
export function hasSimd(): boolean {
  const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7b, 3, 2, 1, 0];
  const code = [10, 22, 1, 20, 0, 0xfd, 0x0c, ...Array<number>(16).fill(0), 0x0b];
  return typeof WebAssembly === "object" && WebAssembly.validate(Uint8Array.from([...head, ...code]));
}
