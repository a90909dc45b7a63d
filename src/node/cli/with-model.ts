import { createBudget, type Model } from "../../index.ts";
import { fromFile } from "../file.ts";
import { open } from "../open.ts";
import type { Context } from "./context.ts";
import { fromStream } from "./stdin.ts";

/** The most that is kept in memory of what comes by a pipe. */
const PIPED_BYTES = 2 * 1024 ** 3;

/**
 * Opens `file` (`-`: standard input), hands the model to `use` and closes it, whatever happens.
 */
export async function withModel<T>(
  file: string,
  options: { readonly axisOrder?: string | undefined },
  context: Context,
  use: (model: Model) => Promise<T>,
): Promise<T> {
  const { signal } = context;
  const source =
    file === "-"
      ? await fromStream(context.stdin, createBudget({ bytes: PIPED_BYTES }), signal)
      : await fromFile(file);
  let model: Model | undefined;
  try {
    model = await open(source, { axisOrder: options.axisOrder, signal });
    return await use(model);
  } finally {
    await (model ?? source).close?.();
  }
}
