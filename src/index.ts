export { type Budget, type BudgetLimits, createBudget, DEFAULT_LIMITS } from "./budget.ts";
export { type ErrorPlace, inFile, isReadError, ReadError, type ReadErrorCode } from "./errors.ts";
export type { AxisConvention, FormatRow, OpenOptions } from "./format/format.ts";
export { formatTitle } from "./format/format-titles.ts";
export { formats } from "./format/formats.ts";
export { open } from "./format/open.ts";
export type { FrozenPositions, Kernel, SpatialAxis } from "./kernel/kernel.ts";
export { type ReadKernelOptions, readKernel } from "./kernel/read-kernel.ts";
export { readSlice, type Slice, type SliceLayout, sliceLayout } from "./kernel/slice.ts";
export type {
  Architecture,
  ArchitectureLayer,
  BatchNorm,
  ConvLayer,
  Evidence,
  KernelShape,
  LayerKind,
  Model,
} from "./model/model.ts";
export type { MontageCounts } from "./montage/counts.ts";
export type { FrozenFrame } from "./montage/frame.ts";
export type { Grid } from "./montage/grid.ts";
export type { Labels, Swatch, TextRun } from "./montage/labels.ts";
export {
  formatWeight,
  type LegendLine,
  type LegendMark,
  legendNotes,
  legendSubtitle,
  legendText,
  legendTitle,
  scaleWords,
} from "./montage/legend.ts";
export {
  type GroupBand,
  type Montage,
  montage,
  type Rect,
  type Tile,
  type WeightAt,
} from "./montage/montage.ts";
export type {
  Arrange,
  AxisNames,
  MontageOptions,
  Normalize,
  ResolvedMontageOptions,
} from "./montage/montage-options.ts";
export type { TileRanges } from "./montage/ranges.ts";
export { type Spawn, type WorkerPort, webPort } from "./port.ts";
export type { Crc32 } from "./render/checksums.ts";
export { type Deflate, streamDeflate } from "./render/deflate.ts";
export { type Glyphs, loadGlyphs } from "./render/glyphs.ts";
export { renderLargeSvg } from "./render/large-svg.ts";
export { channelsOf } from "./render/painter.ts";
export { encodePng, type PngOptions, type WriteBytes, writePng } from "./render/png.ts";
export { type Raster, rasterize, rasterizeRows, rgbaOf } from "./render/raster.ts";
export type { Scanlines } from "./render/scanlines.ts";
export { LARGEST_VECTOR, renderSvg } from "./render/svg.ts";
export { loadSimd, type Simd } from "./simd/simd.ts";
export { fromBlob } from "./source/blob.ts";
export { fromBytes } from "./source/bytes.ts";
export { fromFiles } from "./source/files.ts";
export { folderOf } from "./source/folder.ts";
export { isAddress } from "./source/is-address.ts";
export { slice } from "./source/slice.ts";
export type { Folder, FolderEntry, Source } from "./source/source.ts";
export { assertInside, isBareName } from "./source/source.ts";
export { fromUrl, type UrlOptions } from "./source/url.ts";
export type { DType } from "./tensor/dtype.ts";
export type {
  AffineQuantization,
  MinimumQuantization,
  Quantization,
  ReadContext,
  Tensor,
} from "./tensor/tensor.ts";
export { escapeText, shorten } from "./text/escape.ts";
export { COLORMAP_NAMES, type ColormapName, colormap, isColormapName } from "./tone/colormap.ts";
export { levelOf, type Scale, scaleOf } from "./tone/level.ts";
export type { ValueRange } from "./tone/range.ts";
export type { Rgb, Theme, ThemeName } from "./tone/theme.ts";
export { THEMES } from "./tone/theme.ts";
