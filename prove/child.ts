import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** How a child ended. */
export interface ChildEnd {
  readonly code: number | null;
  /** Not null when it was killed. */
  readonly signal: string | null;
  /** What it wrote on standard error, at most 20 kB. */
  readonly errors: string;
  /** It said nothing for longer than it may and was killed. */
  readonly silent: boolean;
}

/** What `runChild` is told. */
export interface ChildOptions {
  /** Milliseconds without a line after which the child is killed. */
  readonly silence: number;
  readonly onLine: (line: string) => void;
  /** Put before the child's own command line: `strace …`. */
  readonly under?: readonly string[];
  readonly nodeOptions?: readonly string[];
}

/** Runs a script of this folder (its compiled form) in a process of its own and hands over its lines. */
export function runChild(script: string, args: readonly string[], options: ChildOptions): Promise<ChildEnd> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const command = [...(options.under ?? []), process.execPath, ...(options.nodeOptions ?? []), path, ...args];
  const child = spawn(command[0]!, command.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
  let silent = false;
  let errors = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listen = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      silent = true;
      child.kill("SIGKILL");
    }, options.silence);
  };
  listen();
  child.stderr.on("data", (piece) => {
    if (errors.length < 20_000) errors += String(piece);
  });
  createInterface({ input: child.stdout }).on("line", (line) => {
    listen();
    options.onLine(line);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, errors, silent });
    });
  });
}
