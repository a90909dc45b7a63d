import { createHash, type Hash } from "node:crypto";
import {
  type ConvLayer,
  fromBytes,
  isReadError,
  type Model,
  type OpenOptions,
  open,
  ReadError,
  readKernel,
  type Source,
} from "kernelscope";
import { nodeSpawn } from "kernelscope/node";

/** What came of an attempt to read: a model, a refusal by the one error class, or a fault of the library. */
export type Outcome =
  | { readonly kind: "model"; readonly digest: string; readonly layers: number; readonly tensors: number }
  | {
      readonly kind: "refused";
      readonly code: string;
      readonly message: string;
      readonly file: string | undefined;
    }
  | { readonly kind: "crash"; readonly message: string };

/** `work` and what came of it; anything thrown that is not a ReadError is a crash. */
export async function outcomeOf(work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ReadError) {
      const { code, message, file } = error;
      return { kind: "refused", code, message, file };
    }
    return {
      kind: "crash",
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
}

/** An outcome in a few words, equal for equal outcomes. */
export function outcomeText(outcome: Outcome): string {
  if (outcome.kind === "model") return `model ${outcome.layers} layers ${outcome.digest.slice(0, 12)}`;
  return outcome.kind === "refused" ? `refused ${outcome.code}` : `crash ${outcome.message}`;
}

/** Opens `source`, gives the model to `use` and closes it whatever happens. */
export async function withModel<T>(
  source: Source,
  use: (model: Model) => Promise<T>,
  options: OpenOptions = {},
): Promise<T> {
  const model = await openOrClose(source, options);
  try {
    return await use(model);
  } finally {
    await model.close();
  }
}

/** A source whose model did not open is still the caller's to close. */
async function openOrClose(source: Source, options: OpenOptions): Promise<Model> {
  try {
    return await open(source, { spawn: nodeSpawn, ...options });
  } catch (error) {
    await source.close?.();
    throw error;
  }
}

/** Opens bytes in memory; see `withModel`. */
export function withBytes<T>(
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  use: (model: Model) => Promise<T>,
  options: OpenOptions = {},
): Promise<T> {
  return withModel(fromBytes(bytes, name), use, options);
}

/**
 * Opens `source` and reads all of it: every tensor's directory entry, every kernel, and whatever `draw` makes of
 * each. Layers that say by a ReadError why they cannot be read are part of the result.
 */
export function readEverything(
  source: Source | (() => Promise<Source>),
  draw: (layer: ConvLayer, hash: Hash, signal: AbortSignal | undefined) => Promise<void> = hashKernel,
  options: OpenOptions = {},
): Promise<Outcome> {
  return outcomeOf(async () =>
    withModel(
      typeof source === "function" ? await source() : source,
      async (model) => {
        const hash = createHash("sha256");
        hash.update(`${model.format} ${model.producer} ${model.notes.join("|")}\n`);
        for (const { name, dtype, shape, unreadable } of model.tensors) {
          hash.update(`${JSON.stringify(name)} ${dtype} ${shape.join("x")} ${unreadable}\n`);
        }
        for (const layer of model.layers) {
          hash.update(
            `${JSON.stringify(layer.name)} ${layer.kind} ${layer.shape.join("x")} ${layer.evidence}\n`,
          );
          try {
            await draw(layer, hash, options.signal);
          } catch (error) {
            // A layer may be unreadable; a source that fails is no fact of the layer.
            if (!isReadError(error, "unsupported", "malformed", "truncated", "limit")) throw error;
            hash.update(`${error.code} ${error.message}\n`);
          }
        }
        const { layers, tensors } = model;
        return {
          kind: "model",
          digest: hash.digest("hex"),
          layers: layers.length,
          tensors: tensors.length,
        } as const;
      },
      options,
    ),
  );
}

/** Reads the kernel and adds its weights to `hash`. */
export async function hashKernel(layer: ConvLayer, hash: Hash, signal?: AbortSignal): Promise<void> {
  const { weights } = await readKernel(layer, { signal });
  hash.update(new Uint8Array(weights.buffer, weights.byteOffset, weights.byteLength));
}
