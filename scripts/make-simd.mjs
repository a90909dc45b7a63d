// Compiles src/simd/levels.wat to src/simd/module.ts.
//
//     npm install --no-save wabt@1.0.39 && node scripts/make-simd.mjs
//
// wabt is needed only here, so it is no dependency of the project.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const wabt = await (await import("wabt")).default();
const path = (name) => fileURLToPath(new URL(`../src/simd/${name}`, import.meta.url));
const module = wabt.parseWat("levels.wat", readFileSync(path("levels.wat"), "utf8"), {
  simd: true,
  bulk_memory: true,
});
module.validate();
const { buffer } = module.toBinary({});
writeFileSync(
  path("module.ts"),
  `// Written by scripts/make-simd.mjs from levels.wat; do not edit.

/** The module's ${buffer.length} bytes, base64. */
export const SIMD_MODULE =
  "${Buffer.from(buffer).toString("base64")}";
`,
);
