/** `kernelscope/node`: everything of the front door, with files, Node's workers and writing. */
export * from "../index.ts";
export { fromFile } from "./file.ts";
export { fromFolder } from "./folder.ts";
export { open } from "./open.ts";
export { nodeDeflate } from "./png-deflate.ts";
export { nodeSpawn } from "./spawn.ts";
export { type PictureFormat, writePicture } from "./write-picture.ts";
export { type Content, type WriteOptions, type WritePiece, writeWhole } from "./write-whole.ts";
