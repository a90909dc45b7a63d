import type { Budget } from "../../budget.ts";
import type { Source } from "../../source/source.ts";
import { type Bundle, openBundle } from "./bundle.ts";

/** The checkpoint of a SavedModel, and what closes all of it. */
export interface SavedVariables {
  /** Null when the table is of another kind. */
  readonly bundle: Bundle | null;
  close(): Promise<void>;
}

const INDEX = "variables.index";
/** The shard of a checkpoint that is not spread over several. */
const ONLY_SHARD = "variables.data-00000-of-00001";

/**
 * Opens `variables/variables.index` of a SavedModel, or, among dropped files, `variables.index` beside it; null when
 * there is none. The only shard of most is looked for at the same time, as the objects of the model are described in it.
 */
export async function openVariables(
  source: Source,
  budget: Budget,
  signal: AbortSignal | undefined,
): Promise<SavedVariables | null> {
  const find = async (name: string): Promise<Source | null> => {
    const folder = (await source.folder?.folder("variables", signal)) ?? null;
    const inside = (await folder?.file(name, signal)) ?? null;
    return inside ?? (await source.sibling?.(name, signal)) ?? null;
  };
  // When it cannot be opened, whoever needs it tries again and says so.
  const looking = find(ONLY_SHARD).catch(() => null);
  let index: Source | null = null;
  try {
    index = await find(INDEX);
    const shard = await looking;
    const bundle = index === null ? null : await openBundle(index, budget, signal, shard ?? undefined);
    if (index === null) {
      await shard?.close?.();
      return null;
    }
    const opened = index;
    return {
      bundle,
      async close() {
        await Promise.all([bundle?.close(), opened.close?.(), shard?.close?.()]);
      },
    };
  } catch (error) {
    await Promise.all([index?.close?.(), looking.then((shard) => shard?.close?.())]);
    throw error;
  }
}
