import { readFile, writeFile } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { encodePng, fromBytes, montage, open, poolDeflate, readKernel } from "kernelscope/node";

// All slices of a canonical kernel as one gray montage: from memory to a PNG file, as bench/peers/mosaic.py does.
const [path, cell, out] = process.argv.slice(2) as [string, string, string];
const model = await open(fromBytes(new Uint8Array(await readFile(path)), path), { axisOrder: "OIDHW" });
const kernel = await readKernel(model.layers[0]!);

const start = performance.now();
const picture = montage(kernel, { cell: Number(cell), gap: 1 });
await writeFile(out, await encodePng(picture, { deflate: poolDeflate, crc32 }));
process.stdout.write(`inside ${(performance.now() - start).toFixed(1)}\n`);
process.stdout.write(`rss ${process.resourceUsage().maxRSS * 1024}\n`);
