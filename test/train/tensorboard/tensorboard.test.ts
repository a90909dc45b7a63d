import { describe, expect, it } from "vitest";
import { crc32c, maskedCrc32c } from "../../../src/codec/crc32c.ts";
import { layers, sequential, tensorBoard } from "../../../src/train/index.ts";
import { encodeSummary, histogramRows } from "../../../src/train/tensorboard/event-file.ts";

const ascii = (text: string) => new TextEncoder().encode(text);

describe("checksums", () => {
  it("are CRC-32C", () => {
    expect(crc32c(ascii("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(0))).toBe(0);
  });
});

describe("histograms", () => {
  it("hold every finite value once, between the smallest and the largest", () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i));
    const rows = histogramRows(values);
    expect(rows).toHaveLength(30);
    expect(rows.reduce((sum, [, , count]) => sum + count, 0)).toBe(1000);
    expect(rows[0]![0]).toBe(Math.min(...values));
    expect(rows[29]![1]).toBe(Math.max(...values));
    for (const [i, [left]] of rows.entries()) if (i > 0) expect(left).toBeCloseTo(rows[i - 1]![1], 9);
  });

  it("are one bucket for equal values, none for no value, and leave out what is not finite", () => {
    expect(histogramRows([2, 2, 2])).toEqual([[1.5, 2.5, 3]]);
    expect(histogramRows([])).toEqual([]);
    expect(histogramRows([Number.NaN, Number.POSITIVE_INFINITY])).toEqual([]);
    expect(histogramRows([0, Number.NaN, 1]).reduce((sum, [, , count]) => sum + count, 0)).toBe(2);
  });
});

type Message = Map<number, (number | Uint8Array)[]>;

/** A protobuf message by field numbers. */
function decode(data: Uint8Array): Message {
  const message: Message = new Map();
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = data[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  while (at < data.length) {
    const key = varint();
    let value: number | Uint8Array;
    if ((key & 7) === 0) value = varint();
    else if ((key & 7) === 1) {
      value = view.getFloat64(at, true);
      at += 8;
    } else {
      const length = varint();
      value = data.subarray(at, at + length);
      at += length;
    }
    message.set(key >> 3, [...(message.get(key >> 3) ?? []), value]);
  }
  return message;
}

/** The data of every record, their checksums looked at. */
function records(file: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    expect(view.getUint32(at + 8, true)).toBe(maskedCrc32c(file.subarray(at, at + 8)));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(view.getUint32(at + 12 + length, true)).toBe(maskedCrc32c(data));
    found.push(data);
    at += 16 + length;
  }
  return found;
}

const text = (value: number | Uint8Array | undefined) => new TextDecoder().decode(value as Uint8Array);
const inside = (message: Message, field: number) =>
  (message.get(field) ?? []).map((value) => decode(value as Uint8Array));

describe("events", () => {
  it("survive a step beyond 32 bits", () => {
    const event = decode(
      records(encodeSummary([{ kind: "scalar", tag: "t", value: 1 }], 2 ** 40 + 5, 12.5))[0]!,
    );
    expect(event.get(2)).toEqual([2 ** 40 + 5]);
    expect(event.get(1)).toEqual([12.5]);
  });

  it("of a training tell its numbers, histograms of all weights and pictures of all kernels", async () => {
    const files: Record<string, Uint8Array[]> = { train: [], validation: [] };
    const network = sequential([
      layers.conv3d({ filters: 2, kernelSize: 2, inputShape: [3, 3, 3, 1], name: "conv" }),
      layers.flatten(),
      layers.dense({ units: 2, activation: "softmax", name: "dense" }),
    ]);
    network.compile({ loss: "sparseCategoricalCrossentropy", metrics: ["accuracy"] });
    const inputs = { data: new Float32Array(10 * 27).fill(0.5), shape: [10, 3, 3, 3] };
    const callback = tensorBoard({
      write: (run, record) => void files[run]!.push(record),
      picture: async (layer) => ({ width: 3, height: 4, png: ascii(`picture of ${layer.name}`) }),
      now: () => 7,
    });
    await network.fit(
      { ...inputs, shape: [...inputs.shape, 1] },
      { data: new Uint8Array(10).map((_, i) => i % 2), shape: [10] },
      { epochs: 2, validationSplit: 0.2, callbacks: [callback] },
    );
    network.close();
    const shown = (run: string) =>
      files[run]!.flatMap((file) => records(file))
        .map(decode)
        .flatMap((event) =>
          inside(event, 5).flatMap((summary) =>
            inside(summary, 1).map((value) => ({
              step: event.get(2)?.[0],
              tag: text(value.get(1)?.[0]),
              plugin: text(inside(inside(value, 9)[0]!, 1)[0]!.get(1)?.[0]),
              tensor: inside(value, 8)[0]!,
            })),
          ),
        );
    const first = decode(records(files.train![0]!)[0]!);
    expect(text(first.get(3)?.[0])).toBe("brain.Event:2");
    expect(shown("train").map(({ step, tag, plugin }) => `${step} ${plugin} ${tag}`)).toEqual(
      [0, 1].flatMap((step) => [
        `${step} scalars epoch_loss`,
        `${step} scalars epoch_accuracy`,
        `${step} scalars epoch_learning_rate`,
        `${step} histograms conv/kernel`,
        `${step} histograms conv/bias`,
        `${step} histograms dense/kernel`,
        `${step} histograms dense/bias`,
        `${step} images conv/kernels`,
      ]),
    );
    expect(shown("validation").map(({ tag }) => tag)).toEqual([
      "epoch_loss",
      "epoch_accuracy",
      "epoch_loss",
      "epoch_accuracy",
    ]);
    const image = shown("train").find(({ plugin }) => plugin === "images")!.tensor;
    expect(image.get(8)?.map(text)).toEqual(["3", "4", "picture of conv"]);
    const histogram = shown("train").find(({ tag }) => tag === "conv/kernel")!.tensor;
    const content = histogram.get(4)![0] as Uint8Array;
    const numbers = new Float64Array(content.slice().buffer);
    expect(numbers).toHaveLength(90);
    expect(numbers.filter((_, i) => i % 3 === 2).reduce((a, b) => a + b)).toBe(16);
  });
});
