/** `kernelscope/node`: everything of the front door, with files, Node's workers and writing. */
export * from "../index.ts";
export { fromFile } from "./file.ts";
export { open } from "./open.ts";
export { poolDeflate } from "./png-deflate.ts";
export { nodeSpawn } from "./spawn.ts";
export { type DataSettings, parseData } from "./train/data-settings.ts";
export { type FrozenProof, frozenSentence, proveFrozen } from "./train/frozen-proof.ts";
export { nodeJpegDecoder } from "./train/jpeg.ts";
export { type KerasProgressOptions, kerasProgress } from "./train/keras-progress.ts";
export { type LoadDataOptions, type LoadedData, loadData } from "./train/load-data.ts";
export { type LoadedNetwork, loadNetwork } from "./train/load-network.ts";
export { pictureFiles } from "./train/picture-files.ts";
export { createRunFolder, type EpochRecord, openRunFolder, type RunFolder } from "./train/run-folder.ts";
export type { RunSettings } from "./train/run-settings.ts";
export { threadPool } from "./train/threads.ts";
export { type RunResult, type RunStart, type TrainRunOptions, trainRun } from "./train/train-run.ts";
export { type PictureFormat, writePicture } from "./write-picture.ts";
export { type Content, type WriteOptions, type WritePiece, writeWhole } from "./write-whole.ts";
