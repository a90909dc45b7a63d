import { LANE } from "../host/tile.ts";
import { LANE_BYTES } from "../wasm/blocks.ts";
import { emitGemm, GEMM_ROWS } from "../wasm/gemm.ts";
import type { Backward } from "./lower-conv.ts";
import { padded } from "./parameter-layout.ts";
import { type Planner, TRAIN } from "./planner.ts";

/** Columns of the kernel gone through before the next outputs: 32 rows of the input stay in the L1 cache. */
const DEPTH_BLOCK = 32;

/** A dense layer on flat samples: the matrix kernel three times. */
export function lowerDense(planner: Planner, index: number): Backward {
  const node = planner.graph.nodes[index]!;
  const x = planner.floats(planner.input(node));
  const [ins, outs] = [x.size, node.shape[0]!];
  const kernel = planner.parameter(node, "kernel")!;
  const bias = planner.parameter(node, "bias");
  const y = planner.value(index);
  y.relu = planner.fusedRelu(index);
  planner.values[index] = y;
  const rowBytes = kernel.rowStride * 4;
  const weights = { address: kernel.address, tiled: false };
  const tiled = (address: number) => ({ address, tiled: true });

  const forward = emitGemm(
    planner.name("dense"),
    {
      a: weights,
      aRow: 4,
      aColumn: rowBytes,
      b: tiled(x.address),
      bRow: LANE_BYTES,
      c: tiled(y.address),
      cRow: LANE_BYTES,
      rows: outs,
      depth: ins,
      width: "samples",
      depthBlock: DEPTH_BLOCK,
      bias: bias?.address ?? 0,
      relu: y.relu,
      mask: 0,
      accumulate: "never",
    },
    planner.arithmetic,
  );
  planner.kernel(node.name, "forward", Math.ceil(outs / GEMM_ROWS), forward);

  return () => {
    if (y.gradient === 0) return;
    planner.finishGradient(y);
    const [toKernel, toBias] = [planner.gradientOf(kernel), planner.gradientOf(bias)];
    const transposed = planner.arena.take(`${node.name} gradient by samples`, LANE * padded(outs) * 4);
    if (toKernel !== 0 || toBias !== 0) {
      const call = {
        kind: "transpose",
        dy: y.gradient,
        target: transposed,
        stride: padded(outs),
        bias: toBias,
      } as const;
      planner.host(`${node.name} transposed`, "backward", outs, call, { passes: TRAIN });
    }
    if (x.gradient !== 0) {
      const accumulate = planner.accumulates(x) ? "always" : "never";
      const backward = emitGemm(
        planner.name("denseInput"),
        {
          a: weights,
          aRow: rowBytes,
          aColumn: 4,
          b: tiled(y.gradient),
          bRow: LANE_BYTES,
          c: tiled(x.gradient),
          cRow: LANE_BYTES,
          rows: ins,
          depth: outs,
          width: "samples",
          bias: 0,
          relu: false,
          mask: planner.maskFor(x),
          accumulate,
        },
        planner.arithmetic,
      );
      planner.kernel(`${node.name} input`, "backward", Math.ceil(ins / GEMM_ROWS), backward, {
        passes: TRAIN,
        barrier: false,
      });
    }
    if (toKernel === 0) return;
    const gradient = emitGemm(
      planner.name("denseWeights"),
      {
        a: tiled(x.address),
        aRow: LANE_BYTES,
        aColumn: 4,
        b: tiled(transposed),
        bRow: padded(outs) * 4,
        c: { address: toKernel, tiled: false },
        cRow: rowBytes,
        rows: ins,
        depth: "samples",
        width: padded(outs),
        bias: 0,
        relu: false,
        mask: 0,
        accumulate: "extra",
      },
      planner.arithmetic,
    );
    planner.kernel(`${node.name} kernel`, "backward", Math.ceil(ins / GEMM_ROWS), gradient, {
      passes: TRAIN,
      extra: { kind: "later" },
    });
  };
}
