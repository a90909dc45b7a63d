/** A message of Protocol Buffers as it is written: fields in order, with their wire types. */
export class ProtobufWriter {
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;

  /** Bytes so far. */
  get length(): number {
    return this.#length;
  }

  /** A whole number from 0 to 2^53 - 1, or a negative one (ten bytes, as int64). */
  integer(field: number, value: number): this {
    return this.#add(varint(BigInt(field * 8))).#add(varint(BigInt.asUintN(64, BigInt(value))));
  }

  /** A float32. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#add(varint(BigInt(field * 8 + 5))).#add(bytes);
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  bytes(field: number, value: Uint8Array<ArrayBuffer>): this {
    return this.#add(varint(BigInt(field * 8 + 2)))
      .#add(varint(BigInt(value.length)))
      .#add(value);
  }

  /** A message inside this one. */
  message(field: number, inner: ProtobufWriter): this {
    this.#add(varint(BigInt(field * 8 + 2))).#add(varint(BigInt(inner.#length)));
    for (const piece of inner.#pieces) this.#add(piece);
    return this;
  }

  /** All of it as one array. */
  finish(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    return all;
  }

  #add(piece: Uint8Array<ArrayBuffer>): this {
    this.#pieces.push(piece);
    this.#length += piece.length;
    return this;
  }
}

function varint(value: bigint): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    if (rest < 0x80n) return Uint8Array.from([...bytes, low]);
    bytes.push(low | 0x80);
  }
}
