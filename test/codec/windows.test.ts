import { expect, it } from "vitest";
import { createBudget } from "../../src/budget.ts";
import { protoReader } from "../../src/codec/proto-reader.ts";
import { windowed } from "../../src/codec/windows.ts";
import { isReadError, ReadError } from "../../src/errors.ts";
import type { Source } from "../../src/source/source.ts";

const MEGABYTE = 1024 ** 2;

/** A source of so many bytes, each the lowest byte of its offset; `reads` notes what was asked for. */
function counting(
  size: number,
  reads: [number, number][],
  fails: (offset: number) => boolean = () => false,
): Source {
  return {
    name: "counting",
    size,
    async read(offset, length) {
      reads.push([offset, length]);
      if (fails(offset)) throw new ReadError("refused", "The disk said no.");
      return Uint8Array.from({ length }, (_, i) => (offset + i) & 255);
    },
  };
}

it("reads larger and larger windows as long as the reader goes on", async () => {
  const reads: [number, number][] = [];
  const windows = windowed(counting(MEGABYTE, reads), []);
  for (let at = 0; at < MEGABYTE; at += 100) {
    const length = Math.min(20, MEGABYTE - at);
    const { start, bytes } = windows.here(at, length) ?? (await windows.load(at, length));
    expect(bytes[at - start]).toBe(at & 255);
  }
  expect(reads.length).toBeLessThan(30);
});

it("foretells where jumps of one length will land, in few rounds", async () => {
  const reads: [number, number][] = [];
  const step = 10 * MEGABYTE;
  const windows = windowed(counting(40 * step, reads), []);
  let rounds = 0;
  for (let k = 0; k < 40; k++) {
    const [at, before] = [k * step + k, reads.length];
    const { start, bytes } = windows.here(at, 20) ?? (await windows.load(at, 20));
    expect(bytes[at - start]).toBe(at & 255);
    if (reads.length > before) rounds++;
  }
  expect(rounds).toBeLessThanOrEqual(4);
  expect(reads.reduce((sum, [, length]) => sum + length, 0)).toBeLessThan(200_000);
});

it("reads again what was foretold and failed", async () => {
  const reads: [number, number][] = [];
  const step = 10 * MEGABYTE;
  let failing = true;
  const windows = windowed(
    counting(40 * step, reads, (offset) => failing && offset > 2 * step),
    [],
  );
  await windows.load(0, 20);
  await windows.load(step, 20);
  await Promise.resolve();
  failing = false;
  for (let k = 2; k < 40; k++) {
    const { start, bytes } = await windows.load(k * step, 20);
    expect(bytes[k * step - start]).toBe(0);
  }
});

it("gives the fields of a message that is read in parts as those of one that is read whole", async () => {
  // Field 1 of 5,000 bytes, field 2 the number 7, field 3 the text "end".
  const bytes = Uint8Array.from([
    10,
    0x88,
    39,
    ...new Uint8Array(5000).fill(65),
    16,
    7,
    26,
    3,
    101,
    110,
    100,
  ]);
  const source: Source = {
    name: "message",
    size: bytes.length,
    read: async (offset, length) => bytes.slice(offset, offset + length),
  };
  const reader = protoReader(source, [], createBudget());
  const range = { start: 0, end: bytes.length };
  const parts = await reader.fields(range, "a message", 16);
  const whole = await reader.fields(range, "a message", 1e6);
  const plain = (fields: typeof parts): unknown => fields.map(({ held: _, ...field }) => field);
  expect(plain(parts)).toEqual(plain(whole));
  expect(await reader.text(parts[2]!)).toBe("end");
  expect((await reader.bytes(parts[0]!)).length).toBe(5000);
  const cut = await reader
    .fields({ start: 0, end: bytes.length - 2 }, "a message", 16)
    .catch((error) => error);
  expect(isReadError(cut, "truncated")).toBe(true);
});
