import {
  type ConvLayer,
  createBudget,
  fromBytes,
  isReadError,
  type Model,
  readKernel,
  type Tensor,
} from "kernelscope";
import type { Case } from "./catalogue/case.ts";
import { catalogue } from "./catalogue/catalogue.ts";
import { sourceOf } from "./files.ts";
import { outcomeOf, outcomeText, withModel } from "./observe.ts";
import type { Proof } from "./proof.ts";
import { safetensors } from "./writers/safetensors.ts";
import { float32Weight } from "./writers/weight.ts";

/** What a case came to: `fine`, or `open CODE` and `read CODE` with the message. */
interface Answer {
  readonly text: string;
  readonly message: string;
}

/** Opens the case and reads every layer and every tensor of it. */
async function answerOf(one: Case): Promise<Answer> {
  const refusals: Answer[] = [];
  const said: string[] = [];
  const outcome = await outcomeOf(() =>
    withModel(sourceOf(one), async (model) => {
      for (const read of readsOf(model)) {
        try {
          await read();
        } catch (error) {
          if (!isReadError(error)) throw error;
          refusals.push({ text: `read ${error.code}`, message: error.message });
        }
      }
      said.push(...model.notes, ...model.rejected.map(({ reason }) => reason));
      return { kind: "model", digest: "", layers: model.layers.length, tensors: model.tensors.length };
    }),
  );
  if (outcome.kind === "refused") return { text: `open ${outcome.code}`, message: outcome.message };
  if (outcome.kind === "crash") return { text: "crash", message: outcome.message };
  if (refusals[0] !== undefined) return refusals[0];
  const silent = one.says !== undefined && !said.some((note) => note.includes(one.says!));
  return { text: silent ? "fine in silence" : "fine", message: said.join(" ") || outcomeText(outcome) };
}

function readsOf({ layers, tensors }: Model): readonly (() => Promise<unknown>)[] {
  return [
    ...layers.map((layer: ConvLayer) => () => readKernel(layer)),
    ...tensors.map((tensor: Tensor) => () => tensor.readBytes({ budget: createBudget() })),
  ];
}

/** A sentence for people: no stack, no internal words. */
function isSentence(message: string): boolean {
  return message.length > 15 && /[.:?!]$/.test(message) && !/\bundefined\b|\[object|\n\s+at /.test(message);
}

export const ambiguous: Proof = {
  name: "ambiguous",
  promise: "A file that can be read in two ways, or that contradicts itself, is refused with the right code.",
  async run({ tally, amount }) {
    const good = safetensors([float32Weight("conv.weight", [2, 1, 3, 3], { length: 18 })]);
    // Files that libhdf5 must read cost a worker each: a part of them is enough every time.
    const every = amount(8, 1);
    const chosen = catalogue.filter(({ name }, at) => !name.endsWith("(newer HDF5)") || at % every === 0);
    for (const one of chosen) {
      const expected = one.at === "fine" ? "fine" : `${one.at} ${one.code}`;
      const { text, message } = await answerOf(one);
      tally.check(
        text === expected,
        () => `${one.main}: ${one.name}: expected ${expected}, found ${text}: ${message}`,
      );
      const sentence = !/^(open|read) /.test(text) || isSentence(message);
      tally.check(sentence, () => `${one.main}: ${one.name}: not a sentence: ${message}`);
    }
    await withModel(fromBytes(good, "good.safetensors"), async (model) => {
      tally.check(model.layers.length === 1, () => "a good file no longer opens after the catalogue");
    });
    tally.note(`${chosen.length} of ${catalogue.length} files`);
  },
};
