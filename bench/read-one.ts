import { fromFile, open, readKernel } from "kernelscope/node";
import { sayPeak } from "./peak.ts";

// Lists every tensor of a file and reads one kernel, by its name or as `#20` by its number: what
// bench/peers/read_one.py does with the framework.
const [path, layerName] = process.argv.slice(2) as [string, string];
const model = await open(await fromFile(path));
const layer = layerName.startsWith("#")
  ? model.layers[Number(layerName.slice(1))]
  : model.layers.find((candidate) => candidate.name === layerName || candidate.kernel.name === layerName);
if (layer === undefined)
  throw new Error(`no layer ${layerName} among ${model.layers.map((each) => each.name).join(", ")}`);
const kernel = await readKernel(layer);
process.stdout.write(`${model.tensors.length} ${kernel.shape.join("x")} ${kernel.weights[0]}\n`);
await model.close();
sayPeak();
