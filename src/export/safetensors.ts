import { ReadError } from "../errors.ts";
import type { Kernel } from "../kernel/kernel.ts";
import { castWeights, type ExportOptions, weightBytes } from "./cast.ts";
import { archiveKeys } from "./keys.ts";

/** The longest header that readers of safetensors accept. */
const HEADER_LIMIT = 100_000_000;

/**
 * `kernels` as one safetensors file in canonical axes; each key is its layer's name, and `__metadata__` names the
 * axes.
 *
 * @throws ReadError `limit` when the names alone pass the format's header limit.
 * @example
 * for (const chunk of encodeSafetensors([kernel])) await file.write(chunk);
 */
export function* encodeSafetensors(
  kernels: readonly Kernel[],
  options: ExportOptions = {},
): Generator<Uint8Array<ArrayBuffer>> {
  const dtype = options.dtype ?? "float32";
  const metadata = { format: "np", axes: "out,inPerGroup,depth,height,width", producer: "kernelscope" };
  const entries = [`"__metadata__":${JSON.stringify(metadata)}`];
  let at = 0;
  const keys = archiveKeys(kernels);
  for (const [index, kernel] of kernels.entries()) {
    const end = at + weightBytes(kernel, dtype);
    const entry = {
      dtype: dtype === "float64" ? "F64" : "F32",
      shape: kernel.shape,
      data_offsets: [at, end],
    };
    entries.push(`${JSON.stringify(keys[index])}:${JSON.stringify(entry)}`);
    at = end;
  }
  const text = new TextEncoder().encode(`{${entries.join(",")}}`);
  const length = Math.ceil(text.length / 8) * 8;
  if (length > HEADER_LIMIT) {
    throw new ReadError(
      "limit",
      `The header would take ${length} bytes; safetensors allows ${HEADER_LIMIT}.`,
    );
  }
  const head = new Uint8Array(8 + length).fill(0x20);
  new DataView(head.buffer).setBigUint64(0, BigInt(length), true);
  head.set(text, 8);
  yield head;
  for (const kernel of kernels) yield* castWeights(kernel, dtype);
}
