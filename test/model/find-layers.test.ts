import { describe, expect, it } from "vitest";
import type { Tensor } from "../../src/index.ts";
import { type FindLayersOptions, type FoundLayers, findLayers } from "../../src/model/find-layers.ts";
import { guessConvention } from "../../src/model/guess-order.ts";
import { compareNatural, readTensorName } from "../../src/model/names.ts";
import { failureOf } from "../failure.ts";

type Shapes = Readonly<Record<string, readonly number[]>>;

function tensorsOf(shapes: Shapes, dtype = "float32"): Tensor[] {
  return Object.entries(shapes).map(([name, shape]) => ({
    name,
    dtype,
    shape,
    readBytes: () => Promise.reject(new Error("read")),
  }));
}

const find = (shapes: Shapes, options?: FindLayersOptions): FoundLayers =>
  findLayers(tensorsOf(shapes), options);

/** The layers in short: name, kind, axis order, evidence, groups. */
const short = ({ layers }: FoundLayers): string[] =>
  layers.map(({ name, kind, axisOrder, evidence, groups }) =>
    [name, kind, axisOrder, evidence, ...(groups === null ? [] : [groups])].join(" "),
  );

describe("names of PyTorch", () => {
  it.each([
    ["conv1.weight", [64, 3, 7, 7], "conv1 conv OIHW name"],
    ["features.0.weight", [64, 3, 3, 3], "features.0 conv OIHW name"],
    ["layer1.0.downsample.0.weight", [64, 32, 1, 1], "layer1.0.downsample.0 conv OIHW name"],
    ["patch_embed.proj.weight", [768, 3, 16, 16], "patch_embed.proj conv OIHW name"],
    ["encoder.video.weight", [16, 3, 3, 7, 7], "encoder.video conv OIDHW name"],
    ["wav.conv_layers.0.conv.weight", [512, 1, 10], "wav.conv_layers.0.conv conv OIW name"],
    ["pos_conv_embed.conv.weight", [768, 48, 128], "pos_conv_embed.conv conv OIW name"],
    ["deconv.weight", [8, 4, 3, 3], "deconv transposed IOHW name"],
    ["ups.ConvTranspose1d.weight", [8, 4, 16], "ups.ConvTranspose1d transposed IOW name"],
    ["conv0_weight", [16, 3, 3, 3], "conv0 conv OIHW name"],
    ["weight", [4, 3, 3, 3], "weight conv OIHW name"],
    ["net.filters", [16, 3, 5, 5], "net.filters conv OIHW shape"],
    ["sinc_conv.low", [16, 1, 5], "sinc_conv.low conv OIW shape"],
  ] as const)("%s %j", (name, shape, expected) => {
    expect(short(find({ [name]: shape }))).toEqual([expected]);
  });

  it.each([
    ["transformer.wpe.relative_position_bias_table", [1, 169, 8], "relative positions"],
    ["pos_embed", [1, 197, 768], "position embedding"],
    ["cls_token", [1, 1, 768], "token"],
    ["blocks.0.attn.qkv.weight", [3, 64, 64], "attn"],
    ["bilinear.weight", [5, 3, 4], "bilinear"],
    ["mlp.experts.gate_up_proj.weight", [8, 64, 128], "experts"],
    ["conv.weight_g", [64, 1, 1, 1], "magnitudes"],
    ["conv.parametrizations.weight.original0", [64, 1, 1, 1], "magnitudes"],
    ["block.gamma", [1, 64, 1, 1], "normalisation"],
    ["optimizer.state.3.exp_avg", [64, 3, 3, 3], "optimizer"],
    ["opt_state/0/mu/params/Conv_0/kernel", [3, 3, 3, 64], "optimizer"],
    ["act.alpha", [1, 64, 1, 1], "activation"],
    ["lstm.weight", [2, 64, 32], "lstm"],
    ["head.weight", [10, 20, 4000], "too wide"],
    ["buffer.grid", [2, 20, 20], "does not say"],
    ["rope.cos_cached", [1, 1, 64, 64], "does not say"],
    ["net.causal_mask", [2, 1, 9, 9], "does not say"],
    ["abs_pos_embed", [2, 16, 14, 14], "does not say"],
    ["query_tokens", [1, 32, 768], "query"],
    ["conv.weight", [0, 3, 3, 3], "no values"],
  ] as const)("are no kernels: %s %j", (name, shape, reason) => {
    const { layers, rejected } = find({ [name]: shape });
    expect(layers).toEqual([]);
    expect(rejected.map(({ reason }) => reason).join()).toContain(reason);
  });

  it("leaves matrices, vectors and rank 6 out without a word", () => {
    expect(find({ "fc.weight": [10, 20], "fc.bias": [10], odd: [1, 2, 3, 4, 5, 6] })).toEqual({
      layers: [],
      rejected: [],
      notes: [],
    });
  });

  it("tells transposed ones by bias or normalisation", () => {
    const found = find({
      "a.weight": [8, 4, 2, 2],
      "a.bias": [4],
      "b.weight": [8, 3, 2, 2],
      "b.bias": [6],
      "c.weight": [8, 4, 2, 2],
      "c.bias": [8],
      "d.0.weight": [8, 5, 2, 2],
      "d.1.running_mean": [5],
      "e.conv2.weight": [8, 5, 2, 2],
      "e.bn2.running_mean": [8],
      "f.weight": [8, 8, 2, 2],
      "f.bias": [8],
      "g.weight": [8, 4, 2, 2],
      "g.bias": [3],
    });
    expect(short(found)).toEqual([
      "a transposed IOHW name 1",
      "b transposed IOHW name 2",
      "c conv OIHW name",
      "d.0 transposed IOHW name 1",
      "e.conv2 conv OIHW name",
      "f conv OIHW name",
      "g conv OIHW name",
    ]);
    expect(found.layers.map(({ shape }) => shape.slice(0, 2))).toEqual([
      [4, 8],
      [6, 4],
      [8, 4],
      [5, 8],
      [8, 5],
      [8, 8],
      [8, 4],
    ]);
    expect(found.layers.map(({ bias }) => bias?.name ?? null)).toEqual([
      "a.bias",
      "b.bias",
      "c.bias",
      null,
      null,
      "f.bias",
      null,
    ]);
    expect(found.layers[0]!.note).toContain("bias of 4");
  });

  it("tells depthwise ones by name or neighbour, and says when it cannot", () => {
    const found = find({
      "stem.weight": [16, 1, 3, 3],
      "block.0.weight": [16, 1, 3, 3],
      "block.3.weight": [32, 16, 1, 1],
      "block.dwconv.weight": [64, 1, 5, 5],
      "last.weight": [7, 1, 3, 3],
      "one.weight": [1, 1, 3, 3],
      "point.weight": [1, 1, 1, 1],
    });
    expect(short(found)).toEqual([
      "stem conv OIHW name",
      "block.0 depthwise OIHW name 16",
      "block.3 conv OIHW name",
      "block.dwconv depthwise OIHW name 64",
      "last conv OIHW name",
      "one conv OIHW name",
      "point conv OIHW name",
    ]);
    expect(found.layers.map(({ note }) => note !== undefined)).toEqual([
      true,
      true,
      false,
      false,
      true,
      false,
      false,
    ]);
  });

  it("names the parts of normalised weights by their tensors", () => {
    const found = find({ "conv.weight_v": [8, 3, 3, 3], "conv.weight_g": [8, 1, 1, 1], "conv.bias": [8] });
    expect(short(found)).toEqual(["conv.weight_v conv OIHW name"]);
    expect(found.layers[0]).toMatchObject({
      bias: { name: "conv.bias" },
      note: expect.stringContaining("scales it"),
    });
  });

  it("keeps a rank-3 tensor with an unknown name as a guess", () => {
    const { layers } = find({ "encoder.0.weight": [8, 4, 3] });
    expect(layers[0]).toMatchObject({
      evidence: "shape",
      axisOrder: "OIW",
      note: expect.stringContaining("by its shape"),
    });
  });
});

