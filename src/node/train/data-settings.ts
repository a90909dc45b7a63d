import * as v from "valibot";
import { ReadError } from "../../index.ts";

const whole = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));

/** What a data set is made from, as `run.json` holds it. */
export const dataSchema = v.variant("kind", [
  v.strictObject({
    kind: v.literal("procedural-flowers"),
    count: whole(1),
    side: whole(8),
    seed: whole(0),
  }),
  v.strictObject({ kind: v.literal("moving-digits"), count: whole(1), seed: whole(0) }),
  v.strictObject({ kind: v.literal("flowers17"), path: v.string() }),
  v.strictObject({ kind: v.literal("image-folder"), path: v.string() }),
  v.strictObject({ kind: v.literal("arrays"), inputs: v.string(), targets: v.nullable(v.string()) }),
]);

/** See `dataSchema`. */
export type DataSettings = v.InferOutput<typeof dataSchema>;

/** What `--data` may be, for help and errors. */
export const DATA_HELP =
  "procedural-flowers[:COUNT], moving-digits[:COUNT], flowers17[:FOLDER_OR_TGZ], a folder or .tgz with one folder a class, an .npz with x and y, or X.npy,Y.npy";

/**
 * What `--data` says. Seeds of drawn data sets are 0 for training and 1 for everything else, so that `evaluate`
 * sees samples that training did not.
 *
 * @throws ReadError `bad-option` when it is nothing that is known
 */
export function parseData(text: string, seed = 0): DataSettings {
  const [, kind = "", rest = ""] = /^([a-z][a-z0-9-]*)(?::(.+))?$/.exec(text) ?? [];
  switch (kind) {
    case "procedural-flowers":
      return { kind, count: countOf(rest, 1360), side: 224, seed };
    case "moving-digits":
      return { kind, count: countOf(rest, 2048), seed };
    case "flowers17":
      return { kind, path: rest === "" ? "17flowers.tgz" : rest };
  }
  const arrays = text.split(",");
  if (arrays.length === 2 && arrays.every((path) => /\.npy$/i.test(path)))
    return { kind: "arrays", inputs: arrays[0]!, targets: arrays[1]! };
  if (/\.npz$/i.test(text)) return { kind: "arrays", inputs: text, targets: null };
  if (/\.npy$/i.test(text)) {
    throw new ReadError("bad-option", "An .npy holds inputs or targets: give both, as X.npy,Y.npy.", {
      file: text,
    });
  }
  return { kind: "image-folder", path: text };
}

function countOf(text: string, fallback: number): number {
  if (text === "") return fallback;
  const count = Number(text);
  if (Number.isSafeInteger(count) && count >= 1) return count;
  throw new ReadError(
    "bad-option",
    `The number of samples is ${JSON.stringify(text)}; expected a whole number.`,
  );
}
