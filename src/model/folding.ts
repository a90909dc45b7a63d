import type { ConvLayer } from "./model.ts";
import { readTensorName } from "./names.ts";

/** The name of the batch normalisation that follows a layer. */
export function batchNormName({ batchNorm }: ConvLayer): string | null {
  return batchNorm === null ? null : (batchNorm.name ?? readTensorName(batchNorm.mean.name).layer);
}

/**
 * Why no batch normalisation can be folded into a layer's kernel, as a sentence; null when one can. A
 * normalisation counts when the file says (or its names leave no doubt) that it alone takes what the layer gives.
 */
export function whyNotFolded(layer: ConvLayer): string | null {
  const { batchNorm, shape } = layer;
  if (batchNorm === null)
    return "the file tells of no batch normalisation that alone takes what it gives, without an activation between";
  const parts = [batchNorm.scale, batchNorm.offset, batchNorm.mean, batchNorm.variance].filter(
    (part) => part !== null,
  );
  const odd = parts.find((part) => part.shape.length !== 1 || part.shape[0] !== shape[0]);
  if (odd !== undefined)
    return `${JSON.stringify(odd.name)} has the shape [${odd.shape.join(", ")}], not one value for each of its ${shape[0]} filters`;
  const unreadable = parts.find((part) => part.unreadable !== undefined);
  return unreadable === undefined
    ? null
    : `${JSON.stringify(unreadable.name)} cannot be read: ${unreadable.unreadable}`;
}
