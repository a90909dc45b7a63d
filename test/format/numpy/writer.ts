/** An npy file around a header text and data. */
export function writeNumpy(
  header: string,
  data: Uint8Array | number,
  version: readonly [number, number] = [1, 0],
): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(header);
  const bytes = typeof data === "number" ? new Uint8Array(data) : data;
  const prefix = version[0] === 1 ? 10 : 12;
  const file = new Uint8Array(prefix + text.length + bytes.length);
  file.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, ...version]);
  const view = new DataView(file.buffer);
  if (version[0] === 1) view.setUint16(8, text.length, true);
  else view.setUint32(8, text.length, true);
  file.set(text, prefix);
  file.set(bytes, prefix + text.length);
  return file;
}

/** A header as NumPy writes it. */
export function header(descr: string, shape: string, fortran = false): string {
  return `{'descr': ${descr}, 'fortran_order': ${fortran ? "True" : "False"}, 'shape': ${shape}, }\n`;
}
