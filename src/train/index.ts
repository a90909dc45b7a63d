/** `kernelscope/train`: build, compile and fit small networks in Keras's words; data sets; checkpoints. */
export type { Callback, CallbackState, Logs, ResumableCallback, Training } from "./callbacks/callback.ts";
export { csvLogger } from "./callbacks/csv-logger.ts";
export { type EarlyStoppingOptions, earlyStopping } from "./callbacks/early-stopping.ts";
export { type ModelCheckpointOptions, modelCheckpoint } from "./callbacks/model-checkpoint.ts";
export { logNames, type MonitorOptions } from "./callbacks/monitor.ts";
export { type ReduceOnPlateauOptions, reduceOnPlateau } from "./callbacks/reduce-on-plateau.ts";
export { adam, adamw, type Compiled, type CompileOptions, type Optimizer, rmsprop, sgd } from "./compile.ts";
export { compileOptionsOf, lossOf, metricOf } from "./compile-json.ts";
export {
  type ArrayData,
  type Dataset,
  expandDims,
  type NdArray,
  ndarray,
  samples,
  takeSamples,
  toCategorical,
  validationStart,
} from "./data/array.ts";
export { readArrays } from "./data/arrays.ts";
export { type Digits, loadDigits } from "./data/digits.ts";
export { fitInputs, fitLabels } from "./data/fit-shape.ts";
export { FLOWER_KINDS } from "./data/flower-recipes.ts";
export { FLOWERS17_URL, flowers17 } from "./data/flowers17.ts";
export { type ImageFolderOptions, imageFolder } from "./data/image-folder.ts";
export { jpegDecoder } from "./data/jpeg.ts";
export { resizeLanczos } from "./data/lanczos.ts";
export { type MovingDigitsOptions, movingDigits } from "./data/moving-digits.ts";
export type { DecodePicture, Picture, PictureFile } from "./data/picture.ts";
export { type ProceduralFlowersOptions, proceduralFlowers } from "./data/procedural-flowers.ts";
export type { Engine, EngineParameter, EngineState } from "./engine/engine.ts";
export { webThreads } from "./engine/web-threads.ts";
export type { FitOptions, History } from "./fit.ts";
export type { KerasJson, NetworkOptions } from "./keras-json.ts";
export type { Json, Layer, SymbolicTensor } from "./layer.ts";
export { input, layers } from "./layers/layers.ts";
export { loadKeras } from "./load.ts";
export type { LossSpec } from "./losses.ts";
export type { MetricSpec } from "./metrics.ts";
export {
  type BuildOptions,
  model,
  type Network,
  type NetworkLayer,
  networkFromJson,
  sequential,
} from "./network.ts";
export type { OptimizerSpec } from "./optimizers.ts";
export { createProgressBar, type KerasEra, type ProgressBar, type ProgressBarOptions } from "./progress.ts";
export { Random } from "./random.ts";
export { type Checkpoint, encodeCheckpoint, readCheckpoint } from "./save/checkpoint.ts";
export { type Continuation, type ContinuationOptions, continuationOf } from "./save/continuation.ts";
export { saveKeras, saveKerasWeights } from "./save/keras.ts";
export { saveKerasH5 } from "./save/keras-h5.ts";
export { kerasScript } from "./save/keras-script.ts";
export { writeNpz } from "./save/npz-writer.ts";
export { saveOnnx } from "./save/onnx.ts";
export { saveTorchWeights, torchModel } from "./save/torch-model.ts";
export { saveTorchOptimizer } from "./save/torch-optimizer.ts";
export { torchScript } from "./save/torch-script.ts";
export { type LearningRateSchedule, schedules } from "./schedules.ts";
export { constraints, initializers, regularizers } from "./serialized.ts";
export {
  encodeFileVersion,
  encodeSummary,
  type SummaryPicture,
  type SummaryValue,
} from "./tensorboard/event-file.ts";
export { type TensorBoardOptions, type TensorBoardRun, tensorBoard } from "./tensorboard/tensor-board.ts";
