import type { Budget } from "../../budget.ts";
import { ReadError } from "../../errors.ts";
import type { Source } from "../../source/source.ts";
import { byteLengthOf, countOf, isDType } from "../../tensor/dtype.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { storedTensor } from "../stored-tensor.ts";
import { type PaddleProgram, readDescription, type TensorDescription } from "./program.ts";

/** Bytes read at a tensor's head: two versions, the levels, and a description of a few extents. */
const HEAD = 256;
/** Most levels of a ragged tensor; weights have none. */
const LEVELS_MOST = 8;

/**
 * The weights of a `.pdiparams` (`save_combine`): the persistable variables of the program, sorted by name, each with a
 * head that says its dtype and shape. The values are not read.
 *
 * @throws ReadError `malformed` when heads and program contradict each other, `truncated`.
 */
export async function paddleWeights(
  source: Source,
  { variables }: PaddleProgram,
  budget: Budget,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, Tensor>> {
  const wanted = [...variables.values()]
    .filter(
      ({ persistable, tensor, name }) =>
        persistable && tensor !== null && name !== "feed" && name !== "fetch",
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const tensors = new Map<string, Tensor>();
  let at = 0;
  for (const { name, tensor } of wanted) {
    budget.count(1, "weights");
    const { description, start } = await readHead(source, at, name, budget, signal);
    const { dtype, shape } = description;
    const expected = tensor!.shape;
    if (shape.join() !== expected.join() || dtype !== tensor!.dtype) {
      throw new ReadError(
        "malformed",
        `The weights hold ${dtype} [${shape.join(", ")}] where the program expects ${JSON.stringify(name)} of ${tensor!.dtype} [${expected.join(", ")}].`,
        { file: source.name, offset: at },
      );
    }
    if (!isDType(dtype) || shape.some((extent) => extent < 0))
      throw new ReadError(
        "unsupported",
        `The weight ${JSON.stringify(name)} is of ${dtype}, which Kernelscope does not read, nor what is behind it.`,
      );
    const length = byteLengthOf(dtype, countOf(shape));
    if (!Number.isSafeInteger(start + length) || start + length > source.size) {
      throw new ReadError(
        "truncated",
        `The weight ${JSON.stringify(name)} should end at byte ${start + length}, but the file has ${source.size} bytes.`,
        { file: source.name, offset: start },
      );
    }
    tensors.set(name, storedTensor({ name, dtype, shape, source, offset: start }));
    at = start + length;
  }
  if (at !== source.size) {
    throw new ReadError(
      "malformed",
      `The weights of the program end at byte ${at}, but the file goes on to ${source.size}: it belongs to another program.`,
      { file: source.name, offset: at },
    );
  }
  return tensors;
}

/** Reads one head (`SerializeToStream` of a DenseTensor): version, levels, version, description. */
async function readHead(
  source: Source,
  at: number,
  name: string,
  budget: Budget,
  signal: AbortSignal | undefined,
): Promise<{ readonly description: TensorDescription; readonly start: number }> {
  const malformed = (why: string): ReadError =>
    new ReadError("malformed", `The weight ${JSON.stringify(name)} at byte ${at} ${why}.`, {
      file: source.name,
      offset: at,
    });
  const read = async (offset: number, length: number): Promise<DataView> => {
    if (offset + length > source.size) {
      throw new ReadError(
        "truncated",
        `The weight ${JSON.stringify(name)} should begin at byte ${at}, but the file has ${source.size} bytes.`,
        { file: source.name, offset },
      );
    }
    const bytes = await source.read(offset, length, signal);
    return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
  const head = await read(at, Math.max(20, Math.min(HEAD, source.size - at)));
  if (head.getUint32(0, true) !== 0) throw malformed("has a version that is not 0");
  const levels = head.getBigUint64(4, true);
  if (levels > BigInt(LEVELS_MOST)) throw malformed(`has ${levels} levels`);
  let from = at + 12;
  for (let level = 0; level < Number(levels); level++) {
    const size = (await read(from, 8)).getBigUint64(0, true);
    if (size > BigInt(source.size)) throw malformed(`has a level of ${size} bytes`);
    from += 8 + Number(size);
  }
  const inner =
    levels === 0n && head.byteLength >= 20
      ? head.getUint32(12, true)
      : (await read(from, 4)).getUint32(0, true);
  if (inner !== 0) throw malformed("has a version that is not 0");
  const length = levels === 0n ? head.getInt32(16, true) : (await read(from + 4, 4)).getInt32(0, true);
  if (length < 0 || length > 4096) throw malformed(`has a description of ${length} bytes`);
  const inHead = levels === 0n && 20 + length <= head.byteLength;
  const view = inHead
    ? new DataView(head.buffer, head.byteOffset + 20, length)
    : await read(from + 8, length);
  const description = readDescription(new Uint8Array(view.buffer, view.byteOffset, length), budget);
  return { description, start: from + 8 + length };
}
