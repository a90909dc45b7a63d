// Compiles src/simd/*.wat to src/simd/module.ts.
//
//     npm install --no-save wabt@1.0.39 && node scripts/make-simd.mjs
//
// wabt is needed only here, so it is no dependency of the project.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const wabt = await (await import("wabt")).default();
const path = (name) => fileURLToPath(new URL(`../src/simd/${name}`, import.meta.url));
const constant = (name) => {
  const module = wabt.parseWat(name, readFileSync(path(name), "utf8"), { simd: true, bulk_memory: true });
  module.validate();
  const { buffer } = module.toBinary({});
  return `/** The ${buffer.length} bytes of ${name}, base64. */
export const ${name.replace(".wat", "").toUpperCase()}_MODULE =
  "${Buffer.from(buffer).toString("base64")}";
`;
};
writeFileSync(
  path("module.ts"),
  `// Written by scripts/make-simd.mjs; do not edit.

${["levels.wat", "deflate.wat"].map(constant).join("\n")}`,
);
