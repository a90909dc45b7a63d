import type { Budget } from "../../budget.ts";
import { cached } from "../../source/cached.ts";
import type { Source } from "../../source/source.ts";
import { decode } from "../../tensor/decode.ts";
import { countOf, isDType } from "../../tensor/dtype.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { transposed } from "../../tensor/views.ts";
import type { Hdf5File } from "../hdf5/hdf5-file.ts";
import type { Hdf5Object } from "../hdf5/protocol.ts";

/** Attributes by which MATLAB says what a dataset or group is. */
export const MATLAB_ATTRIBUTES: readonly string[] = ["MATLAB_class", "MATLAB_empty", "MATLAB_sparse"];

/** Longest text and longest vector of numbers that are read while listing. */
const SHORT_MOST = 4096;
/** Bytes of an object reference. */
const REFERENCE = 8;
/** What references refer to. */
const REFERRED = "/#refs#";

/** The variables of a MATLAB 7.3 file. */
export interface MatlabValues {
  /** The variables' names and objects. */
  readonly variables: readonly (readonly [name: string, object: Hdf5Object])[];
  /** `double`, `single`, `cell`, `struct`, `char`, …; null when the object does not say. */
  classOf(object: Hdf5Object): string | null;
  /** The fields of a struct; empty for everything else. */
  fields(object: Hdf5Object): ReadonlyMap<string, Hdf5Object>;
  /** The elements of a cell array, or of one field of a struct array; null for what holds values itself. */
  elements(object: Hdf5Object): Promise<readonly (Hdf5Object | null)[] | null>;
  /** A char array as text; null when it is none. */
  text(object: Hdf5Object | undefined): Promise<string | null>;
  /** A short array of numbers, in MATLAB's order; null when it is none. */
  numbers(object: Hdf5Object | undefined): Promise<number[] | null>;
  /** A numeric array with MATLAB's axes; null for what is none. */
  array(object: Hdf5Object, name: string): Tensor | null;
}

/** Classes whose values are numbers. */
const NUMERIC = /^(?:double|single|logical|u?int(?:8|16|32|64))$/;

/** Reads variables through MATLAB's conventions: reversed axes, references for cells, 16-bit text. */
export function matlabValues(
  file: Hdf5File,
  source: Source,
  { budget, signal }: { budget: Budget; signal?: AbortSignal | undefined },
): MatlabValues {
  const context: ReadContext = { budget, signal };
  const small = cached(source, { blockSize: 16 * 1024 });
  const children = new Map<string, Map<string, Hdf5Object>>();
  const byAddress = new Map<number, Hdf5Object>();
  for (const object of file.objects) {
    const cut = object.path.lastIndexOf("/");
    const parent = cut <= 0 ? "/" : object.path.slice(0, cut);
    const own = children.get(parent) ?? new Map<string, Hdf5Object>();
    own.set(object.path.slice(cut + 1), object);
    children.set(parent, own);
    if (object.address !== null && !byAddress.has(object.address)) byAddress.set(object.address, object);
  }
  const classOf = (object: Hdf5Object): string | null => {
    const value = object.attributes.get("MATLAB_class")?.[0];
    return typeof value === "string" ? value : null;
  };
  const isEmpty = ({ attributes }: Hdf5Object): boolean => (attributes.get("MATLAB_empty")?.[0] ?? 0) !== 0;

  const short = async (object: Hdf5Object): Promise<number[] | null> => {
    const { dataset } = object;
    if (dataset === undefined || isEmpty(object) || countOf(dataset.shape) > SHORT_MOST) return null;
    const tensor = file.tensor(object, object.path);
    if (tensor.unreadable !== undefined || !isDType(tensor.dtype)) return null;
    if (!/^(?:float|u?int|bool)/.test(tensor.dtype)) return null;
    return [...decode(await tensor.readBytes(context), tensor.dtype, countOf(tensor.shape))];
  };

  return {
    classOf,
    variables: [...(children.get("/") ?? [])].filter(([name]) => !name.startsWith("#") && name !== ""),
    fields: (object) =>
      object.kind === "group" && !object.attributes.has("MATLAB_sparse")
        ? (children.get(object.path) ?? new Map())
        : new Map(),
    async elements(object) {
      const { dataset } = object;
      // References are of a class that holds no numbers; eight bytes each, side by side.
      if (dataset === undefined || isEmpty(object) || dataset.type.class !== "other") return null;
      const { storage } = dataset;
      const count = countOf(dataset.shape);
      if (dataset.type.size !== REFERENCE || storage.kind !== "contiguous" || storage.offset === null)
        return null;
      if (storage.bytes < count * REFERENCE) return null;
      budget.count(count, "elements of cell arrays");
      const bytes = await small.read(storage.offset, count * REFERENCE, signal);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      return Array.from(
        { length: count },
        (_, i) => byAddress.get(Number(view.getBigUint64(i * REFERENCE, true))) ?? null,
      );
    },
    async text(object) {
      if (object === undefined || classOf(object) !== "char") return null;
      const codes = await short(object);
      return codes === null ? null : String.fromCharCode(...codes);
    },
    async numbers(object) {
      return object === undefined || !NUMERIC.test(classOf(object) ?? "") ? null : short(object);
    },
    array(object, name) {
      const { dataset } = object;
      if (dataset === undefined || isEmpty(object) || !NUMERIC.test(classOf(object) ?? "")) return null;
      const tensor = file.tensor(object, name);
      const order = tensor.shape.map((_, axis) => tensor.shape.length - 1 - axis);
      if (tensor.unreadable !== undefined) return { ...tensor, shape: [...tensor.shape].reverse() };
      return transposed(tensor, order);
    },
  };
}

/** Whether an object only serves others: it is listed where it is referred to. */
export function isReferred({ path }: Hdf5Object): boolean {
  return path === REFERRED || path.startsWith(`${REFERRED}/`);
}
