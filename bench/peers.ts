import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

/** What `npm run bench -- --peers` installs. */
const PACKAGES = [
  "numpy",
  "pillow",
  "opencv-python-headless",
  "matplotlib",
  "safetensors",
  "h5py",
  "keras",
  "tensorflow-cpu",
  "torch",
  "onnx",
];

/** What it installs of npm's, into `.bench/tfjs`. */
const TFJS_PACKAGES = ["@tensorflow/tfjs-core@4.22.0", "@tensorflow/tfjs-backend-cpu@4.22.0"];

/** The Python that has the peers: `KERNELSCOPE_BENCH_PYTHON`, or the bench's own environment when it exists. */
export function benchPython(root: string): string | null {
  const named = process.env.KERNELSCOPE_BENCH_PYTHON;
  if (named !== undefined && named !== "") return named;
  const own = join(root, ".bench/venv/bin/python");
  return existsSync(own) ? own : null;
}

/** Makes `.bench/venv` and installs every peer into it. */
export function installPeers(root: string): string {
  const venv = join(root, ".bench/venv");
  execFileSync("python3", ["-m", "venv", venv], { stdio: "inherit" });
  execFileSync(join(venv, "bin/pip"), ["install", "-q", ...PACKAGES], { stdio: "inherit" });
  const tfjs = join(root, ".bench/tfjs");
  execFileSync("npm", ["install", "--prefix", tfjs, "--ignore-scripts", ...TFJS_PACKAGES], {
    stdio: "inherit",
  });
  return join(venv, "bin/python");
}

/** Which of `modules` that Python can import, with their versions. */
export function installedPeers(python: string, modules: readonly string[]): Map<string, string> {
  const script = `
import importlib.metadata as m, importlib.util as u
wanted = [module for module in ${JSON.stringify(modules)} if u.find_spec(module)]
packages = m.packages_distributions() if wanted else {}
for module in wanted: print(module, m.version(packages[module][0]))
`;
  const result = spawnSync(python, ["-c", script], { encoding: "utf8" });
  const lines = (result.stdout ?? "")
    .trim()
    .split("\n")
    .filter((line) => line !== "");
  return new Map(lines.map((line) => line.split(" ") as [string, string]));
}
