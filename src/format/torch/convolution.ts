import { type PickleValue, pickleItems } from "../../codec/pickle-value.ts";
import type { ConvLayer, LayerKind } from "../../model/model.ts";
import type { TorchModule } from "./module.ts";
import { isCount } from "./storage.ts";

/** What a module says about the convolution that it is. */
export interface ModuleConvolution {
  readonly kind: LayerKind;
  readonly axisOrder: string;
  readonly groups: number;
  readonly strides: readonly number[] | null;
  readonly padding: ConvLayer["padding"];
  readonly dilation: readonly number[] | null;
}

/** Spatial letters by rank. */
const SPATIAL: Readonly<Record<number, string>> = { 1: "W", 2: "HW", 3: "DHW" };

/**
 * The convolution that a module is: by the attributes of `torch.nn.modules.conv._ConvNd`, so that subclasses of any
 * name count; null when it has not those attributes, or they do not fit a weight of `shape`.
 */
export function readConvolution(
  { attributes }: TorchModule,
  shape: readonly number[],
): ModuleConvolution | null {
  const [inputs, outputs, groups, transposed] = ["in_channels", "out_channels", "groups", "transposed"].map(
    (name) => attributes.get(name),
  );
  const kernelSize = numbers(attributes.get("kernel_size"));
  const spatial = SPATIAL[kernelSize?.length ?? 0];
  if (!isCount(inputs) || !isCount(outputs) || !isCount(groups) || groups === 0) return null;
  if (typeof transposed !== "boolean" || kernelSize === null || spatial === undefined) return null;
  const channels = transposed ? [inputs, outputs / groups] : [outputs, inputs / groups];
  const wanted = [...channels, ...kernelSize];
  if (wanted.length !== shape.length || wanted.some((extent, axis) => extent !== shape[axis])) return null;
  return {
    kind: transposed ? "transposed" : groups > 1 && groups === inputs ? "depthwise" : "conv",
    axisOrder: `${transposed ? "IO" : "OI"}${spatial}`,
    groups,
    strides: numbers(attributes.get("stride")),
    padding: readPadding(attributes.get("padding")),
    dilation: numbers(attributes.get("dilation")),
  };
}

function numbers(value: PickleValue | undefined): readonly number[] | null {
  const items = pickleItems(value);
  return items?.every(isCount) === true ? (items as readonly number[]) : null;
}

/** `same` and `valid` as PyTorch calls them, or as much on both sides of each axis. */
function readPadding(value: PickleValue | undefined): ConvLayer["padding"] {
  if (value === "same" || value === "valid") return value;
  return numbers(value)?.map((amount) => [amount, amount] as const) ?? null;
}