describe("names of Keras, TensorFlow and Flax", () => {
  it.each([
    [{ "conv2d/kernel:0": [3, 3, 3, 8], "conv2d/bias:0": [8] }, "conv2d conv HWIO name"],
    [{ "conv3d/kernel": [3, 3, 3, 4, 2] }, "conv3d conv DHWIO name"],
    [{ "conv1d/kernel": [5, 4, 2] }, "conv1d conv WIO name"],
    [
      { "depthwise_conv2d/kernel": [3, 3, 8, 2], "depthwise_conv2d/bias": [16] },
      "depthwise_conv2d depthwise HWIM name 8",
    ],
    [{ "conv_dw_1/depthwise_kernel": [3, 3, 8, 1] }, "conv_dw_1 depthwise HWIM name 8"],
    [{ "odd/kernel": [3, 3, 8, 1], "odd/bias": [8] }, "odd depthwise HWIM name 8"],
    [{ "conv2d_transpose/kernel": [2, 2, 3, 8] }, "conv2d_transpose transposed HWOI name"],
    [{ "up/kernel": [2, 2, 3, 8], "up/bias": [3] }, "up transposed HWOI name"],
    [{ "params/ConvTranspose_0/kernel": [2, 2, 3, 8] }, "params/ConvTranspose_0 transposed HWIO name"],
    [{ "params/dw/kernel": [3, 3, 1, 8] }, "params/dw depthwise HWIO name 8"],
    [
      { "conv_lstm2d/recurrent_kernel": [3, 3, 4, 16], "conv_lstm2d/bias": [16] },
      "conv_lstm2d conv HWIO name",
    ],
    [{ "net/conv2_d/w": [3, 3, 3, 8], "net/conv2_d/b": [8] }, "net/conv2_d conv HWIO name"],
  ] as [Shapes, string][])("%j", (shapes, expected) => {
    expect(short(find(shapes))).toEqual([expected]);
  });

  it.each([
    [{ "attention/query/kernel": [64, 8, 8] }, "attention"],
    [{ "mha/out/kernel": [8, 8, 64] }, "mha"],
    [{ "heads/kernel": [64, 8, 8], "heads/bias": [8, 8] }, "dense layer over heads"],
    [{ "locally_connected1d/kernel": [30, 9, 4] }, "locally"],
    [{ "bn/moving_mean": [1, 1, 8] }, "normalisation"],
  ] as [Shapes, string][])("are no kernels: %j", (shapes, reason) => {
    const { layers, rejected } = find(shapes);
    expect(layers).toEqual([]);
    expect(rejected[0]!.reason).toContain(reason);
  });

  it("tells the halves of a separable layer apart, and gives the bias to the second", () => {
    const found = find({
      "s/depthwise_kernel": [3, 3, 4, 2],
      "s/pointwise_kernel": [1, 1, 8, 5],
      "s/bias": [5],
    });
    expect(short(found)).toEqual([
      "s/depthwise_kernel depthwise HWIM name 4",
      "s/pointwise_kernel conv HWIO name",
    ]);
    expect(found.layers.map(({ bias }) => bias?.name ?? null)).toEqual([null, "s/bias"]);
  });
});

