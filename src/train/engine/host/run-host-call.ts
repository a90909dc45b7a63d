import { runBatchMean, runBatchNormGradient, runBatchScale, runMovingScale } from "./batch-norm.ts";
import type { HostCall } from "./host-call.ts";
import {
  runClear,
  runCollect,
  runLanes,
  runMove,
  runMoveGradient,
  runPackKernel,
  runPackSamples,
  runTranspose,
} from "./layout.ts";
import { runClip, runConstrain, runLoss, runPenalty } from "./loss.ts";
import {
  runActivation,
  runActivationGradient,
  runDropout,
  runSoftmax,
  runSoftmaxGradient,
} from "./pointwise.ts";
import type { Tile } from "./tile.ts";
import { runPackPoints, runTakePoints } from "./winograd.ts";

type Kind = HostCall["kind"];
type Run<K extends Kind> = (
  call: Extract<HostCall, { kind: K }>,
  tile: Tile,
  begin: number,
  end: number,
) => void;

const runs: { readonly [K in Kind]: Run<K> } = {
  packSamples: runPackSamples,
  packKernel: runPackKernel,
  packPoints: runPackPoints,
  takePoints: runTakePoints,
  transpose: runTranspose,
  activation: runActivation,
  activationGradient: runActivationGradient,
  softmax: runSoftmax,
  softmaxGradient: runSoftmaxGradient,
  dropout: runDropout,
  move: runMove,
  moveGradient: runMoveGradient,
  clear: runClear,
  lanes: runLanes,
  collect: runCollect,
  batchMean: runBatchMean,
  batchScale: runBatchScale,
  movingScale: runMovingScale,
  batchNormGradient: runBatchNormGradient,
  loss: runLoss,
  penalty: runPenalty,
  clip: runClip,
  constrain: runConstrain,
};

/** Does the units [begin, end) of a call for one tile. */
export function runHostCall<K extends Kind>(
  call: Extract<HostCall, { kind: K }>,
  tile: Tile,
  begin: number,
  end: number,
): void {
  (runs[call.kind as K] as Run<K>)(call, tile, begin, end);
}
