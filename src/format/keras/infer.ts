import type { Budget } from "../../budget.ts";
import { EMPTY_CALL, type StatedCall } from "./calls.ts";
import type { Extents, KerasCall } from "./config.ts";
import type { Feed, FunctionalPlan, PlannedCall } from "./functional.ts";
import { isInput, type LayerPlan, type ModelPlan, ownInputShape, type SequentialPlan } from "./plan.ts";
import { outputShapes, type ShapeDialect } from "./shapes.ts";

type Shapes = readonly Extents[] | null;

/** What a pass through a config's models shares. */
export interface ShapeContext {
  readonly budget: Budget;
  readonly dialect: ShapeDialect;
  /** Runs already made, by model and inputs: a model may be called again and again. */
  readonly runs: Map<ModelPlan, Map<string, ModelRun>>;
}

/** What one pass through a model finds. */
export interface ModelRun {
  readonly outputs: Shapes;
  readonly calls: ReadonlyMap<LayerPlan, readonly KerasCall[]>;
}

/**
 * Follows shapes through a model, with its own inputs (`inputs` null) or with those it is called on. Only with
 * its own inputs are shapes taken that the file states.
 */
export function runModel(model: ModelPlan, inputs: Shapes, context: ShapeContext): ModelRun {
  const key = JSON.stringify(inputs);
  const known = context.runs.get(model)?.get(key);
  if (known !== undefined) return known;
  const run =
    model.kind === "sequential"
      ? runSequential(model, inputs, context)
      : runFunctional(model, inputs, context);
  const runs = context.runs.get(model) ?? new Map<string, ModelRun>();
  context.runs.set(model, runs.set(key, run));
  return run;
}

/** Output shapes of one call of a layer. */
export function inferCall(
  layer: LayerPlan,
  inputs: Shapes,
  named: ReadonlyMap<string, Extents>,
  call: StatedCall,
  context: ShapeContext,
): Shapes {
  context.budget.count(1, "calls of layers");
  if (layer.model !== null) return runModel(layer.model, inputs, context).outputs;
  if (inputs === null || inputs.length + named.size === 0) return null;
  const inner = layer.inner.map(
    (inside) => (given: readonly Extents[]) => inferCall(inside, given, new Map(), EMPTY_CALL, context),
  );
  const { className, config, isOperation } = layer;
  return outputShapes({
    className,
    isOperation,
    config,
    dialect: context.dialect,
    inputs,
    named,
    args: call.args,
    kwargs: call.kwargs,
    inner,
  });
}

function runSequential(model: SequentialPlan, inputs: Shapes, context: ShapeContext): ModelRun {
  const calls = new Map<LayerPlan, readonly KerasCall[]>();
  let shapes = inputs ?? model.start;
  for (const [index, layer] of model.layers.entries()) {
    const given = shapes ?? (inputs === null ? layer.statedInputs : null);
    const before = model.layers[index - 1];
    const after = inputs === null ? (model.layers[index + 1]?.statedInputs ?? null) : null;
    shapes = inferCall(layer, given, new Map(), EMPTY_CALL, context) ?? after;
    const inbound = before === undefined ? [] : [[before.name, 0, 0] as const];
    const known = given !== null || shapes !== null;
    calls.set(layer, known ? [{ inbound, inputShapes: given, outputShapes: shapes }] : []);
  }
  return { outputs: shapes, calls };
}

function runFunctional(model: FunctionalPlan, inputs: Shapes, context: ShapeContext): ModelRun {
  const made = new Map<PlannedCall, Shapes>();
  const found = new Map<LayerPlan, KerasCall[]>();
  const entered = new Map(model.inputs.map((feed, index) => [feed.call, inputs?.[index]]));
  const shapeOf = ({ call, tensor, shape }: Feed): Extents | null => {
    const stated = inputs === null ? shape : null;
    return stated ?? (call === null ? null : (made.get(call)?.[tensor] ?? null));
  };
  for (const call of model.order) {
    const { layer, index, feeds } = call;
    const given = feeds.map(shapeOf);
    const known = given.every((shape) => shape !== null) ? given : null;
    const positional = known?.filter((_, at) => feeds[at]!.keyword === null) ?? null;
    const named = new Map(known?.flatMap((shape, at) => keywordOf(feeds[at]!, shape)) ?? []);
    const start = isInput(layer.className) ? (entered.get(call) ?? ownInputShape(layer)) : null;
    const worked =
      start !== null
        ? [start]
        : inferCall(layer, positional, named, layer.calls[index] ?? EMPTY_CALL, context);
    const outputs = inputs === null ? withStated(worked, model.stated.get(call)) : worked;
    made.set(call, outputs);
    const calls = found.get(layer) ?? [];
    calls[index] = { inbound: feeds.map(({ shown }) => shown), inputShapes: known, outputShapes: outputs };
    found.set(layer, calls);
  }
  const ends = model.outputs.map(shapeOf);
  return { outputs: ends.every((shape) => shape !== null) ? ends : null, calls: found };
}

function keywordOf({ keyword }: Feed, shape: Extents): readonly (readonly [string, Extents])[] {
  return keyword === null ? [] : [[keyword, shape]];
}

/** What consumers state wins over what was worked out; it stands alone only when no output is missing. */
function withStated(worked: Shapes, stated: readonly (Extents | undefined)[] | undefined): Shapes {
  if (stated === undefined) return worked;
  if (worked !== null) return worked.map((shape, tensor) => stated[tensor] ?? shape);
  const whole = Array.from(stated, (shape) => shape ?? null);
  return whole.every((shape) => shape !== null) ? whole : null;
}