describe("a convention or an axis order", () => {
  it("is taken from the file: MLX", () => {
    const shapes = { "conv.weight": [8, 3, 3, 4], "dw.weight": [8, 3, 3, 1] };
    expect(short(find(shapes, { convention: "mlx" }))).toEqual([
      "conv conv OHWI name",
      "dw depthwise OHWI name 8",
    ]);
  });

  it("is taken from the user for every rank", () => {
    const shapes = { a: [3, 4, 5], b: [3, 4, 5, 6], c: [3, 4, 5, 6, 7] };
    expect(short(find(shapes, { axisOrder: "keras", names: "hints" }))).toEqual([
      "a conv WIO shape",
      "b conv HWIO shape",
      "c conv DHWIO shape",
    ]);
    expect(short(find(shapes, { axisOrder: "torch" }))).toEqual([
      "a conv OIW shape",
      "b conv OIHW shape",
      "c conv OIDHW shape",
    ]);
  });

  it("is taken from the user for one rank, the others are told as ever", () => {
    const shapes = { "a.weight": [8, 4, 3], "conv.weight": [3, 3, 8, 4] };
    expect(short(find(shapes, { axisOrder: "hwio" }))).toEqual(["a conv OIW shape", "conv conv HWIO name"]);
  });

  it("wins over names in NumPy files, where they are the user's own", () => {
    const shapes = { query: [3, 4, 5], token: [3, 4, 5, 6] };
    expect(find(shapes, { names: "hints" }).layers.map(({ name }) => name)).toEqual(["token"]);
    expect(short(find(shapes, { names: "hints", axisOrder: "WIO" }))[0]).toBe("query conv WIO shape");
  });

  it("tells the kind by its letters", () => {
    for (const [order, kind] of [
      ["OIHW", "conv"],
      ["IOHW", "transposed"],
      ["HWOI", "transposed"],
      ["HWIM", "depthwise"],
      ["OHWI", "conv"],
    ] as const) {
      expect(find({ a: [5, 4, 3, 2] }, { axisOrder: order, names: "nothing" }).layers[0]).toMatchObject({
        kind,
        axisOrder: order,
      });
    }
  });

  it("is refused when it is none, or fits no tensor", async () => {
    await failureOf(() => find({ a: [1, 2, 3] }, { axisOrder: "KLM" }), "bad-option", "KLM", "OIHW");
    await failureOf(() => find({ a: [1, 2, 3] }, { axisOrder: "OIHW" }), "bad-option", "4 axes", "[1, 2, 3]");
    await failureOf(() => find({}, { axisOrder: "OIHW" }), "bad-option", "no tensors");
  });
});

