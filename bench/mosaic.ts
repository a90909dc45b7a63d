import { open as openFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import {
  encodePng,
  fromFile,
  loadSimd,
  montage,
  nodeDeflate,
  open,
  readKernel,
  writePng,
} from "kernelscope/node";
import { sayPeak } from "./peak.ts";

// All slices of a canonical kernel as one gray montage: from memory to a PNG file, as bench/peers/mosaic.py does.
const [path, cell, out] = process.argv.slice(2) as [string, string, string];
const model = await open(await fromFile(path), { axisOrder: "OIDHW" });
const kernel = await readKernel(model.layers[0]!);

// The peer has imported its writer by now; ours is loaded with the first picture.
const simd = await loadSimd();
await encodePng({ width: 1, height: 1, channels: 1, pixels: new Uint8Array(1) });

const start = performance.now();
const file = await openFile(out, "w");
const picture = montage(kernel, { cell: Number(cell), gap: 1 }, simd);
await writePng(picture, async (bytes) => void (await file.write(bytes)), {
  deflate: nodeDeflate(simd),
  crc32,
  simd,
});
await file.close();
process.stdout.write(`inside ${(performance.now() - start).toFixed(1)}\n`);
sayPeak();
