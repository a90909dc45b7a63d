// npm test: everything that continuous integration runs, on a machine that has nothing but Node. The last line is
// "N passed, N failed": every test counts as one, and so does every other check.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { checkNode, cli, install, root, step } from "./setup.mjs";

checkNode();
install();
haveChromium();

const counts = { passed: 0, failed: 0, skipped: 0 };
const failures = [];

// The compiler also checks the tests; later checks run even where it complains, as it writes its output all the same.
check("types", ["npx", "tsc", "-b"]);
check("bundle of the command line", ["node", "scripts/bundle-cli.mjs"]);
check("page", ["npm", "run", "--silent", "build:web"]);
check("format and lint", ["npx", "biome", "check", "."]);
check("dead code and dependencies", ["npx", "knip"]);
check("package", ["npx", "publint", "--strict"]);
runTests();

for (const failure of failures) process.stdout.write(`failed: ${failure}\n`);
const skipped = counts.skipped === 0 ? "" : `, ${counts.skipped} skipped`;
process.stdout.write(`${counts.passed} passed, ${counts.failed} failed${skipped}\n`);
process.exit(counts.failed === 0 && counts.passed > 0 ? 0 : 1);

function check(name, command) {
  step(name);
  if (run(command) === 0) counts.passed++;
  else fail(name);
}

function runTests() {
  step("tests");
  const folder = mkdtempSync(join(tmpdir(), "kernelscope-test-"));
  const report = join(folder, "report.json");
  // The command is tested as it is shipped, not as the compiler made it.
  const status = run(
    ["npx", "vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${report}`],
    { KERNELSCOPE_CLI: cli },
  );
  const told = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : null;
  rmSync(folder, { recursive: true });
  const before = counts.failed;
  for (const file of told?.testResults ?? []) {
    for (const test of file.assertionResults) {
      if (test.status === "passed") counts.passed++;
      else if (test.status === "failed") fail(`${file.name.slice(root.length + 1)}: ${test.fullName}`);
      else counts.skipped++;
    }
    // A file that could not even be loaded has no tests to count.
    const loaded = file.assertionResults.some((test) => test.status === "failed");
    if (file.status === "failed" && !loaded) fail(file.name.slice(root.length + 1));
  }
  if (status !== 0 && counts.failed === before)
    fail(told === null ? "the test runner" : "an error outside the tests");
}

function fail(what) {
  counts.failed++;
  failures.push(what);
}

function run([command, ...args], env = {}) {
  const shell = process.platform === "win32";
  const program = command === "node" ? process.execPath : command;
  return (
    spawnSync(program, args, {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
      shell,
      env: { ...process.env, ...env },
    }).status ?? 1
  );
}

/** Browser tests need a Chromium; Debian's is installed where that is possible, otherwise those tests say so. */
function haveChromium() {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  if (folders.some((folder) => names.some((name) => existsSync(join(folder, name))))) return;
  const canInstall = process.getuid?.() === 0 && existsSync("/usr/bin/apt-get");
  if (canInstall) {
    step("Installing chromium (apt-get)");
    const options = {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    };
    spawnSync("apt-get", ["update", "-qq"], options);
    const { status } = spawnSync(
      "apt-get",
      ["install", "-y", "-qq", "--no-install-recommends", "chromium"],
      options,
    );
    if (status === 0) return;
  }
  process.stderr.write("There is no chromium, and it could not be installed: the browser tests will fail.\n");
}
