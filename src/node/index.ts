export * from "../index.ts";
export { fromFile } from "./file.ts";
export { open } from "./open.ts";
export { nodeSpawn } from "./spawn.ts";
