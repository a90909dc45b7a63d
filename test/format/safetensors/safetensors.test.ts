import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  createBudget,
  fromBytes,
  isReadError,
  type Model,
  open,
  readKernel,
  type Source,
} from "../../../src/index.ts";
import { encodeSafetensors } from "../../../src/report.ts";
import { failureOf } from "../../failure.ts";
import { entry, writeSafetensors } from "./writer.ts";

const opened = (bytes: Uint8Array<ArrayBuffer>, name = "a.safetensors"): Promise<Model> =>
  open(fromBytes(bytes, name));
const kernel = entry("F32", [2, 1, 3, 3], 0, 72);

describe("a safetensors header", () => {
  it.each([
    ["an empty file", new Uint8Array(0), "truncated", "empty"],
    ["seven bytes", new Uint8Array(7), "truncated", "7 bytes"],
    ["a header longer than the file", writeSafetensors({}, 0, 1000), "truncated", "1000"],
    ["a header longer than any file", writeSafetensors("{", 0, 2n ** 47n), "truncated", "140737488355328"],
    ["no JSON", writeSafetensors("{]", 0), "malformed", "JSON"],
    ["a list", writeSafetensors("{}".padEnd(4), 0, 2), "malformed", "goes on"],
    ["no UTF-8", writeSafetensors("{", Uint8Array.of(0xff, 0x7d), 3), "malformed", "UTF-8"],
    [
      "a tensor twice",
      writeSafetensors(`{"a":${JSON.stringify(kernel)},"a":${JSON.stringify(kernel)}}`, 72),
      "ambiguous",
      '"a" twice',
    ],
    [
      "a dtype twice",
      writeSafetensors('{"a":{"dtype":"F32","dtype":"I32","shape":[],"data_offsets":[0,4]}}', 4),
      "ambiguous",
      "dtype",
    ],
    [
      "a hole",
      writeSafetensors({ a: entry("F32", [1], 0, 4), b: entry("F32", [1], 8, 12) }, 12),
      "malformed",
      "belong to no tensor",
    ],
    [
      "a hole in front",
      writeSafetensors({ a: entry("F32", [1], 4, 8) }, 8),
      "malformed",
      "belong to no tensor",
    ],
    [
      "an overlap",
      writeSafetensors({ a: entry("F32", [2], 0, 8), b: entry("F32", [2], 4, 12) }, 12),
      "ambiguous",
      "overlaps",
    ],
    [
      "one place for two",
      writeSafetensors({ a: entry("F32", [2], 0, 8), b: entry("F32", [2], 0, 8) }, 8),
      "ambiguous",
      "overlaps",
    ],
    ["bytes after the last", writeSafetensors({ a: entry("F32", [1], 0, 4) }, 5), "malformed", "goes on"],
    ["too few bytes", writeSafetensors({ a: entry("F32", [2], 0, 8) }, 5), "truncated", "3 are missing"],
    [
      "offsets that do not fit the shape",
      writeSafetensors({ a: entry("F32", [2], 0, 4) }, 4),
      "malformed",
      "needs 8 bytes",
    ],
    [
      "offsets the wrong way round",
      writeSafetensors({ a: entry("F32", [1], 4, 0) }, 4),
      "malformed",
      "cannot be",
    ],
    [
      "a shape beyond any file",
      writeSafetensors({ a: entry("F32", [2 ** 40, 2 ** 40], 0, 4) }, 4),
      "malformed",
      "cannot be",
    ],
    [
      "a shape that overflows to nothing",
      writeSafetensors({ a: entry("F32", [2 ** 32, 2 ** 32], 0, 0) }, 0),
      "malformed",
      "",
    ],
    ["a negative extent", writeSafetensors({ a: entry("F32", [-1], 0, 4) }, 4), "malformed", "whole numbers"],
    ["half an extent", writeSafetensors({ a: entry("F32", [0.5], 0, 2) }, 2), "malformed", "whole numbers"],
    [
      "an extent that is text",
      writeSafetensors({ a: entry("F32", ["1"], 0, 4) }, 4),
      "malformed",
      "whole numbers",
    ],
    [
      "offsets that are infinite",
      writeSafetensors('{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,1e999]}}', 4),
      "malformed",
      "",
    ],
    [
      "three offsets",
      writeSafetensors({ a: { dtype: "F32", shape: [1], data_offsets: [0, 4, 8] } }, 4),
      "malformed",
      "",
    ],
    ["no dtype", writeSafetensors({ a: { shape: [1], data_offsets: [0, 4] } }, 4), "malformed", "dtype"],
    ["a dtype that is a number", writeSafetensors({ a: entry(5, [1], 0, 4) }, 4), "malformed", "dtype"],
    ["a tensor that is null", writeSafetensors({ a: null }, 0), "malformed", '"a"'],
    ["a tensor that is a list", writeSafetensors({ a: [] }, 0), "malformed", '"a"'],
    ["metadata that is a number", writeSafetensors({ __metadata__: 3 }, 0), "malformed", "__metadata__"],
    ["metadata with a number", writeSafetensors({ __metadata__: { format: 3 } }, 0), "malformed", "format"],
    ["nesting without end", writeSafetensors(`{"a":${"[".repeat(100_000)}`, 0), "limit", "nested"],
  ] as const)("is refused: %s", async (_, bytes, code, mention) => {
    const error = await failureOf(opened(bytes), code, mention);
    expect(error.file).toBe("a.safetensors");
  });

  it("may be padded, unaligned and in any order of keys", async () => {
    const values = Uint8Array.from(new Uint8Array(Float32Array.from({ length: 18 }, (_, i) => i - 9).buffer));
    const header = JSON.stringify({
      "b.weight": entry("F32", [2, 1, 3, 3], 1, 73),
      "a.x": entry("U8", [1], 0, 1),
    });
    for (let padding = 0; padding < 9; padding++) {
      const model = await opened(writeSafetensors(header + " ".repeat(padding), Uint8Array.of(1, ...values)));
      expect(model.tensors.map(({ name }) => name)).toEqual(["a.x", "b.weight"]);
      expect([...(await readKernel(model.layers[0]!)).weights]).toEqual(
        Array.from({ length: 18 }, (_, i) => i - 9),
      );
    }
  });

  it("may hold names that are special to JavaScript", async () => {
    const text = `{"__proto__":${JSON.stringify(entry("F32", [1], 0, 4))},"constructor":${JSON.stringify(entry("F32", [1], 4, 8))}}`;
    const model = await opened(writeSafetensors(text, 8));
    expect(model.tensors.map(({ name }) => name)).toEqual(["__proto__", "constructor"]);
    await failureOf(
      opened(writeSafetensors({ a: entry("toString", [1], 0, 4) }, 4)).then(({ tensors }) =>
        tensors[0]!.readBytes({ budget: createBudget() }),
      ),
      "unsupported",
      "toString",
    );
  });

  it("may hold dtypes that are not read", async () => {
    const header = {
      "conv.weight": entry("F8_E8M0", [2, 1, 3, 3], 0, 18),
      "b.weight": entry("F4", [2, 3, 3, 1], 18, 27),
      "c.weight": entry("NEW", [2, 3, 3, 1], 27, 30),
    };
    const model = await opened(writeSafetensors(header, 30));
    expect(model.layers.map(({ kernel }) => kernel.dtype).sort()).toEqual(["F4", "F8_E8M0", "NEW"]);
    for (const layer of model.layers) await failureOf(readKernel(layer), "unsupported", layer.kernel.dtype);
    await failureOf(opened(writeSafetensors({ a: entry("F4", [3], 0, 1) }, 1)), "malformed", "needs 2 bytes");
  });

  it("has a limit of 25 MB, which is tested at n and n + 1", async () => {
    const most = 25 * 1024 * 1024;
    // A sparse pretended file: only the head is ever looked at.
    const pretend = (length: number): Source => ({
      name: "big.safetensors",
      size: 200_000_000,
      async read(offset, count) {
        const bytes = new Uint8Array(count).fill(32);
        if (offset === 0) bytes.set(writeSafetensors("{", 0, length));
        return bytes;
      },
    });
    await failureOf(open(pretend(most + 1)), "limit", String(most));
    const error = await failureOf(open(pretend(most)), "malformed");
    expect(error.message).toContain("JSON");
  });

  it("may hold more tensors than any model, but not without end", async () => {
    const header = Object.fromEntries(
      Array.from({ length: 2000 }, (_, i) => [`t${i}`, entry("F32", [], i * 4, i * 4 + 4)]),
    );
    const bytes = writeSafetensors(header, 8000);
    expect((await opened(bytes)).tensors.length).toBe(2000);
    await failureOf(open(fromBytes(bytes), { budget: createBudget({ objects: 1999 }) }), "limit");
  });
});

