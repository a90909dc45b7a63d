import { parseJson } from "../../codec/json.ts";
import type { ZipEntry } from "../../codec/zip.ts";
import { openZipEntry, readZipEntry, type ZipContext } from "../../codec/zip-entry.ts";
import { ReadError } from "../../errors.ts";
import type { Model } from "../../model/model.ts";
import type { Source } from "../../source/source.ts";
import type { OpenContext } from "../format.ts";
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

/**
 * Opens a `.keras` archive. Keras stores its entries uncompressed, so the weights are read in place; an archive
 * that was packed again is inflated into memory.
 */
export async function open(source: Source, context: OpenContext): Promise<Model> {
  const { budget, signal, probe } = context;
  const zip: ZipContext = { budget, signal };
  const entries = new Map((probe.zip ?? []).map((entry) => [entry.name, entry]));
  const json = async (name: string): Promise<unknown> => {
    const entry = entries.get(name);
    return entry === undefined ? null : parseJson(await readZipEntry(source, entry, zip), budget, name);
  };
  const kerasVersion = versionOf(await json(METADATA));
  const config = configOf(await json(CONFIG), kerasVersion, context);
  const parts = await weightEntries(source, entries, zip, context);
  const stores = await openStores(parts, context);
  const model = storeModel(stores.contents, {
    file: source.name,
    format: "keras",
    config,
    kerasVersion,
    notes: [],
    context,
    close: async () => {
      stores.close();
      await source.close?.();
    },
  });
  return model;
}

function versionOf(metadata: unknown): string | null {
  if (typeof metadata !== "object" || metadata === null || !Object.hasOwn(metadata, "keras_version"))
    return null;
  const { keras_version: version } = metadata as { keras_version: unknown };
  return typeof version === "string" ? version : null;
}

function configOf(json: unknown, kerasVersion: string | null, { budget }: OpenContext): KerasConfig | null {
  return json === null ? null : readKerasConfig(json, kerasVersion, budget);
}

/** The HDF5 files inside the archive: one, or the shards that its weight map names. */
async function weightEntries(
  source: Source,
  entries: ReadonlyMap<string, ZipEntry>,
  zip: ZipContext,
  { budget }: OpenContext,
): Promise<readonly Source[]> {
  const whole = entries.get(WEIGHTS);
  if (whole !== undefined) return [await openZipEntry(source, whole, zip)];
  const map = entries.get(WEIGHT_MAP);
  if (map !== undefined) {
    const names = readWeightMap(parseJson(await readZipEntry(source, map, zip), budget, WEIGHT_MAP));
    return Promise.all(
      names.map((name) => {
        const entry = entries.get(name);
        if (entry === undefined)
          throw new ReadError(
            "missing-sibling",
            `The archive's weight map names ${JSON.stringify(name)}, which the archive does not hold.`,
          );
        return openZipEntry(source, entry, zip);
      }),
    );
  }
  if (entries.has(WEIGHTS_NPZ)) {
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
