import { describe, expect, it } from "vitest";
import { isReadError } from "../../../src/errors.ts";
import { encodeNpy } from "../../../src/export/npy.ts";
import { nodeJpegDecoder } from "../../../src/node/train/jpeg.ts";
import { fromBytes } from "../../../src/source/bytes.ts";
import {
  expandDims,
  FLOWER_KINDS,
  FLOWERS17_URL,
  fitInputs,
  fitLabels,
  flowers17,
  imageFolder,
  jpegDecoder,
  loadDigits,
  movingDigits,
  ndarray,
  type PictureFile,
  proceduralFlowers,
  Random,
  readArrays,
  resizeLanczos,
  samples,
  takeSamples,
  toCategorical,
} from "../../../src/train/index.ts";
import { kernelOf } from "../../node/cli/run.ts";
import { fromBase64, pictures } from "../fixtures.ts";

describe("pictures", () => {
  it.each(pictures.jpegs.map((each, i) => [["plain", "grey", "progressive"][i], each] as const))(
    "a %s JPEG has Pillow's pixels",
    async (_, each) => {
      const decode = await nodeJpegDecoder();
      const picture = await decode(fromBase64(each.jpeg), "p.jpg");
      expect([picture.width, picture.height]).toEqual([each.width, each.height]);
      expect(Buffer.compare(picture.pixels, fromBase64(each.pixels))).toBe(0);
    },
  );

  it("that are no JPEG, or half of one, are refused or decoded, never worse", async () => {
    const decode = await nodeJpegDecoder();
    const whole = fromBase64(pictures.jpegs[0]!.jpeg);
    for (const bytes of [
      new Uint8Array(0),
      new Uint8Array(50).fill(7),
      whole.slice(0, 3),
      whole.slice(0, 200),
    ]) {
      const error: unknown = await decode(bytes, "bad.jpg").catch((thrown: unknown) => thrown);
      if (error instanceof Error) expect(isReadError(error, "malformed"), String(error)).toBe(true);
    }
    // A bad one leaves the decoder in order.
    expect(Buffer.compare((await decode(whole, "p")).pixels, fromBase64(pictures.jpegs[0]!.pixels))).toBe(0);
    expect(typeof jpegDecoder).toBe("function");
  });

  it.each(pictures.resized.map((each) => [`${each.width} x ${each.height}`, each] as const))(
    "resized to %s are Pillow's, within 1 of 255",
    (_, each) => {
      const [{ width, height, pixels }] = pictures.jpegs as [(typeof pictures.jpegs)[number]];
      const ours = resizeLanczos(fromBase64(pixels), { width, height, channels: 3 }, each);
      const theirs = fromBase64(each.pixels);
      expect(ours.length).toBe(theirs.length);
      let largest = 0;
      let unequal = 0;
      for (let i = 0; i < ours.length; i++) {
        const difference = Math.abs(ours[i]! - theirs[i]!);
        largest = Math.max(largest, difference);
        if (difference > 0) unequal++;
      }
      expect(largest).toBeLessThanOrEqual(1);
      expect(unequal / ours.length).toBeLessThan(0.01);
    },
  );
});

/** A decoder whose pictures are one pixel of the file's own bytes. */
const onePixel = async (bytes: Uint8Array) => ({ pixels: bytes.slice(0, 3), width: 1, height: 1 });
const file = (path: string, ...bytes: number[]): PictureFile => ({
  path,
  bytes: async () => Uint8Array.from(bytes),
});

describe("image folders", () => {
  it("are one class a folder, in string order, pictures in string order within it", async () => {
    const set = await imageFolder(
      [
        file("d/2/b.jpg", 1, 1, 1),
        file("d/10/a.JPG", 2, 2, 2),
        file("d/2/a.jpeg", 3, 3, 3),
        file("d/1/x.jpg", 4, 4, 4),
        file("d/1/notes.txt", 9),
      ],
      { decode: onePixel, width: 1, height: 1 },
    );
    expect(set.classNames).toEqual(["1", "10", "2"]);
    expect([...set.inputs.data]).toEqual([4, 4, 4, 2, 2, 2, 3, 3, 3, 1, 1, 1]);
    expect(set.inputs.shape).toEqual([4, 1, 1, 3]);
    expect([...set.labels.data]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1]);
  });

  it("without pictures are refused", async () => {
    await expect(imageFolder([file("a.txt", 1), file("a.jpg", 1)], { decode: onePixel })).rejects.toThrow(
      /no JPEG pictures in class folders among the 2 files/,
    );
  });
});

