import type { BatchNormOperation } from "../graph.ts";
import { ownStatistics } from "../reference/apply.ts";
import { emitChannelSums } from "../wasm/channel-sums.ts";
import { addF, andV, mulF, subF } from "../wasm/encoder.ts";
import { emitPointwise } from "../wasm/pointwise.ts";
import type { Backward } from "./lower-conv.ts";
import { ALL, IN_USE, type Planner, TRAIN } from "./planner.ts";

/**
 * Batch normalization: `(x - mean) * scale + shift` per channel. In training mean and scale come from two passes
 * over the whole batch, so that every tile must be in memory; in use they come from the moving averages.
 */
export function lowerBatchNorm(planner: Planner, index: number, op: BatchNormOperation): Backward {
  const node = planner.graph.nodes[index]!;
  const x = planner.floats(planner.input(node));
  const y = planner.value(index);
  y.relu = planner.fusedRelu(index);
  planner.values[index] = y;
  const channels = node.shape.at(-1)!;
  const positions = y.size / channels;
  const own = planner.training && ownStatistics(node);
  const array = (what: string): number => planner.memory.take(`${node.name} ${what}`, channels * 4);
  const [mean, inverse, scale, shift] = [array("mean"), array("inverse"), array("scale"), array("shift")];
  const addressOf = (parameter: string): number => planner.parameter(node, parameter)?.address ?? 0;
  const common = {
    epsilon: op.epsilon ?? 1e-3,
    mean,
    inverse,
    scale,
    shift,
    gamma: addressOf("gamma"),
    beta: addressOf("beta"),
    movingMean: addressOf("movingMean"),
    movingVariance: addressOf("movingVariance"),
  };
  const channelSums = (
    label: string,
    stage: "forward" | "backward",
    inputs: readonly number[],
    channelArrays: readonly number[],
    value: Parameters<typeof emitChannelSums>[1]["value"],
  ): number => {
    const target = planner.memory.take(`${node.name} ${label}`, channels * 16);
    const spec = { positions, channels, inputs, channelArrays, lanes: planner.lanes, target, value };
    const kernel = emitChannelSums(planner.name("sums"), spec);
    planner.kernel(`${node.name} ${label}`, stage, channels, kernel, {
      passes: TRAIN,
      extra: { kind: "later" },
    });
    return target;
  };

  if (own) {
    planner.keepAllTiles();
    const sums = channelSums("sums", "forward", [x.address], [], (v) => v!);
    planner.once(
      `${node.name} mean`,
      "forward",
      channels,
      { kind: "batchMean", sums, positions, mean },
      TRAIN,
    );
    const squares = channelSums("squares", "forward", [x.address], [mean], (v, m) =>
      mulF(subF(v!, m!), subF(v!, m!)),
    );
    const call = {
      kind: "batchScale",
      ...common,
      sums: squares,
      positions,
      momentum: op.momentum ?? 0.99,
    } as const;
    planner.once(`${node.name} scale`, "forward", channels, call, TRAIN);
  }
  planner.once(
    `${node.name} moving scale`,
    "forward",
    channels,
    { kind: "movingScale", ...common },
    own ? IN_USE : ALL,
  );
  const apply = emitPointwise(planner.name("normalize"), {
    inputs: [x.address],
    channelArrays: [mean, scale, shift],
    channels,
    target: y.address,
    accumulate: false,
    relu: y.relu,
    value: (v, m, s, b) => addF(mulF(subF(v!, m!), s!), b!),
  });
  planner.kernel(node.name, "forward", y.size, apply);

  return () => {
    if (y.gradient === 0) return;
    planner.finishGradient(y);
    const target = (
      value: Parameters<typeof emitPointwise>[1]["value"],
      channelArrays: readonly number[],
      inputs: readonly number[],
    ): void => {
      if (x.gradient === 0) return;
      const accumulate = planner.accumulates(x);
      const spec = {
        inputs,
        channelArrays,
        channels,
        lanes: planner.lanes,
        target: x.gradient,
        accumulate,
        value,
      };
      planner.kernel(
        `${node.name} input`,
        "backward",
        x.size,
        emitPointwise(planner.name("normSlope"), spec),
        { passes: TRAIN },
      );
    };
    if (!own) {
      target((slope, s) => mulF(slope!, s!), [scale], [y.gradient]);
      return;
    }
    const sums = channelSums("slope sums", "backward", [y.gradient], [], (slope) => slope!);
    const products = channelSums(
      "slope products",
      "backward",
      [y.gradient, x.address],
      [mean],
      (slope, v, m) => mulF(slope!, subF(v!, m!)),
    );
    const [meanSlope, deviationSlope] = [array("mean slope"), array("deviation slope")];
    const call = {
      kind: "batchNormGradient",
      sums,
      products,
      positions,
      inverse,
      gamma: planner.gradientOf(planner.parameter(node, "gamma")),
      beta: planner.gradientOf(planner.parameter(node, "beta")),
      meanSlope,
      deviationSlope,
    } as const;
    planner.once(`${node.name} gradient`, "backward", channels, call, TRAIN);
    target(
      (slope, v, m, s, mSlope, dSlope, lane) =>
        andV(mulF(s!, subF(subF(slope!, mSlope!), mulF(subF(v!, m!), dSlope!))), lane!),
      [mean, scale, meanSlope, deviationSlope],
      [y.gradient, x.address],
    );
  };
}
