import { fromFile, open, readKernel } from "kernelscope/node";

// Lists every tensor of a file and reads one kernel: what bench/peers/read_one.py does with the framework.
const [path, layerName] = process.argv.slice(2) as [string, string];
const model = await open(await fromFile(path));
const layer = model.layers.find(
  (candidate) => candidate.name === layerName || candidate.kernel.name === layerName,
);
if (layer === undefined)
  throw new Error(`no layer ${layerName} among ${model.layers.map((each) => each.name).join(", ")}`);
const kernel = await readKernel(layer);
process.stdout.write(`${model.tensors.length} ${kernel.shape.join("x")} ${kernel.weights[0]}\n`);
await model.close();
process.stdout.write(`rss ${process.resourceUsage().maxRSS * 1024}\n`);
