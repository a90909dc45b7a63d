import { ReadError } from "../../errors.ts";
import { graphLayers } from "../../model/graph-layers.ts";
import type { Model } from "../../model/model.ts";
import { parametersOf } from "../../model/parameters.ts";
import type { Source } from "../../source/source.ts";
import { atenLayers } from "../aten/layers.ts";
import type { OpenContext } from "../format.ts";
import { asAten } from "./calls.ts";
import { readPir } from "./pir.ts";
import { readProgram } from "./program.ts";
import { paddleKind } from "./recognise.ts";
import { openState } from "./state.ts";
import { paddleWeights } from "./weights.ts";

/** Bytes of a program without its weights: the largest have some megabytes. */
export const PROGRAM_MOST = 64 * 1024 * 1024;

/** Opens a file of PaddlePaddle: a state dict, or a program and its weights, whichever of the two is given. */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const kind = paddleKind(context.probe);
  if (kind === "state") return openState(source, context);
  const stem = source.name.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "");
  const wanted = kind === "weights" ? [`${stem}.pdmodel`, `${stem}.json`] : [`${stem}.pdiparams`];
  const other = await sibling(source, wanted, context);
  try {
    const [program, weights] = kind === "weights" ? [other, source] : [source, other];
    return await openProgram(source, program, weights, other, context);
  } catch (error) {
    await other.close?.();
    throw error;
  }
}

async function sibling(source: Source, names: readonly string[], { signal }: OpenContext): Promise<Source> {
  for (const name of names) {
    const other = (await source.sibling?.(name, signal)) ?? null;
    if (other !== null) return other;
  }
  throw new ReadError(
    "missing-sibling",
    `A PaddlePaddle program has two files: ${names.map((name) => JSON.stringify(name)).join(" or ")} is not beside this one. Put it there, or choose both.`,
  );
}

async function openProgram(
  main: Source,
  program: Source,
  weights: Source,
  other: Source,
  { budget, signal }: OpenContext,
): Promise<Model> {
  if (program.size > PROGRAM_MOST) {
    throw new ReadError("limit", `The program has ${program.size} bytes; the limit is ${PROGRAM_MOST}.`, {
      file: program.name,
    });
  }
  const release = budget.take(program.size, "the program");
  try {
    const bytes = await program.read(0, program.size, signal);
    const parsed = bytes[0] === 0x0a ? readProgram(bytes, budget) : readPir(bytes, budget);
    const stored = await paddleWeights(weights, parsed, budget, signal);
    const { facts, computed } = await atenLayers(asAten(parsed, stored), { budget, signal });
    const named = facts.map((fact) => ({ ...fact, name: fact.name.replace(/\.w_\d+$/, "") }));
    const tensors = [...stored.values()];
    const found = graphLayers(named, tensors);
    return {
      file: main.name,
      format: "paddle",
      producer: "paddle",
      layers: found.layers,
      tensors,
      rejected: found.rejected,
      architecture: null,
      parameters: parametersOf(tensors),
      notes:
        computed === 0
          ? found.notes
          : [
              ...found.notes,
              `${computed} convolutions use kernels that the network computes from its input.`,
            ],
      async close() {
        await main.close?.();
        await other.close?.();
      },
    };
  } finally {
    release();
  }
}
