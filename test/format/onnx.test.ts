import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import type { Source } from "../../src/index.ts";
import { fromBytes, open } from "../../src/index.ts";
import type { RecordedRead } from "../contract/sources.ts";
import { recording } from "../contract/sources.ts";

const folder = fileURLToPath(new URL("../fixtures/onnx/", import.meta.url));

function fixture(name: string): Source {
  return fromBytes(Uint8Array.from(readFileSync(`${folder}${name}`)), name);
}

describe("ONNX", () => {
  it("knows the batch normalisation behind a convolution", async () => {
    const model = await open(fixture("torch-unfolded.onnx"));
    const [first, ...others] = model.layers;
    expect(first!.batchNorm?.mean.shape).toEqual([6]);
    expect(first!.batchNorm?.epsilon).toBe(Math.fround(1e-5));
    expect(first!.batchNorm?.scale?.name).toBe("bn.weight");
    expect(others.every(({ batchNorm }) => batchNorm === null)).toBe(true);
  });

  it("says what uses a tensor that is no kernel", async () => {
    const model = await open(fixture("kinds.onnx"));
    const reasons = new Map(model.rejected.map(({ tensor, reason }) => [tensor.name, reason]));
    expect(reasons.get("lstm.w")).toContain("LSTM uses it");
    expect(reasons.get("unused")).toContain("No convolution");
  });

  it("lists without the file that holds the values, and says what is missing when one is read", async () => {
    const model = await open(fixture("external.onnx"));
    expect(model.layers.map(({ name }) => name)).toEqual(["one", "two"]);
    await expect(model.layers[0]!.kernel.readBytes({ budget: free })).rejects.toMatchObject({
      code: "missing-sibling",
    });
  });

  it("is told from its bytes, whatever the name", async () => {
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".onnx"))) {
      const bytes = Uint8Array.from(readFileSync(`${folder}${name}`));
      expect((await open(fromBytes(bytes, "model.bin"))).format).toBe("onnx");
    }
  });

  it("is told although a long description stands before its graph", async () => {
    const bytes = readFileSync(`${folder}kinds.onnx`);
    const at = bytes.indexOf(Buffer.from("onnx-example")) + "onnx-example".length;
    const description = [50, ...varint(5000), ...new Array<number>(5000).fill(65)];
    const long = Uint8Array.from([...bytes.subarray(0, at), ...description, ...bytes.subarray(at)]);
    const model = await open(fromBytes(long, "long.onnx"));
    expect(model.layers.length).toBe(13);
  });

  it("reads a few hundred kB of a file of half a gigabyte", async () => {
    const reads: RecordedRead[] = [];
    const model = await open(recording(sparse(36, 14 * 1024 ** 2), reads));
    expect(model.layers.length).toBe(36);
    expect(model.layers.at(-1)!.shape).toEqual([1792, 2048, 1, 1, 1]);
    expect(reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(300_000);
  });
});

const free = {
  limits: { bytes: Infinity, objects: Infinity, depth: Infinity, milliseconds: Infinity },
  take: () => () => {},
  count: () => {},
  enter: () => {},
  check: () => {},
};

/** A model of 1x1 convolutions whose values are a hole of `length` bytes each. */
function sparse(count: number, length: number): Source {
  const out = length / 4 / 2048;
  const nodes = Array.from({ length: count }, (_, i) =>
    field(1, [
      ...field(1, text("x")),
      ...field(1, text(`w${i}`)),
      ...field(2, text(`y${i}`)),
      ...field(4, text("Conv")),
    ]),
  );
  const heads = Array.from({ length: count }, (_, i) => {
    const start = [
      8,
      ...varint(out),
      8,
      ...varint(2048),
      8,
      1,
      16,
      1,
      ...field(8, text(`w${i}`)),
      74,
      ...varint(length),
    ];
    return [42, ...varint(start.length + length), ...start];
  });
  const graph = nodes.flat().length + heads.reduce((sum, head) => sum + head.length + length, 0);
  const pieces: (readonly [number, readonly number[]])[] = [];
  const front = [8, 10, 58, ...varint(graph), ...nodes.flat()];
  pieces.push([0, front]);
  let at = front.length;
  for (const head of heads) {
    pieces.push([at, head]);
    at += head.length + length;
  }
  return {
    name: "sparse.onnx",
    size: at,
    async read(offset, wanted) {
      const bytes = new Uint8Array(wanted);
      for (const [start, piece] of pieces)
        for (const [i, byte] of piece.entries())
          if (start + i >= offset && start + i < offset + wanted) bytes[start + i - offset] = byte;
      return bytes;
    },
  };
}

function field(number: number, payload: readonly number[]): number[] {
  return [number * 8 + 2, ...varint(payload.length), ...payload];
}

function text(value: string): number[] {
  return [...new TextEncoder().encode(value)];
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  return [...bytes, rest];
}
