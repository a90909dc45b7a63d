import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import { isReadError } from "../../src/errors.ts";
import { takeLock } from "../../src/node/lock.ts";
import { root } from "../imports.ts";
import { temporaryFolder } from "./cli/run.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

const LOCK = pathToFileURL(join(root, "dist/node/lock.js")).href;

async function refusal(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(isReadError(error, "refused"), String(error)).toBe(true);
  return (error as Error).message;
}

/** Locks named so that are there. */
const locks = (name: string): string[] =>
  readdirSync(folder.path)
    .filter((file) => file.startsWith(`.${name}.`))
    .sort();

const lock = (name: string, unfinished?: Set<string>) =>
  takeLock(folder.path, folder.at(name), "It is being used", { unfinished });

/** Runs `code` in a process of its own, `takeLock` and `at` being there; resolves with what it writes. */
function child(name: string, code: string) {
  const script = `import { takeLock } from ${JSON.stringify(LOCK)};
    import { appendFileSync } from "node:fs";
    const at = ${JSON.stringify(folder.at(name))};
    const path = ${JSON.stringify(folder.path)};
    ${code}`;
  const started = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise<number | null>((resolve) => started.on("close", resolve));
  return { started, ended };
}

describe("a lock", () => {
  it("is held by one, says by whom, and leaves nothing behind", async () => {
    const unfinished = new Set<string>();
    const first = await lock("one", unfinished);
    expect([...unfinished]).toEqual([folder.at(".one.lock-1")]);
    const message = await refusal(lock("one"));
    expect(message).toMatch(
      new RegExp(
        `^It is being used by process ${process.pid}, since \\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC: wait`,
      ),
    );
    expect(locks("one")).toEqual([".one.lock-1"]);
    first.release();
    first.release();
    expect([locks("one"), unfinished.size]).toEqual([[], 0]);
    (await lock("one")).release();
    expect(locks("one")).toEqual([]);
  });

  it("of a killed process is taken over", async () => {
    const { started, ended } = child(
      "killed",
      'await takeLock(path, at, "x"); console.log("held"); setInterval(() => {}, 1000);',
    );
    await new Promise((resolve) => started.stdout.on("data", resolve));
    expect(await refusal(lock("killed"))).toContain(`by process ${started.pid}, `);
    started.kill("SIGKILL");
    await ended;
    expect(locks("killed")).toEqual([".killed.lock-1"]);
    const mine = await lock("killed");
    expect(locks("killed")).toEqual([".killed.lock-2"]);
    mine.release();
    expect(locks("killed")).toEqual([]);
  });

  it("of an earlier process with the same number is taken over, of another machine or nobody it is not", async () => {
    (await lock("held")).release();
    const probe = await lock("held");
    const holder = JSON.parse(readFileSync(folder.at(".held.lock-1"), "utf8"));
    probe.release();
    const write = (content: unknown): void =>
      writeFileSync(
        folder.at(".held.lock-1"),
        typeof content === "string" ? content : JSON.stringify(content),
      );
    write({ ...holder, place: "elsewhere" });
    expect(await refusal(lock("held"))).toMatch(
      /of elsewhere, which cannot be asked.*remove .*\.held\.lock-1 if/,
    );
    for (const broken of [
      "",
      "{",
      "null",
      "[]",
      JSON.stringify({ ...holder, pid: "1" }),
      JSON.stringify({ ...holder, since: 4 }),
    ]) {
      write(broken);
      expect(await refusal(lock("held")), broken).toContain("does not name");
    }
    if (holder.birth !== null) {
      write({ ...holder, birth: `${holder.birth}1` });
      (await lock("held")).release();
      expect(locks("held")).toEqual([]);
    }
  });

  it("is refused in a folder that is not there", async () => {
    await expect(takeLock("nowhere", folder.at("no/where"), "x")).rejects.toMatchObject({
      code: "not-found",
    });
  });

  it("is never held by two, however many take over at once", async () => {
    // A dead process's lock, then eight processes that each hold it five times.
    const dead = child("race", 'await takeLock(path, at, "x");process.exit(0)');
    await dead.ended;
    expect(locks("race")).toEqual([".race.lock-1"]);
    const log = folder.at("log");
    const holders = Array.from({ length: 8 }, () =>
      child(
        "race",
        `const log = ${JSON.stringify(log)};
        for (let held = 0; held < 5; ) {
          const lock = await takeLock(path, at, "x").catch(() => null);
          await new Promise((go) => setTimeout(go, Math.random() * 4));
          if (lock === null) continue;
          appendFileSync(log, "in " + process.pid + "\\n");
          await new Promise((go) => setTimeout(go, Math.random() * 4));
          appendFileSync(log, "out " + process.pid + "\\n");
          // The last one is left behind, as by a process that was killed.
          if (++held < 5) lock.release();
        }
        process.exit(0);`,
      ),
    );
    expect(await Promise.all(holders.map(({ ended }) => ended))).toEqual(new Array(8).fill(0));
    const lines = readFileSync(log, "utf8").trimEnd().split("\n");
    expect(lines).toHaveLength(80);
    for (let i = 0; i < lines.length; i += 2)
      expect([lines[i], lines[i + 1]]).toEqual([lines[i], lines[i]!.replace("in", "out")]);
  }, 60_000);
});
