import { describe, expect, it } from "vitest";
import { chooseNetworks } from "../../../src/format/torch/networks.ts";
import type { FoundTensor } from "../../../src/format/torch/walk.ts";

const RANKS: Readonly<Record<string, number>> = { bias: 1, running_mean: 1, n_averaged: 0, epoch: 0 };

/** Tensors at these places, `/` between keys; `|` ends what leads to a module. */
function at(...places: readonly string[]): FoundTensor[] {
  return places.map((place) => {
    const path = place
      .replace("|", "/")
      .split("/")
      .filter((part) => part !== "");
    const cut = place.indexOf("|");
    const modulePath =
      cut < 0
        ? null
        : place
            .slice(0, cut)
            .split("/")
            .filter((part) => part !== "").length;
    const value = { descr: "<f4", shape: [], fortranOrder: false, data: null };
    return { path, modulePath, optimizer: /optimizer/.test(place), value };
  });
}

/** Kernels of one shape, but for those that are called large. */
const shapeOf = ({ path }: FoundTensor): readonly number[] =>
  new Array<number>(RANKS[path.at(-1)!.split(".").at(-1)!] ?? 4).fill(path.at(-1)!.includes("large") ? 5 : 3);
const choose = (...places: readonly string[]) => chooseNetworks(at(...places), shapeOf);
const names = (...places: readonly string[]) =>
  choose(...places).model.map(({ name, cleanName }) =>
    name === cleanName ? name : `${name} → ${cleanName}`,
  );

describe("chooseNetworks", () => {
  it.each([
    ["a state dict", ["conv.weight", "conv.bias"], ["conv.weight", "conv.bias"]],
    ["a state dict in a checkpoint", ["state_dict/conv.weight", "epoch"], ["conv.weight", "epoch"]],
    ["wrappers in wrappers", ["model/state_dict/conv.weight"], ["conv.weight"]],
    ["any other key before dotted names", ["unet_weights_v2/conv.weight"], ["conv.weight"]],
    ["nested dicts", ["params/conv/weight", "params/up/weight"], ["conv.weight", "up.weight"]],
    ["nested dicts without a wrapper", ["conv/weight"], ["conv.weight"]],
    ["a list", ["0/conv.weight", "1/epoch"], ["conv.weight", "1.epoch"]],
    ["two networks", ["netG/conv.weight", "netD/conv.weight"], ["netG.conv.weight", "netD.conv.weight"]],
    [
      "two networks in a dict",
      ["models/G/conv.weight", "models/D/conv.weight"],
      ["G.conv.weight", "D.conv.weight"],
    ],
    [
      "two networks of parallel modules",
      ["G/module.conv.weight", "D/conv.weight"],
      ["G.module.conv.weight → G.conv.weight", "D.conv.weight"],
    ],
    [
      "parallel and compiled modules",
      ["module._orig_mod.conv.weight", "module._orig_mod.conv.bias"],
      ["module._orig_mod.conv.weight → conv.weight", "module._orig_mod.conv.bias → conv.bias"],
    ],
    ["a compiled part", ["net._orig_mod.conv.weight"], ["net._orig_mod.conv.weight → net.conv.weight"]],
    ["a module called module", ["module.conv.weight", "head.weight"], ["module.conv.weight", "head.weight"]],
    [
      "an averaged model",
      ["n_averaged", "module.conv.weight"],
      ["n_averaged", "module.conv.weight → conv.weight"],
    ],
    ["a module", ["|features/0/weight", "|features/0/bias"], ["features.0.weight", "features.0.bias"]],
    ["a module in a checkpoint", ["model|features/0/weight"], ["features.0.weight"]],
    ["a parallel module", ["|module/0/weight"], ["module.0.weight → 0.weight"]],
    ["names that meet", ["a/b.weight", "a.b/weight"], ["a.b.weight", "a.b.weight#2"]],
    ["averages alone", ["params_ema/conv.weight"], ["conv.weight"]],
  ] as const)("names %s", (_, places, wanted) => {
    expect(names(...places)).toEqual(wanted);
  });

  it.each([
    ["a dict beside it", ["model/conv.weight", "ema/conv.weight"], "ema"],
    ["a dict in a dict", ["model/conv.weight", "model_ema/shadow/conv.weight"], "model_ema"],
    ["the same dict", ["model.conv.weight", "model_ema.convweight"], "model_ema"],
    ["a module beside it", ["model|conv/weight", "ema|conv/weight"], "ema"],
  ] as const)("leaves averages out: %s", (_, places, averaged) => {
    const { model, left, averaged: found } = choose(...places);
    expect(model.map(({ found: { path } }) => path.join("/"))).toEqual([places[0].replace("|", "/")]);
    expect(left.map(({ reason }) => reason)).toEqual([expect.stringContaining("running average")]);
    expect(found).toBe(averaged);
  });

  it("keeps what is called an average but is no copy", () => {
    const parts = ["shadow.large.weight", "conv.weight"];
    expect(choose(...parts).model.map(({ name }) => name)).toEqual(parts);
    expect(choose("ema_decay/epoch", "model/conv.weight").averaged).toBeNull();
    expect(choose("ema.conv1.weight", "ema.conv2.weight", "conv.weight").averaged).toBeNull();
  });

  it("keeps averages when the model has no weights", () => {
    expect(choose("model/epoch", "ema/conv.weight").averaged).toBeNull();
  });

  it("leaves the optimizer's state out, by its whole path", () => {
    const { model, left } = choose("model/conv.weight", "optimizer/state/0/exp_avg");
    expect(model.map(({ name }) => name)).toEqual(["conv.weight"]);
    expect(left).toEqual([
      expect.objectContaining({
        name: "optimizer.state.0.exp_avg",
        reason: expect.stringContaining("optimizer"),
      }),
    ]);
  });
});
