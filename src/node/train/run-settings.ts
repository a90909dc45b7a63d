import * as v from "valibot";
import { ReadError } from "../../index.ts";
import { dataSchema } from "./data-settings.ts";

const whole = (least: number) => v.pipe(v.number(), v.safeInteger(), v.minValue(least));

const atLeast = (least: number) => v.pipe(v.number(), v.finite(), v.minValue(least));
const name = v.pipe(v.string(), v.minLength(1));

const schema = v.strictObject({
  version: v.literal(1),
  data: dataSchema,
  /** Of initial weights, sample order and dropout. */
  seed: v.pipe(whole(0), v.maxValue(2 ** 32 - 1)),
  epochs: whole(1),
  batchSize: whole(1),
  validationSplit: v.pipe(v.number(), v.minValue(0), v.maxValue(0.999)),
  shuffle: v.boolean(),
  /** Optimizer, loss and metrics as Keras's `compile_config` holds them. */
  compile: v.record(v.string(), v.unknown()),
  /** Whose progress lines and summary are printed. */
  keras: v.picklist(["2.2", "2", "3"]),
  /** Ends the run when `monitor` has not improved for `patience` epochs. */
  earlyStopping: v.optional(
    v.strictObject({
      monitor: name,
      patience: whole(0),
      minDelta: atLeast(0),
      restoreBestWeights: v.boolean(),
    }),
  ),
  /** Lowers the learning rate when `monitor` has not improved for `patience` epochs. */
  reduceOnPlateau: v.optional(
    v.strictObject({
      monitor: name,
      patience: whole(0),
      factor: v.pipe(v.number(), v.gtValue(0), v.ltValue(1)),
      minLearningRate: atLeast(0),
      cooldown: whole(0),
    }),
  ),
});

/** All that a run is made from beside its spec; what `run.json` holds. Nothing in it depends on time or machine. */
export type RunSettings = v.InferOutput<typeof schema>;

/** The text of `run.json`. */
export function encodeSettings(settings: RunSettings): string {
  return `${JSON.stringify(settings, null, 2)}\n`;
}

/**
 * Reads `run.json`, which a person may have edited.
 *
 * @throws ReadError `malformed` naming what was expected where
 */
export function decodeSettings(text: string, file: string): RunSettings {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new ReadError("malformed", "It is no JSON.", { file, cause: error });
  }
  const parsed = v.safeParse(schema, json);
  if (parsed.success) return parsed.output;
  const [issue] = parsed.issues;
  const path = v.getDotPath(issue) ?? "the whole";
  throw new ReadError(
    "malformed",
    `${JSON.stringify(path)} should be ${issue.expected ?? "something else"}, found ${issue.received}.`,
    { file },
  );
}
