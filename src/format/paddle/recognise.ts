import type { Probe } from "../format.ts";

/** What a file of PaddlePaddle is. */
export type PaddleKind = "state" | "program" | "weights" | "pir";

/** The kind of a PaddlePaddle file; null when it is none. Pickles and bare weights look like others': names tell. */
export function paddleKind({ head, name }: Probe): PaddleKind | null {
  if (/\.pd(params|opt|states)$/i.test(name) && head[0] === 0x80 && head[1]! >= 2 && head[1]! <= 5)
    return "state";
  if (isProgram(head)) return "program";
  if (/\.pdiparams$/i.test(name) && head.length >= 16 && head.subarray(0, 16).every((byte) => byte === 0))
    return "weights";
  const text = new TextDecoder("latin1").decode(head.subarray(0, 200));
  return /^\s*\{\s*"base_code"\s*:\s*\{\s*"magic"\s*:\s*"pir"/.test(text) ? "pir" : null;
}

/** A first block with the index 0 and the parent -1: how every ProgramDesc begins. */
const ROOT_BLOCK: readonly number[] = [0x08, 0, 0x10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1];

function isProgram(head: Uint8Array): boolean {
  if (head[0] !== 0x0a) return false;
  let at = 1;
  while (at < 6 && head[at]! >= 0x80) at++;
  return ROOT_BLOCK.every((byte, i) => head[at + 1 + i] === byte);
}
