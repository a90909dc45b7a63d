import { convLayerProto, netProto } from "../writers/caffe.ts";
import { encode, message, type ProtoMessage, packed } from "../writers/protobuf.ts";
import { concat, float32Weight } from "../writers/weight.ts";
import { type Case, fine, refusal } from "./case.ts";

const FILE = "a.caffemodel";
const KERNEL = float32Weight("w", [2, 1, 3, 3], { length: 18 });
const SPEC = {
  name: "conv",
  kind: "conv",
  rank: 2,
  inputs: 1,
  outputs: 2,
  multiplier: 1,
  groups: 1,
  kernel: [3, 3],
  strides: [1, 1],
  dilation: [1, 1],
  bias: false,
  dtype: "float32",
} as const;
const GOOD = convLayerProto(SPEC, [KERNEL]);
const shape = (...extents: readonly (number | bigint)[]): ProtoMessage => message([1, packed(extents)]);

/** A net whose convolution has this blob, or these parameters. */
function net(blob: ProtoMessage, parameters?: ProtoMessage): Uint8Array<ArrayBuffer> {
  const own = GOOD.fields.map(([number, value]) => {
    if (number === 7) return [number, blob] as const;
    return [number, number === 106 && parameters !== undefined ? parameters : value] as const;
  });
  return encode(netProto([message(...own)]));
}

function lie(name: string, blob: ProtoMessage, code: Case["code"] & string = "unsupported"): Case {
  return refusal(name, FILE, net(blob), code, code === "unsupported" ? "read" : "open");
}

const HONEST = message([5, KERNEL.bytes], [7, shape(2, 1, 3, 3)]);

/** Caffe nets that contradict themselves or can be read in two ways. */
export const caffeCases: readonly Case[] = [
  refusal(
    "layers of both forms",
    FILE,
    encode(message([1, "net"], [100, GOOD], [2, convLayerProto(SPEC, [KERNEL], true)])),
    "ambiguous",
  ),
  refusal("cut inside a blob", FILE, encode(netProto([GOOD])).slice(0, -30), "truncated"),
  refusal("bytes behind the net", FILE, concat([encode(netProto([GOOD])), new Uint8Array(5)]), "malformed"),
  lie("a value too few", message([5, KERNEL.bytes.subarray(4)], [7, shape(2, 1, 3, 3)])),
  lie("a value too many", message([5, KERNEL.bytes], [7, shape(2, 1, 3, 2)])),
  lie("a negative extent", message([5, KERNEL.bytes], [7, shape(2, -1, 3, 3)]), "malformed"),
  lie("an extent of 2^62", message([5, KERNEL.bytes], [7, shape(2n ** 62n, 1)]), "malformed"),
  lie("extents that overflow", message([5, KERNEL.bytes], [7, shape(2 ** 40, 2 ** 40, 1, 1)])),
  lie("65 axes", message([5, KERNEL.bytes], [7, shape(...new Array<number>(65).fill(1))]), "malformed"),
  refusal(
    "values in two pieces that are too few",
    FILE,
    net(message([5, KERNEL.bytes.subarray(0, 8)], [5, KERNEL.bytes.subarray(0, 8)], [7, shape(2, 1, 3, 3)])),
    "malformed",
    "read",
  ),
  refusal("groups that do not divide", FILE, net(HONEST, message([5, 3])), "unsupported", "read"),
  refusal("no groups", FILE, net(HONEST, message([5, 0])), "unsupported", "read"),
  refusal("a net as text", "net.prototxt", 'name: "net"\nlayer { name: "a" }\n', "unsupported"),
  fine(
    "values in two pieces",
    FILE,
    net(message([5, KERNEL.bytes.subarray(0, 36)], [5, KERNEL.bytes.subarray(36)], [7, shape(2, 1, 3, 3)])),
  ),
  fine("two layers of one name", FILE, encode(netProto([GOOD, GOOD]))),
  fine("a kernel of two axes", FILE, net(message([5, KERNEL.bytes], [7, shape(2, 9)]))),
];
