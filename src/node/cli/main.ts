#!/usr/bin/env node
import type { Writable } from "node:stream";
import { removeQuietly } from "../write-whole.ts";
import { EXIT } from "./context.ts";
import { runCommandLine } from "./program.ts";

const stop = new AbortController();
const unfinished = new Set<string>();
const asked = new AbortController();
const grace = { wanted: false, signal: asked.signal };

/** Ends at once: what is half written is removed here, as nothing that waits would run any more. */
function interrupt(code: number): void {
  stop.abort();
  for (const path of unfinished) removeQuietly(path);
  process.exit(code);
}

process.on("SIGINT", () => {
  if (grace.wanted && !asked.signal.aborted) asked.abort();
  else interrupt(EXIT.interrupted);
});
process.on("SIGTERM", () => interrupt(143));
process.on("SIGHUP", () => interrupt(129));
/** A reader that leaves is told to the write that met it; without a listener it would end the process loudly. */
function quiet<T extends Writable>(stream: T): T {
  return stream.listenerCount("error") === 0 ? stream.on("error", () => undefined) : stream;
}

// Streams are made when they are used first: a picture needs none of them, and each takes its time to set up.
const code = await runCommandLine(process.argv.slice(2), {
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return quiet(process.stdout);
  },
  get stderr() {
    return quiet(process.stderr);
  },
  env: process.env,
  signal: stop.signal,
  unfinished,
  grace,
});
process.exit(code);
