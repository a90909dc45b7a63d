import { type MsgpackCursor, type MsgpackToken, msgpackCursor } from "../../codec/msgpack.ts";
import { ReadError } from "../../errors.ts";
import type { Source } from "../../source/source.ts";
import type { ReadContext } from "../../tensor/tensor.ts";
import { assertTensors } from "../tensors-most.ts";
import { type FlaxArray, readFlaxArray } from "./array-header.ts";

/** A node of the tree; what is no map, array, number or truth value is null. */
export type FlaxNode = FlaxMap | FlaxArray | number | boolean | null;

/** A map of the tree, in the file's order. */
export interface FlaxMap {
  readonly children: Map<string, FlaxNode>;
}

/** Bytes of all keys together, and characters of all names that are joined from them: both are held in memory. */
export const FLAX_NAMES_MOST = 16 * 1024 * 1024;

/** Maps, lists and values of a tree. */
export const FLAX_NODES_MOST = 400_000;

/** Flax's extension types (`_MsgpackExtType`). */
const ARRAY = 1;
const SCALAR = 3;

interface Level {
  readonly map: FlaxMap;
  /** Values still to come. */
  left: number;
  /** Lists are maps by index, as Flax's state dicts have them. */
  readonly list: boolean;
  next: number;
}

/**
 * The tree of maps and arrays in a file that `flax.serialization.to_bytes` wrote; the values of arrays are not read.
 *
 * @throws ReadError `malformed`, `truncated`, `ambiguous` (a key twice) or `limit`.
 */
export async function readFlaxTree(
  source: Source,
  { budget, signal }: Pick<ReadContext, "budget" | "signal">,
): Promise<FlaxNode> {
  const cursor = msgpackCursor(source, { start: 0, end: source.size }, budget, signal);
  const keys = keyReader(cursor);
  const levels: Level[] = [];
  let root: FlaxNode = null;
  let [nodes, arrays] = [0, 0];
  for (let first = true; first || levels.length > 0; first = false) {
    const level = levels.at(-1);
    if (level !== undefined && level.left === 0) {
      levels.pop();
      continue;
    }
    const key =
      level === undefined ? "" : level.list ? String(level.next++) : await keys(await cursor.next());
    const token = await cursor.next();
    if (++nodes > FLAX_NODES_MOST)
      throw new ReadError("limit", `The tree has more than ${FLAX_NODES_MOST} parts.`);
    if (token.kind === "extension") assertTensors(++arrays);
    const node = await readNode(cursor, token);
    if (level === undefined) root = node;
    else {
      level.left--;
      if (level.map.children.has(key))
        throw new ReadError(
          "ambiguous",
          `A map holds the key ${JSON.stringify(key)} twice, so it can be read in two ways.`,
        );
      level.map.children.set(key, node);
    }
    if (token.kind === "map" || token.kind === "list") {
      budget.enter(levels.length + 1, "Maps in the file");
      levels.push({ map: node as FlaxMap, left: token.count, list: token.kind === "list", next: 0 });
    }
  }
  if (cursor.offset !== source.size) {
    throw new ReadError(
      "malformed",
      `The tree of arrays ends at byte ${cursor.offset}, but the file goes on to ${source.size}.`,
      { offset: cursor.offset },
    );
  }
  return root;
}

async function readNode(cursor: MsgpackCursor, token: MsgpackToken): Promise<FlaxNode> {
  switch (token.kind) {
    case "map":
    case "list":
      return { children: new Map() };
    case "number":
    case "boolean":
      return token.value;
    case "nil":
      return null;
    case "extension":
      if (token.type === ARRAY || token.type === SCALAR) return readFlaxArray(cursor, token);
  }
  cursor.skipTo(token.offset + token.length);
  return null;
}

/** Reads keys: text, or whole numbers, which NNX uses for lists. */
function keyReader(cursor: MsgpackCursor): (token: MsgpackToken) => Promise<string> {
  let read = 0;
  return async (token) => {
    if (token.kind === "number" && Number.isSafeInteger(token.value)) return String(token.value);
    if (token.kind !== "text") {
      throw new ReadError(
        "malformed",
        `A map has a key before byte ${cursor.offset} that is neither text nor a number.`,
        {
          offset: cursor.offset,
        },
      );
    }
    read += token.length;
    if (read > FLAX_NAMES_MOST)
      throw new ReadError("limit", `The keys of the file are longer than ${FLAX_NAMES_MOST} bytes together.`);
    return cursor.text(token);
  };
}
