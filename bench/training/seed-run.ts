import { writeFile } from "node:fs/promises";
import { encodePng, montage, rasterize, readKernel } from "kernelscope/node";
import { threadPool } from "kernelscope/node/train";
import { adam } from "kernelscope/train";
import { sayPeak } from "../peak.ts";
import { readNet, readNpz } from "./read-net.ts";

// The seed's whole example: data, summary, four epochs with validation, the 24 pictures of the third convolution.
const [folder, data, out, form] = process.argv.slice(2) as [string, string, string, "keras" | "torch"];
const arrays = await readNpz(data);
const network = await readNet(folder, threadPool());
network.compile({ optimizer: adam({ form }), loss: "categoricalCrossentropy", metrics: ["accuracy"] });
process.stdout.write(`${network.summary()}\n`);
const { history } = await network.fit(arrays.get("x")!, arrays.get("y")!, {
  batchSize: 64,
  epochs: 4,
  validationSplit: 0.2,
  // In the order of the data, for all contenders alike, so that the losses can be compared.
  shuffle: false,
});
const kernel = await readKernel(network.toModel().layers[2]!);
await writeFile(out, await encodePng(rasterize(montage(kernel, { cell: 16 }))));
network.close();
process.stdout.write(`loss ${history.loss![0]}\n`);
sayPeak();
