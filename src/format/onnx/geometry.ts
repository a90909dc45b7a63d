import type { LayerFacts } from "../../model/layers.ts";
import type { OnnxShape } from "./messages.ts";
import type { ConvOperator } from "./operators.ts";

/** What a convolution's attributes say; null where the node does not. */
export interface ConvAttributes {
  readonly group: number;
  readonly strides: readonly number[] | null;
  readonly dilations: readonly number[] | null;
  readonly pads: readonly number[] | null;
  readonly autoPad: string;
}

/** Strides, padding, dilation and input extents of a convolution of `rank` axes, by ONNX's defaults. */
export function convGeometry(
  attributes: ConvAttributes,
  rank: number,
  channelsLast: boolean,
  input: OnnxShape | null,
): Pick<LayerFacts, "strides" | "padding" | "dilation" | "inputExtents"> {
  const inputExtents =
    input === null || input.length !== rank + 2 ? null : channelsLast ? input.slice(1, -1) : input.slice(2);
  return {
    strides: oneEach(attributes.strides, rank),
    dilation: oneEach(attributes.dilations, rank),
    padding: paddingOf(attributes, rank),
    inputExtents,
  };
}

/** Ones where nothing is said; null when what is said does not fit the rank. */
function oneEach(values: readonly number[] | null, rank: number): readonly number[] | null {
  if (values === null || values.length === 0) return Array.from({ length: rank }, () => 1);
  return values.length === rank && values.every((value) => value >= 1) ? values : null;
}

function paddingOf({ pads, autoPad }: ConvAttributes, rank: number): LayerFacts["padding"] {
  if (autoPad === "VALID") return "valid";
  // TensorFlow's rule: what is odd is added at the end.
  if (autoPad === "SAME_UPPER") return "same";
  if (autoPad === "SAME_LOWER") return "same_lower";
  if (autoPad !== "NOTSET" && autoPad !== "") return null;
  if (pads === null || pads.length === 0) return Array.from({ length: rank }, () => [0, 0] as const);
  if (pads.length !== 2 * rank) return null;
  return Array.from({ length: rank }, (_, axis) => [pads[axis]!, pads[axis + rank]!] as const);
}

/** Whether the channels of a convolution's input stand last. */
export function isChannelsLast({ channelsLast }: ConvOperator, attribute: number): boolean {
  return channelsLast === true || (channelsLast === "attribute" && attribute === 1);
}
