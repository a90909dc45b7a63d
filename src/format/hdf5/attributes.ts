import { ReadError } from "../../errors.ts";
import { type Hdf5Module, type RawMetadata, TYPE_CLASSES } from "./library.ts";
import type { AttributeValue } from "./protocol.ts";

/** Bytes of one attribute: the largest is a model's config, and parsing 25 MB of JSON takes 0.7 s. */
export const MAX_ATTRIBUTE_BYTES = 25 * 1024 ** 2;

/** Whether `name` is one of `wanted`; a trailing `*` stands for any ending. */
export function isWanted(name: string, wanted: readonly string[]): boolean {
  return wanted.some((want) => (want.endsWith("*") ? name.startsWith(want.slice(0, -1)) : name === want));
}

/**
 * Reads an attribute of strings or of plain numbers; null for anything else. Never h5wasm's own `value`, which
 * ignores whether the read went well.
 */
export function readAttribute(
  module: Hdf5Module,
  file: bigint,
  path: string,
  name: string,
  fileBytes: number,
): AttributeValue | null {
  const about = module.get_attribute_metadata(file, path, name);
  if (about.shape === null || about.total_size === 0) return [];
  const bytes = about.size * about.total_size;
  if (!(bytes <= Math.min(MAX_ATTRIBUTE_BYTES, fileBytes))) {
    throw new ReadError(
      "limit",
      `The attribute ${name} of ${path} says that it takes ${bytes} bytes; the file has ${fileBytes} and ${MAX_ATTRIBUTE_BYTES} are allowed.`,
    );
  }
  if (about.type === TYPE_CLASSES.string) return readStrings(module, file, path, name, about);
  if (about.type === TYPE_CLASSES.int || about.type === TYPE_CLASSES.float)
    return readNumbers(module, file, path, name, about);
  return null;
}

function withData<Result>(
  module: Hdf5Module,
  [file, path, name]: readonly [bigint, string, string],
  bytes: number,
  use: (pointer: number) => Result,
): Result {
  const pointer = module._malloc(bytes);
  if (pointer === 0)
    throw new ReadError(
      "limit",
      `There is no memory for the ${bytes} bytes of the attribute ${name} of ${path}.`,
    );
  try {
    // What a failed read leaves is not read: pointers among it would lead anywhere.
    module.HEAPU8.fill(0, pointer, pointer + bytes);
    if (module.get_attribute_data(file, path, name, BigInt(pointer)) < 0) {
      throw new ReadError("malformed", `The attribute ${name} of ${path} could not be read.`);
    }
    return use(pointer);
  } finally {
    module._free(pointer);
  }
}

function readStrings(
  module: Hdf5Module,
  file: bigint,
  path: string,
  name: string,
  about: RawMetadata,
): readonly string[] {
  const count = about.total_size;
  const place = [file, path, name] as const;
  return withData(module, place, count * about.size, (pointer) => {
    if (!about.vlen) {
      // Keras writes names in UTF-8 into strings that call themselves ASCII.
      const decoder = new TextDecoder();
      return Array.from({ length: count }, (_, index) => {
        const start = pointer + index * about.size;
        const whole = module.HEAPU8.slice(start, start + about.size);
        const end = whole.indexOf(0);
        return decoder.decode(end < 0 ? whole : whole.subarray(0, end));
      });
    }
    const pointers = new Uint32Array(module.HEAPU8.slice(pointer, pointer + count * 4).buffer);
    let held = 0;
    const strings = [...pointers].map((at) => {
      const text = at === 0 ? "" : module.UTF8ToString(at);
      held += text.length;
      if (held > MAX_ATTRIBUTE_BYTES) {
        throw new ReadError(
          "limit",
          `The attribute ${name} of ${path} holds more than ${MAX_ATTRIBUTE_BYTES} characters.`,
        );
      }
      return text;
    });
    module.reclaim_vlen_memory(file, path, name, BigInt(pointer));
    return strings;
  });
}

function readNumbers(
  module: Hdf5Module,
  file: bigint,
  path: string,
  name: string,
  about: RawMetadata,
): readonly number[] | null {
  const { size, signed, type } = about;
  const count = about.total_size;
  if (type === TYPE_CLASSES.float ? size !== 4 && size !== 8 : ![1, 2, 4, 8].includes(size)) return null;
  return withData(module, [file, path, name], count * size, (pointer) => {
    const view = new DataView(module.HEAPU8.slice(pointer, pointer + count * size).buffer);
    return Array.from({ length: count }, (_, index) => {
      const at = index * size;
      if (type === TYPE_CLASSES.float)
        return size === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true);
      if (size === 8) return Number(signed ? view.getBigInt64(at, true) : view.getBigUint64(at, true));
      if (size === 4) return signed ? view.getInt32(at, true) : view.getUint32(at, true);
      if (size === 2) return signed ? view.getInt16(at, true) : view.getUint16(at, true);
      return signed ? view.getInt8(at) : view.getUint8(at);
    });
  });
}
