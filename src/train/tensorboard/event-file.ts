import { maskedCrc32c } from "../../codec/crc32c.ts";
import { bytes, double, encodeMessage, type Field, integer, joined } from "./message.ts";

/** A picture as TensorBoard shows it. */
export interface SummaryPicture {
  readonly width: number;
  readonly height: number;
  readonly png: Uint8Array;
}

/** One thing that TensorBoard shows at one step, under a tag such as `conv1/kernel`. */
export type SummaryValue =
  | { readonly kind: "scalar"; readonly tag: string; readonly value: number }
  | { readonly kind: "histogram"; readonly tag: string; readonly values: ArrayLike<number> }
  | { readonly kind: "pictures"; readonly tag: string; readonly pictures: readonly SummaryPicture[] };

/** Buckets of a histogram, as TensorFlow makes them. */
const BUCKETS = 30;

/** TensorFlow's numbers of tensor types. */
const DT_FLOAT = 1;
const DT_DOUBLE = 2;
const DT_STRING = 7;

/** TensorBoard's numbers of data classes. */
const DATA_CLASS = { scalars: 1, histograms: 2, images: 3 } as const;

/** The first record of every event file. The file's name must contain `tfevents`. */
export function encodeFileVersion(wallTime: number): Uint8Array<ArrayBuffer> {
  return encodeRecord(
    encodeMessage([
      [1, double(wallTime)],
      [3, bytes("brain.Event:2")],
    ]),
  );
}

/**
 * What is to be shown at `step`, as one record to append to an event file.
 *
 * @param wallTime seconds since 1970
 */
export function encodeSummary(
  values: readonly SummaryValue[],
  step: number,
  wallTime: number,
): Uint8Array<ArrayBuffer> {
  const summary = encodeMessage(values.map((value): Field => [1, bytes(encodeValue(value))]));
  return encodeRecord(
    encodeMessage([
      [1, double(wallTime)],
      [2, integer(step)],
      [5, bytes(summary)],
    ]),
  );
}

/** TFRecord: length, its checksum, data, its checksum. */
function encodeRecord(data: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(data.length), true);
  return joined([length, word(maskedCrc32c(length)), data, word(maskedCrc32c(data))]);
}

function word(value: number): Uint8Array {
  const result = new Uint8Array(4);
  new DataView(result.buffer).setUint32(0, value, true);
  return result;
}

function encodeValue(value: SummaryValue): Uint8Array {
  switch (value.kind) {
    case "scalar": {
      const content = new Uint8Array(Float32Array.of(value.value).buffer);
      return tagged(value.tag, "scalars", tensor(DT_FLOAT, [], [[4, bytes(content)]]));
    }
    case "histogram": {
      const rows = histogramRows(value.values);
      const content = new Uint8Array(Float64Array.from(rows.flat()).buffer);
      return tagged(value.tag, "histograms", tensor(DT_DOUBLE, [rows.length, 3], [[4, bytes(content)]]));
    }
    case "pictures": {
      const [first] = value.pictures;
      const strings = [
        String(first?.width ?? 0),
        String(first?.height ?? 0),
        ...value.pictures.map(({ png }) => png),
      ];
      const fields = strings.map((each): Field => [8, bytes(each)]);
      return tagged(value.tag, "images", tensor(DT_STRING, [strings.length], fields));
    }
  }
}

function tagged(tag: string, plugin: keyof typeof DATA_CLASS, content: Uint8Array): Uint8Array {
  const metadata = encodeMessage([
    [1, bytes(encodeMessage([[1, bytes(plugin)]]))],
    [4, integer(DATA_CLASS[plugin])],
  ]);
  return encodeMessage([
    [1, bytes(tag)],
    [8, bytes(content)],
    [9, bytes(metadata)],
  ]);
}

function tensor(dtype: number, shape: readonly number[], content: readonly Field[]): Uint8Array {
  const dims = shape.map((extent): Field => [2, bytes(encodeMessage([[1, integer(extent)]]))]);
  return encodeMessage([[1, integer(dtype)], [2, bytes(encodeMessage(dims))], ...content]);
}

/**
 * A histogram as TensorBoard's plugin holds it: rows of left edge, right edge and count. Values that are not finite
 * are left out; one bucket when all are equal, none when there is none.
 */
export function histogramRows(values: ArrayLike<number>): readonly (readonly [number, number, number])[] {
  const finite = Array.from(values).filter(Number.isFinite);
  if (finite.length === 0) return [];
  const low = finite.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY);
  const high = finite.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  if (low === high) return [[low - 0.5, high + 0.5, finite.length]];
  const width = (high - low) / BUCKETS;
  const counts = new Array<number>(BUCKETS).fill(0);
  for (const value of finite) counts[Math.min(BUCKETS - 1, Math.floor((value - low) / width))]!++;
  return counts.map((count, i) => [low + i * width, i === BUCKETS - 1 ? high : low + (i + 1) * width, count]);
}
