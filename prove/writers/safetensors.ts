import { concat, little, utf8, type Weight } from "./weight.ts";

/** safetensors' own names of dtypes. */
const NAMES: Readonly<Record<string, string>> = {
  bool: "BOOL",
  int8: "I8",
  uint8: "U8",
  int16: "I16",
  uint16: "U16",
  int32: "I32",
  uint32: "U32",
  int64: "I64",
  uint64: "U64",
  float8_e4m3fn: "F8_E4M3",
  float8_e5m2: "F8_E5M2",
  float8_e4m3fnuz: "F8_E4M3FNUZ",
  float8_e5m2fnuz: "F8_E5M2FNUZ",
  float16: "F16",
  bfloat16: "BF16",
  float32: "F32",
  float64: "F64",
  complex64: "C64",
};

/** Whether safetensors has a name for `dtype`. */
export function isSafetensorsDType(dtype: string): boolean {
  return Object.hasOwn(NAMES, dtype);
}

/** One tensor of the header, every field free to lie. */
export interface SafetensorsEntry {
  readonly dtype: unknown;
  readonly shape: unknown;
  readonly data_offsets: unknown;
}

/** A file with this header text and these data bytes; `headerLength` replaces the stated length. */
export function safetensorsOf(
  header: string,
  data: Uint8Array,
  headerLength?: number | bigint,
): Uint8Array<ArrayBuffer> {
  const text = utf8(header);
  return concat([little(headerLength ?? text.length, 8), text, data]);
}

/** The truthful header of `weights`, in their order, and their bytes. */
export function safetensorsParts(weights: readonly Weight[]): {
  entries: [string, SafetensorsEntry][];
  data: Uint8Array<ArrayBuffer>;
} {
  let at = 0;
  const entries = weights.map(({ name, dtype, shape, bytes }): [string, SafetensorsEntry] => {
    const entry = { dtype: NAMES[dtype], shape, data_offsets: [at, at + bytes.length] };
    at += bytes.length;
    return [name, entry];
  });
  return { entries, data: concat(weights.map(({ bytes }) => bytes)) };
}

/** JSON of `entries` that keeps duplicates and their order. */
export function jsonObject(entries: readonly (readonly [string, unknown])[]): string {
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`).join(",")}}`;
}

/** A truthful safetensors file; the header is padded with spaces to eight bytes, as the Rust writer does. */
export function safetensors(
  weights: readonly Weight[],
  metadata?: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  const { entries, data } = safetensorsParts(weights);
  const all = metadata === undefined ? entries : [["__metadata__", metadata] as const, ...entries];
  const text = jsonObject(all);
  return safetensorsOf(
    text.padEnd(Math.ceil(utf8(text).length / 8) * 8 - utf8(text).length + text.length),
    data,
  );
}

/** A sharded model: an index and its shards, by file name. */
export function shardedSafetensors(
  weights: readonly Weight[],
  shards: number,
  stem = "model",
): Map<string, Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const map: Record<string, string> = {};
  const number = (n: number): string => String(n).padStart(5, "0");
  for (let shard = 0; shard < shards; shard++) {
    const own = weights.filter((_, at) => at % shards === shard);
    const name = `${stem}-${number(shard + 1)}-of-${number(shards)}.safetensors`;
    for (const weight of own) map[weight.name] = name;
    files.set(name, safetensors(own, { format: "pt" }));
  }
  const total = weights.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const index = { metadata: { total_size: total }, weight_map: map };
  files.set(`${stem}.safetensors.index.json`, utf8(JSON.stringify(index, null, 2)));
  return files;
}
