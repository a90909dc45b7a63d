import type { LayerFacts } from "../../model/layers.ts";
import type { ConvLayer } from "../../model/model.ts";
import type { Tensor } from "../../tensor/tensor.ts";
import { reshaped } from "../../tensor/views.ts";
import type { Hdf5Object } from "../hdf5/protocol.ts";
import type { MatlabValues } from "./values.ts";

/** What a MatConvNet layer of this type does to the number of channels: nothing. */
const KEEPS_CHANNELS = /^(?:relu|pool|normalize|lrn|bnorm|dropout|softmax|sigmoid|noffset|spnorm)$/i;

/** A layer of a network as it is stated, before its arrays are looked up. */
interface Stated {
  readonly name: string;
  readonly type: string;
  readonly settings: ReadonlyMap<string, Hdf5Object>;
  readonly arrays: readonly (Hdf5Object | null)[];
}

/**
 * The convolutions of MatConvNet networks among the variables: SimpleNN (`net.layers{i}` with `type`, `weights`) and
 * DagNN (`net.layers` and `net.params` as struct arrays). `tensors` are the file's arrays by their object's path.
 */
export async function findMatConvNet(
  values: MatlabValues,
  tensors: ReadonlyMap<string, Tensor>,
): Promise<LayerFacts[]> {
  const facts: LayerFacts[] = [];
  const [top, ...structs] = [
    new Map(values.variables),
    ...values.variables.map(([, value]) => values.fields(value)),
  ];
  // A network is a variable, or its fields are variables (save with -struct).
  for (const fields of [top!, ...structs]) {
    const layers = fields.get("layers");
    if (layers === undefined) continue;
    const stated =
      (await simpleLayers(values, layers)) ?? (await dagLayers(values, layers, fields.get("params")));
    let channels: number | null = null;
    for (const layer of stated ?? []) {
      const found = await convolution(values, tensors, layer, stated === null ? null : channels);
      if (found !== null) {
        facts.push(found);
        channels = found.kernel.shape[found.kind === "transposed" ? 2 : 3]!;
      } else if (!KEEPS_CHANNELS.test(layer.type)) channels = null;
    }
  }
  return facts;
}

async function simpleLayers(values: MatlabValues, layers: Hdf5Object): Promise<Stated[] | null> {
  const cells = await values.elements(layers);
  if (cells === null) return null;
  const stated: Stated[] = [];
  for (const [i, cell] of cells.entries()) {
    const settings = cell === null ? new Map<string, Hdf5Object>() : values.fields(cell);
    const type = await values.text(settings.get("type"));
    if (type === null) continue;
    const weights = settings.get("weights");
    const name = (await values.text(settings.get("name"))) ?? "";
    const old = [settings.get("filters") ?? null, settings.get("biases") ?? null];
    const arrays = weights === undefined ? old : ((await values.elements(weights)) ?? []);
    stated.push({ name: name === "" ? `layer ${i + 1}` : name, type, settings, arrays });
  }
  return stated;
}

/** The fields of a struct array hold references, one for each element. */
async function dagLayers(
  values: MatlabValues,
  layers: Hdf5Object,
  params: Hdf5Object | undefined,
): Promise<Stated[] | null> {
  const columns = values.fields(layers);
  const column = async (of: ReadonlyMap<string, Hdf5Object>, name: string) => {
    const field = of.get(name);
    return field === undefined ? [] : ((await values.elements(field)) ?? []);
  };
  if (!columns.has("block") || params === undefined) return null;
  const parameters = values.fields(params);
  const byName = new Map<string, Hdf5Object>();
  const arrays = await column(parameters, "value");
  for (const [i, name] of (await column(parameters, "name")).entries()) {
    const [text, array] = [await values.text(name ?? undefined), arrays[i] ?? null];
    if (text !== null && array !== null) byName.set(text, array);
  }
  const [names, types, blocks, used] = [
    await column(columns, "name"),
    await column(columns, "type"),
    await column(columns, "block"),
    await column(columns, "params"),
  ];
  const stated: Stated[] = [];
  for (const [i, block] of blocks.entries()) {
    const type = ((await values.text(types[i] ?? undefined)) ?? "").replace(/^dagnn\./, "");
    const own = used[i] ?? null;
    const cells = own === null ? [] : ((await values.elements(own)) ?? []);
    const found: (Hdf5Object | null)[] = [];
    for (const cell of cells) found.push(byName.get((await values.text(cell ?? undefined)) ?? "") ?? null);
    const kind = type === "Conv" ? "conv" : type === "ConvTranspose" ? "convt" : type;
    const settings = block === null ? new Map<string, Hdf5Object>() : values.fields(block);
    const name = (await values.text(names[i] ?? undefined)) ?? "";
    stated.push({ name: name === "" ? `layer ${i + 1}` : name, type: kind, settings, arrays: found });
  }
  return stated;
}

async function convolution(
  values: MatlabValues,
  tensors: ReadonlyMap<string, Tensor>,
  { name, type, settings, arrays }: Stated,
  channels: number | null,
): Promise<LayerFacts | null> {
  if (type !== "conv" && type !== "convt") return null;
  const array = (at: number): Tensor | null => tensors.get(arrays[at]?.path ?? "") ?? null;
  const stored = array(0);
  if (stored === null || stored.shape.length > 4 || stored.unreadable !== undefined) return null;
  // MATLAB drops last axes of extent 1.
  const shape = [...stored.shape, 1, 1].slice(0, 4);
  const kernel = reshaped(stored, shape);
  const up = type === "convt";
  const listed = async (key: string): Promise<number[] | null> => values.numbers(settings.get(key));
  const inputs = shape[2]!;
  const grouped = !up && channels !== null && inputs > 0 && channels % inputs === 0;
  const stated = up ? ((await listed("numGroups"))?.[0] ?? 1) : null;
  const groups = stated ?? (grouped ? channels / inputs : null);
  const pads = fourOf(await listed(up ? "crop" : "pad"));
  const depthwise = groups !== null && groups > 1 && inputs === 1 && groups === channels;
  return {
    name,
    kind: up ? "transposed" : depthwise ? "depthwise" : "conv",
    axisOrder: up ? "HWOI" : "HWIO",
    evidence: "operator",
    kernel,
    bias: array(1),
    groups,
    strides: pairOf(await listed(up ? "upsample" : "stride")),
    padding: pads,
    dilation: up ? [1, 1] : pairOf((await listed("dilate")) ?? [1]),
  };
}

/** One number for both axes, or two. */
function pairOf(numbers: readonly number[] | null): number[] | null {
  if (numbers?.length === 1) return [numbers[0]!, numbers[0]!];
  return numbers?.length === 2 ? [...numbers] : null;
}

/** `pad`, `[pady padx]` or `[top bottom left right]`. */
function fourOf(numbers: readonly number[] | null): ConvLayer["padding"] {
  if (numbers === null) return null;
  const [a, b, c, d] = numbers as [number, number, number, number];
  if (numbers.length === 1) {
    return [
      [a, a],
      [a, a],
    ];
  }
  if (numbers.length === 2) {
    return [
      [a, a],
      [b, b],
    ];
  }
  return numbers.length === 4
    ? [
        [a, b],
        [c, d],
      ]
    : null;
}
