import { link, open, readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ReadError } from "../index.ts";
import { isRunning, processBirth, processPlace } from "./process-identity.ts";
import { systemError } from "./system-error.ts";
import { removeQuietly, type WriteOptions } from "./write-whole.ts";

/** A lock that is held. */
export interface Lock {
  /** Gives it back; more than once does no harm. */
  release(): void;
}

/** What stands in a lock's file. */
interface Holder {
  readonly pid: number;
  /** See `processPlace`. */
  readonly place: string;
  /** See `processBirth`. */
  readonly birth: string | null;
  /** Date and time, UTC. */
  readonly since: string;
}

/** Our own locks have 200 bytes or so. */
const MOST_BYTES = 10_000;

/** Others that give up or take over at the same moment make a second look necessary, rarely a third. */
const ATTEMPTS = 50;

/**
 * Takes the lock of `path`: a file `.NAME.lock-N` that says which process holds it. Whoever has the highest number
 * holds the lock. The lock of a process that is gone is taken over by making the next number, which only one can do;
 * so two that take over at once never both hold it.
 *
 * @param path what is locked, for errors
 * @param at where the lock's files lie, without their dot and number; the folder must exist
 * @param what the beginning of the sentence when another holds it: `It is being trained`
 * @throws ReadError `refused` when a process that runs, or one of another machine, holds it
 */
export async function takeLock(
  path: string,
  at: string,
  what: string,
  { unfinished }: Pick<WriteOptions, "unfinished"> = {},
): Promise<Lock> {
  const base = join(dirname(at), `.${basename(at)}.lock-`);
  const place = await processPlace();
  const holder: Holder = {
    pid: process.pid,
    place,
    birth: await processBirth(process.pid),
    since: new Date().toISOString(),
  };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const numbers = await numbersOf(base, path);
    const last = numbers.at(-1) ?? 0;
    if (last > 0) {
      const other = await holderOf(`${base}${last}`);
      if (other === "gone") continue;
      if (other === null || !(await isDead(other, place)))
        throw held(path, what, other, place, `${base}${last}`);
    }
    const mine = `${base}${last + 1}`;
    if (!(await create(mine, `${JSON.stringify(holder)}\n`, path))) continue;
    unfinished?.add(mine);
    let given = false;
    const release = (): void => {
      if (given) return;
      given = true;
      removeQuietly(mine);
      unfinished?.delete(mine);
    };
    // Whoever looked earlier than we did may have gone further: then this one is not the highest.
    if ((await numbersOf(base, path)).at(-1) !== last + 1) {
      release();
      continue;
    }
    for (const number of numbers) removeQuietly(`${base}${number}`);
    return { release };
  }
  throw new ReadError("refused", "Others take its lock all the time: try again.", { file: path });
}

/** The numbers of the locks that are there, in order. */
async function numbersOf(base: string, path: string): Promise<readonly number[]> {
  const prefix = basename(base);
  const names = await readdir(dirname(base)).catch((error: unknown) => {
    throw systemError(error, path);
  });
  return names
    .filter((name) => name.startsWith(prefix) && /^[1-9]\d{0,8}$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => a - b);
}

/** Makes the file with its content at once; false when it is there already. */
async function create(file: string, content: string, path: string): Promise<boolean> {
  const beside = `${file}.${process.pid.toString(36)}${process.hrtime.bigint().toString(36)}.tmp`;
  try {
    await writeNew(beside, content);
    try {
      await link(beside, file);
    } catch (error) {
      // Some file systems have no second names; there a reader may meet a lock that does not say yet whose it is.
      if (codeOf(error) === "EEXIST" || (await exists(file))) return false;
      await writeNew(file, content);
    }
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw systemError(error, path, "Its lock could not be written: ");
  } finally {
    removeQuietly(beside);
  }
}

async function writeNew(file: string, content: string): Promise<void> {
  const handle = await open(file, "wx");
  try {
    await handle.write(content);
  } catch (error) {
    removeQuietly(file);
    throw error;
  } finally {
    await handle.close();
  }
}

/** Null when nobody can say whose it is; `gone` when it was given back meanwhile. */
async function holderOf(file: string): Promise<Holder | null | "gone"> {
  let text: string;
  try {
    if ((await stat(file)).size > MOST_BYTES) return null;
    text = await readFile(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") return "gone";
    throw systemError(error, file);
  }
  try {
    const { pid, place, birth, since } = JSON.parse(text);
    const fits =
      Number.isSafeInteger(pid) &&
      pid > 0 &&
      typeof place === "string" &&
      (birth === null || typeof birth === "string") &&
      typeof since === "string" &&
      !Number.isNaN(Date.parse(since));
    return fits ? { pid, place, birth, since } : null;
  } catch {
    return null;
  }
}

/** Only what is certain counts: a process of another machine may run. */
async function isDead({ pid, place, birth }: Holder, here: string): Promise<boolean> {
  if (place !== here) return false;
  if (!isRunning(pid)) return true;
  const now = await processBirth(pid);
  return birth !== null && now !== null && birth !== now;
}

function held(path: string, what: string, holder: Holder | null, here: string, file: string): ReadError {
  const remove = `remove ${file} if that process is gone`;
  if (holder === null) {
    return new ReadError("refused", `${what} by a process that its lock does not name: ${remove}.`, {
      file: path,
    });
  }
  const { pid, place, since } = holder;
  const near = place === here;
  const who = near ? `process ${pid}` : `process ${pid} of ${place}, which cannot be asked from here`;
  const when = `since ${since.slice(0, 19).replace("T", " ")} UTC`;
  const then = near ? "wait until it ends, or end it" : `wait until it ends, or ${remove}`;
  return new ReadError("refused", `${what} by ${who}, ${when}: ${then}.`, { file: path });
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}
