/** `kernelscope/node/train`: runs in folders, data sets from files, threads and progress lines, in Node. */
export { type Download, type DownloadOptions, download } from "../download.ts";
export { type DataSettings, parseData } from "./data-settings.ts";
export { type FrozenProof, frozenSentence, proveFrozen } from "./frozen-proof.ts";
export { nodeJpegDecoder } from "./jpeg.ts";
export { type KerasProgressOptions, kerasProgress } from "./keras-progress.ts";
export { type LoadDataOptions, type LoadedData, loadData } from "./load-data.ts";
export { type LoadedNetwork, loadNetwork } from "./load-network.ts";
export { pictureFiles } from "./picture-files.ts";
export { createRunFolder, type EpochRecord, openRunFolder, type RunFolder } from "./run-folder.ts";
export type { RunSettings } from "./run-settings.ts";
export { type TensorBoardFolderOptions, tensorBoardFolder } from "./tensor-board-folder.ts";
export { threadPool } from "./threads.ts";
export {
  type EarlyStop,
  type RunResult,
  type RunStart,
  type TrainRunOptions,
  trainRun,
} from "./train-run.ts";
