import type { Probe } from "../format.ts";

/**
 * What the names of a TorchScript archive begin with (`archive/`, `resnet18/`); null when it is none. Beside `data.pkl`
 * stand the constants of its code, and the code itself.
 */
export function scriptRoot(names: readonly string[]): string | null {
  const pickle = names.find((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  if (pickle === undefined) return null;
  const folder = pickle.slice(0, -"data.pkl".length);
  const script = names.some((name) => name === `${folder}constants.pkl` || name.startsWith(`${folder}code/`));
  return script ? folder : null;
}

/** Whether a zip is what `torch.jit.save` writes, for servers or for the lite interpreter. */
export function looksLikeTorchScript({ zipEntries }: Probe): boolean {
  return zipEntries !== null && scriptRoot(zipEntries) !== null;
}
