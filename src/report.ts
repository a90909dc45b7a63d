/** `kernelscope/report`: kernels and models in words and numbers — summaries, arithmetic, terminal pictures, exports. */
export { countRounded, type ExportDType, type ExportOptions } from "./export/cast.ts";
export { encodeCsv } from "./export/csv.ts";
export { encodeJson } from "./export/json.ts";
export { encodeNpy } from "./export/npy.ts";
export { encodeNpz } from "./export/npz.ts";
export { encodeSafetensors } from "./export/safetensors.ts";
export { frozenPositions } from "./kernel/frozen.ts";
export { extentOf, statisticsOf, type WeightExtent, type WeightStatistics } from "./kernel/statistics.ts";
export { explainLayer, type FrozenAxes } from "./model/arithmetic.ts";
export { isAxisOrder } from "./model/axis-order.ts";
export { cellWidth } from "./model/cell-width.ts";
export { selectLayers } from "./model/select-layers.ts";
export { renderSummary, SUMMARY_STYLES, type SummaryOptions, type SummaryStyle } from "./model/summary.ts";
export type { TerminalDepth } from "./render/terminal.ts";
export { type RenderTextOptions, renderText } from "./render/text.ts";
export { parseAddress } from "./source/address.ts";
export { jsonText } from "./text/json-text.ts";
export { nearestNames } from "./text/nearest.ts";
