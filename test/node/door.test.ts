import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import * as frontDoor from "../../src/index.ts";
import * as nodeDoor from "../../src/node/index.ts";
import { selectLayers } from "../../src/report.ts";
import { root } from "../imports.ts";
import { kernelOf, temporaryFolder } from "./cli/run.ts";

const folder = temporaryFolder();
afterAll(() => folder.remove());

describe("kernelscope/node", () => {
  it("gives everything that the front door gives", () => {
    for (const name of Object.keys(frontDoor)) expect(nodeDoor, name).toHaveProperty(name);
    expect(nodeDoor.open).not.toBe(frontDoor.open);
    expect(nodeDoor.montage).toBe(frontDoor.montage);
  });

  it("opens HDF5 with Node's own workers, without being told", async () => {
    const model = await nodeDoor.open(await nodeDoor.fromFile(join(root, "examples/seed.keras")));
    expect(model.layers.map((layer) => layer.name)).toEqual(["conv3d_10", "conv3d_11", "conv3d_12"]);
    const [layer] = selectLayers(model, ["conv3d_12"]);
    const kernel = await nodeDoor.readKernel(layer!);
    expect(kernel.shape).toEqual([2, 4, 3, 3, 3]);
    // The layer's input is one weight wide along its last spatial axis: the outer positions only meet padding.
    expect(kernel.frozen?.width).toEqual([true, false, true]);
    await model.close();
  });

  it("writes pictures by the ending of their name, all or nothing", async () => {
    const picture = nodeDoor.montage(kernelOf("k", [4, 3, 1, 5, 5]), { labels: true });
    expect(await nodeDoor.writePicture(folder.at("k.png"), picture)).toBe(
      readFileSync(folder.at("k.png")).length,
    );
    expect(readFileSync(folder.at("k.png")).subarray(1, 4).toString()).toBe("PNG");
    await nodeDoor.writePicture(folder.at("k.SVG"), picture);
    expect(readFileSync(folder.at("k.SVG"), "utf8")).toBe(await nodeDoor.renderLargeSvg(picture));
    await expect(nodeDoor.writePicture(folder.at("k.gif"), picture)).rejects.toMatchObject({
      code: "bad-option",
    });
    const stopped = nodeDoor.writePicture(folder.at("never.png"), picture, { signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "aborted" });
    expect(() => readFileSync(folder.at("never.png"))).toThrow("ENOENT");
  });

  it("writes the same pixels as the front door's encoder", async () => {
    const picture = nodeDoor.montage(kernelOf("k", [64, 16, 1, 3, 3]), { cell: 3 });
    await nodeDoor.writePicture(folder.at("same.png"), picture);
    const { inflateSync } = await import("node:zlib");
    const inflated = (png: Uint8Array): Buffer => {
      const parts: Buffer[] = [];
      const bytes = Buffer.from(png);
      for (let at = 8; at < bytes.length; at += 12 + bytes.readUInt32BE(at)) {
        const length = bytes.readUInt32BE(at);
        if (bytes.toString("latin1", at + 4, at + 8) === "IDAT")
          parts.push(bytes.subarray(at + 8, at + 8 + length));
      }
      return inflateSync(Buffer.concat(parts));
    };
    const [here, there] = [
      inflated(readFileSync(folder.at("same.png"))),
      inflated(await nodeDoor.encodePng(picture)),
    ];
    expect(Buffer.compare(here, there)).toBe(0);
  });
});
