import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { frozenPositions } from "../../src/kernel/frozen.ts";
import { explainLayer } from "../../src/model/arithmetic.ts";
import type { ConvLayer, KernelShape, LayerKind } from "../../src/model/model.ts";
import { fromFile } from "../../src/node/file.ts";
import { open } from "../../src/node/open.ts";
import type { Tensor } from "../../src/tensor/tensor.ts";

function tensor(name: string, shape: readonly number[]): Tensor {
  return { name, dtype: "float32", shape, readBytes: () => Promise.reject(new Error("not read here")) };
}

interface Given {
  readonly name?: string;
  readonly kind?: LayerKind;
  readonly rank: 1 | 2 | 3;
  readonly shape: KernelShape;
  readonly groups?: number | null;
  readonly bias?: number | null;
  readonly inputExtents?: readonly (number | null)[];
}

function layer({
  name = "conv",
  kind = "conv",
  rank,
  shape,
  groups = 1,
  bias = shape[0],
  inputExtents,
}: Given): ConvLayer {
  return {
    index: 0,
    name,
    kind,
    rank,
    shape,
    groups,
    strides: new Array<number>(rank).fill(1),
    padding: "same",
    dilation: new Array<number>(rank).fill(1),
    axisOrder: "DHWIO",
    evidence: "config",
    kernel: tensor("kernel", shape),
    bias: bias === null ? null : tensor("bias", [bias]),
    inputExtents: inputExtents ?? null,
    batchNorm: null,
  };
}

test("the seed's third convolution, word for word", () => {
  const third = layer({ name: "conv3d_12", rank: 3, shape: [2, 4, 3, 3, 3], inputExtents: [56, 56, 1] });
  expect(explainLayer(third, frozenPositions(third)).split("\n")).toEqual([
    "conv3d_12 is a 3-D convolution: 2 filters of 3x3x3 over 4 inputs.",
    "",
    "(3*3*3*4)*2 + 2 = 218 parameters; without the bias 216 = 24 slices of 3x3",
    "  depth 3 * height 3 * width 3 * inputs 4 = 108 weights in a filter; * filters 2 = 216; + biases 2 = 218",
    "  in one product: (3*3*3*4*2)+2 = 218",
    "  as (n*m*l*k*d)+k with n*m*l = 3*3*3 (the kernel), k = 2 (filters), d = 4 (inputs): (3*3*3*2*4)+2 = 218",
    "",
    "Slices:",
    "  across depth: 2 * 4 * 3 = 24 slices of 3x3 (height x width)",
    "  across height: 2 * 4 * 3 = 24 slices of 3x3 (depth x width)",
    "  across width: 2 * 4 * 3 = 24 slices of 3x3 (depth x height)",
    "",
    "Frozen: 144 of 216 weights never met an input, so training left them as they were.",
    "  positions 0 and 2 along width only ever meet padding (the input's width is 1): 16 of 24 slices across width",
    "",
  ]);
});

describe("other kinds", () => {
  test("grouped, without a bias", () => {
    const text = explainLayer(layer({ rank: 2, shape: [8, 3, 1, 3, 5], groups: 2, bias: null }));
    expect(text).toContain(
      "a grouped 2-D convolution: 8 filters of 3x5 over 3 inputs each, its own of 2 groups (6 inputs in all)",
    );
    expect(text).toContain("(3*5*3)*8 = 360 parameters = 24 slices of 3x5; there is no bias\n");
    expect(text).toContain(
      "as n*m*k*d with n*m = 3*5 (the kernel), k = 8 (filters), d = 3 (inputs of its group): 3*5*8*3 = 360\n",
    );
  });

  test("depthwise", () => {
    const text = explainLayer(layer({ kind: "depthwise", rank: 2, shape: [6, 1, 1, 3, 3], groups: 3 }));
    expect(text).toContain(
      "a depthwise 2-D convolution: 6 filters of 3x3, each over one input, 2 filters for each of 3 inputs.",
    );
    expect(text).toContain("(3*3*1)*6 + 6 = 60 parameters; without the bias 54 = 6 slices of 3x3\n");
  });

  test("transposed", () => {
    const text = explainLayer(layer({ kind: "transposed", rank: 3, shape: [2, 3, 2, 2, 2] }));
    expect(text).toContain("a transposed 3-D convolution: 2 filters of 2x2x2 over 3 inputs.");
    expect(text).toContain("(2*2*2*3)*2 + 2 = 50 parameters");
  });

  test("one axis", () => {
    const text = explainLayer(layer({ rank: 1, shape: [4, 2, 1, 1, 7] }));
    expect(text).toContain("a 1-D convolution: 4 filters of width 7 over 2 inputs.");
    expect(text).toContain("(7*2)*4 + 4 = 60 parameters; without the bias 56 = 8 slices of 1x7\n");
    expect(text).toContain("as (n*k*d)+k with n = 7 (the kernel)");
    expect(text).not.toContain("across height");
  });

  test("frozen along two axes, and along none", () => {
    const two = layer({ rank: 2, shape: [1, 1, 1, 3, 3], inputExtents: [1, 1] });
    const text = explainLayer(two, frozenPositions(two));
    expect(text).toContain("Frozen: 8 of 9 weights never met an input");
    expect(text).toContain(
      "positions 0 and 2 along height only ever meet padding (the input's height is 1): 2 of 3 slices across height",
    );
    const none = layer({ rank: 2, shape: [1, 1, 1, 3, 3], inputExtents: [9, 9] });
    expect(explainLayer(none, frozenPositions(none))).toContain("none is frozen");
    expect(explainLayer(none)).not.toContain("rozen");
  });

  test("a name from a file stays on its line", () => {
    expect(explainLayer(layer({ name: "a\u001b[2J\n\u202eb", rank: 2, shape: [1, 1, 1, 1, 1] }))).toMatch(
      /^a\\x1b\[2J\\n\\u202eb is a 2-D/,
    );
  });
});

test("every product is the count it claims", () => {
  const extent = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(fc.tuple(extent, extent, extent, extent, extent), fc.boolean(), (shape, biased) => {
      const one = layer({ rank: 3, shape, bias: biased ? shape[0] : null });
      const equations = [...explainLayer(one).matchAll(/([\d*+() ]*\d[\d*+() ]*) = ([\d,]+)/g)];
      expect(equations.length).toBeGreaterThan(4);
      for (const [, product, result] of equations) {
        const value = product!
          .replace(/[() ]/g, "")
          .split("+")
          .reduce((sum, term) => sum + term.split("*").reduce((all, factor) => all * Number(factor), 1), 0);
        if (/^[\d*+() ]+$/.test(product!) && product!.includes("*"))
          expect(value).toBe(Number(result!.replaceAll(",", "")));
      }
    }),
    { numRuns: 60 },
  );
});

test("the totals of every Keras fixture", async () => {
  const folder = new URL("../fixtures/keras/", import.meta.url);
  const cases = readdirSync(folder).filter((name) => /kinds-\dd\.json$/.test(name));
  expect(cases.length).toBeGreaterThan(5);
  for (const name of cases) {
    const { file, layers } = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
    const model = await open(await fromFile(fileURLToPath(new URL(file, folder))));
    for (const [index, one] of model.layers.entries()) {
      expect(explainLayer(one)).toContain(`= ${layers[index].parameters.total} parameters`);
    }
    await model.close();
  }
});
