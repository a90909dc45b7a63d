import type { Problem } from "./protocol.ts";

const ADVICE: Record<Problem["code"], string> = {
  "not-found": "Check that the file is still where it was, then open it again.",
  refused:
    "The system or browser refused the file. Check its permissions, or copy it to another folder first.",
  truncated: "The file seems incomplete. Download or copy it again and compare its size with the original.",
  malformed:
    "The file is damaged, or is not what its name says. Load it in the framework that wrote it and save it anew.",
  ambiguous: "Nothing is shown rather than a guess. Save the file anew with the framework that wrote it.",
  unsupported:
    "Otherwise save the model in one of the formats on the first page, for instance as safetensors or .keras.",
  "missing-sibling": "This model lies in several files. Drop all of them together, or the whole folder.",
  limit: "The file asks for more than any real model needs, so reading was stopped to protect this machine.",
  deadline: "Try again with other programs closed. If it happens again, the file is probably damaged.",
  "source-changed":
    "The file changed while it was read. Wait until whatever writes it has finished, then open it again.",
  "source-short":
    "The disk or drive delivered fewer bytes than the file has. Copy it to this machine and open the copy.",
  aborted: "Open it again whenever you like.",
  "no-such-layer": "Choose a layer from the list.",
  "bad-option": "Change the display options below the picture.",
  "not-finite": "Train again with a smaller learning rate.",
  crashed: "Open the file again. If it happens again, the file may be damaged or too large for this browser.",
};

/** What to try next, one sentence for each kind of problem. */
export function advice(code: Problem["code"]): string {
  return ADVICE[code];
}
