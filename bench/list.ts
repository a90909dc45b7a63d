import { fromFile, open } from "kernelscope/node";
import { sayPeak } from "./peak.ts";

// Lists a file, as `kernelscope list` does, and says how much memory that took at most.
const model = await open(await fromFile(process.argv[2]!));
process.stdout.write(`${model.tensors.length} tensors, ${model.layers.length} layers\n`);
await model.close();
sayPeak();
