// Builds the library, keeps it built while its sources change, and serves the page with hot reload.
import { spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const compiler = fileURLToPath(new URL("../node_modules/typescript/bin/tsc", import.meta.url));

if (!existsSync(compiler)) {
  console.error(
    "The development tools are not installed. Run `npm ci` first (or `npm start`, which does it).",
  );
  process.exit(1);
}
const build = spawnSync(process.execPath, [compiler, "-b", "src"], { cwd: root, stdio: "inherit" });
if (build.status !== 0) process.exit(build.status ?? 1);

const watcher = spawn(process.execPath, [compiler, "-b", "src", "--watch", "--preserveWatchOutput"], {
  cwd: root,
  stdio: ["ignore", "inherit", "inherit"],
});
const { createServer } = await import("vite");
const port = process.argv.find((word) => word.startsWith("--port="))?.slice("--port=".length);
const server = await createServer({
  configFile: fileURLToPath(new URL("../web/vite.config.mjs", import.meta.url)),
  ...(port === undefined ? {} : { server: { port: Number(port) } }),
});
await server.listen();
server.printUrls();

let stopping = false;
async function stop() {
  if (stopping) return;
  stopping = true;
  watcher.kill();
  await server.close();
  process.exit(0);
}
process.on("SIGINT", stop);
process.on("SIGTERM", stop);
