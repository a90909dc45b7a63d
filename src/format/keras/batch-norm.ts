import type { BatchNorm } from "../../model/model.ts";
import type { BoundLayer, BoundModel } from "./bind.ts";
import type { KerasConfig, KerasLayer } from "./config.ts";
import { statedDType } from "./conv-layers.ts";
import { axisOf, isChannelsFirst } from "./settings.ts";
import { type KerasWeight, roleOf } from "./weight.ts";

/** Classes whose output is a convolution of their last kernel, plus a bias, with the channels on one axis. */
const FOLDABLE: ReadonlyMap<string, number> = new Map(
  ["Conv#D", "Conv#DTranspose", "DepthwiseConv#D", "SeparableConv#D"].flatMap((pattern) =>
    [1, 2, 3].map((rank): [string, number] => [pattern.replace("#", String(rank)), rank]),
  ),
);

/**
 * The batch normalisations that can be folded into convolutions, by the paths of these: each is the only consumer of its
 * convolution, which has no activation and is called once.
 */
export function followingNorms(config: KerasConfig, bound: BoundModel): ReadonlyMap<string, BatchNorm> {
  const byPath = new Map(bound.layers.map((layer) => [layer.path, layer]));
  const norms = new Map<string, BatchNorm>();
  const models: { readonly layers: readonly KerasLayer[]; readonly prefix: string }[] = [
    { layers: config.layers, prefix: "" },
  ];
  for (const { layers, prefix } of models) {
    const byName = new Map(layers.map((layer) => [layer.name, layer]));
    const uses = usesIn(layers);
    for (const layer of layers) {
      if (layer.layers !== undefined)
        models.push({ layers: layer.layers, prefix: `${prefix}${layer.name}/` });
      const before = layer.calls.length === 1 && layer.inbound.length === 1 ? layer.inbound[0] : undefined;
      const conv = before === undefined ? undefined : byName.get(before[0]);
      if (conv === undefined || conv.isOutput || uses.get(conv.name) !== 1 || conv.calls.length !== 1)
        continue;
      const rank = FOLDABLE.get(conv.className);
      const norm = byPath.get(`${prefix}${layer.name}`);
      if (rank === undefined || norm === undefined || !isLinear(conv) || !isOverChannels(layer, conv, rank))
        continue;
      const read = readNorm(norm);
      if (read !== null) norms.set(`${prefix}${conv.name}`, read);
    }
  }
  return norms;
}

/** How often each layer's output is taken by another. */
function usesIn(layers: readonly KerasLayer[]): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  for (const { inbound } of layers) {
    for (const [name] of inbound) uses.set(name, (uses.get(name) ?? 0) + 1);
  }
  return uses;
}

function isLinear({ config }: KerasLayer): boolean {
  return config.activation === "linear" || config.activation === null || config.activation === undefined;
}

function isOverChannels(norm: KerasLayer, conv: KerasLayer, rank: number): boolean {
  if (!/^(Sync)?BatchNormalization(V[12])?$/.test(norm.className) || norm.config.renorm === true)
    return false;
  const stated = norm.config.axis ?? -1;
  const axis: unknown = Array.isArray(stated) && stated.length === 1 ? stated[0] : stated;
  const channels = isChannelsFirst(conv.config) ? 1 : rank + 1;
  return Number.isSafeInteger(axis) && axisOf(Number(axis), rank + 2) === channels;
}

/** Its weights: by their names, or in the order in which Keras makes them. */
function readNorm({ layer, name, weights }: BoundLayer): BatchNorm | null {
  const { epsilon = 1e-3 } = layer.config;
  if (typeof epsilon !== "number" || !Number.isFinite(epsilon)) return null;
  const roles = ["gamma", "beta", "moving_mean", "moving_variance"].filter(
    (role) =>
      !(role === "gamma" && layer.config.scale === false) &&
      !(role === "beta" && layer.config.center === false),
  );
  const numbered = weights.filter(({ leaf }) => /^\d+$/.test(leaf));
  const found = (role: string): KerasWeight | undefined =>
    roles.includes(role)
      ? (weights.find((weight) => roleOf(weight) === role) ?? numbered[roles.indexOf(role)])
      : undefined;
  const [gamma, beta, mean, variance] = ["gamma", "beta", "moving_mean", "moving_variance"].map((role) =>
    found(role)?.tensor(statedDType(layer)),
  );
  if (mean === undefined || variance === undefined) return null;
  // What the config promises and the file does not hold is not made up.
  if ((roles.includes("gamma") && gamma === undefined) || (roles.includes("beta") && beta === undefined))
    return null;
  return { name, scale: gamma ?? null, offset: beta ?? null, mean, variance, epsilon };
}
