import type { Model } from "../../index.ts";
import { open } from "../open.ts";
import type { Context } from "./context.ts";
import type { OpenFlags } from "./options.ts";
import { sourceAt } from "./source-at.ts";

/**
 * Opens `file` (a file, a folder, or `-` for standard input), hands the model to `use` and closes it, whatever
 * happens.
 */
export async function withModel<T>(
  file: string,
  { axisOrder, entry }: OpenFlags,
  context: Context,
  use: (model: Model) => Promise<T>,
): Promise<T> {
  const { signal } = context;
  const source = await sourceAt(file, context);
  let model: Model | undefined;
  try {
    model = await open(source, { axisOrder, entry, signal });
    return await use(model);
  } finally {
    await (model ?? source).close?.();
  }
}
