import { fromBytes } from "kernelscope";
import { withModel } from "../observe.ts";
import { pt2, pt2Value, tensorArgument } from "../writers/pt2.ts";
import { float32Weight } from "../writers/weight.ts";
import type { LimitTest } from "./cases.ts";

/** A convolution of so many outputs, quantised with a scale for each. */
function scaled(channels: number): Uint8Array<ArrayBuffer> {
  const length = { length: channels };
  const weights = [
    { name: "w", dtype: "int8", shape: [channels, 1, 1, 1], bytes: new Uint8Array(channels) },
    float32Weight("scales", [channels], length),
    { name: "zeros", dtype: "int8", shape: [channels], bytes: new Uint8Array(channels) },
  ];
  const self = tensorArgument(pt2Value("w"));
  const scales = {
    scales: tensorArgument(pt2Value("scales")),
    zero_points: tensorArgument(pt2Value("zeros")),
  };
  return pt2({
    weights,
    nodes: [
      {
        target: "torch.ops.quantized_decomposed.dequantize_per_channel.default",
        inputs: { input: self, ...scales, axis: { as_int: 0 } },
        outputs: ["d"],
      },
      {
        target: "torch.ops.aten.conv2d.default",
        inputs: { input: tensorArgument("x"), weight: tensorArgument("d") },
        outputs: ["y"],
      },
    ],
  });
}

/** Limits of PyTorch's programs. */
export const pt2Limits: readonly LimitTest[] = [
  {
    constant: "SCALES_MOST",
    passed: "cannot be told",
    meets: (amount) =>
      withModel(
        fromBytes(scaled(amount), "a.pt2"),
        async ({ layers }) => layers[0]?.kernel.unreadable ?? null,
      ),
  },
];
