// Lists every weight of a TensorFlow.js model and reads one, with tfjs-core's own decoder.
//
// usage: tfjs_read.mjs INSTALLED FOLDER NAME; INSTALLED has node_modules with tfjs-core and its CPU backend
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [installed, folder, name] = process.argv.slice(2);
const require = createRequire(join(installed, "package.json"));
const tf = require("@tensorflow/tfjs-core");
require("@tensorflow/tfjs-backend-cpu");

const { weightsManifest } = JSON.parse(readFileSync(join(folder, "model.json"), "utf8"));
const shapes = new Map();
let kernel = null;
for (const { paths, weights } of weightsManifest) {
  const data = Buffer.concat(paths.map((path) => readFileSync(join(folder, path))));
  const tensors = tf.io.decodeWeights(data.buffer, weights);
  for (const [key, tensor] of Object.entries(tensors)) {
    shapes.set(key, tensor.shape);
    if (key === name) kernel = tensor.dataSync();
  }
}
console.log(shapes.size, kernel.length, kernel[0]);
const status = readFileSync("/proc/self/status", "utf8");
console.log(`rss ${Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) * 1024}`);
