import { type H5Dataset, type H5Group, type H5Layout, type H5Node, hdf5 } from "../writers/hdf5.ts";
import { complexType, floatType, intType, stringType, vlenType } from "../writers/hdf5-messages.ts";
import { group, legacyTree } from "../writers/keras-files.ts";
import { type Case, fine, refusal } from "./case.ts";
import { CONFIG, HONEST, KERNEL, kerasModel, SPEC } from "./keras-model.ts";

/** Groups inside each other. */
function nested(depth: number): H5Group {
  let inner = group([]);
  for (let i = 0; i < depth; i++) inner = group([["g", inner]]);
  return inner;
}

const wide = group(Array.from({ length: 800 }, (_, at): [string, H5Node] => [`g${at}`, group([])]));

/**
 * One file per way in which HDF5 can lead elsewhere, lie or go round in circles. `layout`: the original one is read
 * by hand, a newer one by libhdf5; the answers must be the same.
 */
export function hdf5Cases(layout: H5Layout): readonly Case[] {
  const model = (node: H5Node, more: readonly (readonly [string, H5Node])[] = []): Uint8Array<ArrayBuffer> =>
    kerasModel(layout, node, more);
  /** The honest kernel with something changed; the file opens and the layer says why it cannot be read. */
  function kernel(
    name: string,
    change: Partial<H5Dataset>,
    code: Case["code"] & string = "unsupported",
  ): Case {
    return refusal(name, "a.h5", model({ ...HONEST, ...change }), code, "read");
  }

  /** The kernel is a link. */
  function linked(name: string, to: H5Node & { kind: "link" }): Case {
    return refusal(name, "a.h5", model(to, [["x", HONEST]]), "unsupported", "read");
  }

  const WHOLE = model(HONEST);

  /** WHOLE with some bytes changed. */
  function patched(...changes: readonly (readonly [at: number, value: number])[]): Uint8Array<ArrayBuffer> {
    const file = WHOLE.slice();
    for (const [at, value] of changes) file[at] = value;
    return file;
  }

  return [
    kernel("values in /etc/passwd", {
      bytes: new Uint8Array(),
      length: 288,
      storage: { external: "/etc/passwd" },
    }),
    kernel("values in a file beside it", {
      bytes: new Uint8Array(),
      length: 288,
      storage: { external: "secret.bin" },
    }),
    kernel("values mapped from this file", { bytes: new Uint8Array(), storage: { virtual: "." } }),
    kernel("values mapped from /etc/passwd", {
      bytes: new Uint8Array(),
      storage: { virtual: "/etc/passwd" },
    }),
    linked("external link to a host file", { kind: "link", to: { file: "/etc/passwd", path: "/x" } }),
    linked("external link to itself", { kind: "link", to: { file: "a.h5", path: "/x" } }),
    linked("soft link to nothing", { kind: "link", to: { soft: "/nothing" } }),
    linked("soft link to itself", { kind: "link", to: { soft: "/model_weights/conv/conv/kernel:0" } }),
    linked("hard link to its own group", { kind: "link", to: { parent: 0 } }),
    kernel("address past the file", { address: 2 ** 40 }),
    kernel("address of 2^63", { address: 2n ** 63n }),
    kernel("address at the last byte", { address: WHOLE.length - 1 }),
    fine("nothing was written", "a.h5", model({ ...HONEST, bytes: new Uint8Array() })),
    kernel("fewer bytes than the shape", { statedSize: 8 }),
    fine("more bytes than the shape", "a.h5", model({ ...HONEST, statedSize: 8000 })),
    kernel("petabytes", { shape: [3, 3, 2 ** 24, 2 ** 24] }),
    kernel("extents that overflow 2^64", { shape: [2 ** 31, 2 ** 31, 2 ** 31, 2 ** 31] }),
    fine("no values", "a.h5", model({ ...HONEST, shape: [3, 3, 0, 4], bytes: new Uint8Array() })),
    kernel("complex numbers", { type: complexType(8), bytes: new Uint8Array(576) }),
    kernel("text", { type: stringType(4) }),
    kernel("sequences of any length", { type: vlenType(floatType(4, 8)), bytes: new Uint8Array(72 * 16) }),
    kernel("a float of 3 bytes", { type: floatType(3, 8), bytes: new Uint8Array(216) }),
    kernel("an integer of 16 bytes", { type: intType(16, true), bytes: new Uint8Array(72 * 16) }),
    kernel("a float with another bias", { type: floatType(4, 8, false, 120) }),
    refusal("cut in half", "a.h5", WHOLE.slice(0, WHOLE.length / 2), "truncated"),
    refusal("one byte missing", "a.h5", WHOLE.slice(0, -1), "truncated"),
    refusal("only a signature", "a.h5", WHOLE.slice(0, 8), "truncated"),
    refusal("superblock of version 9", "a.h5", patched([8, 9]), "malformed"),
    refusal("addresses of 3 bytes", "a.h5", patched([13, 3]), "malformed"),
    refusal("root past the file", "a.h5", patched([66, 0xff]), "malformed"),
    refusal("end of file past the file", "a.h5", patched([44, 0xff]), "truncated"),
    refusal("groups 200 deep", "a.h5", hdf5(nested(200), layout), "limit"),
    refusal(
      "more than 20,000 objects",
      "a.h5",
      hdf5(group(Array.from({ length: 26 }, (_, at): [string, H5Node] => [`w${at}`, wide])), layout),
      "limit",
    ),
    fine("not a model", "a.h5", hdf5(group([["data", group([])]]), layout), "not laid out by Keras"),
    fine(
      "a circle of hard links beside the model",
      "a.h5",
      model(HONEST, [["round", group([["again", { kind: "link", to: { parent: 1 } }]])]]),
    ),
    fine(
      "an external link beside the model",
      "a.h5",
      model(HONEST, [["out", { kind: "link", to: { file: "/etc/passwd", path: "/" } }]]),
    ),
    fine("values inside the header", "a.h5", model({ ...HONEST, storage: "compact" })),
    fine("a soft link to the kernel", "a.h5", model({ kind: "link", to: { soft: "/x" } }, [["x", HONEST]])),
    fine(
      "a user block",
      "a.h5",
      hdf5(legacyTree([{ spec: SPEC, weights: [KERNEL] }], { config: CONFIG, version: "2.15.0" }), {
        ...layout,
        userBlock: 512,
      }),
    ),
  ];
}
