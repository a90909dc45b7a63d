// `npm run prove -- NAME`: builds the library, the command and the proofs, then runs the proof with the arguments given.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const run = (command, args) => {
  const { status } = spawnSync(command, args, { cwd: root, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
};
run(process.execPath, ["node_modules/typescript/bin/tsc", "-b", "src/node", "prove"]);
run(process.execPath, ["scripts/bundle-cli.mjs"]);
run(process.execPath, [".build/prove/main.js", ...process.argv.slice(2)]);
