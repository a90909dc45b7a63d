import type { Readable, Writable } from "node:stream";
import { systemError } from "../system-error.ts";

/** A stream that may be a terminal. */
export interface OutputStream extends Writable {
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** Everything that the command line touches of the process that runs it. */
export interface Context {
  readonly stdin: Readable;
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  /** Paths of unfinished files, for whoever ends the process early. */
  readonly unfinished: Set<string>;
  /** Lets a command end by itself when the user interrupts it; without it every interrupt ends it at once. */
  readonly grace?: Grace | undefined;
}

/** An agreement with whoever handles interrupts: the first one only asks, the second ends the process. */
export interface Grace {
  /** Set by a command that ends soon after `signal` is aborted. */
  wanted: boolean;
  readonly signal: AbortSignal;
}

/** Exit codes, as the README and every `--help` state them. */
export const EXIT = {
  ok: 0,
  /** A check said no. */
  no: 1,
  usage: 2,
  /** Cannot read, unsupported, or cannot write. */
  unreadable: 3,
  noSuchLayer: 4,
  interrupted: 130,
} as const;

/** Thrown when the reader of standard output has left: nothing is wrong, and nothing more is to be done. */
export class ReaderLeft extends Error {}

/** Writes data to standard output and waits until it is taken. */
export async function print(context: Context, data: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    context.stdout.write(data, (error) => {
      if (error === null || error === undefined) resolve();
      else if ("code" in error && error.code === "EPIPE") reject(new ReaderLeft());
      else reject(systemError(error, "standard output", "It could not be written: "));
    });
  });
}

/** Writes a message to standard error; nobody listening is no reason to stop. */
export function say(context: Context, message: string): void {
  context.stderr.write(`${message}\n`);
}
