// What npm start and npm test do first on a fresh machine. Plain Node, no dependencies.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = join(dirname(fileURLToPath(import.meta.url)), "..");
/** The command as people run it. */
export const cli = join(root, "dist/node/bin/kernelscope.js");

/** Ends with a sentence when Node is older than package.json allows. */
export function checkNode() {
  const wanted = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).engines.node.replace(/^>=/, "");
  const [major, minor] = wanted.split(".").map(Number);
  const [haveMajor, haveMinor] = process.versions.node.split(".").map(Number);
  if (haveMajor > major || (haveMajor === major && haveMinor >= minor)) return;
  end(
    `Kernelscope needs Node ${wanted} or later, and this is Node ${process.versions.node}: install a newer one.`,
  );
}

/** Installs the packages of package-lock.json when they are not there, or others are. */
export function install() {
  if (installed()) return;
  step("Installing packages (npm ci)");
  runNpm(
    ["ci", "--include=dev", "--ignore-scripts", "--no-audit", "--no-fund"],
    "The packages could not be installed",
  );
}

function installed() {
  const have = readLock(join(root, "node_modules/.package-lock.json"));
  if (have === null) return false;
  const want = readLock(join(root, "package-lock.json"));
  return Object.entries(want).every(
    ([path, { version, optional }]) => path === "" || optional === true || have[path]?.version === version,
  );
}

function readLock(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")).packages : null;
}

/** Compiles src and bundles the command when a source is newer than the command. */
export function build() {
  const made = existsSync(cli) ? statSync(cli).mtimeMs : 0;
  if (newest(join(root, "src")) <= made && statSync(join(root, "package.json")).mtimeMs <= made) return;
  step("Building");
  runNpm(["run", "--silent", "build"], "The build failed");
}

function newest(folder) {
  return readdirSync(folder, { recursive: true })
    .map((path) => statSync(join(folder, path)).mtimeMs)
    .reduce((latest, time) => Math.max(latest, time), 0);
}

/** Says what is being done. */
export function step(text) {
  process.stderr.write(`${text} ...\n`);
}

/** Ends the script with a sentence. */
export function end(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

function runNpm(args, failure) {
  // npm sets npm_execpath for its scripts; without it (node scripts/start.mjs) the command is found by the shell.
  const npm = process.env.npm_execpath;
  const [command, ...rest] = npm?.endsWith("js") ? [process.execPath, npm, ...args] : ["npm", ...args];
  const shell = command === "npm" && process.platform === "win32";
  const { status, error } = spawnSync(command, rest, {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
    shell,
  });
  if (status !== 0) end(`${failure}${error === undefined ? "" : ` (${error.message})`}; npm says why above.`);
}
