import type { Readable } from "node:stream";
import { assertInside, type Budget, ReadError, type Source } from "../../index.ts";
import { aborted, systemError } from "../system-error.ts";

/** Bytes of one block of memory: large enough to be few, small enough to waste little. */
const BLOCK = 4 * 1024 * 1024;

const NAME = "standard input";

/**
 * Everything that comes from `stream`, kept in memory within `budget`, as a source: weight files are read from
 * both ends, a pipe only from one.
 */
export async function fromStream(stream: Readable, budget: Budget, signal?: AbortSignal): Promise<Source> {
  const blocks: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      if (signal?.aborted) throw aborted(NAME);
      const bytes = chunk as Uint8Array;
      for (let done = 0; done < bytes.length; ) {
        const inBlock = size % BLOCK;
        if (inBlock === 0) blocks.push(newBlock(budget, size));
        const part = bytes.subarray(done, done + BLOCK - inBlock);
        blocks.at(-1)?.set(part, inBlock);
        done += part.length;
        size += part.length;
      }
    }
  } catch (error) {
    throw systemError(error, NAME);
  }
  const source: Source = {
    name: NAME,
    size,
    async read(offset, length) {
      assertInside(source, offset, length, "A read");
      const result = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const inBlock = (offset + done) % BLOCK;
        const block = blocks[Math.floor((offset + done) / BLOCK)] ?? new Uint8Array(0);
        const part = block.subarray(inBlock, inBlock + length - done);
        result.set(part, done);
        done += part.length;
      }
      return result;
    },
  };
  return source;
}

function newBlock(budget: Budget, size: number): Uint8Array<ArrayBuffer> {
  try {
    budget.take(BLOCK, "standard input");
    return new Uint8Array(BLOCK);
  } catch (error) {
    throw new ReadError(
      "limit",
      `More than ${size} bytes came, and what comes by a pipe has to be kept in memory: save it as a file and open that.`,
      { file: NAME, cause: error },
    );
  }
}
