import { bigEndian, concat, little, utf8 } from "./weight.ts";

/** A value as Python would pickle it. What is no plain value says which instructions make it. */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | { readonly bytes: Uint8Array }
  | { readonly float: number }
  | { readonly list: readonly Pickled[] }
  | { readonly tuple: readonly Pickled[] }
  | { readonly dict: readonly (readonly [Pickled, Pickled])[] }
  | { readonly global: readonly [module: string, name: string] }
  | { readonly persistent: Pickled }
  /** `callable(*args)`, with entries that are set in it and a state that it is given. */
  | {
      readonly call: Pickled;
      readonly args?: readonly Pickled[];
      readonly entries?: readonly (readonly [Pickled, Pickled])[];
      readonly state?: Pickled;
      /** NEWOBJ instead of REDUCE. */
      readonly made?: boolean;
    }
  /** What was made before under this number, and what is to be remembered under it. */
  | { readonly recall: number }
  | { readonly remember: number; readonly value: Pickled }
  /** These very bytes. */
  | { readonly raw: Uint8Array };

const code = (...bytes: readonly number[]): Uint8Array => Uint8Array.from(bytes);

/** One whole pickle, protocol 2 to 5. */
export function pickle(value: Pickled, protocol = 2): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [code(0x80, protocol)];
  write(value, parts, protocol);
  parts.push(code(0x2e));
  return concat(parts);
}

function write(value: Pickled, parts: Uint8Array[], protocol: number): void {
  const inner = (one: Pickled): void => write(one, parts, protocol);
  const pairs = (entries: readonly (readonly [Pickled, Pickled])[]): void => {
    if (entries.length === 0) return;
    parts.push(code(0x28));
    for (const [key, one] of entries) {
      inner(key);
      inner(one);
    }
    parts.push(code(0x75));
  };
  if (value === null) parts.push(code(0x4e));
  else if (typeof value === "boolean") parts.push(code(value ? 0x88 : 0x89));
  else if (typeof value === "number" || typeof value === "bigint") parts.push(integer(value));
  else if (typeof value === "string") {
    const text = utf8(value);
    parts.push(code(0x58), little(text.length, 4), text);
  } else if ("float" in value) {
    const bytes = new Uint8Array(Float64Array.of(value.float).buffer);
    parts.push(code(0x47), bigEndian(bytes, 8));
  } else if ("bytes" in value) parts.push(code(0x42), little(value.bytes.length, 4), value.bytes);
  else if ("list" in value) {
    parts.push(code(0x5d, 0x28));
    value.list.forEach(inner);
    parts.push(code(0x65));
  } else if ("tuple" in value) {
    parts.push(code(0x28));
    value.tuple.forEach(inner);
    parts.push(code(0x74));
  } else if ("dict" in value) {
    parts.push(code(0x7d));
    pairs(value.dict);
  } else if ("global" in value) {
    const [module, name] = value.global;
    if (protocol < 4) parts.push(utf8(`c${module}\n${name}\n`));
    else {
      inner(module);
      inner(name);
      parts.push(code(0x93));
    }
  } else if ("persistent" in value) {
    inner(value.persistent);
    parts.push(code(0x51));
  } else if ("call" in value) {
    inner(value.call);
    inner({ tuple: value.args ?? [] });
    parts.push(code(value.made === true ? 0x81 : 0x52));
    pairs(value.entries ?? []);
    if (value.state !== undefined) {
      inner(value.state);
      parts.push(code(0x62));
    }
  } else if ("recall" in value) parts.push(code(0x6a), little(value.recall, 4));
  else if ("remember" in value) {
    inner(value.value);
    parts.push(code(0x72), little(value.remember, 4));
  } else parts.push(value.raw);
}

function integer(value: number | bigint): Uint8Array {
  const whole = BigInt(value);
  if (whole >= 0n && whole < 256n) return code(0x4b, Number(whole));
  if (whole >= -(2n ** 31n) && whole < 2n ** 31n) return concat([code(0x4a), little(whole, 4)]);
  let size = 8;
  while (BigInt.asIntN(size * 8, whole) !== whole) size++;
  return concat([code(0x8a, size), little(whole, size)]);
}
