/** A safetensors file around a header, given as a value or as text, and data. */
export function writeSafetensors(
  header: unknown,
  data: Uint8Array | number,
  length?: number | bigint,
): Uint8Array<ArrayBuffer> {
  const json = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = typeof data === "number" ? new Uint8Array(data) : data;
  const file = new Uint8Array(8 + json.length + bytes.length);
  new DataView(file.buffer).setBigUint64(0, BigInt(length ?? json.length), true);
  file.set(json, 8);
  file.set(bytes, 8 + json.length);
  return file;
}

/** A header entry. */
export function entry(dtype: unknown, shape: unknown, begin: unknown, end: unknown): unknown {
  return { dtype, shape, data_offsets: [begin, end] };
}
