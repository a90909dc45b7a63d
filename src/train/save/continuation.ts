import { type NdArray, takeSamples } from "../data/array.ts";
import { lossNode } from "../engine/loss-node.ts";
import { resolveGraph } from "../engine/resolve.ts";
import type { LossSpec } from "../losses.ts";
import type { Network } from "../network.ts";
import { Random } from "../random.ts";

/** How a training goes on elsewhere. */
export interface ContinuationOptions {
  /** Epochs that are done. */
  readonly epoch: number;
  /** The last epoch by default. */
  readonly epochs: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly shuffle: boolean;
  /** Samples that are trained on, the first ones; the others are held out. */
  readonly trained: number;
}

/** What a script needs to go on and to check that it begins where we ended. */
export interface Continuation extends ContinuationOptions {
  /** The loss of the next epoch's first batch as in use (no dropout, moving statistics), penalties included. */
  readonly firstLoss: number;
}

/** The order of the samples in epoch `epoch` (from 0), as `fit` has it. */
export function orderOf({ trained, seed, shuffle, epoch }: ContinuationOptions): Int32Array {
  const random = new Random(seed);
  const order = Int32Array.from({ length: trained }, (_, i) => i);
  for (let done = 0; shuffle && done <= epoch; done++) random.shuffle(order);
  return order;
}

/** Works out the first loss of a compiled network. */
export async function continuationOf(
  network: Network,
  inputs: NdArray,
  targets: NdArray,
  options: ContinuationOptions,
): Promise<Continuation> {
  const rows = orderOf(options).subarray(0, options.batchSize);
  const batch = [takeSamples(inputs, rows), takeSamples(targets, rows)] as const;
  const { loss } = await network.evaluate(...batch, { batchSize: options.batchSize });
  return { ...options, firstLoss: loss! };
}

/** The loss that a framework should compute, and whether it takes what the last softmax or sigmoid is fed with. */
export function effectiveLoss(network: Network): {
  readonly spec: LossSpec;
  readonly logits: boolean;
  /** Outputs of one row. */
  readonly size: number;
} {
  const graph = resolveGraph(network.graph);
  const { spec, node, channels } = lossNode(graph, network.compiled!.loss);
  return { spec, logits: node !== graph.output, size: channels };
}

/** Python that both scripts begin with: constants, the data and the order of the samples. */
export function commonLines({
  epoch,
  epochs,
  batchSize,
  seed,
  shuffle,
  trained,
  firstLoss,
}: Continuation): readonly string[] {
  return [
    `DONE = ${epoch}  # epochs that were trained before`,
    `EPOCHS = ${epochs}  # the last epoch`,
    `BATCH_SIZE = ${batchSize}`,
    `SEED = ${seed}`,
    `SHUFFLE = ${shuffle ? "True" : "False"}`,
    `TRAINED = ${trained}  # samples that are trained on; the others are held out`,
    `FIRST_LOSS = ${firstLoss}  # of the next batch, before its update, as Kernelscope has it`,
    "",
    "HERE = Path(__file__).resolve().parent",
    'with np.load(HERE / "data.npz") as data:',
    '    X, Y = data["x"], data["y"]',
    "",
    "",
    "def inputs(rows):",
    '    """Bytes stand for numbers from 0 to 1."""',
    "    x = X[rows]",
    "    return x.astype(np.float32) / 255 if x.dtype == np.uint8 else x",
    "",
    "",
    "def order(epoch):",
    '    """The order of the samples: NumPy\'s shuffle of one generator, going on from epoch to epoch."""',
    "    rows = np.arange(TRAINED)",
    "    random = np.random.RandomState(SEED)",
    "    for _ in range(epoch + 1 if SHUFFLE else 0):",
    "        random.shuffle(rows)",
    "    return rows",
    "",
    "",
    "def check(loss):",
    '    """Training goes on only from where it was left."""',
    "    if not abs(loss - FIRST_LOSS) <= 1e-5 * max(1.0, abs(FIRST_LOSS)):",
    '        raise SystemExit(f"The first loss is {loss}, Kernelscope has {FIRST_LOSS}: weights or data differ.")',
    '    print(f"first loss {loss:.7f}, as in Kernelscope ({FIRST_LOSS:.7f})")',
    "",
    "",
    "def options():",
    '    parser = argparse.ArgumentParser(description="Goes on with a training.")',
    '    parser.add_argument("--epochs", type=int, default=EPOCHS, help="the last epoch (default: %(default)s)")',
    '    parser.add_argument("--out", type=Path, default=HERE, help="where checkpoints go (default: beside this file)")',
    "    return parser.parse_args()",
  ];
}
