import { countOf } from "../tensor/dtype.ts";
import { escapeText } from "../text/escape.ts";
import type { ConvLayer } from "./model.ts";
import { withCommas } from "./summary-values.ts";

/** Positions along each spatial axis that training cannot have changed, as `Kernel.frozen` states them. */
export interface FrozenAxes {
  readonly depth: readonly boolean[];
  readonly height: readonly boolean[];
  readonly width: readonly boolean[];
}

const AXES = ["depth", "height", "width"] as const;

type AxisName = (typeof AXES)[number];

/** Sizes that the arithmetic is made of. */
interface Sizes {
  readonly out: number;
  readonly inputs: number;
  /** Names and extents of the axes that the layer has: one, two or three, the last always `width`. */
  readonly spatial: readonly (readonly [name: AxisName, extent: number])[];
  readonly depth: number;
  readonly height: number;
  readonly width: number;
  readonly kernel: number;
  readonly bias: number;
}

/**
 * The parameter count of a convolution in numbers and words: the products with their factors' names, the same in
 * the order `(n*m*l*k*d)+k`, the slices that the kernel can be cut into, and the positions that were never
 * trained, where `frozen` says so. Several lines; ends in a line break.
 *
 * @example
 * explainLayer(layer); // (3*3*3*4)*2 + 2 = 218 parameters; without the bias 216 = 24 slices of 3x3 …
 */
export function explainLayer(layer: ConvLayer, frozen: FrozenAxes | null = null): string {
  const sizes = sizesOf(layer);
  const lines = [
    `${escapeText(layer.name)} is ${describe(layer, sizes)}`,
    ...(layer.note === undefined ? [] : [escapeText(layer.note)]),
    "",
    ...productLines(layer, sizes),
    "",
    "Slices:",
    ...AXES.filter((_, axis) => axis === 0 || axis >= 3 - layer.rank).map(
      (name) => `  ${sliceLine(sizes, name)}`,
    ),
    ...(frozen === null ? [] : frozenLines(layer, sizes, frozen)),
  ];
  return `${lines.join("\n")}\n`;
}

function sizesOf(layer: ConvLayer): Sizes {
  const [out, inputs, depth, height, width] = layer.shape;
  const all = [
    ["depth", depth],
    ["height", height],
    ["width", width],
  ] as const;
  return {
    out,
    inputs,
    depth,
    height,
    width,
    spatial: all.slice(3 - layer.rank),
    kernel: out * inputs * depth * height * width,
    bias: layer.bias === null ? 0 : countOf(layer.bias.shape),
  };
}

/** What the layer is, in one sentence. */
function describe({ kind, rank, groups }: ConvLayer, { out, inputs, spatial }: Sizes): string {
  const extents = spatial.map(([, extent]) => extent).join("x");
  const size = rank === 1 ? `width ${extents}` : extents;
  const what = `${rank}-D`;
  if (kind === "depthwise") {
    const each = groups === null || groups === 0 ? null : out / groups;
    const spread =
      each === null ? "" : `, ${plural(each, "filter")} for each of ${plural(groups ?? 0, "input")}`;
    return `a depthwise ${what} convolution: ${plural(out, "filter")} of ${size}, each over one input${spread}.`;
  }
  const filters = `${plural(out, "filter")} of ${size} over ${plural(inputs, "input")}`;
  if (kind === "transposed")
    return `a transposed ${what} convolution: ${filters}${ofGroups(groups, inputs)}.`;
  return groups !== null && groups > 1
    ? `a grouped ${what} convolution: ${filters}${ofGroups(groups, inputs)}.`
    : `a ${what} convolution: ${filters}.`;
}

function ofGroups(groups: number | null, inputs: number): string {
  if (groups === null || groups <= 1) return "";
  return ` each, its own of ${withCommas(groups)} groups (${withCommas(groups * inputs)} inputs in all)`;
}

