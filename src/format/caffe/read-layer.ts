import type { ProtoReader, SourceField } from "../../codec/proto-reader.ts";
import { type CaffeBlob, readBlob } from "./read-blob.ts";

/** A layer of a Caffe net, in whichever of the three forms it was written. */
export interface CaffeLayer {
  readonly name: string;
  readonly type: string;
  readonly bottoms: readonly string[];
  readonly tops: readonly string[];
  readonly blobs: readonly CaffeBlob[];
  /** The message of its convolution's parameters. */
  readonly convolution: ConvolutionMessage | null;
  /** `batch_norm_param.eps`. */
  readonly epsilon: number;
  /** Whether a Scale works along the channels alone. */
  readonly scalesChannels: boolean;
  /** Shapes that an Input layer states. */
  readonly inputShapes: readonly (readonly number[])[];
}

/** Numbers in a message of convolution parameters, by field; C3D has a message of its own. */
export interface ConvolutionMessage {
  readonly numbers: ReadonlyMap<number, readonly number[]>;
  readonly form: "caffe" | "c3d" | "v0";
}

/** Where each form keeps what is read of it (caffe.proto). */
interface LayerForm {
  readonly name: number;
  readonly type: number;
  readonly bottom: number;
  readonly top: number;
  readonly blobs: number;
}

const LAYER: LayerForm = { name: 1, type: 2, bottom: 3, top: 4, blobs: 7 };
const V1: LayerForm = { name: 4, type: 5, bottom: 2, top: 3, blobs: 6 };

/** V1LayerParameter.LayerType of the layers that hold blobs; 30 and 34 are C3D's. */
const V1_TYPES: ReadonlyMap<number, string> = new Map([
  [4, "Convolution"],
  [14, "InnerProduct"],
  [30, "Convolution3D"],
  [34, "Deconvolution3D"],
  [39, "Deconvolution"],
]);

/** Types of the oldest form that hold blobs. */
const V0_TYPES: Readonly<Record<string, string>> = { conv: "Convolution", innerproduct: "InnerProduct" };

/** Reads a LayerParameter. */
export async function readLayer(reader: ProtoReader, message: SourceField): Promise<CaffeLayer> {
  return readForm(reader, message, LAYER);
}

/** Reads a V1LayerParameter, or the V0LayerParameter in it. */
export async function readOldLayer(reader: ProtoReader, message: SourceField): Promise<CaffeLayer> {
  return readForm(reader, message, V1);
}

async function readForm(reader: ProtoReader, message: SourceField, form: LayerForm): Promise<CaffeLayer> {
  const isV1 = form === V1;
  let [name, type] = ["", ""];
  let convolution: ConvolutionMessage | null = null;
  let epsilon = Math.fround(1e-5);
  let scalesChannels = true;
  const bottoms: string[] = [];
  const tops: string[] = [];
  const blobs: CaffeBlob[] = [];
  const inputShapes: number[][] = [];
  for await (const field of reader.each(message, "a Caffe layer", 4096)) {
    const { number, wire } = field;
    if (isV1 && number === 1 && wire === 2) {
      const inner = await readOldest(reader, field);
      return { ...inner, bottoms, tops };
    }
    if (number === form.name && wire === 2) name = await reader.text(field);
    else if (number === form.type)
      type =
        wire === 2 ? await reader.text(field) : (V1_TYPES.get(field.value) ?? `layer type ${field.value}`);
    else if (wire !== 2) continue;
    else if (number === form.bottom) bottoms.push(await reader.text(field));
    else if (number === form.top) tops.push(await reader.text(field));
    else if (number === form.blobs) blobs.push(await readBlob(reader, field));
    else if (number === (isV1 ? 10 : 106))
      convolution = { numbers: await numbersOf(reader, field), form: "caffe" };
    else if (!isV1 && number === 6661) convolution = { numbers: await numbersOf(reader, field), form: "c3d" };
    else if (!isV1 && number === 139) epsilon = (await floatOf(reader, field, 3)) ?? epsilon;
    else if (!isV1 && number === 142) {
      const numbers = await numbersOf(reader, field);
      scalesChannels = (numbers.get(1)?.[0] ?? 1) === 1 && (numbers.get(2)?.[0] ?? 1) === 1;
    } else if (!isV1 && number === 143) inputShapes.push(...(await shapesOf(reader, field)));
  }
  // In C3D 1.0 the parameters of every convolution are its own.
  if (convolution !== null && blobs[0]?.isC3d === true) convolution = { ...convolution, form: "c3d" };
  return { name, type, bottoms, tops, blobs, convolution, epsilon, scalesChannels, inputShapes };
}

/** V0LayerParameter: name=1, type=2, blobs=50, its parameters beside them. */
async function readOldest(
  reader: ProtoReader,
  message: SourceField,
): Promise<Omit<CaffeLayer, "bottoms" | "tops">> {
  let [name, type] = ["", ""];
  const blobs: CaffeBlob[] = [];
  const numbers = new Map<number, number[]>();
  for await (const field of reader.each(message, "a Caffe layer", 4096)) {
    if (field.number === 1 && field.wire === 2) name = await reader.text(field);
    else if (field.number === 2 && field.wire === 2) type = await reader.text(field);
    else if (field.number === 50 && field.wire === 2) blobs.push(await readBlob(reader, field));
    else if (field.wire === 0) numbers.set(field.number, [field.value]);
  }
  return {
    name,
    type: Object.hasOwn(V0_TYPES, type) ? V0_TYPES[type]! : type,
    blobs,
    convolution: { numbers, form: "v0" },
    epsilon: 0,
    scalesChannels: false,
    inputShapes: [],
  };
}

/** The varints of a message by field, packed ones too; texts and messages in it are left out. */
async function numbersOf(
  reader: ProtoReader,
  message: SourceField,
): Promise<ReadonlyMap<number, readonly number[]>> {
  const numbers = new Map<number, number[]>();
  for (const field of await reader.fields(message, "parameters of a Caffe layer")) {
    // Fillers are messages; lists of numbers are pad, kernel_size, stride and dilation.
    const isList = field.wire === 2 && [3, 4, 6, 18].includes(field.number) && field.end - field.start < 64;
    if (field.wire !== 0 && !isList) continue;
    const list = numbers.get(field.number) ?? [];
    if (list.length < 64) await reader.varints(list, field);
    numbers.set(field.number, list);
  }
  return numbers;
}

async function floatOf(reader: ProtoReader, message: SourceField, number: number): Promise<number | null> {
  for (const field of await reader.fields(message, "parameters of a Caffe layer")) {
    if (field.number !== number || field.wire !== 5) continue;
    const bytes = await reader.bytes(field);
    return new DataView(bytes.buffer, bytes.byteOffset, 4).getFloat32(0, true);
  }
  return null;
}

/** BlobShapes in `shape=1`. */
export async function shapesOf(reader: ProtoReader, message: SourceField): Promise<number[][]> {
  const shapes: number[][] = [];
  for (const field of await reader.fields(message, "shapes of a Caffe net"))
    if (field.number === 1 && field.wire === 2) shapes.push(await shapeOf(reader, field));
  return shapes;
}

/** A BlobShape: dim=1. */
export async function shapeOf(reader: ProtoReader, message: SourceField): Promise<number[]> {
  const dims: number[] = [];
  for (const field of await reader.fields(message, "a Caffe shape"))
    if (field.number === 1) await reader.varints(dims, field);
  return dims;
}
