import type { Graph, GraphNode } from "../../../src/train/engine/graph.ts";

/** The small generator that the golden weights and pictures were drawn with. */
export function mulberry32(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

const conv = (name: string, input: string, filters: number, stride: number): GraphNode => ({
  name,
  inputs: [input],
  op: { kind: "conv", filters, kernelSize: [3, 3, 3], strides: [stride, stride, stride], padding: "same" },
});
const relu = (name: string, input: string): GraphNode => ({
  name,
  inputs: [input],
  op: { kind: "activation", function: "relu" },
});

/** The seed's network: three Conv3D over [224, 224, 3, 1], two dense layers, 629,511 parameters. */
export function seedGraph(dtype: "float32" | "uint8"): Graph {
  return {
    nodes: [
      { name: "input", inputs: [], op: { kind: "input", shape: [224, 224, 3, 1], dtype } },
      conv("conv1", "input", 2, 4),
      relu("relu1", "conv1"),
      conv("conv2", "relu1", 4, 1),
      relu("relu2", "conv2"),
      conv("conv3", "relu2", 2, 1),
      relu("relu3", "conv3"),
      { name: "flatten", inputs: ["relu3"], op: { kind: "reshape", shape: [6272] } },
      { name: "dense1", inputs: ["flatten"], op: { kind: "dense", units: 100 } },
      relu("relu4", "dense1"),
      { name: "dense2", inputs: ["relu4"], op: { kind: "dense", units: 17 } },
      { name: "softmax", inputs: ["dense2"], op: { kind: "softmax" } },
    ],
    output: "softmax",
  };
}

const SHAPES: readonly (readonly [name: string, shape: readonly number[]])[] = [
  ["conv1", [3, 3, 3, 1, 2]],
  ["conv2", [3, 3, 3, 2, 4]],
  ["conv3", [3, 3, 3, 4, 2]],
  ["dense1", [6272, 100]],
  ["dense2", [100, 17]],
];

/** Glorot-uniform kernels from one generator, biases zero: the weights that the golden losses start from. */
export function makeWeights(seed = 1): Map<string, Float32Array> {
  const random = mulberry32(seed);
  const weights = new Map<string, Float32Array>();
  for (const [name, shape] of SHAPES) {
    const taps = shape.slice(0, -2).reduce((a, b) => a * b, 1);
    const [ins, outs] = [taps * shape.at(-2)!, taps * shape.at(-1)!];
    const limit = Math.sqrt(6 / (ins + outs));
    weights.set(
      `${name}/kernel`,
      Float32Array.from({ length: ins * shape.at(-1)! }, () => (random() * 2 - 1) * limit),
    );
    weights.set(`${name}/bias`, new Float32Array(shape.at(-1)!));
  }
  return weights;
}

/** Pictures of 17 kinds of coloured flower shapes, [samples, 224, 224, 3] in 0..1, and their classes. */
export function makeBatch(seed = 7, samples = 64): { x: Float32Array; labels: Int32Array } {
  const random = mulberry32(seed);
  const x = new Float32Array(samples * 224 * 224 * 3);
  const labels = new Int32Array(samples);
  for (let n = 0; n < samples; n++) {
    const kind = Math.floor(random() * 17);
    labels[n] = kind;
    const petals = 3 + (kind % 6);
    const hue = (kind / 17) * Math.PI * 2;
    const phase = random() * 6.28;
    const cx = 112 + (random() - 0.5) * 40;
    const cy = 112 + (random() - 0.5) * 40;
    const radius = 50 + random() * 30;
    const colour = [0, 2.09, -2.09].map((shift) => 0.5 + 0.5 * Math.cos(hue - shift));
    let at = n * 150528;
    for (let row = 0; row < 224; row++) {
      for (let column = 0; column < 224; column++) {
        const [dx, dy] = [column - cx, row - cy];
        const edge = radius * (0.6 + 0.4 * Math.cos(petals * Math.atan2(dy, dx) + phase));
        const inside = Math.sqrt(dx * dx + dy * dy) < edge;
        for (let c = 0; c < 3; c++) {
          x[at++] = inside ? colour[c]! * (0.8 + 0.2 * random()) : 0.25 * random() + (c === 1 ? 0.2 : 0);
        }
      }
    }
  }
  return { x, labels };
}
