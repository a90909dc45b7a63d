import { ReadError } from "../errors.ts";
import { isPickleNode, type PickleObject, type PickleValue } from "./pickle-value.ts";

/** Most memory for what a pickle holds, by our own estimate; PyTorch's largest need about a hundredth of it. */
export const PICKLE_MEMORY_MAX = 96 * 1024 * 1024;

/** Estimated bytes of a value on the stack or in a container, of a node, of a list that grows, and of a node with a Map. */
export const COST = { slot: 16, node: 112, grown: 136, map: 400, entry: 64, character: 2 };

/** The stack, marks and memo of one pickle; every method throws ReadError `malformed` where Python would throw. */
export type PickleStack = ReturnType<typeof createPickleStack>;

/** An empty stack. What it is given is counted by its estimated memory. */
export function createPickleStack() {
  let stack: PickleValue[] = [];
  const marks: PickleValue[][] = [];
  const memo = new Map<number, PickleValue>();
  let memory = 0;

  const spend = (bytes: number): void => {
    memory += bytes;
    if (memory > PICKLE_MEMORY_MAX) {
      throw new ReadError(
        "limit",
        `What the pickle holds needs more than ${PICKLE_MEMORY_MAX} bytes of memory: it holds much besides weights; save the state_dict alone.`,
      );
    }
  };
  const push = (value: PickleValue, bytes: number): void => {
    spend(bytes + COST.slot);
    stack.push(value);
  };
  const pop = (): PickleValue => {
    const value = stack.pop();
    if (value === undefined) throw malformed("The pickle takes a value from an empty stack.");
    return value;
  };
  const top = (): PickleValue => {
    const value = stack.at(-1);
    if (value === undefined) throw malformed("The pickle needs a value, but its stack is empty.");
    return value;
  };
  /** What was pushed since the last mark. */
  const popMark = (): PickleValue[] => {
    const before = marks.pop();
    if (before === undefined) throw malformed("The pickle goes back to a mark that it never set.");
    const items = stack;
    stack = before;
    return items;
  };
  const remember = (index: number): void => {
    if (!memo.has(index)) spend(COST.entry);
    memo.set(index, top());
  };
  const recall = (index: number): PickleValue => {
    const value = memo.get(index);
    if (value === undefined) throw malformed(`The pickle refers to its memo ${index}, which is empty.`);
    return value;
  };
  const list = (kind: "list" | "tuple" | "set" | "frozenset", items: PickleValue[]): void =>
    push({ kind, items }, COST.node + items.length * COST.slot);
  const dict = (pairs: readonly PickleValue[]): void => {
    const entries = new Map<PickleValue, PickleValue>();
    push({ kind: "dict", entries }, COST.map);
    setAll(entries, pairs);
  };
  const setAll = (entries: Map<PickleValue, PickleValue>, pairs: readonly PickleValue[]): void => {
    if (pairs.length % 2 !== 0) throw malformed("The pickle sets a key without a value.");
    spend((pairs.length / 2) * COST.entry);
    for (let i = 0; i < pairs.length; i += 2) entries.set(pairs[i]!, pairs[i + 1]!);
  };
  const setInTop = (pairs: readonly PickleValue[]): void => {
    const target = top();
    if (!isPickleNode(target, "dict") && !isPickleNode(target, "object"))
      throw malformed(`The pickle sets a key in ${what(target)}.`);
    setAll(target.entries, pairs);
  };
  const appendToTop = (items: readonly PickleValue[], kind: "list" | "set"): void => {
    const target = top();
    const into = isPickleNode(target, kind) || isPickleNode(target, "object") ? target.items : null;
    if (into === null) throw malformed(`The pickle adds an item to ${what(target)}.`);
    // An array's first item makes room for seventeen.
    spend(items.length * COST.slot + (into.length === 0 ? COST.grown : 0));
    // One by one: a call with a million arguments is too many.
    for (const item of items) into.push(item);
  };
  const object = (callable: PickleValue, args: PickleValue, keywords: PickleValue = null): void => {
    if (!isPickleNode(args, "tuple"))
      throw malformed(`The pickle makes an object with ${what(args)} for arguments.`);
    pushObject(callable, args.items, keywords);
  };
  const pushObject = (callable: PickleValue, args: readonly PickleValue[], keywords: PickleValue): void => {
    const made: PickleObject = {
      kind: "object",
      callable,
      args,
      keywords,
      state: undefined,
      items: [],
      entries: new Map(),
    };
    push(made, COST.node + COST.map);
  };
  const global = (module: PickleValue, name: PickleValue): void => {
    if (typeof module !== "string" || typeof name !== "string")
      throw malformed("The pickle names a class by something that is no text.");
    push({ kind: "global", module, name }, COST.node);
  };
  const build = (): void => {
    const state = pop();
    const target = top();
    if (!isPickleNode(target, "object")) throw malformed(`The pickle gives a state to ${what(target)}.`);
    target.state = state;
  };
  return {
    push,
    pop,
    top,
    popMark,
    remember,
    recall,
    list,
    dict,
    setInTop,
    appendToTop,
    object,
    pushObject,
    global,
    build,
    mark(): void {
      spend(COST.node);
      marks.push(stack);
      stack = [];
    },
    /** POP also takes a mark away. */
    drop(): void {
      if (stack.length === 0) popMark();
      else pop();
    },
    rememberNext: (): void => remember(memo.size),
    /** The only value, at STOP. */
    only(): PickleValue {
      if (marks.length > 0 || stack.length !== 1)
        throw malformed("The pickle ends with more or less than one value.");
      return pop();
    },
  };
}

function what(value: PickleValue): string {
  return typeof value === "object" && value !== null ? `a ${value.kind}` : `a ${typeof value}`;
}

function malformed(message: string): ReadError {
  return new ReadError("malformed", message);
}
