import type { Architecture, Model } from "./model.ts";
import { renderKeras2 } from "./summary-keras2.ts";
import { renderKeras3 } from "./summary-keras3.ts";
import { renderTensors } from "./summary-tensors.ts";

/**
 * The text forms that Keras's `model.summary()` has had:
 *
 * | style | as printed by |
 * |---|---|
 * | `keras2.0` | Keras before 2.2.5: plain rows without the line that names the model |
 * | `keras2.2` | Keras 2.2.5 to 2.3: plain rows under a line that names the model |
 * | `keras2.6` | tf.keras up to 2.6: the same, an InputLayer's shape in brackets |
 * | `keras2.7` | 2.7 to 2.12: rows indented by one space, long fields wrapped |
 * | `keras2.13` | 2.13 to 2.15 and tf-keras: the same, sizes in the last lines |
 * | `keras3` | Keras 3: a table in a box |
 */
export const SUMMARY_STYLES = [
  "keras2.0",
  "keras2.2",
  "keras2.6",
  "keras2.7",
  "keras2.13",
  "keras3",
] as const;

/** One of `SUMMARY_STYLES`. */
export type SummaryStyle = (typeof SUMMARY_STYLES)[number];

/** How a summary is printed; every option has a default. */
export interface SummaryOptions {
  /**
   * `keras2` is the form of the Keras 2 that wrote the file, and that of 2.2.5 for files of anything else.
   * Default: the form of the Keras that wrote the file.
   */
  readonly style?: SummaryStyle | "keras2" | undefined;
  /** Columns of the terminal, by which Keras 3 chooses the length of its lines. Default 80. */
  readonly columns?: number | undefined;
  /** Length of every line (`line_length` of Keras). Default: Keras's own. */
  readonly lineLength?: number | undefined;
  /** Adds a column that says whether a layer is trained; from Keras 2.7 on. */
  readonly showTrainable?: boolean | undefined;
  /** Shows the layers of nested models; from Keras 2.7 on. */
  readonly expandNested?: boolean | undefined;
  /** Writes the colours of Keras 3 as escape sequences of 256-colour terminals. */
  readonly color?: boolean | undefined;
}

/**
 * What `model.summary()` of Keras prints for the file's own architecture, line for line; where the file holds
 * none, a list of its tensors. Ends in a line break.
 *
 * @throws ReadError `bad-option` for a line too short for its columns, or an option that the style never had.
 * @example
 * console.log(renderSummary(model, { style: "keras3", columns: 100 }));
 */
export function renderSummary(model: Model, options: SummaryOptions = {}): string {
  if (model.architecture === null) return renderTensors(model);
  const style = styleOf(model.architecture, options.style);
  return style === "keras3"
    ? renderKeras3(model.architecture, options)
    : renderKeras2(model.architecture, style, options);
}

function styleOf({ framework }: Architecture, asked: SummaryOptions["style"]): SummaryStyle {
  if (asked !== undefined && asked !== "keras2") return asked;
  const own = styleOfFramework(framework);
  return asked === "keras2" && own === "keras3" ? "keras2.2" : own;
}

/** The form that a version of Keras prints; versions of tf.keras before 2.4 end in `-tf`. */
function styleOfFramework(framework: string | null): SummaryStyle {
  const [, major, minor, patch, tf] =
    /^keras (\d+)\.(\d+)(?:\.(\d+))?\S*?(-tf)?$/.exec(framework ?? "") ?? [];
  if (major !== "2") return "keras3";
  const second = Number(minor);
  if (second >= 13) return "keras2.13";
  if (second >= 7) return "keras2.7";
  if (second >= 4 || tf !== undefined) return "keras2.6";
  return second < 2 || (second === 2 && Number(patch) < 5) ? "keras2.0" : "keras2.2";
}
