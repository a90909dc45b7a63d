// `npm run test:frameworks`: checks hand-overs with the real frameworks. Uses the Python that
// KERNELSCOPE_FRAMEWORKS_PYTHON names, or makes .venv and installs test/frameworks/requirements.txt into it.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
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
try {
  let status = run(process.execPath, ["test/frameworks/make-networks.mjs", folder]);
  if (status === 0) {
    const command = [process.execPath, join(root, "dist/node/cli/main.js")];
    status = run(python, ["test/frameworks/check_handover.py", folder, ...command]);
  }
  process.exitCode = status;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
