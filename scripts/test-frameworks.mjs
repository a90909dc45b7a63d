// `npm run test:frameworks`: checks hand-overs, trained networks and TensorBoard's files with the real frameworks. Uses
// the Python that KERNELSCOPE_FRAMEWORKS_PYTHON names, or makes .venv and installs test/frameworks/requirements.txt into
// it (some minutes and gigabytes).
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = (command, args) => {
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (error !== undefined) console.error(`${command}: ${error.message}`);
  return status ?? 1;
};
const must = (command, args) => {
  const status = run(command, args);
  if (status !== 0) process.exit(status);
};

function pythonOfVenv() {
  const venv = join(root, ".venv");
  const path = join(venv, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
  if (!existsSync(path)) must("python3", ["-m", "venv", venv]);
  must(path, ["-m", "pip", "install", "--quiet", "-r", "test/frameworks/requirements.txt"]);
  return path;
}

const python = process.env.KERNELSCOPE_FRAMEWORKS_PYTHON || pythonOfVenv();
must(process.execPath, ["node_modules/typescript/bin/tsc", "-b", "src/node"]);
const folder = mkdtempSync(join(tmpdir(), "kernelscope-frameworks-"));
const failed = [];
const check = (name, ...args) => {
  if (run(python, [`test/frameworks/${name}.py`, ...args]) !== 0) failed.push(`${name} ${args[0]}`);
};
try {
  if (run(process.execPath, ["test/frameworks/make-networks.mjs", folder]) !== 0)
    failed.push("make-networks");
  else checkAll();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
for (const name of failed) console.error(`failed: ${name}`);
console.log(failed.length === 0 ? "all checks passed" : `${failed.length} checks failed`);
process.exitCode = failed.length === 0 ? 0 : 1;

function checkAll() {
  check("check_handover", folder, process.execPath, join(root, "dist/node/cli/main.js"));
  for (const name of readdirSync(folder)) {
    const at = (file) => join(folder, name, file);
    if (existsSync(at("ours.json"))) check("check_keras", at("run"), at("data.npz"), at("ours.json"));
  }
  check("check_tensorboard", join(folder, "logs"));
}
