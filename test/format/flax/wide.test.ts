import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { fromBytes, open } from "../../../src/index.ts";

it("opens a map of more keys than a call may have arguments", async () => {
  const array = readFileSync(new URL("../../fixtures/flax/array.msgpack", import.meta.url));
  const count = 300_000;
  const head = [0xdf, ...[24, 16, 8, 0].map((shift) => ((count + 1) >>> shift) & 255)];
  const keys = Array.from({ length: count }, (_, i) => [
    0xa4,
    ...Buffer.from(i.toString(36).padStart(4, "0")),
    0xc0,
  ]);
  const bytes = Uint8Array.from(
    Buffer.concat([Buffer.from(head), Buffer.from(keys.flat()), Buffer.from([0xa1, 0x7e]), array]),
  );
  const model = await open(fromBytes(bytes, "wide.msgpack"));
  expect(model.tensors.map(({ name }) => name)).toEqual(["~"]);
});
