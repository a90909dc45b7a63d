// From a file to pictures, one step a line:
//
//     node examples/seven-verbs.mjs [FILE [LAYER]]
//
// writes LAYER.png and LAYER.svg into the current folder.

import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { encodePng, fromFile, montage, open, rasterize, readKernel, renderSvg } from "kernelscope/node";
import { selectLayers } from "kernelscope/report";

const [file = fileURLToPath(new URL("seed.keras", import.meta.url)), name = "#0"] = process.argv.slice(2);

const source = await fromFile(file); // bytes
const model = await open(source); // its directory, no weights yet
const [layer] = selectLayers(model, [name]); // a convolution
const kernel = await readKernel(layer); // just its weights: [out, in, depth, height, width]
const picture = montage(kernel, { normalize: "filter", cell: 16 }); // every slice has its place
await writeFile(`${layer.name}.png`, await encodePng(rasterize(picture)));
await writeFile(`${layer.name}.svg`, renderSvg(picture));

await model.close();
console.log(`${layer.name}: ${picture.tileCount} slices in ${picture.width} x ${picture.height} pixels`);
