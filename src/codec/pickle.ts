import type { Budget } from "../budget.ts";
import { ReadError } from "../errors.ts";
import type { Source } from "../source/source.ts";
import { createPickleMachine } from "./pickle-machine.ts";
import { type PickleWindow, readPickleOp } from "./pickle-op.ts";
import type { PickleValue } from "./pickle-value.ts";

/** What reading a pickle costs and obeys. */
export interface PickleContext {
  readonly budget: Budget;
  readonly signal?: AbortSignal | undefined;
  /** Offset of its first byte. Default 0. */
  readonly offset?: number | undefined;
}

/** A pickle that was read. */
export interface Pickle {
  readonly value: PickleValue;
  /** Offset of the byte after it: another one may follow. */
  readonly end: number;
}

/** Bytes of the first read and of the largest: small pickles cost little, long ones few reads. */
const FIRST_READ = 16 * 1024;
const LARGEST_READ = 1024 * 1024;

/**
 * Reads one pickle, protocols 0 to 5, as inert data: no class is looked up and nothing is called (see PickleValue).
 * Long bytes and texts are not read; they say where they lie.
 *
 * @throws ReadError `malformed`, `truncated`, `limit` or `unsupported` (a later protocol, out-of-band buffers).
 */
export async function readPickle(
  source: Source,
  { budget, signal, offset = 0 }: PickleContext,
): Promise<Pickle> {
  const { size } = source;
  const machine = createPickleMachine(budget);
  let window: PickleWindow = { bytes: new Uint8Array(0), start: offset };
  let ahead = FIRST_READ;
  let at = offset;
  for (;;) {
    try {
      const op = readPickleOp(window, at, size);
      if (typeof op === "object") {
        const value = machine(op);
        if (value !== undefined) return { value, end: op.end };
        at = op.end;
        continue;
      }
      ahead = Math.max(op, ahead);
    } catch (error) {
      throw placed(error, at);
    }
    budget.check();
    window = { bytes: await source.read(at, Math.min(size - at, ahead), signal), start: at };
    ahead = Math.min(LARGEST_READ, ahead * 2);
  }
}

/** An error without a place gets the offset of the instruction. */
function placed(error: unknown, offset: number): unknown {
  if (!(error instanceof ReadError) || error.offset !== undefined) return error;
  return new ReadError(error.code, error.message, { offset, cause: error.cause });
}
