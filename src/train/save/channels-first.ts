import { type ResolvedNode, resolveGraph } from "../engine/resolve.ts";
import type { Network } from "../network.ts";

/** Where a value has its channels: behind its spatial axes, as in Keras, or before them, as in PyTorch and ONNX. */
export type Layout = "first" | "last";

/** One step of a program; values are known by names that are unique in it. */
export type Step =
  | {
      readonly kind: "transpose";
      /** The layout of the result. */
      readonly to: Layout;
      readonly input: string;
      readonly value: string;
      /** Axes of the value, the batch axis included. */
      readonly rank: number;
    }
  | {
      readonly kind: "node";
      readonly node: ResolvedNode;
      readonly inputs: readonly string[];
      readonly inputShapes: readonly (readonly number[])[];
      /** Of inputs and result; without meaning where there are no spatial axes. */
      readonly layout: Layout;
      readonly value: string;
      /** The step that the loss may leave out to have logits. */
      readonly last: boolean;
    };

/** A network for frameworks that have channels first. Its input and its output are as in Keras, channels last. */
export interface Program {
  readonly steps: readonly Step[];
  readonly output: string;
}

/**
 * The steps of a network with the transposes that channels first asks for: convolutions, pooling and normalisation
 * run channels first, `flatten`, `reshape` and `dense` see the order that Keras has, the rest goes by its input.
 */
export function channelsFirst(network: Network): Program {
  const { nodes, output } = resolveGraph(network.graph);
  const steps: Step[] = [];
  const values: Map<Layout, string>[] = [];
  const inLayout = (index: number, to: Layout): string => {
    const known = values[index]!;
    const found = known.get(to);
    if (found !== undefined) return found;
    const [input] = [...known.values()];
    const value = `${nodes[index]!.name}/${to}`;
    steps.push({ kind: "transpose", to, input: input!, value, rank: nodes[index]!.shape.length + 1 });
    known.set(to, value);
    return value;
  };
  for (const [index, node] of nodes.entries()) {
    const last = index === output;
    const layout = layoutOf(node, last, values);
    const inputs = node.inputs.map((input) => inLayout(input, layout));
    const inputShapes = node.inputs.map((input) => nodes[input]!.shape);
    steps.push({ kind: "node", node, inputs, inputShapes, layout, value: node.name, last });
    const flat = node.shape.length === 1;
    values.push(
      new Map(flat ? [["first", node.name] as const, ["last", node.name] as const] : [[layout, node.name]]),
    );
  }
  return { output: inLayout(output, "last"), steps };
}

function layoutOf(node: ResolvedNode, last: boolean, values: readonly Map<Layout, string>[]): Layout {
  switch (node.op.kind) {
    case "conv":
    case "transposedConv":
    case "pool":
    case "globalPool":
    case "batchNorm":
    case "zeroPadding":
    case "upSampling":
      return "first";
    case "input":
    case "dense":
    case "reshape":
    case "softmax":
      return "last";
    case "dropout":
      if (node.op.spatial === true) return "first";
      break;
    case "activation":
      if (last) return "last";
      break;
    default:
  }
  return values[node.inputs[0]!]!.has("first") ? "first" : "last";
}

/** Zeros before and after each spatial axis of a convolution or pooling. */
export function paddingsOf({ axes }: ResolvedNode): readonly (readonly [before: number, after: number])[] {
  return axes.map(({ input, kernel, stride, dilation, before, output }) => {
    const reach = (kernel - 1) * dilation + 1;
    return [before, Math.max(0, (output - 1) * stride + reach - input - before)];
  });
}

/**
 * For each axis of a transposed convolution: zeros appended to its whole result, then positions cut away in front
 * and at the end.
 */
export function croppingsOf({
  axes,
}: ResolvedNode): readonly { readonly extra: number; readonly before: number; readonly after: number }[] {
  // The axes are those of the convolution whose gradient it is: `input` is its own output, `output` its own input.
  return axes.map(({ input, kernel, stride, dilation, before, output }) => {
    const whole = (output - 1) * stride + (kernel - 1) * dilation + 1;
    const extra = Math.max(0, before + input - whole);
    return { extra, before, after: whole + extra - before - input };
  });
}
