import { fromBytes } from "kernelscope";
import { withModel } from "../observe.ts";
import { utf8 } from "../writers/weight.ts";
import type { LimitTest } from "./cases.ts";

const CONFIG = "[net]\nheight=4\nwidth=4\nchannels=1\n[convolutional]\nfilters=1\nsize=1\n";

/** A network whose .cfg has exactly so many bytes, the last of them a comment. */
export const darknetLimits: readonly LimitTest[] = [
  {
    constant: "CFG_MOST",
    passed: "limit",
    meets: (amount) => {
      const config = fromBytes(utf8(`${CONFIG}#`.padEnd(amount, "x")), "a.cfg");
      const weights = fromBytes(new Uint8Array(20 + 8).fill(2, 4, 5), "a.weights");
      return withModel({ ...config, sibling: async () => weights }, async () => null);
    },
  },
];
