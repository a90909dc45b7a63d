// npm start: data set, network, training, kernels drawn; on a machine that has nothing but Node.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { join, relative } from "node:path";
import { build, checkNode, cli, end, install, root, step } from "./setup.mjs";

checkNode();
install();
build();

const layer = "conv3d_12";
const run = relative(process.cwd(), join(root, "out/seed"));

const [png, svg] = ["png", "svg"].map((ending) =>
  relative(process.cwd(), join(root, "out", `${layer}.${ending}`)),
);

// What the last start left; everything in it comes again from the same seed.
rmSync(run, { recursive: true, force: true });
mkdirSync(join(root, "out"), { recursive: true });

step("Drawing 1,360 procedural flowers (17 kinds; a stand-in for photographs that cannot be shipped)");
const began = performance.now();
kernelscope("train", "--example", "seed", "-o", run);
say("");
kernelscope("explain", join(run, "model.keras"), layer);
say("");
for (const picture of [png, svg]) {
  kernelscope("draw", join(run, "model.keras"), layer, "--slice-axis", "width", "--labels", "-o", picture);
}
const seconds = ((performance.now() - began) / 1000).toFixed(1);
say(`
Done in ${seconds} s. The trained network is ${join(run, "model.keras")}; Keras 3 opens it. All 24 slices of its third Conv3D,
${layer} (model.layers[4]), are in ${png} and ${svg}. What they show, and what not:

- Normalisation: one gray scale for the whole layer, named beside the picture. With a scale of its own for every
  slice (--normalize slice), as plotting loops do, a slice that learned nothing looks as busy as one that did.
- Alignment: a row is a filter, a column an input, and the slices of one kernel stand side by side. The usual grid
  (--arrange seed) wraps them over the rows, so that neighbours are not related.
- 16 of the 24 were never trained: the layer's input is one weight wide along the axis of the slices, so the outer
  slices only ever meet padding and keep their first, random values. They are marked, and the lines above say that
  they were compared bit by bit with what they were before the first epoch.

Next:

  npx . train --example moving-digits            kernels that learn to see motion, in seconds
  npx . train SPEC.json --data PICTURES/         a network of your own: Keras's config.json, one folder a class
  npx . draw YOUR_MODEL -o kernels/              pictures of your own, from any framework
  npx . draw ${join(run, "kernels/epoch-0000.safetensors")} ${layer}    the same kernels before training
  npx . --help
`);

function kernelscope(...args) {
  const { status } = spawnSync(process.execPath, [cli, ...args], { stdio: "inherit" });
  if (status !== 0) end(`kernelscope ${args[0]} ended with code ${status}.`);
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
