import { alphaOf } from "../activation.ts";
import type { ActivationOperation, MergeOperation } from "../graph.ts";
import type { V128 } from "../wasm/encoder.ts";
import { addF, andV, equalF, floats, greaterF, mulF, orV, pseudoMax, subF, zero } from "../wasm/encoder.ts";
import { emitPointwise } from "../wasm/pointwise.ts";
import type { Backward } from "./lower-conv.ts";
import { ALL, IN_USE, type Planner, TRAIN } from "./planner.ts";
import type { ValuePlan } from "./value.ts";

/** The same value under another name. */
export function rename(planner: Planner, index: number): Backward {
  planner.values[index] = planner.input(planner.graph.nodes[index]!);
  return () => {};
}

export function lowerActivation(planner: Planner, index: number, op: ActivationOperation): Backward {
  const node = planner.graph.nodes[index]!;
  const input = planner.input(node);
  const alone = op.function === "relu" && input.relu && planner.fusedRelu(node.inputs[0]!);
  if (op.function === "linear" || alone) return rename(planner, index);
  const x = planner.floats(input);
  const y = planner.value(index);
  planner.values[index] = y;
  if (op.function === "relu") {
    pointwise(planner, `${node.name}`, "forward", [x.address], y, (v) => pseudoMax(v!, zero));
    return () => {
      if (x.gradient === 0) return;
      planner.finishGradient(y);
      gradientTo(planner, node.name, x, [y.gradient, y.address], (slope, v) =>
        andV(slope!, greaterF(v!, zero)),
      );
    };
  }
  const call = { function: op.function, alpha: alphaOf(op.function, op.alpha), x: x.address, y: y.address };
  planner.host(node.name, "forward", y.size, { kind: "activation", ...call });
  return () => {
    if (x.gradient === 0) return;
    planner.finishGradient(y);
    const accumulate = planner.accumulates(x);
    const back = { kind: "activationGradient", ...call, dy: y.gradient, dx: x.gradient, accumulate } as const;
    planner.host(`${node.name} input`, "backward", y.size, back, { passes: TRAIN });
  };
}

export function lowerSoftmax(planner: Planner, index: number): Backward {
  const node = planner.graph.nodes[index]!;
  const x = planner.floats(planner.input(node));
  const channels = node.shape.at(-1)!;
  const y = planner.value(index);
  planner.values[index] = y;
  planner.host(node.name, "forward", y.size / channels, {
    kind: "softmax",
    channels,
    x: x.address,
    y: y.address,
  });
  return () => {
    if (x.gradient === 0) return;
    planner.finishGradient(y);
    const accumulate = planner.accumulates(x);
    const call = {
      kind: "softmaxGradient",
      channels,
      y: y.address,
      dy: y.gradient,
      dx: x.gradient,
      accumulate,
    } as const;
    planner.host(`${node.name} input`, "backward", y.size / channels, call, { passes: TRAIN });
  };
}

export function lowerDropout(planner: Planner, index: number, rate: number, spatial: boolean): Backward {
  const node = planner.graph.nodes[index]!;
  const x = planner.floats(planner.input(node));
  const y = planner.value(index);
  planner.values[index] = y;
  const call = { kind: "dropout", rate, node: index, channels: spatial ? node.shape.at(-1)! : 0 } as const;
  planner.host(
    node.name,
    "forward",
    y.size,
    { ...call, from: x.address, to: y.address, accumulate: false },
    { passes: TRAIN },
  );
  pointwise(planner, `${node.name} as it is`, "forward", [x.address], y, (v) => v!, IN_USE);
  return () => {
    if (x.gradient === 0) return;
    planner.finishGradient(y);
    const back = { ...call, from: y.gradient, to: x.gradient, accumulate: planner.accumulates(x) };
    planner.host(`${node.name} input`, "backward", y.size, back, { passes: TRAIN });
  };
}

export function lowerMerge(planner: Planner, index: number, op: MergeOperation): Backward {
  const node = planner.graph.nodes[index]!;
  const xs = node.inputs.map((_, k) => planner.floats(planner.input(node, k)));
  const y = planner.value(index);
  planner.values[index] = y;
  const addresses = xs.map(({ address }) => address);
  const share = floats(1 / xs.length);
  pointwise(planner, node.name, "forward", addresses, y, (...values) => {
    const joined = values.reduce(joinOf(op));
    return op.kind === "average" ? mulF(joined, share) : joined;
  });
  return () => {
    if (y.gradient === 0) return;
    planner.finishGradient(y);
    xs.forEach((x, k) => {
      if (x.gradient === 0) return;
      gradientTo(planner, `${node.name} ${k}`, x, [y.gradient, ...addresses], (slope, ...values) => {
        if (op.kind === "average") return mulF(slope!, share);
        if (op.kind === "subtract") return k === 0 ? slope! : subF(zero, slope!);
        if (op.kind === "multiply")
          return values.reduce((product, v, j) => (j === k ? product : mulF(product, v)), slope!);
        if (op.kind === "maximum")
          return values.reduce(
            (left, v, j) => (j === k ? left : andV(left, wins(values[k]!, v, j < k))),
            slope!,
          );
        return slope!;
      });
    });
  };
}

/** Ones where `a` is above `b`, or equal to it when `b` does not come first. */
function wins(a: V128, b: V128, bIsFirst: boolean): V128 {
  return bIsFirst ? greaterF(a, b) : orV(greaterF(a, b), equalF(a, b));
}

function joinOf({ kind }: MergeOperation): (a: V128, b: V128) => V128 {
  if (kind === "multiply") return mulF;
  if (kind === "subtract") return subF;
  return kind === "maximum" ? pseudoMax : addF;
}

function pointwise(
  planner: Planner,
  label: string,
  stage: "forward" | "backward",
  inputs: readonly number[],
  y: ValuePlan,
  value: (...vectors: readonly V128[]) => V128,
  passes = ALL,
): void {
  const kernel = emitPointwise(planner.name("pointwise"), {
    inputs,
    target: y.address,
    accumulate: false,
    value,
  });
  planner.kernel(label, stage, y.size, kernel, { passes });
}

/** Writes or adds a gradient of `x`. */
function gradientTo(
  planner: Planner,
  label: string,
  x: ValuePlan,
  inputs: readonly number[],
  value: (...vectors: readonly V128[]) => V128,
): void {
  const accumulate = planner.accumulates(x);
  const kernel = emitPointwise(planner.name("slope"), { inputs, target: x.gradient, accumulate, value });
  planner.kernel(`${label} input`, "backward", x.size, kernel, { passes: TRAIN });
}