describe("Oxford's 17 flowers", () => {
  const all = (without: readonly number[] = []) =>
    Array.from({ length: 1360 }, (_, i) => i + 1)
      .filter((number) => !without.includes(number))
      .map((number) =>
        file(
          `jpg/image_${String(number).padStart(4, "0")}.jpg`,
          Math.floor((number - 1) / 80),
          (number - 1) % 80,
          0,
        ),
      )
      .reverse();

  it("are labelled by their folders in string order: label 2 is folder 10", async () => {
    const set = await flowers17(all(), { decode: onePixel, width: 1, height: 1 });
    expect(set.inputs.shape).toEqual([1360, 1, 1, 3]);
    expect(set.classNames).toEqual([
      "0",
      "1",
      "10",
      "11",
      "12",
      "13",
      "14",
      "15",
      "16",
      "2",
      "3",
      "4",
      "5",
      "6",
      "7",
      "8",
      "9",
    ]);
    for (let i = 0; i < 1360; i++) {
      const label = [...set.labels.data.subarray(i * 17, (i + 1) * 17)].indexOf(1);
      expect(label).toBe(Math.floor(i / 80));
      expect([set.inputs.data[i * 3], set.inputs.data[i * 3 + 1]]).toEqual([
        Number(set.classNames[label]),
        i % 80,
      ]);
    }
  });

  it("are shuffled on request, as NumPy would", async () => {
    const options = { decode: onePixel, width: 1, height: 1 };
    const [ordered, shuffled] = [
      await flowers17(all(), options),
      await flowers17(all(), { ...options, shuffle: 3 }),
    ];
    const rows = new Random(3).permutation(1360);
    expect(shuffled.inputs).toEqual(takeSamples(ordered.inputs, rows));
    expect(shuffled.labels).toEqual(takeSamples(ordered.labels, rows));
  });

  it("that are not all there say which is missing and where to get them", async () => {
    const error: unknown = await flowers17(all([5, 700]), { decode: onePixel }).catch(
      (thrown: unknown) => thrown,
    );
    expect(isReadError(error, "not-found")).toBe(true);
    expect((error as Error).message).toContain("2 of them are missing, the first is image_0005.jpg");
    expect((error as Error).message).toContain(FLOWERS17_URL);
  });
});

describe("drawn data sets", () => {
  it("procedural flowers depend on seed and place alone, and are never called Oxford", () => {
    const set = proceduralFlowers({ count: 40, side: 32, seed: 5 });
    expect(set.name).toBe("procedural flowers");
    expect(set.classNames).toHaveLength(FLOWER_KINDS);
    expect(set.inputs.shape).toEqual([40, 32, 32, 3]);
    expect(proceduralFlowers({ count: 40, side: 32, seed: 5 })).toEqual(set);
    expect(proceduralFlowers({ count: 40, side: 32, seed: 6 }).inputs.data).not.toEqual(set.inputs.data);
    const perKind = Array.from(
      { length: FLOWER_KINDS },
      (_, kind) => set.labels.data.filter((value, i) => i % FLOWER_KINDS === kind && value === 1).length,
    );
    expect(Math.max(...perKind) - Math.min(...perKind)).toBeLessThanOrEqual(1);
  });

  it("moving digits: no frame tells the class, train and test draw from other pictures", async () => {
    const digits = await loadDigits();
    expect(digits.count).toBe(1797);
    expect(Math.max(...digits.pixels)).toBe(16);
    expect([...digits.labels.slice(0, 10)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    const set = await movingDigits({ count: 64, seed: 1 });
    expect(set.inputs.shape).toEqual([64, 6, 16, 16, 1]);
    expect(set.classNames).toHaveLength(8);
    // The ink of a digit stays the same, wherever it drifts.
    const ink = (frame: number) =>
      [...set.inputs.data.subarray(frame * 256, (frame + 1) * 256)].reduce((sum, value) => sum + value, 0);
    expect(Math.abs(ink(0) - ink(5)) / ink(0)).toBeLessThan(0.05);
    expect((await movingDigits({ count: 64, seed: 1, part: "test" })).inputs.data).not.toEqual(
      set.inputs.data,
    );
  });
});

describe("arrays", () => {
  it("keep their helpers' promises", () => {
    const array = ndarray(Uint8Array.of(1, 2, 3, 4, 5, 6), [3, 2]);
    expect(expandDims(array, -1).shape).toEqual([3, 2, 1]);
    expect(expandDims(array, 0).shape).toEqual([1, 3, 2]);
    expect([...samples(array, 1, 9).data]).toEqual([3, 4, 5, 6]);
    expect([...takeSamples(array, [2, 0]).data]).toEqual([5, 6, 1, 2]);
    expect([...toCategorical([1, 0]).data]).toEqual([0, 1, 1, 0]);
    expect(() => ndarray(new Uint8Array(5), [3, 2])).toThrow(/6 values, but 5/);
    expect(() => expandDims(array, 3)).toThrow(/Axis 3/);
    expect(() => toCategorical([0, 3], 3)).toThrow(/Label 1 is 3; expected an integer from 0 to 2/);
    expect(() => toCategorical([0.5])).toThrow(/0.5/);
  });

  it("fit networks and losses where one step is missing", () => {
    const data = new Uint8Array(8);
    expect(fitInputs({ data, shape: [2, 2, 2] }, [2, 2, 1]).shape).toEqual([2, 2, 2, 1]);
    expect(fitInputs({ data, shape: [2, 4] }, [2, 2]).shape).toEqual([2, 4]);
    const rows = toCategorical([2, 0, 1], 3);
    const sparse = fitLabels(rows, { size: 3, sparse: true, categorical: false });
    expect([...sparse.data]).toEqual([2, 0, 1]);
    expect(fitLabels(sparse, { size: 3, sparse: false, categorical: true })).toEqual(rows);
    expect(fitLabels(rows, { size: 3, sparse: false, categorical: true })).toBe(rows);
    expect(() =>
      fitLabels({ data: new Float32Array(3), shape: [1, 3] }, { size: 3, sparse: true, categorical: false }),
    ).toThrow(/not one-hot/);
  });

  it("come from .npy: bytes stay bytes, the rest becomes float32", async () => {
    const npy = new Uint8Array(Buffer.concat([...encodeNpy(kernelOf("k", [1, 1, 1, 2, 3]))]));
    const arrays = await readArrays(fromBytes(npy, "x.npy"));
    expect([...arrays.get("x")!.data]).toEqual([0, 1, 2, 3, 4, 5]);
    await expect(readArrays(fromBytes(new Uint8Array(100), "x.npy"))).rejects.toSatisfy(isReadError);
  });
});
