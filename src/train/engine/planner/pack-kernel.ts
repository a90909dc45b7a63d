import { blocksOf } from "../host/layout.ts";
import type { ParameterPlan } from "../plan.ts";
import type { ResolvedNode } from "../resolve.ts";
import type { CanonicalConv } from "../shape.ts";
import { tapsOf } from "./conv-geometry.ts";
import { type Planner, TRAIN } from "./planner.ts";

/** Packs the weights at the start of each pass and returns where. */
export function packKernel(
  planner: Planner,
  node: ResolvedNode,
  kernel: ParameterPlan,
  conv: CanonicalConv,
  flip: boolean,
  scale: number,
  training = flip,
): number {
  const { channels, filters, groups } = conv;
  const taps = tapsOf(conv);
  const target = planner.memory.take(
    `${node.name} packed${flip ? " and flipped" : ""}`,
    taps * channels * filters * 4,
  );
  const units = groups * blocksOf(flip ? channels : filters / groups);
  const call = {
    kind: "packKernel",
    source: kernel.address,
    target,
    taps,
    channels,
    filters,
    groups,
    flip,
    scale,
  } as const;
  planner.host(`pack ${node.name}`, "prepare", units, call, {
    barrier: false,
    ...(training ? { passes: TRAIN } : {}),
  });
  return target;
}
