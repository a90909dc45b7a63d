import type { Budget } from "../../budget.ts";
import { parseJson } from "../../codec/json.ts";
import { openZipEntry, readZipEntry, type ZipContext } from "../../codec/zip-entry.ts";
import { ReadError } from "../../errors.ts";
import type { Model } from "../../model/model.ts";
import type { Source } from "../../source/source.ts";
import type { FolderContext, OpenContext } from "../format.ts";
import { type KerasConfig, readKerasConfig } from "./config.ts";
import { openStores } from "./open-stores.ts";
import { ARCHIVE_ENTRIES } from "./recognise.ts";
import { readWeightMap } from "./sharded.ts";
import { storeModel } from "./store-model.ts";

const {
  config: CONFIG,
  metadata: METADATA,
  weights: WEIGHTS,
  npz: WEIGHTS_NPZ,
  map: WEIGHT_MAP,
} = ARCHIVE_ENTRIES;

/** What a `.keras` holds, packed or not. */
export interface KerasContents {
  /** A JSON file, parsed; null when there is none of that name. */
  json(name: string): Promise<unknown>;
  /** A file to be read in parts; null when there is none of that name. */
  open(name: string): Promise<Source | null>;
}

/**
 * Opens a `.keras` archive. Keras stores its entries uncompressed, so the weights are read in place; an archive
 * that was packed again is inflated into memory.
 */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const { budget, signal, probe } = context;
  const zip: ZipContext = { budget, signal };
  const entries = new Map((probe.zip ?? []).map((entry) => [entry.name, entry]));
  const contents: KerasContents = {
    async json(name) {
      const entry = entries.get(name);
      return entry === undefined ? null : parseJson(await readZipEntry(source, entry, zip), budget, name);
    },
    async open(name) {
      const entry = entries.get(name);
      return entry === undefined ? null : openZipEntry(source, entry, zip);
    },
  };
  return openContents(source.name, contents, context, async () => source.close?.());
}

/** Opens what is in an archive; `close` frees it. */
export async function openContents(
  file: string,
  contents: KerasContents,
  context: FolderContext,
  close: () => Promise<void>,
): Promise<Model> {
  const { budget } = context;
  const kerasVersion = versionOf(await contents.json(METADATA));
  const config = configOf(await contents.json(CONFIG), kerasVersion, budget);
  const parts = await weightEntries(contents);
  const stores = await openStores(parts, context);
  return storeModel(stores.contents, {
    file,
    format: "keras",
    config,
    kerasVersion,
    notes: [],
    context,
    close: async () => {
      stores.close();
      await close();
    },
  });
}

function versionOf(metadata: unknown): string | null {
  if (typeof metadata !== "object" || metadata === null || !Object.hasOwn(metadata, "keras_version"))
    return null;
  const { keras_version: version } = metadata as { keras_version: unknown };
  return typeof version === "string" ? version : null;
}

function configOf(json: unknown, kerasVersion: string | null, budget: Budget): KerasConfig | null {
  return json === null ? null : readKerasConfig(json, kerasVersion, budget);
}

/** The HDF5 files inside the archive: one, or the shards that its weight map names. */
async function weightEntries(contents: KerasContents): Promise<readonly Source[]> {
  const whole = await contents.open(WEIGHTS);
  if (whole !== null) return [whole];
  const map = await contents.json(WEIGHT_MAP);
  if (map !== null) {
    return Promise.all(
      readWeightMap(map).map(async (name) => {
        const shard = await contents.open(name);
        if (shard !== null) return shard;
        throw new ReadError(
          "missing-sibling",
          `The archive's weight map names ${JSON.stringify(name)}, which the archive does not hold.`,
        );
      }),
    );
  }
  if ((await contents.open(WEIGHTS_NPZ)) !== null) {
    throw new ReadError(
      "unsupported",
      `The weights are kept in ${WEIGHTS_NPZ}, as pickled objects that newer Keras refuses to load as well; load the model with the Keras that wrote it and save it again.`,
    );
  }
  throw new ReadError(
    "malformed",
    `The archive holds ${CONFIG}, but no weights: expected ${WEIGHTS} or ${WEIGHT_MAP}.`,
  );
}
