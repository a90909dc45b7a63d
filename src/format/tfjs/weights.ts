import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import { cached } from "../../source/cached.ts";
import type { Source } from "../../source/source.ts";
import { byteLengthOf, countOf, isDType } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { storedTensor } from "../stored-tensor.ts";
import type { ManifestGroup, ManifestWeight } from "./manifest.ts";
import { areNear, assertTotal, createShards, type Shards, shardStream, type WeightEnd } from "./shards.ts";

/** The weights of a manifest as tensors, and what must be closed. */
export interface ManifestTensors {
  readonly tensors: readonly Tensor[];
  close(): Promise<void>;
}

/** Shards near by that are opened, to check their sizes, before one of them is needed. */
const OPENED_AT_ONCE = 16;

/** What reading a manifest's shards needs. */
interface Context {
  readonly budget: Budget;
  readonly signal: AbortSignal | undefined;
}

/**
 * The place of every weight in the shards beside `source`, in the manifest's order: one follows the other without a
 * gap, also across the border of two shards. A few shards that are near are opened at once, and their sizes checked;
 * many, or those on a server, when the first of their weights is read. Texts, whose lengths stand in the shards, are
 * looked for at once.
 *
 * @throws ReadError `missing-sibling`; `truncated` or `malformed` when the shards are not as large as the weights.
 */
export async function manifestTensors(
  source: Source,
  groups: readonly ManifestGroup[],
  context: Context,
): Promise<ManifestTensors> {
  const paths = groups.flatMap((group) => group.paths);
  const atOnce = (await areNear(source, paths, context.signal)) && paths.length <= OPENED_AT_ONCE;
  const all = groups.map(({ paths }) => createShards(source, paths));
  const close = async (): Promise<void> => {
    await Promise.all(all.map((shards) => shards.close()));
  };
  try {
    const tensors: Tensor[] = [];
    for (const [i, { weights }] of groups.entries()) {
      tensors.push(...(await placeWeights(weights, all[i]!, atOnce, context)));
    }
    return { tensors, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function placeWeights(
  weights: readonly ManifestWeight[],
  shards: Shards,
  atOnce: boolean,
  context: Context,
): Promise<Tensor[]> {
  const opened = atOnce || weights.some(isText) ? await shards.open(context.signal) : null;
  const near = opened === null ? null : cached(opened);
  const ends: WeightEnd[] = [];
  let end = 0;
  for (const weight of weights) {
    end +=
      near !== null && isText(weight)
        ? await textSize(weight, near, end, context)
        : byteLengthOf(storedDType(weight), countOf(weight.shape));
    ends.push({ name: weight.name, end });
  }
  if (opened !== null) assertTotal(opened, ends, shards);
  const stream = shardStream(shards, end);
  return weights.map((weight, i) => {
    const tensor = tensorOf(weight, stream, ends[i - 1]?.end ?? 0);
    return {
      ...tensor,
      async readBytes(context) {
        // What the manifest states is held against the bytes that exist before anything is made room for.
        if (tensor.unreadable === undefined) assertTotal(await shards.open(context.signal), ends, shards);
        return tensor.readBytes(context);
      },
    };
  });
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
