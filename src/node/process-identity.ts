import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";

/** Where a process number means something: the machine and, on Linux, the namespace that counts the processes. */
export async function processPlace(): Promise<string> {
  const space = await readlink("/proc/self/ns/pid").catch(() => "");
  return space === "" ? hostname() : `${hostname()} ${space}`;
}

/**
 * What tells a process from a later one that got its number: on Linux the boot and the moment of its start. Null
 * where the system does not say, or has no such process.
 */
export async function processBirth(pid: number): Promise<string | null> {
  try {
    const boot = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
    const stat = await readFile(`/proc/${pid}/stat`, "utf8");
    // The second field is the program's name in brackets, which may hold anything; the start is the 22nd.
    const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
    return start === undefined ? null : `${boot} ${start}`;
  } catch {
    return null;
  }
}

/** Whether a process with this number runs; one of another user counts. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH");
  }
}
