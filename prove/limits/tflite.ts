import { fromBytes } from "kernelscope";
import { withModel } from "../observe.ts";
import { number, table, tables } from "../writers/flatbuffer.ts";
import { tflite } from "../writers/tflite.ts";
import type { LimitTest } from "./cases.ts";

/** A model that lists exactly so many tables: empty buffers, and nothing else. */
export const tfliteLimits: readonly LimitTest[] = [
  {
    constant: "FLAT_TABLES_MOST",
    passed: "limit",
    meets: (amount) => {
      const buffers = tables(Array.from({ length: amount }, () => table()));
      const file = tflite(table([0, number(3, 4)], [4, buffers]));
      return withModel(fromBytes(file, "a.tflite"), async () => null);
    },
  },
];
