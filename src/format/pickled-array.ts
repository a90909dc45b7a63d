import { isPickleNode, type PickleValue, pickleClass, pickleItems } from "../codec/pickle-value.ts";
import { ReadError } from "../errors.ts";
import type { Source } from "../source/source.ts";
import { countOf } from "../tensor/dtype.ts";
import type { Tensor } from "../tensor/tensor.ts";
import { numpyTensor } from "./numpy-array.ts";
import { readDescr } from "./numpy-header.ts";
import { readPieces } from "./stored-tensor.ts";

/** A NumPy array inside a pickle, as the pickle describes it. */
export interface PickledArray {
  /** NumPy's type string, such as `<f4`. */
  readonly descr: string;
  readonly shape: readonly number[];
  readonly fortranOrder: boolean;
  /** Bytes, or text that stands for bytes (protocols below 3). */
  readonly data: PickleValue;
}

/** NumPy's module is `numpy.core` before version 2 and `numpy._core` since. */
const RECONSTRUCT = /^numpy\.(_?core)\.multiarray\._reconstruct$/;
const FROM_BUFFER = /^numpy\.(_?core)\.numeric\._frombuffer$/;

/** The array that a pickle node would become; null for anything else, and for arrays of objects. */
export function readPickledArray(value: PickleValue | undefined): PickledArray | null {
  if (!isPickleNode(value, "object")) return null;
  const name = pickleClass(value) ?? "";
  if (RECONSTRUCT.test(name)) {
    const [, shape, type, fortran, data = null] = pickleItems(value.state) ?? [];
    return arrayOf(type, shape, fortran === true, data);
  }
  if (!FROM_BUFFER.test(name)) return null;
  const [data = null, type, shape, order] = value.args;
  return arrayOf(type, shape, order === "F", data);
}

function arrayOf(
  type: PickleValue | undefined,
  size: PickleValue | undefined,
  fortranOrder: boolean,
  data: PickleValue,
): PickledArray | null {
  const shape = pickleItems(size);
  const isShape = shape?.every((extent) => Number.isSafeInteger(extent) && (extent as number) >= 0) === true;
  if (!isShape || !isPickleNode(type, "object") || pickleClass(type) !== "numpy.dtype") return null;
  const [word] = type.args;
  const order = pickleItems(type.state)?.[1];
  if (typeof word !== "string" || word.startsWith("O")) return null;
  const descr = `${order === ">" ? ">" : order === "|" ? "|" : "<"}${word}`;
  return { descr, shape: shape as readonly number[], fortranOrder, data };
}

/**
 * A tensor out of an array in a pickle; its bytes are read from `source`, the pickle's own, when they are asked for.
 *
 * @throws ReadError `truncated` when the array holds fewer bytes than its shape needs.
 */
export function pickledTensor(name: string, array: PickledArray, source: Source): Tensor {
  const { descr, shape, fortranOrder, data } = array;
  if (!Number.isSafeInteger(countOf(shape)))
    throw new ReadError("malformed", `An array has shape [${shape.join(", ")}], which cannot be.`);
  const content = contentOf(data);
  const header = { ...readDescr(descr), shape, fortranOrder, dataStart: 0 };
  if (content === null) {
    const unreadable = "Its values are stored in a way that Kernelscope does not read.";
    return numpyTensor(name, { ...header, unreadable }, Number.MAX_SAFE_INTEGER, () =>
      Promise.reject(new ReadError("unsupported", unreadable)),
    );
  }
  return numpyTensor(name, header, content.most, async (length, context) => {
    if (content.bytes !== null) return content.bytes.slice(0, length);
    if (!content.text) return readPieces(source, content.offset, length, context);
    const release = context.budget.take(content.length * 3, "an array that is stored as text");
    try {
      const text = new TextDecoder().decode(
        await source.read(content.offset, content.length, context.signal),
      );
      return latin1(text, length);
    } finally {
      release();
    }
  });
}

/** Where the bytes of an array are. */
interface Content {
  readonly bytes: Uint8Array<ArrayBuffer> | null;
  readonly offset: number;
  readonly length: number;
  /** UTF-8 in the source, a letter a byte. */
  readonly text: boolean;
  /** Most bytes that it can hold. */
  readonly most: number;
}

function contentOf(data: PickleValue): Content | null {
  if (isPickleNode(data, "bytes")) {
    const { content, offset, length } = data;
    return { bytes: content, offset, length, text: false, most: length };
  }
  const text = isPickleNode(data, "object") && pickleClass(data) === "_codecs.encode" ? data.args[0] : data;
  if (typeof text === "string") {
    const bytes = latin1(text);
    return { bytes, offset: 0, length: bytes.length, text: false, most: bytes.length };
  }
  if (!isPickleNode(text, "text")) return null;
  return { bytes: null, offset: text.offset, length: text.length, text: true, most: text.length };
}

/**
 * The first `length` bytes that a text of Latin-1 letters stands for.
 *
 * @throws ReadError `truncated` when there are fewer, `malformed` when a letter stands for none.
 */
export function latin1(text: string, length = text.length): Uint8Array<ArrayBuffer> {
  if (text.length < length)
    throw new ReadError("truncated", `An array should hold ${length} bytes, but holds ${text.length}.`);
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 255) throw new ReadError("malformed", "An array holds text that stands for no bytes.");
    bytes[i] = code;
  }
  return bytes;
}
