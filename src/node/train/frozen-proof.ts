import { type Kernel, open, readKernel, type SpatialAxis, sliceLayout } from "../../index.ts";
import { frozenPositions } from "../../report.ts";
import type { Network } from "../../train/index.ts";
import { fromFile } from "../file.ts";

/** What training did to the slices of one layer, across one axis. */
export interface FrozenProof {
  readonly layer: string;
  readonly axis: SpatialAxis;
  readonly slices: number;
  /** Slices that only ever meet padding, by the layer's geometry. */
  readonly frozen: number;
  /** Of `frozen`, those that are bit for bit as they were before. */
  readonly unchanged: number;
  /** Of the others, those that changed. */
  readonly learned: number;
}

/**
 * Compares kernels before and after training, slice by slice and bit by bit, for every layer that has slices which
 * training cannot reach.
 *
 * @param before, after files of a run's `kernels/`
 */
export async function proveFrozen(
  network: Network,
  before: string,
  after: string,
): Promise<readonly FrozenProof[]> {
  const [then, now] = [await kernelsOf(before), await kernelsOf(after)];
  const proofs: FrozenProof[] = [];
  for (const layer of network.toModel().layers) {
    const frozen = frozenPositions(layer);
    const [a, b] = [then.get(layer.name), now.get(layer.name)];
    if (frozen === null || a === undefined || b === undefined) continue;
    for (const axis of ["depth", "height", "width"] as const) {
      if (frozen[axis].includes(true))
        proofs.push({ layer: layer.name, axis, ...compare(a, b, axis, frozen[axis]) });
    }
  }
  return proofs;
}

async function kernelsOf(file: string): Promise<ReadonlyMap<string, Kernel>> {
  const model = await open(await fromFile(file));
  try {
    const kernels = new Map<string, Kernel>();
    for (const layer of model.layers) kernels.set(layer.name, await readKernel(layer));
    return kernels;
  } finally {
    await model.close();
  }
}

function compare(
  before: Kernel,
  after: Kernel,
  axis: SpatialAxis,
  frozen: readonly boolean[],
): Pick<FrozenProof, "slices" | "frozen" | "unchanged" | "learned"> {
  const layout = sliceLayout(before, axis);
  const [out, inputs] = before.shape;
  const bits = (kernel: Kernel): Uint32Array =>
    new Uint32Array(kernel.weights.buffer, kernel.weights.byteOffset, kernel.weights.byteLength / 4);
  const [a, b] = [bits(before), bits(after)];
  let [unchanged, learned] = [0, 0];
  for (let block = 0; block < out * inputs; block++) {
    for (let slice = 0; slice < layout.slices; slice++) {
      const first = block * layout.inStride + slice * layout.sliceStride;
      let equal = true;
      for (let row = 0; row < layout.rows; row++) {
        for (let column = 0; column < layout.columns; column++) {
          const at = first + row * layout.rowStride + column * layout.columnStride;
          if (a[at] !== b[at]) equal = false;
        }
      }
      if (frozen[slice] === true && equal) unchanged++;
      if (frozen[slice] !== true && !equal) learned++;
    }
  }
  const slices = out * inputs * layout.slices;
  return { slices, frozen: out * inputs * frozen.filter((each) => each).length, unchanged, learned };
}

/** A proof as one sentence. */
export function frozenSentence({ layer, axis, slices, frozen, unchanged, learned }: FrozenProof): string {
  const others = slices - frozen;
  const verdict =
    unchanged === frozen
      ? "before and after training they are equal bit for bit"
      : `but only ${unchanged} of them are as they were before training`;
  return `${layer}: ${frozen} of ${slices} slices across ${axis} only ever meet padding; ${verdict}. Of the other ${others}, ${learned} changed.`;
}
