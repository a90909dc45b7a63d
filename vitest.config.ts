import { defineConfig } from "vitest/config";

export default defineConfig({
  // The page imports the library by its own name, as users do; in tests it means the sources.
  resolve: {
    alias: [{ find: /^kernelscope$/, replacement: new URL("src/index.ts", import.meta.url).pathname }],
  },
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    pool: "threads",
    reporters: ["default"],
  },
});
