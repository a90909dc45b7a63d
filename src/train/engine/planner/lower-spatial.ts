import { moveTable } from "../reference/spatial.ts";
import type { ResolvedNode } from "../resolve.ts";
import { type Axis, sizeOf, UNIT_AXIS } from "../shape.ts";
import { emitPool, emitPoolGradient, needsClearing, poolUnits } from "../wasm/pool.ts";
import type { Backward } from "./lower-conv.ts";
import { type Planner, TRAIN } from "./planner.ts";
import type { ValuePlan } from "./value.ts";

/** Pooling; a global one has a single window over everything. */
export function lowerPool(planner: Planner, index: number, mode: "max" | "average"): Backward {
  const node = planner.graph.nodes[index]!;
  const x = planner.floats(planner.input(node));
  const y = planner.value(index);
  planner.values[index] = y;
  const channels = node.shape.at(-1)!;
  const own =
    node.op.kind === "pool"
      ? node.axes
      : [{ ...UNIT_AXIS, input: x.size / channels, kernel: x.size / channels }];
  const list: Axis[] = [...Array<Axis>(3 - own.length).fill(UNIT_AXIS), ...own];
  const axes = [list[0]!, list[1]!, list[2]!] as const;
  const spec = { mode, axes, channels, x: x.address, y: y.address };
  planner.kernel(node.name, "forward", poolUnits(spec, false).count, emitPool(planner.name("pool"), spec));
  return () => {
    if (x.gradient === 0) return;
    planner.finishGradient(y);
    const accumulate = planner.accumulates(x);
    const back = { ...spec, dy: y.gradient, dx: x.gradient, accumulate, mask: planner.maskFor(x) !== 0 };
    const kernel = emitPoolGradient(planner.name("poolSlope"), back);
    if (needsClearing(back)) {
      planner.host(
        `clear ${x.name}`,
        "backward",
        x.size,
        { kind: "clear", target: x.gradient },
        { passes: TRAIN },
      );
    }
    planner.kernel(`${node.name} input`, "backward", poolUnits(spec, true).count, kernel, { passes: TRAIN });
  };
}

/** Zero padding and up-sampling: every position is a copy of one of the input, or zero. */
export function lowerMove(planner: Planner, index: number): Backward {
  const node = planner.graph.nodes[index]!;
  const input = planner.graph.nodes[node.inputs[0]!]!;
  const x = planner.floats(planner.input(node));
  const y = planner.value(index);
  planner.values[index] = y;
  const channels = node.shape.at(-1)!;
  const runs = runsOf(node, input.shape.slice(0, -1), channels);
  planner.host(`clear ${node.name}`, "forward", y.size, { kind: "clear", target: y.address });
  move(planner, node.name, x, y, runs);
  return () => {
    if (x.gradient === 0) return;
    planner.finishGradient(y);
    moveBack(planner, node.name, x, y, runs);
  };
}

export function lowerConcatenate(planner: Planner, index: number): Backward {
  const node = planner.graph.nodes[index]!;
  const xs = node.inputs.map((_, k) => planner.floats(planner.input(node, k)));
  const y = planner.value(index);
  planner.values[index] = y;
  const total = node.shape.at(-1)!;
  const positions = y.size / total;
  let offset = 0;
  const parts = xs.map((x) => {
    const channels = x.size / positions;
    const first = offset;
    offset += channels;
    const runs = Int32Array.from({ length: positions * 3 }, (_, i) => {
      const position = Math.floor(i / 3);
      return i % 3 === 0 ? position * channels : i % 3 === 1 ? position * total + first : channels;
    });
    move(planner, node.name, x, y, runs);
    return { x, runs };
  });
  return () => {
    if (y.gradient === 0) return;
    planner.finishGradient(y);
    for (const { x, runs } of parts) if (x.gradient !== 0) moveBack(planner, node.name, x, y, runs);
  };
}

function move(planner: Planner, name: string, x: ValuePlan, y: ValuePlan, runs: Int32Array): void {
  planner.host(name, "forward", runs.length / 3, { kind: "move", x: x.address, y: y.address, runs });
}

function moveBack(planner: Planner, name: string, x: ValuePlan, y: ValuePlan, runs: Int32Array): void {
  if (!planner.accumulates(x)) {
    planner.host(
      `clear ${x.name}`,
      "backward",
      x.size,
      { kind: "clear", target: x.gradient },
      { passes: TRAIN },
    );
  }
  let longest = 0;
  for (let run = 2; run < runs.length; run += 3) longest = Math.max(longest, runs[run]!);
  const call = { kind: "moveGradient", dy: y.gradient, dx: x.gradient, runs } as const;
  planner.host(`${name} input`, "backward", longest, call, { passes: TRAIN });
}

/** Runs of lanes that stay together. */
function runsOf(node: ResolvedNode, from: readonly number[], channels: number): Int32Array {
  const { op } = node;
  const to = node.shape.slice(0, -1);
  const source = (axis: number, position: number): number => {
    if (op.kind === "zeroPadding") return position - op.padding[axis]![0];
    return op.kind === "upSampling" ? Math.floor(position / op.size[axis]!) : position;
  };
  const table = moveTable(from, to, 1, source);
  const runs: number[] = [];
  for (let position = 0; position < sizeOf(to); position++) {
    const found = table[position]!;
    if (found < 0) continue;
    const last = runs.length - 3;
    const goesOn =
      last >= 0 &&
      op.kind === "zeroPadding" &&
      runs[last]! + runs[last + 2]! === found * channels &&
      runs[last + 1]! + runs[last + 2]! === position * channels;
    if (goesOn) runs[last + 2] = runs[last + 2]! + channels;
    else runs.push(found * channels, position * channels, channels);
  }
  return Int32Array.from(runs);
}