describe("a file that this program wrote", () => {
  it("is read back in canonical axes, whatever its layers are called", async () => {
    const weights = Float32Array.from({ length: 2 * 3 * 9 }, (_, i) => i);
    const written = {
      name: "embedding.0",
      kind: "conv",
      rank: 2,
      shape: [2, 3, 1, 3, 3],
      groups: 1,
      dtype: "float32",
      weights,
      frozen: null,
    } as const;
    const chunks = [...encodeSafetensors([written])];
    const model = await opened(Uint8Array.from(chunks.flatMap((chunk) => [...chunk])));
    expect(model.producer).toBe("kernelscope");
    expect(model.layers[0]).toMatchObject({
      name: "embedding.0",
      shape: written.shape,
      axisOrder: "OIDHW",
      evidence: "config",
    });
    expect((await readKernel(model.layers[0]!)).weights).toEqual(weights);
  });
});

describe("a large file", () => {
  it("is listed by its head alone, and a kernel is read alone", async () => {
    const each = 512 * 512 * 9 * 4;
    const count = 60;
    const header = Object.fromEntries(
      Array.from({ length: count }, (_, i) => [
        `conv${i}.weight`,
        entry("F32", [512, 512, 3, 3], i * each, (i + 1) * each),
      ]),
    );
    const head = writeSafetensors(header, 0);
    const reads: [number, number][] = [];
    const source: Source = {
      name: "large.safetensors",
      size: head.length + count * each,
      async read(offset, length) {
        reads.push([offset, length]);
        const bytes = new Uint8Array(length);
        bytes.set(head.subarray(offset, offset + length));
        return bytes;
      },
    };
    const model = await open(source);
    expect(model.layers.length).toBe(count);
    expect(reads.reduce((sum, [, length]) => sum + length, 0)).toBeLessThan(80_000);
    reads.length = 0;
    await readKernel(model.layers[7]!);
    expect(reads).toEqual([[head.length + 7 * each, each]]);
    reads.length = 0;
    const progress: number[] = [];
    await readKernel(model.layers[7]!, { onProgress: (done) => progress.push(done) });
    expect(progress.at(-1)).toBe(each);
    expect(reads.length).toBe(progress.length);
  });
});

