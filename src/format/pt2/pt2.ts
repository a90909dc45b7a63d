import { ReadError } from "../../errors.ts";
import { graphLayers } from "../../model/graph-layers.ts";
import type { LayerFacts } from "../../model/layers.ts";
import type { Model } from "../../model/model.ts";
import { sizeOf } from "../../model/parameters.ts";
import type { Source } from "../../source/source.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { atenLayers } from "../aten/layers.ts";
import type { OpenContext } from "../format.ts";
import { pt2Archive } from "./archive.ts";
import { field } from "./fields.ts";
import { exportedProgram } from "./graph.ts";
import { readStates, type State } from "./states.ts";

/** Opens what `torch.export.save` wrote: operators, their geometry and the weights that they use. */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const { probe, budget, signal } = context;
  const archive = pt2Archive(source, probe.zip ?? [], { budget, signal });
  const states = await readStates(archive, context);
  const facts: LayerFacts[] = [];
  let computed = 0;
  for (const { program, named } of states) {
    const found = await atenLayers(
      exportedProgram(program, (name) => named.get(name) ?? null, budget),
      { budget, signal },
    );
    for (const fact of found.facts) facts.push(fact);
    computed += found.computed;
  }
  const tensors = [...new Set(states.flatMap(({ named }) => [...named.values()]))];
  const found = graphLayers(facts, tensors);
  const trained = states.every(({ trained: names }) => names !== null);
  const total = sizeOf(tensors);
  const trainable = trained ? sizeOf(states.flatMap(trainedOf)) : null;
  return {
    file: source.name,
    format: "pt2",
    producer: producerOf(states),
    layers: found.layers,
    tensors,
    rejected: found.rejected,
    architecture: null,
    parameters: { total, trainable, nonTrainable: trainable === null ? null : total - trainable },
    notes: [
      ...found.notes,
      ...(computed === 0
        ? []
        : [`${computed} convolutions use kernels that the network computes from its input.`]),
    ],
    close: async () => source.close?.(),
  };
}

function trainedOf({ named, trained }: State): readonly Tensor[] {
  return [...named].flatMap(([name, tensor]) => (trained?.has(name) === true ? [tensor] : []));
}

/** `torch 2.13.0`, as the program says; null when it does not. */
function producerOf(states: readonly State[]): string | null {
  const version = field(states[0]?.program, "torch_version");
  if (states.length === 0) throw new ReadError("unsupported", "The archive holds no exported program.");
  return typeof version === "string" ? `torch ${version.replace(/\+.*$/, "")}` : null;
}
