import type { OptimizerSpec, SlotName } from "../../optimizers.ts";
import { slotsOf } from "../../optimizers.ts";
import { KERNEL_PARAMETERS, kernelParameters, VECTOR } from "./blocks.ts";
import {
  add,
  addF,
  block,
  divF,
  each,
  floats,
  type Local,
  load,
  loadSplat,
  mul,
  mulF,
  pseudoMax,
  pseudoMin,
  type Statement,
  set,
  sqrtF,
  store,
  subF,
  type V128,
} from "./encoder.ts";
import { FunctionBuilder } from "./module.ts";

/** Addresses of the trained parameters' runs, all in the same order. */
export interface UpdateSpec {
  readonly optimizer: OptimizerSpec;
  readonly weights: number;
  readonly gradients: number;
  readonly slots: Readonly<Partial<Record<SlotName, number>>>;
  /** Address of what changes from step to step; see `stepNumbers`. */
  readonly numbers: number;
}

/** Float32 numbers of one step. */
export const STEP_NUMBERS = 4;

/**
 * What the update kernel reads besides constants: the rate (for Adam with its bias corrections), the square root of
 * Adam's second correction, and the factor of the decoupled weight decay.
 */
export function stepNumbers(optimizer: OptimizerSpec, rate: number, step: number): readonly number[] {
  const decay = (optimizer.weightDecay ?? 0) * rate;
  if (optimizer.kind !== "adam") return [rate, 1, decay, 0];
  const { beta1 = 0.9, beta2 = 0.999, form = "keras" } = optimizer;
  const first = 1 - beta1 ** step;
  const second = Math.sqrt(1 - beta2 ** step);
  return [form === "torch" ? rate / first : (rate * second) / first, second, decay, 0];
}

/** Units are vectors of four weights. The formulas are those of `reference/update.ts`. */
export function emitUpdate(name: string, spec: UpdateSpec): FunctionBuilder {
  const { optimizer } = spec;
  const fn = new FunctionBuilder(name, KERNEL_PARAMETERS);
  const { begin, end } = kernelParameters(fn);
  const [i, at] = fn.wholes(2);
  const [w, g, rate, second, decay] = fn.vectors(5);
  const slots = new Map<SlotName, Local<"v128">>();
  for (const slot of slotsOf(optimizer)) slots.set(slot, fn.vector());
  const place = (slot: SlotName): number => spec.slots[slot]!;

  const read: Statement[] = [set(g, load(add(at, spec.gradients))), set(w, load(add(at, spec.weights)))];
  for (const [slot, local] of slots) read.push(set(local, load(add(at, place(slot)))));
  const { clipValue } = optimizer;
  if (clipValue !== undefined)
    read.push(set(g, pseudoMax(pseudoMin(g, floats(clipValue)), floats(-clipValue))));
  if (optimizer.weightDecay) read.push(set(w, subF(w, mulF(w, decay))));
  const rule = ruleOf(optimizer, g, rate, second, slots);
  const write: Statement[] = [store(add(at, spec.weights), addF(w, rule.change))];
  for (const [slot, local] of slots) write.push(store(add(at, place(slot)), local));
  const number = (index: number): V128 => loadSplat(add(spec.numbers + index * 4));
  fn.body = block(
    set(rate, number(0)),
    set(second, number(1)),
    set(decay, number(2)),
    each(i, begin, end, 1, block(set(at, mul(i, VECTOR)), ...read, rule.prepare, ...write)),
  );
  return fn;
}

interface Rule {
  /** Brings the slots up to date. */
  readonly prepare: Statement;
  /** What is added to the weights. */
  readonly change: V128;
}

function ruleOf(
  optimizer: OptimizerSpec,
  g: V128,
  rate: V128,
  second: V128,
  slots: ReadonlyMap<SlotName, Local<"v128">>,
): Rule {
  const negative = (v: V128): V128 => subF(floats(0), v);
  if (optimizer.kind === "sgd") {
    const m = slots.get("momentum");
    if (!m) return { prepare: block(), change: negative(mulF(rate, g)) };
    const factor = floats(optimizer.momentum ?? 0);
    const prepare = set(m, subF(mulF(m, factor), mulF(rate, g)));
    return { prepare, change: optimizer.nesterov ? subF(mulF(m, factor), mulF(rate, g)) : m };
  }
  if (optimizer.kind === "adam") {
    const { beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7, form = "keras" } = optimizer;
    const [m, v] = [slots.get("momentum")!, slots.get("velocity")!];
    const prepare = block(
      set(m, addF(m, mulF(subF(g, m), floats(1 - beta1)))),
      set(v, addF(v, mulF(subF(mulF(g, g), v), floats(1 - beta2)))),
    );
    const root = form === "torch" ? divF(sqrtF(v), second) : sqrtF(v);
    return { prepare, change: negative(divF(mulF(rate, m), addF(root, floats(epsilon)))) };
  }
  const { rho = 0.9, momentum = 0, epsilon = 1e-7 } = optimizer;
  const [v, m, average] = [slots.get("velocity")!, slots.get("momentum"), slots.get("averageGradient")];
  const prepare = [set(v, addF(mulF(v, floats(rho)), mulF(floats(1 - rho), mulF(g, g))))];
  let spread: V128 = addF(v, floats(epsilon));
  if (average) {
    prepare.push(set(average, addF(mulF(average, floats(rho)), mulF(floats(1 - rho), g))));
    spread = subF(spread, mulF(average, average));
  }
  const increment = divF(mulF(rate, g), sqrtF(spread));
  if (!m) return { prepare: block(...prepare), change: negative(increment) };
  prepare.push(set(m, addF(mulF(m, floats(momentum)), increment)));
  return { prepare: block(...prepare), change: negative(m) };
}
