import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import { cached } from "../../source/cached.ts";
import { joined } from "../../source/joined.ts";
import type { Source } from "../../source/source.ts";
import { byteLengthOf, countOf, isDType } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { storedTensor } from "../stored-tensor.ts";
import type { ManifestGroup, ManifestWeight } from "./manifest.ts";

/** The weights of a manifest as tensors, and what must be closed. */
export interface ManifestTensors {
  readonly tensors: readonly Tensor[];
  close(): Promise<void>;
}

/** What reading a manifest's shards needs. */
interface Context {
  readonly budget: Budget;
  readonly signal: AbortSignal | undefined;
}

/**
 * Finds the shards of every group beside `source`, in the manifest's order, and the place of every weight in them:
 * one follows the other without a gap, also across the border of two shards.
 *
 * @throws ReadError `missing-sibling`; `truncated` or `malformed` when the shards are not as large as the weights.
 */
export async function manifestTensors(
  source: Source,
  groups: readonly ManifestGroup[],
  context: Context,
): Promise<ManifestTensors> {
  const opened: Source[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(opened.map((shard) => shard.close?.()));
  };
  try {
    const tensors: Tensor[] = [];
    for (const { paths, weights } of groups) {
      const found = await Promise.allSettled(paths.map((path) => openShard(source, path, context.signal)));
      for (const one of found) if (one.status === "fulfilled") opened.push(one.value);
      const shards = found.map((one) => {
        if (one.status === "fulfilled") return one.value;
        throw one.reason;
      });
      tensors.push(...(await placeWeights(weights, paths, joined(shards, paths[0] ?? source.name), context)));
    }
    return { tensors, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function openShard(source: Source, path: string, signal: AbortSignal | undefined): Promise<Source> {
  const shard = (await source.sibling?.(path, signal)) ?? null;
  if (shard !== null) return shard;
  throw new ReadError(
    "missing-sibling",
    `The model needs the shard ${JSON.stringify(path)}, which is not beside it: open the model from a folder (or drop it together with its shards) that holds it.`,
  );
}

async function placeWeights(
  weights: readonly ManifestWeight[],
  paths: readonly string[],
  stream: Source,
  context: Context,
): Promise<Tensor[]> {
  const small = cached(stream);
  const tensors: Tensor[] = [];
  let offset = 0;
  for (const weight of weights) {
    const size = isText(weight)
      ? await textSize(weight, small, offset, context)
      : byteLengthOf(storedDType(weight), countOf(weight.shape));
    if (offset + size > stream.size) {
      throw new ReadError(
        "truncated",
        `${JSON.stringify(weight.name)} should end at byte ${offset + size} of its shards (${shown(paths)}), but they have ${stream.size} bytes in all.`,
        { file: stream.name, offset },
      );
    }
    tensors.push(tensorOf(weight, stream, offset));
    offset += size;
  }
  if (offset !== stream.size) {
    throw new ReadError(
      "malformed",
      `The shards ${shown(paths)} should have ${offset} bytes in all, as the manifest says, but have ${stream.size}.`,
      { file: stream.name },
    );
  }
  return tensors;
}

function shown(paths: readonly string[]): string {
  return paths.length > 3 ? `${paths.slice(0, 2).join(", ")}, … ${paths.at(-1)}` : paths.join(", ");
}

function isText({ dtype }: ManifestWeight): boolean {
  return dtype === "string";
}

/** The dtype of the stored values. */
function storedDType({ name, dtype, stored }: ManifestWeight): Parameters<typeof byteLengthOf>[0] {
  const kind = stored?.dtype ?? dtype;
  if (isDType(kind)) return kind;
  throw new ReadError(
    "unsupported",
    `${JSON.stringify(name)} has the dtype ${JSON.stringify(dtype)}, whose size TensorFlow.js does not define: what follows it cannot be found.`,
  );
}

/** Bytes of a tensor of texts: each has its length, as a 32-bit number, in front. */
async function textSize(
  { name, shape }: ManifestWeight,
  stream: Source,
  start: number,
  { budget, signal }: Context,
): Promise<number> {
  let at = start;
  for (let left = countOf(shape); left > 0; left--) {
    budget.count(1, "texts in the shards");
    if (at + 4 > stream.size) {
      throw new ReadError(
        "truncated",
        `The texts of ${JSON.stringify(name)} go on after the end of their shards.`,
        {
          file: stream.name,
          offset: at,
        },
      );
    }
    const length = await stream.read(at, 4, signal);
    at += 4 + new DataView(length.buffer, length.byteOffset).getUint32(0, true);
  }
  return at - start;
}

function tensorOf(weight: ManifestWeight, source: Source, offset: number): Tensor {
  const { name, dtype, shape, stored } = weight;
  if (isText(weight))
    return storedTensor({ name, dtype, shape, source, offset, unreadable: "It holds text." });
  const affine = stored?.affine ?? null;
  if (affine === null) return storedTensor({ name, dtype: storedDType(weight), shape, source, offset });
  const kept = storedTensor({
    name,
    dtype: storedDType(weight),
    shape,
    source,
    offset,
    quantization: { scale: affine.scale, minimum: affine.min },
  });
  return dtype === "int32" ? roundedIntegers(kept, affine) : kept;
}

/** Integers that are kept in fewer bits: TensorFlow.js rounds them to whole numbers again. */
function roundedIntegers(
  { name, shape, ...kept }: Tensor,
  { scale, min }: { readonly scale: number; readonly min: number },
): Tensor {
  const wide = kept.dtype === "uint16";
  return {
    name,
    shape,
    dtype: "int32",
    async readBytes(context) {
      const release = context.budget.take(countOf(shape) * 4, JSON.stringify(name));
      try {
        const bytes = await kept.readBytes(context);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        const whole = new DataView(new ArrayBuffer(countOf(shape) * 4));
        for (let i = 0; i < countOf(shape); i++) {
          const q = wide ? view.getUint16(2 * i, true) : view.getUint8(i);
          whole.setInt32(4 * i, Math.round(q * scale + min), true);
        }
        return new Uint8Array(whole.buffer);
      } finally {
        release();
      }
    },
  };
}
