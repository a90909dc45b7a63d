export { type Budget, type BudgetLimits, createBudget, DEFAULT_LIMITS } from "./budget.ts";
export { type ErrorPlace, isReadError, ReadError, type ReadErrorCode } from "./errors.ts";
export { countRounded, type ExportDType, type ExportOptions } from "./export/cast.ts";
export { encodeCsv } from "./export/csv.ts";
export { encodeJson } from "./export/json.ts";
export { encodeNpy } from "./export/npy.ts";
export { encodeNpz } from "./export/npz.ts";
export { encodeSafetensors } from "./export/safetensors.ts";
export type { AxisConvention, OpenOptions } from "./format/format.ts";
export { open } from "./format/open.ts";
export type { FrozenPositions, Kernel, SpatialAxis } from "./kernel/kernel.ts";
export { type ReadKernelOptions, readKernel } from "./kernel/read-kernel.ts";
export type {
  Architecture,
  ArchitectureLayer,
  ConvLayer,
  Evidence,
  KernelShape,
  LayerKind,
  Model,
} from "./model/model.ts";
export { selectLayers } from "./model/select-layers.ts";
export { type Spawn, type WorkerPort, webPort } from "./port.ts";
export { fromBytes } from "./source/bytes.ts";
export { slice } from "./source/slice.ts";
export type { Source } from "./source/source.ts";
export { assertInside, isBareName } from "./source/source.ts";
export type { DType } from "./tensor/dtype.ts";
export type { Quantization, ReadContext, Tensor } from "./tensor/tensor.ts";
export { escapeText, shorten } from "./text/escape.ts";
export { nearestNames } from "./text/nearest.ts";
