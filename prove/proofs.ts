import { ambiguous } from "./ambiguous.ts";
import { axes } from "./axes.ts";
import { bitflip } from "./bitflip.ts";
import { determinism } from "./determinism.ts";
import { faults } from "./faults.ts";
import { fuzz } from "./fuzz.ts";
import { inert } from "./inert.ts";
import { kill } from "./kill.ts";
import { limits } from "./limits.ts";
import { memory } from "./memory.ts";
import { pixels } from "./pixels.ts";
import type { Proof } from "./proof.ts";
import { resume } from "./resume.ts";
import { siblings } from "./siblings.ts";
import { text } from "./text.ts";
import { values } from "./values.ts";

/** Every proof, in the order in which `prove` lists and runs them. */
export const proofs: readonly Proof[] = [
  values,
  axes,
  pixels,
  ambiguous,
  fuzz,
  faults,
  memory,
  limits,
  siblings,
  inert,
  text,
  bitflip,
  kill,
  resume,
  determinism,
];
