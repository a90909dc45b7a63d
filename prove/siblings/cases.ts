import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

/** Where a case is laid out: `folder` holds the index, `outside` what must not be opened. */
export interface Ground {
  readonly folder: string;
  readonly outside: string;
  /** The shard's honest name and content; the same file lies in `outside`. */
  readonly shard: string;
  readonly bytes: Uint8Array;
}

/** A way in which a file could lead out of its folder. */
export interface SiblingCase {
  readonly name: string;
  /** How the index calls the shard; default: by its honest name. */
  readonly calls?: (ground: Ground) => string;
  /** Prepares the disk; the honest shard lies in the folder unless this changes it. Returns what cleans up. */
  readonly prepare?: (ground: Ground) => (() => void) | undefined;
  /** The platform may not allow the preparation (mknod without privileges). */
  readonly optional?: boolean;
  /** It must open after all. */
  readonly opens?: boolean;
}

const here = ({ folder, shard }: Ground): string => join(folder, shard);
const there = ({ outside, shard }: Ground): string => join(outside, shard);

/** The honest shard is replaced by what `make` puts at its place. */
function instead(
  name: string,
  make: (ground: Ground) => (() => void) | undefined,
  optional = false,
): SiblingCase {
  return {
    name,
    optional,
    prepare: (ground) => {
      rmSync(here(ground));
      return make(ground);
    },
  };
}

function called(name: string, calls: (ground: Ground) => string): SiblingCase {
  return { name, calls };
}

/** Every case, the honest one first. */
export const siblingCases: readonly SiblingCase[] = [
  { name: "the honest shard", opens: true },
  called("a path up", ({ shard }) => `../outside/${shard}`),
  called("an absolute path", there),
  called("the honest shard by a path", ({ shard }) => `./${shard}`),
  called("the honest shard by its absolute path", here),
  called("up and back", ({ shard }) => `../folder/${shard}`),
  called("a path in a folder below", ({ shard }) => `below/${shard}`),
  called("backslashes", ({ shard }) => `..\\outside\\${shard}`),
  called("a drive", ({ shard }) => `C:${shard}`),
  called("a NUL at the end", ({ shard }) => `${shard}\0`),
  called("a NUL before another ending", ({ shard }) => `${shard}\0.safetensors`),
  called("a line break", ({ shard }) => `${shard}\n`),
  called("the folder itself", () => "."),
  called("the folder above", () => ".."),
  called("nothing", () => ""),
  called("a slash at the end", ({ shard }) => `${shard}/`),
  called("a file address", (ground) => `file://${there(ground)}`),
  called("a web address", ({ shard }) => `https://localhost/${shard}`),
  called("percent signs", ({ shard }) => `..%2foutside%2f${shard}`),
  called("wide letters", ({ shard }) => `．．／outside／${shard}`),
  called("another case", ({ shard }) => shard.toUpperCase()),
  called("a space at the end", ({ shard }) => `${shard} `),
  called("a dot at the end", ({ shard }) => `${shard}.`),
  called("composed otherwise", ({ shard }) => `é${shard}`),
  called("a home folder", ({ shard }) => `~/${shard}`),
  called("standard input", () => "/dev/stdin"),
  called("a file descriptor", () => "/proc/self/fd/0"),
  instead("a symbolic link out", (ground) => void symlinkSync(there(ground), here(ground))),
  instead(
    "a relative symbolic link out",
    (ground) => void symlinkSync(`../outside/${ground.shard}`, here(ground)),
  ),
  instead("a chain of symbolic links", (ground) => {
    symlinkSync(there(ground), join(ground.folder, "middle"));
    symlinkSync("middle", here(ground));
    return undefined;
  }),
  instead("a symbolic link to itself", (ground) => void symlinkSync(ground.shard, here(ground))),
  instead("a symbolic link to nothing", (ground) => void symlinkSync("nothing", here(ground))),
  instead("a symbolic link within the folder", (ground) => {
    writeFileSync(join(ground.folder, "other"), ground.bytes);
    symlinkSync("other", here(ground));
    return undefined;
  }),
  instead("a symbolic link to /dev/zero", (ground) => void symlinkSync("/dev/zero", here(ground))),
  instead("a hard link to a file outside", (ground) => void linkSync(there(ground), here(ground))),
  instead("a folder", (ground) => void mkdirSync(here(ground))),
  instead("a pipe that nobody writes to", (ground) => void execFileSync("mkfifo", [here(ground)])),
  instead(
    "a device",
    (ground) => void execFileSync("mknod", [here(ground), "c", "1", "5"], { stdio: "ignore" }),
    true,
  ),
  instead("a socket", (ground) => {
    const server = createServer().listen(here(ground));
    return () => void server.close();
  }),
  instead("nothing there", () => undefined),
];