describe("an index of shards", () => {
  const folder = (
    files: Readonly<Record<string, Uint8Array<ArrayBuffer> | string>>,
    main: string,
  ): Source => {
    const bytes = (name: string) =>
      (typeof files[name] === "string"
        ? new TextEncoder().encode(files[name] as string)
        : files[name]!) as Uint8Array<ArrayBuffer>;
    return {
      ...fromBytes(bytes(main), main),
      sibling: async (name) => (Object.hasOwn(files, name) ? folder(files, name) : null),
    };
  };
  const shard = writeSafetensors({ "conv.weight": kernel }, 72);
  const index = (map: unknown): string => JSON.stringify({ metadata: {}, weight_map: map });
  const NAME = "m.safetensors.index.json";

  it.each([
    ["no weight map", "{}", "malformed"],
    ["a weight map that is a list", index([]), "malformed"],
    ["a shard that is a number", index({ a: 1 }), "refused"],
    ["a path", index({ a: "../x.safetensors" }), "refused"],
    ["an absolute path", index({ a: "/etc/passwd" }), "refused"],
    ["a path of Windows", index({ a: "c:\\x" }), "refused"],
    ["a NUL", index({ a: "x\0.safetensors" }), "refused"],
    ["a missing shard", index({ "conv.weight": "gone.safetensors" }), "missing-sibling"],
    ["a tensor that its shard does not hold", index({ other: "1.safetensors" }), "malformed"],
    ["a tensor twice", '{"weight_map":{"a":"1.safetensors","a":"2.safetensors"}}', "ambiguous"],
    ["a shard that is broken", index({ a: "bad.safetensors" }), "truncated"],
  ] as const)("is refused: %s", async (_, text, code) => {
    const files = { [NAME]: text, "1.safetensors": shard, "bad.safetensors": shard.slice(0, 50) };
    const error = await failureOf(open(folder(files, NAME)), code);
    expect(error.file).toBe(text.includes("bad") ? "bad.safetensors" : NAME);
  });

  it("says which shard is missing, also where there are no siblings at all", async () => {
    const source = fromBytes(new TextEncoder().encode(index({ a: "part-2.safetensors" })), NAME);
    await failureOf(open(source), "missing-sibling", "part-2.safetensors");
  });

  it("closes what it opened, also when it fails", async () => {
    let closed = 0;
    const closing = (source: Source): Source => ({
      ...source,
      close: async () => {
        closed++;
      },
      sibling: async (name) => {
        const other = await source.sibling!(name);
        return other && closing(other);
      },
    });
    const model = await open(
      closing(folder({ [NAME]: index({ "conv.weight": "1.safetensors" }), "1.safetensors": shard }, NAME)),
    );
    await model.close();
    expect(closed).toBe(2);
    await failureOf(
      open(closing(folder({ [NAME]: index({ x: "1.safetensors" }), "1.safetensors": shard }, NAME))),
      "malformed",
    );
    expect(closed).toBe(3);
  });
});

