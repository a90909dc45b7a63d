import { join } from "node:path";
import type { Contender } from "./measure.ts";
import type { Places, Row } from "./rows.ts";
import { flowersFile, netFolder } from "./training/inputs.ts";

/** A contender and the Python packages that it needs. */
export interface Peer extends Contender {
  readonly needs: readonly string[];
}

/** A line of the table about one training step: contenders stay loaded and take turns. */
export interface StepRow {
  readonly name: string;
  readonly ours: Contender;
  readonly peers: readonly Peer[];
  /** The ratio to the fastest peer to reach. */
  readonly reach: number;
}

/** Node has fused multiply-add in WebAssembly from here on: rows with a goal for it are measured with it. */
const RELAXED_SINCE = 22;

/** One step of every network, on two threads and on one. */
export function stepRows({ root, inputs, python }: Places): readonly StepRow[] {
  const relaxed = Number.parseInt(process.versions.node, 10) >= RELAXED_SINCE;
  const row = (
    work: string,
    net: string,
    threads: number,
    reach: { readonly portable: number; readonly relaxed?: number; readonly keras?: true },
  ): StepRow => {
    const fused = relaxed && reach.relaxed !== undefined;
    const folder = netFolder(inputs, net);
    const peer = (label: string, needs: readonly string[], script: string, ...args: string[]): Peer => ({
      label,
      needs: ["numpy", ...needs],
      command: python ?? "python3",
      args: [join(root, "bench/peers", script), folder, String(threads), ...args],
    });
    return {
      name: `${work}, ${threads === 1 ? "1 thread" : `${threads} threads`}${fused ? ", fused multiply-add" : ""}`,
      ours: {
        label: "kernelscope",
        command: process.execPath,
        args: [
          join(root, ".build/bench/training/step.js"),
          folder,
          String(threads),
          fused ? "relaxed" : "portable",
        ],
      },
      peers: [
        peer("torch", ["torch"], "step_torch.py", "eager"),
        peer("torch, channels last", ["torch"], "step_torch.py", "channels_last"),
        ...(reach.keras
          ? [
              peer("Keras on TensorFlow", ["keras", "tensorflow"], "step_keras.py", "tensorflow", "auto"),
              peer("the same without XLA", ["keras", "tensorflow"], "step_keras.py", "tensorflow", "plain"),
            ]
          : []),
      ],
      reach: fused ? reach.relaxed : reach.portable,
    };
  };
  const works: readonly (readonly [work: string, net: string, reach: Parameters<typeof row>[3]])[] = [
    ["seed's network, batch 64 of bytes", "seed-uint8", { portable: 0.15 }],
    ["seed's network, batch 64 of float32", "seed-float32", { portable: 0.25 }],
    ["28x28, 1-8-16-32 channels, batch 64", "plane", { portable: 1 }],
    ["6x16x16, 1-12-12 channels, batch 32", "motion", { portable: 1.2, relaxed: 1 }],
    ["16x16x16 with pooling, batch 32", "cube", { portable: 1.2, keras: true }],
    ["8x16x16, 4-16-32 channels, batch 32", "volume", { portable: 1.8, relaxed: 1.5 }],
  ];
  return works.flatMap(([work, net, reach]) =>
    [2, 1].map((threads) => row(`step: ${work}`, net, threads, reach)),
  );
}

/** Whole processes: the seed's example, and kernels that learn to see motion. */
export function trainingRows({ root, inputs, out, python }: Places): readonly Row[] {
  const [folder, data] = [netFolder(inputs, "seed-run"), flowersFile(inputs)];
  const node = (script: string, ...args: string[]): Contender => ({
    label: "kernelscope",
    command: process.execPath,
    args: [join(root, ".build/bench/training", script), ...args],
  });
  const peer = (label: string, script: string, ...args: string[]): Contender => ({
    label,
    command: python ?? "python3",
    args: [join(root, "bench/peers", script), folder, data, join(out, "peer-seed.png"), ...args],
  });
  const seed = (form: "keras" | "torch"): Contender =>
    node("seed-run.js", folder, data, join(out, "seed-run.png"), form);
  return [
    {
      name: "seed's example, data to pictures, against torch",
      needs: ["numpy", "matplotlib", "torch"],
      ours: seed("torch"),
      peers: [peer("torch", "seed_run_torch.py")],
      reach: { wall: 0.2, rss: 400 },
    },
    {
      name: "seed's example, data to pictures, against Keras",
      needs: ["numpy", "matplotlib", "keras", "tensorflow", "torch"],
      ours: seed("keras"),
      peers: [
        peer("Keras on TensorFlow", "seed_run_keras.py", "tensorflow"),
        peer("Keras on torch", "seed_run_keras.py", "torch"),
      ],
      reach: { wall: 0.15, rss: 400 },
    },
    {
      name: "moving digits to 95 % of the test set, 1 thread",
      needs: [],
      ours: node("moving-digits.js"),
      peers: [],
      reach: { seconds: 6 },
    },
  ];
}
