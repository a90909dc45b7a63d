import { fromBytes } from "kernelscope";
import { withModel } from "../observe.ts";
import { utf8 } from "../writers/weight.ts";
import type { LimitTest } from "./cases.ts";

const NETWORK = '<net version="11"><layers><layer id="0" name="x" type="Parameter"/></layers></net>';

function network(xml: string): Promise<null> {
  const sibling = async () => fromBytes(new Uint8Array(4), "a.bin");
  return withModel({ ...fromBytes(utf8(xml), "a.xml"), sibling }, async () => null);
}

/** A network whose XML has exactly so many bytes, most of them spaces. */
export const openvinoLimits: readonly LimitTest[] = [
  {
    constant: "IR_MOST",
    passed: "limit",
    meets: (amount) => network(NETWORK.padEnd(amount)),
  },
  {
    constant: "IR_PARTS_MOST",
    passed: "limit",
    // The layer itself is one of them.
    meets: (amount) => {
      const ports = '<port id="0"/>'.repeat(amount - 1);
      return network(
        `<net version="11"><layers><layer id="0" name="x" type="Parameter"><output>${ports}</output></layer></layers></net>`,
      );
    },
  },
  {
    constant: "XML_ATTRIBUTES_MOST",
    passed: "limit",
    meets: (amount) => {
      const attributes = Array.from({ length: amount }, (_, at) => ` a${at}=""`).join("");
      return network(
        `<net version="11"><layers><layer id="0" name="x" type="Parameter"><data${attributes}/></layer></layers></net>`,
      );
    },
  },
];
