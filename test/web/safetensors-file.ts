/** A safetensors file of float32 tensors, weight i being `fill(i)`, for names and shapes that no fixture has. */
export function safetensorsFile(
  shapes: Readonly<Record<string, readonly number[]>>,
  fill: (index: number) => number = (index) => index,
): Buffer {
  const header: [string, unknown][] = [];
  const parts: Buffer[] = [];
  let offset = 0;
  for (const [name, shape] of Object.entries(shapes)) {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const weights = Float32Array.from({ length: count }, (_, index) => fill(index));
    header.push([name, { dtype: "F32", shape, data_offsets: [offset, offset + weights.byteLength] }]);
    offset += weights.byteLength;
    parts.push(Buffer.from(weights.buffer));
  }
  // By hand, because an object literal would swallow a tensor called __proto__.
  const json = `{${header.map(([name, facts]) => `${JSON.stringify(name)}:${JSON.stringify(facts)}`).join()}}`;
  const text = Buffer.from(json);
  const padded = Buffer.alloc(Math.ceil(text.length / 8) * 8, " ");
  text.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded, ...parts]);
}
