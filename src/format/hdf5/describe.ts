import { ReadError } from "../../errors.ts";
import { isWanted, readAttribute } from "./attributes.ts";
import { OBJECT_TYPES, type RawMetadata, TYPE_CLASSES } from "./library.ts";
import { readObjectHeader } from "./object-header.ts";
import type { OpenFile } from "./open-file.ts";
import { attempt } from "./operation.ts";
import type { AttributeValue, DatasetInfo, ElementType, FloatFields, Hdf5Object } from "./protocol.ts";
import { holdsAttributes, readHeaderFacts } from "./storage.ts";

/** What a link leads to: an object at an address of the file, or nothing that can be read. */
export type Target =
  | { readonly address: number; readonly type: number }
  | { readonly kind: "external-link" | "broken-link"; readonly reason: string };

/** Follows the link at `path` without ever opening another file. */
export function resolveLink({ library, cache, id }: OpenFile, path: string): Target {
  const { module } = library;
  const external = attempt(library, cache, () => (path === "/" ? {} : module.get_external_link(id, path)));
  if (external.filename !== undefined) {
    return {
      kind: "external-link",
      reason: `It is a link into another file, ${external.filename}; other files are not opened.`,
    };
  }
  const type = attempt(library, cache, () => module.get_type(id, path));
  if (type !== OBJECT_TYPES.group && type !== OBJECT_TYPES.dataset && type !== OBJECT_TYPES.datatype) {
    const target = attempt(library, cache, () => module.get_symbolic_link(id, path));
    return {
      kind: "broken-link",
      reason: `It is a link to ${target ?? "something unknown"}, which does not exist in this file.`,
    };
  }
  const reference = attempt(library, cache, () => module.create_object_reference(id, path));
  let address = 0;
  for (let index = 7; index >= 0; index--) address = address * 256 + (reference[index] ?? 0);
  return { address, type };
}

/** Reads everything about the object at `path` but its values. */
export function describeObject(
  file: OpenFile,
  path: string,
  target: { readonly address: number; readonly type: number },
  wanted: readonly string[],
): Hdf5Object {
  const messages = readHere(file, () => readObjectHeader(file.read, file.superblock, target.address));
  const attributes = holdsAttributes(messages)
    ? readAttributes(file, path, wanted)
    : new Map<string, AttributeValue>();
  const common = { path, address: target.address, attributes };
  if (target.type === OBJECT_TYPES.group) return { ...common, kind: "group" };
  if (target.type === OBJECT_TYPES.datatype) return { ...common, kind: "datatype" };
  const { library, cache, id } = file;
  const about = attempt(library, cache, () => library.module.get_dataset_metadata(id, path));
  if (about.shape === null) {
    return { ...common, kind: "unreadable", reason: "It is empty (its dataspace is null)." };
  }
  const filters =
    about.chunks === null ? [] : attempt(library, cache, () => library.module.get_dataset_filters(id, path));
  const bytes = about.size * about.total_size;
  const facts = readHere(file, () =>
    readHeaderFacts(file.read, file.superblock, messages, about.chunks, bytes),
  );
  const dataset: DatasetInfo = {
    shape: about.shape,
    type: elementType(about, facts.float),
    storage: about.virtual_sources === undefined ? facts.storage : { kind: "virtual" },
    filters,
  };
  return { ...common, kind: "dataset", dataset };
}

/** Names of an object's children, in the order in which they were made where the file keeps it. */
export function childNames({ library, cache, id }: OpenFile, path: string): readonly string[] {
  return attempt(library, cache, () => library.module.get_names(id, path, false));
}

function readAttributes(
  { library, cache, id }: OpenFile,
  path: string,
  wanted: readonly string[],
): Map<string, AttributeValue> {
  const values = new Map<string, AttributeValue>();
  const names = attempt(library, cache, () => library.module.get_attribute_names(id, path));
  for (const name of names) {
    if (!isWanted(name, wanted)) continue;
    const value = attempt(library, cache, () => readAttribute(library.module, id, path, name, cache.size));
    if (value !== null) values.set(name, value);
  }
  return values;
}

/** Runs our own parsing under the same rule as libhdf5's: what it missed is fetched and it runs again. */
function readHere<Result>({ library, cache }: OpenFile, work: () => Result): Result {
  try {
    return attempt(library, cache, work);
  } catch (error) {
    if (error instanceof RangeError)
      throw new ReadError("malformed", `An HDF5 address leads out of the file: ${error.message}.`);
    throw error;
  }
}

function elementType(about: RawMetadata, float: FloatFields | null): ElementType {
  const { size, signed, type } = about;
  const isNumber = type === TYPE_CLASSES.int || type === TYPE_CLASSES.float || type === TYPE_CLASSES.enum;
  // Opaque bytes have no order: they must not be swapped.
  const plain = { size, signed, littleEndian: about.littleEndian || !isNumber };
  if (type === TYPE_CLASSES.enum) {
    const isInt = about.enum_type?.type === TYPE_CLASSES.int;
    const members = Object.entries(about.enum_type?.members ?? {});
    const isBoolean =
      members.length === 2 &&
      members.some(([name, value]) => name === "FALSE" && value === 0) &&
      members.some(([name, value]) => name === "TRUE" && value === 1);
    return { ...plain, class: isInt ? "enum" : "other", boolean: isInt && isBoolean && size === 1 };
  }
  if (type === TYPE_CLASSES.float) return { ...plain, class: "float", ...(float === null ? {} : { float }) };
  const name = (["int", "string", "opaque", "compound", "vlen", "array"] as const).find(
    (word) => TYPE_CLASSES[word] === type,
  );
  return { ...plain, class: name ?? "other" };
}
