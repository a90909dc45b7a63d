// The weights of one layer as an .npy, and a look at the strongest filter:
//
//     node examples/export-kernel.mjs [FILE [LAYER [OUT.npy]]]
import { fileURLToPath } from "node:url";
import { fromFile, open, readKernel, writeWhole } from "kernelscope/node";
import { encodeNpy, selectLayers } from "kernelscope/report";

const [file = fileURLToPath(new URL("seed.keras", import.meta.url)), name = "#0", to = "kernel.npy"] =
  process.argv.slice(2);

const model = await open(await fromFile(file));
const [layer] = selectLayers(model, [name]);
const kernel = await readKernel(layer);
await model.close();

// Written beside and renamed: a full disk or Ctrl-C leaves no half file.
await writeWhole(to, encodeNpy(kernel));

const [filters] = kernel.shape;
const perFilter = kernel.weights.length / filters;
const norms = Array.from({ length: filters }, (_, out) => {
  const filter = kernel.weights.subarray(out * perFilter, (out + 1) * perFilter);
  return Math.sqrt(filter.reduce((sum, weight) => sum + weight * weight, 0));
});
const strongest = norms.indexOf(Math.max(...norms));
console.log(
  `${to}: ${kernel.shape.join(" x ")}; filter ${strongest} is the strongest (norm ${norms[strongest].toFixed(4)})`,
);
