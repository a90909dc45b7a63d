import {
  compileOptionsOf,
  encodeCheckpoint,
  fitInputs,
  fitLabels,
  movingDigits,
  networkFromJson,
  saveKeras,
  webThreads,
} from "kernelscope/train";
import { SMALL_SPEC, smallSettings } from "../train/small-run.ts";

/** What a host made of the small run, as hexadecimal SHA-256. */
export interface SmallResult {
  /** Threads that the engine had. */
  readonly threads: number;
  /** The checkpoint of the last epoch. */
  readonly checkpoint: string;
  /** The `.keras` file. */
  readonly model: string;
}

/**
 * The run of `smallSettings` without folders, by the door for pages alone: the same in a page, in a worker and in
 * Node. Its files are those that a run's folder holds.
 */
export async function trainSmall(seed: number, epochs: number, threads: number): Promise<SmallResult> {
  const settings = smallSettings(seed, epochs);
  const { batchSize, validationSplit, shuffle } = settings;
  const network = networkFromJson(SMALL_SPEC, { seed, ...webThreads(threads) });
  network.compile(compileOptionsOf(settings.compile)!);
  const { inputs, labels } = await movingDigits({ count: 48, seed: 0 });
  const x = fitInputs(inputs, network.inputShape);
  const y = fitLabels(labels, { size: 8, sparse: false, categorical: true });
  await network.fit(x, y, { batchSize, epochs, validationSplit, shuffle, seed });
  const engine = await network.engine({ dtype: "uint8", batchSize });
  const [weights, state] = [network.getWeights(), engine.state()];
  const result = {
    threads: engine.threads,
    checkpoint: await sha256(encodeCheckpoint(network, { epoch: epochs, weights, state })),
    model: await sha256(await saveKeras(network, state, new Date(Date.UTC(2000, 0, 1)))),
  };
  network.close();
  return result;
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
