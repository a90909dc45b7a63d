import type { Budget } from "../budget.ts";
import { ReadError } from "../errors.ts";
import type { PickleOp } from "./pickle-op.ts";
import { COST, createPickleStack, type PickleStack } from "./pickle-stack.ts";
import {
  decodeLong,
  decodeOldString,
  decodePickleText,
  decodeRawUnicode,
  parseFloatLine,
  parseInteger,
  parseMemo,
  unquote,
} from "./pickle-text.ts";
import type { PickleValue } from "./pickle-value.ts";

/** Takes the instructions of one pickle, one after the other, and gives the value with STOP; undefined before. */
export type PickleMachine = (op: PickleOp) => PickleValue | undefined;

/** A machine with an empty stack and memo. Python's own rules, but what Python would call becomes a node. */
export function createPickleMachine(budget: Budget): PickleMachine {
  const stack = createPickleStack();
  let steps = 0;
  return (op) => {
    if (++steps % 4096 === 0) budget.count(4096, "instructions in its pickle");
    if (op.name === "STOP") return stack.only();
    if (!pushPlain(stack, op)) combine(stack, op);
    return undefined;
  };
}

/** Instructions that push what they hold. */
function pushPlain(stack: PickleStack, op: PickleOp): boolean {
  switch (op.name) {
    case "NONE":
      stack.push(null, 0);
      break;
    case "TRUE":
      stack.push(true, 0);
      break;
    case "FALSE":
      stack.push(false, 0);
      break;
    case "NUMBER":
      stack.push(op.number, COST.slot);
      break;
    case "INT":
      stack.push(parseInteger(line(op)), COST.slot);
      break;
    case "LONG":
      stack.push(decodeLong(line(op)), COST.slot + op.length);
      break;
    case "FLOAT":
      stack.push(parseFloatLine(line(op)), COST.slot);
      break;
    case "TEXT":
      if (op.bytes === null) stack.push({ kind: "text", offset: op.offset, length: op.length }, COST.node);
      else pushText(stack, decodePickleText(op.bytes));
      break;
    case "UNICODE":
      pushText(stack, decodeRawUnicode(line(op)));
      break;
    case "BYTES":
      pushBytes(stack, op);
      break;
    case "OLD_STRING":
      if (op.bytes === null) pushBytes(stack, op);
      else stack.push(decodeOldString(op.bytes, op.offset), COST.node + op.length * COST.character);
      break;
    case "STRING":
      stack.push(decodeOldString(unquote(line(op)), op.offset), COST.node + op.length * COST.character);
      break;
    case "EMPTY_LIST":
      stack.list("list", []);
      break;
    case "EMPTY_TUPLE":
      stack.list("tuple", []);
      break;
    case "EMPTY_SET":
      stack.list("set", []);
      break;
    case "EMPTY_DICT":
      stack.dict([]);
      break;
    case "GET":
      stack.push(stack.recall(op.bytes === null ? op.number : parseMemo(op.bytes)), 0);
      break;
    case "PERSID":
      stack.push({ kind: "persistent", id: decodePickleText(line(op)) }, COST.node);
      break;
    case "GLOBAL":
      stack.global(decodePickleText(line(op)), decodePickleText(op.second ?? line(op)));
      break;
    case "EXT":
      stack.global("copyreg", `extension ${op.number}`);
      break;
    default:
      return false;
  }
  return true;
}

/** Instructions that work on the stack. */
function combine(stack: PickleStack, op: PickleOp): void {
  switch (op.name) {
    case "PROTO":
      if (op.number > 5)
        throw new ReadError("unsupported", `The pickle has protocol ${op.number}; 0 to 5 are known.`);
      break;
    case "FRAME":
      break;
    case "NEXT_BUFFER":
    case "READONLY_BUFFER":
      throw new ReadError(
        "unsupported",
        "The pickle keeps values out of band (NEXT_BUFFER), in buffers that are not in the file.",
      );
    case "MARK":
      stack.mark();
      break;
    case "POP":
      stack.drop();
      break;
    case "POP_MARK":
      stack.popMark();
      break;
    case "DUP":
      stack.push(stack.top(), 0);
      break;
    case "LIST":
      stack.list("list", stack.popMark());
      break;
    case "TUPLE":
      stack.list("tuple", stack.popMark());
      break;
    case "TUPLE1":
    case "TUPLE2":
    case "TUPLE3": {
      const count = Number(op.name.slice(-1));
      const items = Array.from({ length: count }, stack.pop).reverse();
      stack.list("tuple", items);
      break;
    }
    case "FROZENSET":
      stack.list("frozenset", stack.popMark());
      break;
    case "DICT":
      stack.dict(stack.popMark());
      break;
    case "APPEND": {
      const item = stack.pop();
      stack.appendToTop([item], "list");
      break;
    }
    case "APPENDS": {
      const items = stack.popMark();
      stack.appendToTop(items, "list");
      break;
    }
    case "ADDITEMS": {
      const items = stack.popMark();
      stack.appendToTop(items, "set");
      break;
    }
    case "SETITEM": {
      const value = stack.pop();
      const key = stack.pop();
      stack.setInTop([key, value]);
      break;
    }
    case "SETITEMS": {
      const pairs = stack.popMark();
      stack.setInTop(pairs);
      break;
    }
    case "PUT":
      stack.remember(op.bytes === null ? op.number : parseMemo(op.bytes));
      break;
    case "MEMOIZE":
      stack.rememberNext();
      break;
    case "BINPERSID":
      stack.push({ kind: "persistent", id: stack.pop() }, COST.node);
      break;
    case "STACK_GLOBAL": {
      const name = stack.pop();
      stack.global(stack.pop(), name);
      break;
    }
    case "REDUCE":
    case "NEWOBJ": {
      const args = stack.pop();
      stack.object(stack.pop(), args);
      break;
    }
    case "NEWOBJ_EX": {
      const keywords = stack.pop();
      const args = stack.pop();
      stack.object(stack.pop(), args, keywords);
      break;
    }
    case "INST": {
      const args = stack.popMark();
      stack.global(decodePickleText(line(op)), decodePickleText(op.second ?? line(op)));
      stack.pushObject(stack.pop(), args, null);
      break;
    }
    case "OBJ": {
      const [callable, ...args] = stack.popMark();
      if (callable === undefined) throw new ReadError("malformed", "The pickle makes an object of no class.");
      stack.pushObject(callable, args, null);
      break;
    }
    case "BUILD":
      stack.build();
      break;
  }
}

function pushBytes(stack: PickleStack, { bytes, offset, length }: PickleOp): void {
  const content = bytes?.slice() ?? null;
  stack.push({ kind: "bytes", offset, length, content }, COST.node + (bytes === null ? 0 : 160 + length));
}

function pushText(stack: PickleStack, value: string): void {
  stack.push(value, 24 + value.length * COST.character);
}

/** The argument of an instruction that always has one. */
function line({ bytes }: PickleOp): Uint8Array<ArrayBuffer> {
  return bytes ?? new Uint8Array(0);
}
