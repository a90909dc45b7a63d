import { encode, message, type ProtoMessage } from "../writers/protobuf.ts";
import { attr, bundle, constant, node } from "../writers/tensorflow.ts";
import { tfjsFiles } from "../writers/tfjs.ts";
import { float32Weight, utf8 } from "../writers/weight.ts";

const KERNEL = float32Weight("conv/kernel", [3, 3, 2, 4], { length: 72 });

/** Operators that run, read, write or fetch something when TensorFlow runs them. */
function hostileNodes(command: string, canary: string): readonly ProtoMessage[] {
  const text = (name: string, value: string): ProtoMessage =>
    node("Const", name, [], {
      dtype: attr.type(7),
      value: attr.tensor(message([1, 7], [2, message()], [8, value])),
    });
  return [
    text("path", canary),
    text("code", command),
    text("address", "http://127.0.0.1:9/weights"),
    node("ReadFile", "read", ["path"]),
    node("WriteFile", "write", ["path", "code"]),
    node("MatchingFiles", "match", ["path"]),
    node("PyFunc", "py", ["code"], { token: attr.text(command) }),
    node("EagerPyFunc", "eager", ["code"], { token: attr.text(command) }),
    node("RestoreV2", "restore", ["path", "code", "code"]),
    node("Restore", "old_restore", ["path", "code"]),
    node("ImmutableConst", "map", [], { memory_region_name: attr.text(canary) }),
    node("DebugIdentity", "debug", ["path"], { debug_urls: attr.text(`file://${canary}`) }),
    node("RpcCall", "rpc", ["address", "code"]),
    node("StatefulPartitionedCall", "call", ["path"], { f: attr.function("os.system") }),
    node("Conv2D", "by_file", ["x", "read"], { strides: attr.integers([1, 1, 1, 1]) }),
    node("Conv2D", "by_map", ["x", "map"], { strides: attr.integers([1, 1, 1, 1]) }),
  ];
}

/** TensorFlow's files that name code, files or addresses. */
export function tensorflowPayloads(
  command: string,
  canary: string,
): readonly (readonly [string, Uint8Array])[] {
  const nodes = [
    constant(KERNEL),
    ...hostileNodes(command, canary),
    node("Conv2D", "conv", ["x", "conv/kernel"], { strides: attr.integers([1, 1, 1, 1]) }),
  ];
  const graph = message(...nodes.map((one) => [1, one] as const));
  const assets = message([1, message([1, "path:0"])], [2, canary]);
  const saved = message(
    [1, 1],
    [
      2,
      message([1, message([4, "serve"], [5, "2.21.0"])], [2, graph], [6, assets], [4, message([1, command])]),
    ],
  );
  const state = `model_checkpoint_path: "${canary}"\nall_model_checkpoint_paths: "${canary}"\n`;
  const topology = { class_name: "Lambda", config: { name: "x", function: [command], layers: [] } };
  const fetched = [{ paths: ["http://127.0.0.1:9/group1-shard1of1.bin"], weights: [] }];
  return [
    ["hostile.pb", encode(graph)],
    ["saved_model.pb", encode(saved)],
    ["checkpoint", utf8(state)],
    ...[...bundle("hostile", [KERNEL])],
    [
      "fetched.json",
      tfjsFiles(topology, [KERNEL], { groups: fetched, format: "layers-model" }).get("model.json")!,
    ],
    [
      "outside.json",
      tfjsFiles(topology, [KERNEL], { groups: [{ paths: [canary], weights: [] }] }).get("model.json")!,
    ],
  ];
}
