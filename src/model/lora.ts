import type { LayerFacts } from "./layers.ts";

/** The halves of a LoRA pair as PEFT, diffusers and kohya's scripts name them, with the other half of each. */
const HALVES: Readonly<Record<string, string>> = {
  lora_A: "lora_B",
  lora_B: "lora_A",
  lora_down: "lora_up",
  lora_up: "lora_down",
  "lora.down": "lora.up",
  "lora.up": "lora.down",
  "lora_linear_layer.down": "lora_linear_layer.up",
  "lora_linear_layer.up": "lora_linear_layer.down",
};

/** The part of a name that says which half it is; PEFT may add the adapter's name (`lora_A.default`). */
const PART = /(?:^|[./])(lora_(?:A|B|down|up)|lora(?:_linear_layer)?\.(?:down|up))(?:\.[\w-]+)?$/;

/**
 * `fact` with a note where its name says that it is half of a LoRA pair: what is trained is the product of both, which
 * is added to a kernel that such a file does not hold.
 */
export function noteLora(fact: LayerFacts): LayerFacts {
  // Asked of every layer, and hardly any is one.
  if (!fact.name.includes("lora")) return fact;
  const half = PART.exec(fact.name)?.[1];
  if (half === undefined) return fact;
  const first = /A$|down$/.test(half);
  const note = `The ${first ? "first" : "second"} half (${half}) of a LoRA pair: its product with ${HALVES[half]}, scaled, is added to the base layer's kernel, which is not in this file.`;
  return { ...fact, note: fact.note === undefined ? note : `${note} ${fact.note}` };
}
