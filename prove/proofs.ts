import { ambiguous } from "./ambiguous.ts";
import { axes } from "./axes.ts";
import { bitflip } from "./bitflip.ts";
import { determinism } from "./determinism.ts";
import { faults } from "./faults.ts";
import { fuzz } from "./fuzz.ts";
import { kill } from "./kill.ts";
import type { Proof } from "./proof.ts";
import { resume } from "./resume.ts";
import { values } from "./values.ts";

/** Every proof, in the order in which `prove` lists and runs them. */
export const proofs: readonly Proof[] = [
  values,
  axes,
  ambiguous,
  fuzz,
  faults,
  bitflip,
  kill,
  resume,
  determinism,
];
