import type { LayerSpec } from "../models/layer.ts";
import { darknet, darknetConfig } from "../writers/darknet.ts";
import { number, table, tables, text, vector } from "../writers/flatbuffer.ts";
import { ggufOf, ggufParts, ggufText } from "../writers/gguf.ts";
import { openvino } from "../writers/openvino.ts";
import { tflite } from "../writers/tflite.ts";
import { concat, float32Weight, utf8 } from "../writers/weight.ts";

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
const KERNEL = float32Weight("kernel", [4, 3, 3, 3], { length: 108 });

/** Files of the engines' formats that name commands, paths, addresses or entities. `canary`: a file to be left alone. */
export function enginePayloads(canary: string): ReadonlyMap<string, Uint8Array<ArrayBuffer>> {
  const command = `touch ${canary}.ran`;
  const entity = `<!DOCTYPE net [<!ENTITY x SYSTEM "file://${canary}"><!ENTITY y SYSTEM "http://127.0.0.1:9/">]>`;
  const outside = openvino([{ spec: SPEC, weight: KERNEL }], (xml) => xml.replace("?>", `?>${entity}`));
  const including = openvino([{ spec: SPEC, weight: KERNEL }], (xml) =>
    xml.replace(
      "<layers>",
      `<xi:include href="file://${canary}"/><layers><layer id="9" name="${canary}" type="ReadValue"><data library="${canary}" path="${canary}"/></layer>`,
    ),
  );
  const custom = table([0, number(32, 1)], [1, text(`../${canary}`)], [3, number(32, 4)]);
  const operator = table([0, number(0, 4)], [5, vector(utf8(command))]);
  const graph = table([3, tables([operator])]);
  const pairs = [
    ["general.source.url", 8, ggufText("http://127.0.0.1:9/model")],
    ["tokenizer.chat_template", 8, ggufText(`{{ self.__init__.__globals__.os.system('${command}') }}`)],
    ["general.file", 8, ggufText(canary)],
  ] as const;
  const pair = darknet([{ spec: SPEC, parts: [float32Weight("b", [4], { length: 4 }), KERNEL] }]);
  const config = darknetConfig([{ spec: SPEC, parts: [KERNEL, KERNEL] }]);
  return new Map([
    ["entity.xml", outside.get("net.xml")!],
    ["entity.bin", outside.get("net.bin")!],
    ["include.xml", including.get("net.xml")!],
    ["include.bin", including.get("net.bin")!],
    ["custom.tflite", tflite(table([0, number(3, 4)], [1, tables([custom])], [2, tables([graph])]))],
    ["template.gguf", ggufOf({ ...ggufParts([{ ...KERNEL, name: "conv.weight" }]), pairs })],
    ["paths.cfg", concat([utf8(config.replace("[net]", `[net]\ntrain=${canary}\nbackup=${canary}`))])],
    ["paths.weights", pair.get("net.weights")!],
  ]);
}
