import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeNpy } from "../../../src/export/npy.ts";
import type { Kernel } from "../../../src/kernel/kernel.ts";
import type { KernelShape } from "../../../src/model/model.ts";
import { root } from "../../imports.ts";

/** The command: as `tsc` made it, or as it is shipped when KERNELSCOPE_CLI says so. */
export const cli: string = process.env.KERNELSCOPE_CLI ?? join(root, "dist/node/cli/main.js");

/** What a run of the command gave. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly out: string;
  readonly err: string;
}

/** How a run is started. */
export interface RunOptions {
  readonly cwd?: string;
  readonly input?: Uint8Array;
  readonly env?: Record<string, string>;
}

/** Runs the command as a process of its own, without colours or terminals unless `env` says so. */
export function kernelscope(args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  if (!existsSync(cli)) throw new Error(`${cli} is not there: build first (npx tsc -b)`);
  const env = { PATH: process.env.PATH ?? "", HOME: process.env.HOME ?? "", ...options.env };
  const child = spawn(process.execPath, [cli, ...args], { cwd: options.cwd, env });
  const stdout: Buffer[] = [];
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => {
    err += chunk.toString();
  });
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const all = Buffer.concat(stdout);
      resolve({ code, signal, stdout: all, out: all.toString(), err });
    });
  });
}

/** A kernel whose weights count up from 0, or are what `weight` says of their index. */
export function kernelOf(
  name: string,
  shape: KernelShape,
  weight = (index: number): number => index,
): Kernel {
  const count = shape.reduce((product, extent) => product * extent, 1);
  const weights = new Float32Array(count).map((_, index) => weight(index));
  return { name, kind: "conv", rank: 2, shape, groups: 1, dtype: "float32", weights, frozen: null };
}

/** The bytes of a safetensors file of float32 tensors whose values count up, by name and shape. */
export function safetensorsOf(tensors: Readonly<Record<string, readonly number[]>>): Buffer {
  const header: Record<string, unknown> = {};
  const data: Uint8Array[] = [];
  let at = 0;
  for (const [name, shape] of Object.entries(tensors)) {
    const count = shape.reduce((product, extent) => product * extent, 1);
    data.push(new Uint8Array(new Float32Array(count).map((_, index) => index).buffer));
    header[name] = { dtype: "F32", shape, data_offsets: [at, at + 4 * count] };
    at += 4 * count;
  }
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...data]);
}

/** The bytes of an .npy with weights that count up. */
export function npyOf(shape: readonly number[], weight?: (index: number) => number): Buffer {
  const flat = kernelOf("k", [1, 1, 1, 1, shape.reduce((product, extent) => product * extent, 1)], weight);
  return Buffer.concat([...encodeNpy({ ...flat, shape: shape as unknown as KernelShape })]);
}

/** A folder for one test file, removed by `remove`. */
export function temporaryFolder(): {
  readonly path: string;
  at(name: string): string;
  write(name: string, content: Uint8Array | string): string;
  remove(): void;
} {
  const path = mkdtempSync(join(tmpdir(), "kernelscope-cli-"));
  const at = (name: string): string => join(path, name);
  return {
    path,
    at,
    write(name, content) {
      writeFileSync(at(name), content);
      return at(name);
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}