function productLines(layer: ConvLayer, sizes: Sizes): readonly string[] {
  const { out, inputs, spatial, kernel, bias } = sizes;
  const extents = spatial.map(([, extent]) => extent);
  const total = withCommas(kernel + bias);
  const slices = `${plural(out * inputs * sizes.depth, "slice")} of ${sizes.height}x${sizes.width}`;
  const plus = bias === 0 ? "" : ` + ${bias}`;
  const result =
    bias === 0
      ? `${total} parameters = ${slices}; there is no bias`
      : `${total} parameters; without the bias ${withCommas(kernel)} = ${slices}`;
  const word = inputsWord(layer, inputs);
  const named = spatial.map(([name, extent]) => `${name} ${extent}`).join(" * ");
  const filter = `${named} * ${word} ${inputs} = ${plural(kernel / out, "weight")} in a filter`;
  const biases = bias === 0 ? "" : `; + biases ${bias} = ${total}`;
  const letters = ["n", "m", "l"].slice(0, extents.length).join("*");
  const whole = (factors: readonly (number | string)[], more: number | string): string =>
    bias === 0 ? factors.join("*") : `(${factors.join("*")})+${more}`;
  return [
    `(${[...extents, inputs].join("*")})*${out}${plus} = ${result}`,
    `  ${filter}; * filters ${out} = ${withCommas(kernel)}${biases}`,
    `  in one product: ${whole([...extents, inputs, out], bias)} = ${total}`,
    `  as ${whole([letters, "k", "d"], "k")} with ${letters} = ${extents.join("*")} (the kernel), ` +
      `k = ${out} (filters), d = ${inputs} (${word}): ${whole([...extents, out, inputs], bias)} = ${total}`,
  ];
}

function inputsWord({ kind, groups }: ConvLayer, inputs: number): string {
  const word = inputs === 1 ? "input" : "inputs";
  return kind !== "depthwise" && groups !== null && groups > 1 ? `${word} of its group` : word;
}

/** One way to cut the kernel: across an axis, the other two are the rows and columns of a slice. */
function sliceLine({ out, inputs, ...extents }: Sizes, across: AxisName): string {
  const [rows, columns] = AXES.filter((name) => name !== across) as [AxisName, AxisName];
  const count = out * inputs * extents[across];
  return (
    `across ${across}: ${out} * ${inputs} * ${extents[across]} = ${plural(count, "slice")} of ` +
    `${extents[rows]}x${extents[columns]} (${rows} x ${columns})`
  );
}

function frozenLines(layer: ConvLayer, sizes: Sizes, frozen: FrozenAxes): readonly string[] {
  const live = AXES.map((name) => frozen[name].filter((isFrozen) => !isFrozen).length);
  const alive = live.reduce((product, count) => product * count, sizes.out * sizes.inputs);
  if (alive === sizes.kernel) return ["", "Every weight meets an input at some output: none is frozen."];
  const sentences = AXES.flatMap((name) => {
    const positions = frozen[name].flatMap((isFrozen, position) => (isFrozen ? [position] : []));
    if (positions.length === 0) return [];
    const extent = layer.inputExtents?.[AXES.indexOf(name) - (3 - layer.rank)];
    const reason = extent == null ? "" : ` (the input's ${name} is ${extent})`;
    const slices = sizes.out * sizes.inputs * positions.length;
    const all = sizes.out * sizes.inputs * sizes[name];
    return [
      `  ${positions.length === 1 ? "position" : "positions"} ${listed(positions)} along ${name} only ever ${positions.length === 1 ? "meets" : "meet"} padding${reason}: ` +
        `${withCommas(slices)} of ${plural(all, "slice")} across ${name}`,
    ];
  });
  const lost = sizes.kernel - alive;
  return [
    "",
    `Frozen: ${withCommas(lost)} of ${plural(sizes.kernel, "weight")} never met an input, so training left them as they were.`,
    ...sentences,
  ];
}

/** `0`, `0 and 2`, `0, 1 and 3`. */
function listed(numbers: readonly number[]): string {
  const head = numbers.slice(0, -1).join(", ");
  return head === "" ? String(numbers.at(-1)) : `${head} and ${numbers.at(-1)}`;
}

function plural(count: number, word: string): string {
  return `${withCommas(count)} ${word}${count === 1 ? "" : "s"}`;
}
