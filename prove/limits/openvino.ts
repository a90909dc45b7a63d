import { fromBytes } from "kernelscope";
import { withModel } from "../observe.ts";
import { utf8 } from "../writers/weight.ts";
import type { LimitTest } from "./cases.ts";

const NETWORK = '<net version="11"><layers><layer id="0" name="x" type="Parameter"/></layers></net>';

/** A network whose XML has exactly so many bytes, most of them spaces. */
export const openvinoLimits: readonly LimitTest[] = [
  {
    constant: "IR_MOST",
    passed: "limit",
    meets: (amount) => {
      const network = fromBytes(utf8(NETWORK.padEnd(amount)), "a.xml");
      const sibling = async () => fromBytes(new Uint8Array(4), "a.bin");
      return withModel({ ...network, sibling }, async () => null);
    },
  },
];
