import { ReadError } from "../../errors.ts";
import type { Batch } from "./engine.ts";
import type { ResolvedGraph } from "./resolve.ts";
import { sizeOf } from "./shape.ts";

/** Where the samples of a checked batch lie. */
export interface CheckedBatch {
  readonly samples: number;
  /** Position in the arrays of the batch's n-th sample. */
  readonly row: (n: number) => number;
}

/**
 * Checks a batch against the graph; throws `bad-option` with what was expected and found.
 *
 * @param most samples allowed; Infinity where the caller splits
 * @param targetSize numbers per sample in `targets`, or null where targets are not used
 */
export function checkBatch(
  graph: ResolvedGraph,
  batch: Batch,
  most: number,
  targetSize: number | null,
): CheckedBatch {
  const { inputs, rows, targets, sampleWeights } = batch;
  if (inputs.length !== graph.inputs.length) {
    fail(`The network has ${graph.inputs.length} inputs; the batch has ${inputs.length}.`);
  }
  let available = Number.POSITIVE_INFINITY;
  graph.inputs.forEach((index, k) => {
    const { name, op, shape } = graph.nodes[index]!;
    const array = inputs[k]!;
    const bytes = op.kind === "input" && op.dtype === "uint8";
    if (array instanceof Uint8Array !== bytes) {
      fail(
        `Input ${name} expects ${bytes ? "a Uint8Array" : "a Float32Array"}; it got ${array?.constructor?.name ?? String(array)}.`,
      );
    }
    const size = sizeOf(shape);
    if (array.length % size !== 0) {
      fail(
        `Input ${name} expects samples of shape [${shape}], ${size} numbers each; it got ${array.length} numbers, which is no whole number of samples.`,
      );
    }
    const count = array.length / size;
    if (k > 0 && count !== available)
      fail(`Input ${name} has ${count} samples, the inputs before it ${available}.`);
    available = count;
  });
  const samples = rows?.length ?? available;
  if (samples < 1) fail("The batch has no samples.");
  if (samples > most) fail(`The batch has ${samples} samples; the engine was made for at most ${most}.`);
  for (let n = 0; rows && n < rows.length; n++) {
    const row = rows[n]!;
    if (!Number.isInteger(row) || row < 0 || row >= available)
      fail(`Row ${row} is asked for; the arrays have rows 0 to ${available - 1}.`);
  }
  if (targetSize !== null) {
    if (targets === undefined) fail("The batch has no targets; a loss needs them.");
    if (targets.length !== available * targetSize) {
      fail(
        `The targets should have ${targetSize} numbers for each of ${available} samples; they have ${targets.length} in all.`,
      );
    }
    if (sampleWeights !== undefined && sampleWeights.length !== available) {
      fail(`There should be ${available} sample weights, one per sample; there are ${sampleWeights.length}.`);
    }
  }
  return { samples, row: rows ? (n) => rows[n]! : (n) => n };
}

function fail(message: string): never {
  throw new ReadError("bad-option", message);
}
