import type { Tensor } from "../tensor/tensor.ts";
import { kernelAxes } from "./axis-order.ts";
import type { ConvLayer, Evidence, LayerKind } from "./model.ts";

/** What a format knows about one convolution; what it does not know may be left out. */
export interface LayerFacts {
  readonly name: string;
  readonly kind: LayerKind;
  readonly axisOrder: string;
  readonly evidence: Evidence;
  readonly kernel: Tensor;
  readonly bias?: Tensor | null | undefined;
  readonly groups?: number | null | undefined;
  readonly strides?: readonly number[] | null | undefined;
  readonly padding?: ConvLayer["padding"] | undefined;
  readonly dilation?: readonly number[] | null | undefined;
  readonly inputExtents?: ConvLayer["inputExtents"] | undefined;
  readonly batchNorm?: ConvLayer["batchNorm"] | undefined;
  readonly note?: string | undefined;
}

/**
 * A layer from what is known about it; rank and canonical shape follow from the kernel's stored shape and its
 * axis order.
 *
 * @throws ReadError when the axis order or the groups do not fit the kernel's shape.
 */
export function convLayer(facts: LayerFacts, index: number): ConvLayer {
  const { kind, kernel, axisOrder, note } = facts;
  const groups = facts.groups ?? null;
  const { rank, shape } = kernelAxes(kernel.shape, axisOrder, { transposed: kind === "transposed", groups });
  return {
    index,
    name: facts.name,
    kind,
    rank,
    shape,
    groups,
    strides: facts.strides ?? null,
    padding: facts.padding ?? null,
    dilation: facts.dilation ?? null,
    axisOrder,
    evidence: facts.evidence,
    kernel,
    bias: facts.bias ?? null,
    inputExtents: facts.inputExtents ?? null,
    batchNorm: facts.batchNorm ?? null,
    ...(note === undefined ? {} : { note }),
  };
}
