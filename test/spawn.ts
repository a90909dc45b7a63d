import { nodeSpawn } from "../dist/node/spawn.js";
import type { Spawn } from "../src/index.ts";

/**
 * `nodeSpawn` for tests that run the sources: workers are plain JavaScript files, so they come from the build
 * (`npm run build`, which `npm test` does first).
 */
export const spawn: Spawn = (url) => nodeSpawn(new URL(url.href.replace("/src/", "/dist/")));