describe("shapes alone", () => {
  it.each([
    [[3, 3, 3, 4, 2], "keras"],
    [[2, 4, 3, 3, 3], "torch"],
    [[64, 3, 7, 7], "torch"],
    [[7, 7, 3, 64], "keras"],
    [[1, 7, 16, 32], "keras"],
    [[32, 16, 1, 7], "torch"],
    [[16, 8, 1, 3, 3], "torch"],
    [[4, 3, 3], "torch"],
    [[3, 64, 128], "keras"],
    [[128, 64, 3], "torch"],
    [[512, 512, 3, 3, 3], "torch"],
    [[3, 3, 3, 512, 512], "keras"],
    [[1, 1, 64, 64], "keras"],
    [[64, 64, 1, 1], "torch"],
  ] as const)("%j is %s", (shape, convention) => {
    expect(guessConvention(shape)).toEqual({ convention, decided: true });
  });

  it("say nothing about cubes and large arrays", () => {
    expect(guessConvention([3, 3, 3, 3])?.decided).toBe(false);
    expect(guessConvention([1000, 28, 28, 100])).toBeNull();
    expect(guessConvention([65, 1, 65])).toBeNull();
    expect(guessConvention([64, 1, 65])).not.toBeNull();
  });

  it("are read by the file's majority, then by the name", () => {
    const torch = { a: [64, 3, 7, 7], b: [3, 3, 3, 3] };
    expect(short(find(torch, { names: "hints" }))).toEqual(["a conv OIHW shape", "b conv OIHW shape"]);
    expect(short(find({ "x.weight": [3, 3, 3, 3] }, { names: "hints" }))).toEqual([
      "x.weight conv OIHW shape",
    ]);
    expect(short(find({ "x/kernel": [3, 3, 3, 3] }, { names: "hints" }))).toEqual([
      "x/kernel conv HWIO shape",
    ]);
  });
});

describe("readTensorName", () => {
  it.each([
    ["a.b.weight", "a.b", "weight", "a.b."],
    ["a/b/kernel:0", "a/b", "kernel", "a/b/"],
    ["conv0_weight", "conv0", "weight", "conv0_"],
    ["weight", "weight", "weight", ""],
    ["", "", "", ""],
    [".weight", ".weight", ".weight", ""],
    ["c.parametrizations.weight.original1", "c", "original1", "c."],
  ])("%s", (name, layer, leaf, prefix) => {
    expect(readTensorName(name)).toMatchObject({ layer, leaf, prefix });
  });

  it("takes names of a million letters in no time", () => {
    const start = performance.now();
    for (const part of ["a", ".", "/", "A", "_", "1"]) readTensorName(part.repeat(1_000_000));
    expect(performance.now() - start).toBeLessThan(500);
  });
});

describe("compareNatural", () => {
  it("counts as people do", () => {
    const names = ["b1", "a10.w", "a2.w", "a2", "a02", "", "a"];
    expect(names.toSorted(compareNatural)).toEqual(["", "a", "a02", "a2", "a2.w", "a10.w", "b1"]);
    expect(compareNatural("1".repeat(400), `${"1".repeat(399)}2`)).toBeLessThan(0);
  });
});

it("takes a rank-3 tensor for a kernel by its name or the user's word, not by the file's convention", () => {
  const shapes = { "Output/extra_dim": [1, 5118, 4], "conv_1/filters": [3, 8, 16] };
  const found = find(shapes, { convention: "keras" });
  expect(found.layers.map(({ name }) => name)).toEqual(["conv_1/filters"]);
  expect(found.rejected.map(({ tensor, reason }) => `${tensor.name}: ${reason}`)).toEqual([
    "Output/extra_dim: It is a rank-3 tensor, and its name does not say that it is a convolution.",
  ]);
  expect(find(shapes, { convention: "keras", axisOrder: "keras" }).layers.length).toBe(2);
});

it("does not take the normalisation before a convolution, as in networks of pre-activation, for the one after it", () => {
  const found = find({
    "layer2.0.bn1.weight": [16],
    "layer2.0.bn1.running_mean": [16],
    "layer2.0.conv1.weight": [32, 16, 3, 3],
    "layer2.0.bn2.weight": [32],
    "layer2.0.bn2.running_mean": [32],
    "layer2.0.conv2.weight": [32, 32, 3, 3],
  });
  expect(short(found)).toEqual(["layer2.0.conv1 conv OIHW name", "layer2.0.conv2 conv OIHW name"]);
});
