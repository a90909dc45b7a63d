import { block, type Code, type Local, type Statement, unsigned, type ValueType } from "./encoder.ts";

const TYPE_BYTES: Record<ValueType, number> = { i32: 0x7f, f32: 0x7d, v128: 0x7b };

/** An array of known length, so that it can be taken apart by name. */
type Tuple<T, N extends number, R extends T[] = []> = number extends N
  ? T[]
  : R["length"] extends N
    ? R
    : Tuple<T, N, [...R, T]>;

/** A function being written: its locals and its body. */
export class FunctionBuilder {
  readonly name: string;
  readonly parameterCount: number;
  readonly localTypes: ValueType[] = [];
  body: Statement = block();

  /** @param parameterCount parameters, all i32 */
  constructor(name: string, parameterCount: number) {
    this.name = name;
    this.parameterCount = parameterCount;
  }

  parameter(index: number): Local<"i32"> {
    if (index >= this.parameterCount) throw new Error(`${this.name} has no parameter ${index}`);
    return { type: "i32", index, code: [0x20, ...unsigned(index)] };
  }

  whole(): Local<"i32"> {
    return this.#local("i32");
  }

  wholes<N extends number>(count: N): Tuple<Local<"i32">, N> {
    return Array.from({ length: count }, () => this.whole()) as Tuple<Local<"i32">, N>;
  }

  vector(): Local<"v128"> {
    return this.#local("v128");
  }

  vectors<N extends number>(count: N): Tuple<Local<"v128">, N> {
    return Array.from({ length: count }, () => this.vector()) as Tuple<Local<"v128">, N>;
  }

  #local<T extends ValueType>(type: T): Local<T> {
    this.localTypes.push(type);
    const index = this.parameterCount + this.localTypes.length - 1;
    return { type, index, code: [0x20, ...unsigned(index)] };
  }
}

/** Memory that a module's functions work in: `env.memory`. */
export interface ModuleMemory {
  /** Of 64 KiB. */
  readonly pages: number;
  readonly shared: boolean;
}

/** The bytes of a module that exports every function by its name. */
export function buildModule(
  functions: readonly FunctionBuilder[],
  memory: ModuleMemory,
): Uint8Array<ArrayBuffer> {
  const list = (items: readonly Code[]): Code => [unsigned(items.length), ...items];
  const section = (id: number, content: Code): number[] => {
    const bytes = flatten(content);
    return [id, ...unsigned(bytes.length), ...bytes];
  };
  const arities = [...new Set(functions.map(({ parameterCount }) => parameterCount))];
  const head = [
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, list(arities.map((n) => [0x60, list(Array<Code>(n).fill([TYPE_BYTES.i32])), 0]))),
    ...section(
      2,
      list([
        [
          text("env"),
          text("memory"),
          2,
          memory.shared ? 3 : 1,
          unsigned(memory.pages),
          unsigned(memory.pages),
        ],
      ]),
    ),
    ...section(3, list(functions.map(({ parameterCount }) => unsigned(arities.indexOf(parameterCount))))),
    ...section(7, list(functions.map(({ name }, i) => [text(name), 0, unsigned(i)]))),
  ];
  const bodies = functions.map(({ localTypes, body }) => {
    const locals = list(localTypes.map((type) => [1, TYPE_BYTES[type]]));
    const bytes = flatten([locals, body.code, 0x0b]);
    return [unsigned(bytes.length), bytes];
  });
  const count = unsigned(bodies.length);
  const size = bodies.reduce((sum, [length, bytes]) => sum + length!.length + bytes!.length, count.length);
  const parts = [head, [10], unsigned(size), count, ...bodies.flat()];
  const module = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    module.set(part, at);
    at += part.length;
  }
  return module;
}

function text(value: string): Code {
  const bytes = new TextEncoder().encode(value);
  return [unsigned(bytes.length), [...bytes]];
}

/** Nested code as bytes, without recursion: blocks of kernels nest deeply. */
function flatten(code: Code): number[] {
  const bytes: number[] = [];
  const stack: { readonly code: Code; next: number }[] = [{ code, next: 0 }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const item = top.code[top.next++];
    if (item === undefined) stack.pop();
    else if (typeof item === "number") bytes.push(item);
    else stack.push({ code: item, next: 0 });
  }
  return bytes;
}
