import { ReadError } from "../../errors.ts";
import type { LayerFacts } from "../../model/layers.ts";
import { convLayer } from "../../model/layers.ts";
import { readTensorName } from "../../model/names.ts";
import type { ReadContext, Tensor } from "../../tensor/tensor.ts";
import { batchNormOf, normalisedBy } from "./batch-norm.ts";
import { type Convolution, convolutionOf, geometryOf } from "./convolution.ts";
import { type AtenArgument, type AtenCall, type AtenProgram, isValue, valuesIn } from "./program.ts";
import { derivedWeight, type ResultType, unreadable, type Weight } from "./weights.ts";

/** The convolutions of a program. */
export interface AtenLayers {
  /** In the order of execution, with evidence `operator`. */
  readonly facts: readonly LayerFacts[];
  /** Convolutions whose kernel the network works out from its input: there is nothing to show. */
  readonly computed: number;
}

/**
 * Finds the convolutions of a program, their geometry and the batch normalisations that alone follow them.
 *
 * @throws ReadError `malformed` when an operator contradicts its weight.
 */
export async function atenLayers(program: AtenProgram, context: ReadContext): Promise<AtenLayers> {
  const { calls, tensors } = program;
  const weights = new Map<string, Weight>(
    [...tensors].map(([value, tensor]) => [value, { tensor, computedBy: null }]),
  );
  const weightOf = (argument: AtenArgument | undefined): Weight | null =>
    isValue(argument) ? (weights.get(argument.value) ?? null) : null;
  const facts: LayerFacts[] = [];
  let computed = 0;
  const uses = countUses(program);
  /** Convolutions by the value that they compute. */
  const made = new Map<string, number>();
  for (const call of calls) {
    context.budget.count(1, "operators");
    const [result = ""] = call.results;
    const convolution = convolutionOf(call);
    if (convolution !== null) {
      const fact = factsOf(call, convolution, program, weightOf);
      if (fact === null) {
        computed++;
        continue;
      }
      made.set(result, facts.length);
      facts.push(fact);
      continue;
    }
    const normalised = normalisedBy(call);
    const at = normalised === null || uses.get(normalised) !== 1 ? undefined : made.get(normalised);
    if (at !== undefined) {
      const batchNorm = batchNormOf(call, convLayer(facts[at]!, 0).shape[0], (argument) =>
        plain(weightOf(argument)),
      );
      if (batchNorm !== null) facts[at] = { ...facts[at]!, batchNorm };
      continue;
    }
    if (call.results.length !== 1) continue;
    const weight = await derivedWeight(call, weightOf, typeOf(program, result), context);
    if (weight !== null) weights.set(result, weight);
  }
  return { facts, computed };
}

/** Operators that ask about a tensor but do not use its values. */
const QUESTIONS: ReadonlySet<string> = new Set([
  "dim",
  "size",
  "sym_size",
  "numel",
  "sym_numel",
  "stride",
  "is_floating_point",
  "is_complex",
  "__is__",
  "__isnot__",
]);

/** How often the values of each value are used, the program's outputs among them. */
function countUses({ calls, outputs }: AtenProgram): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  const use = (value: string): void => void uses.set(value, (uses.get(value) ?? 0) + 1);
  for (const { operator, args } of calls) {
    if (QUESTIONS.has(operator)) continue;
    for (const argument of args.values()) for (const value of valuesIn(argument)) use(value);
  }
  for (const output of outputs) use(output);
  return uses;
}

function plain(weight: Weight | null): Tensor | null {
  return weight === null || weight.computedBy !== null ? null : weight.tensor;
}

function typeOf(program: AtenProgram, value: string): ResultType | null {
  const stated = program.shapeOf(value);
  if (stated === null) return null;
  const fixed = stated.shape.every((extent) => extent !== null);
  return { dtype: stated.dtype, shape: fixed ? (stated.shape as readonly number[]) : null };
}

function factsOf(
  call: AtenCall,
  { transposed, rank, input, weight, bias }: Convolution,
  program: AtenProgram,
  weightOf: (argument: AtenArgument | undefined) => Weight | null,
): LayerFacts | null {
  const kernel = kernelOf(call, weight, program, weightOf);
  if (kernel === null) return null;
  const { tensor, note } = kernel;
  const { shape } = tensor;
  const spatial = shape.length - 2;
  if (spatial < 1 || spatial > 3 || (rank !== null && rank !== spatial)) {
    throw new ReadError(
      "malformed",
      `The operator ${call.operator} has the weight ${JSON.stringify(tensor.name)} of shape [${shape.join(", ")}], which is no kernel of it.`,
    );
  }
  const geometry = geometryOf(call, spatial);
  const groups = geometry.groups ?? 1;
  const [first = 0, second = 0] = shape;
  if (first % groups !== 0) {
    throw new ReadError(
      "malformed",
      `The operator ${call.operator} has ${groups} groups, but its weight ${JSON.stringify(tensor.name)} has shape [${shape.join(", ")}].`,
    );
  }
  const depthwise = !transposed && groups > 1 && second === 1;
  const found = weightOf(bias);
  const layer = readTensorName(tensor.name);
  return {
    name: note === undefined && /^(weight|W)$/.test(layer.leaf) ? layer.layer : tensor.name,
    kind: transposed ? "transposed" : depthwise ? "depthwise" : "conv",
    axisOrder: (transposed ? "IO" : "OI") + ["W", "HW", "DHW"][spatial - 1]!,
    evidence: "operator",
    kernel: tensor,
    bias: plain(found),
    ...geometry,
    inputExtents: extentsOf(program, input, spatial),
    note,
  };
}

/** The kernel of a convolution and what is to be said about it; null when the network computes it from its input. */
function kernelOf(
  { operator }: AtenCall,
  argument: AtenArgument | undefined,
  program: AtenProgram,
  weightOf: (argument: AtenArgument | undefined) => Weight | null,
): { readonly tensor: Tensor; readonly note?: string } | null {
  if (!isValue(argument)) throw new ReadError("malformed", `The operator ${operator} has no weight.`);
  const weight = weightOf(argument);
  if (weight === null) return null;
  const { tensor, computedBy } = weight;
  if (computedBy === null) return { tensor };
  const shape = typeOf(program, argument.value)?.shape ?? tensor.shape;
  if (tensor.shape.join() === shape.join())
    return {
      tensor,
      note: `The stored part of a kernel: the network computes the kernel from it by ${computedBy} before use.`,
    };
  const why = `The network computes this kernel from ${JSON.stringify(tensor.name)} by ${computedBy} when it runs; the file does not hold it.`;
  const { quantization: _, ...bare } = tensor;
  return { tensor: unreadable({ ...bare, shape }, why), note: why };
}

/** The last `rank` extents of a value, null for those that may vary; null when the file does not say. */
function extentsOf(
  program: AtenProgram,
  input: AtenArgument | undefined,
  rank: number,
): readonly (number | null)[] | null {
  const shape = isValue(input) ? program.shapeOf(input.value)?.shape : undefined;
  return shape === undefined || shape.length < rank + 1 ? null : shape.slice(-rank);
}