describe("any file of this form", () => {
  const dtype = fc.constantFrom(
    "F32",
    "F16",
    "BF16",
    "I8",
    "U8",
    "F64",
    "BOOL",
    "F8_E4M3",
    "F4",
    "X",
    "I64",
    "C64",
  );
  const number = fc.oneof(
    fc.integer({ min: -2, max: 70 }),
    fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 53, 1e300, 0.5, null, "1"),
  );
  const tensor = fc.record(
    {
      dtype: fc.oneof({ weight: 9, arbitrary: dtype }, { weight: 1, arbitrary: number }),
      shape: fc.array(number, { maxLength: 6 }),
      data_offsets: fc.tuple(number, number),
    },
    { requiredKeys: [] },
  );
  const name = fc.constantFrom("conv.weight", "conv.bias", "a", "__metadata__", "__proto__", "", "x/kernel");
  const header = fc.dictionary(
    name,
    fc.oneof({ weight: 9, arbitrary: tensor }, { weight: 1, arbitrary: fc.jsonValue() }),
    { maxKeys: 4 },
  );

  async function tried(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
    try {
      const model = await open(fromBytes(bytes, "a.safetensors"), { budget: createBudget({ bytes: 1e6 }) });
      const read: string[] = [];
      for (const layer of model.layers) {
        await readKernel(layer, { budget: createBudget({ bytes: 1e6 }) }).then(
          ({ weights }) => read.push(weights.join()),
          (error: unknown) => {
            expect(isReadError(error), String((error as Error).stack)).toBe(true);
            read.push((error as Error).message);
          },
        );
      }
      return JSON.stringify([model.layers, model.notes, read]);
    } catch (error) {
      expect(isReadError(error), String((error as Error).stack)).toBe(true);
      return (error as Error).message;
    }
  }

  it("opens or is refused cleanly, the same way twice", async () => {
    await fc.assert(
      fc.asyncProperty(header, fc.nat(200), async (value, size) => {
        const bytes = writeSafetensors(value, size);
        expect(await tried(bytes)).toBe(await tried(bytes));
      }),
      { numRuns: 2000 },
    );
  });

  it("survives any flipped byte and any length", async () => {
    const sound = writeSafetensors(
      { __metadata__: { format: "pt" }, "conv.weight": kernel, "conv.bias": entry("F32", [2], 72, 80) },
      80,
    );
    for (let i = 0; i < sound.length; i++) {
      const damaged = sound.slice();
      damaged[i] = damaged[i]! ^ (1 << (i % 8));
      await tried(damaged);
      await failureOf(opened(sound.slice(0, i)), i === 0 || i < sound.length ? "truncated" : "malformed");
    }
  });
});
