// npm start: the main job on the network in examples/seed.keras, on a machine that has nothing but Node.
import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join, relative } from "node:path";
import { build, checkNode, cli, end, install, root } from "./setup.mjs";

checkNode();
install();
build();

const seed = join(root, "examples/seed.keras");
const layer = "conv3d_12";
const out = join(root, "out");
mkdirSync(out, { recursive: true });
const [png, svg] = ["png", "svg"].map((ending) => relative(process.cwd(), join(out, `${layer}.${ending}`)));

kernelscope("summary", seed, "--style", "keras2");
say("");
kernelscope("explain", seed, layer);
say("");
for (const picture of [png, svg]) {
  kernelscope("draw", seed, layer, "--slice-axis", "width", "--labels", "-o", picture);
}
say(`
All 24 slices of ${layer} are in ${png} and ${svg}. What they show, and what not:

- Normalisation: one gray scale for the whole layer, named beside the picture. With a scale of its own for every
  slice (--normalize slice), as plotting loops do, a slice that learned nothing looks as busy as one that did.
- Alignment: a row is a filter, a column an input, and the slices of one kernel stand side by side. The usual grid
  (--arrange seed) wraps them over the rows, so that neighbours are not related.
- 16 of the 24 were never trained: the layer's input is one weight wide along the axis of the slices, so the outer
  slices only ever meet padding and keep their first, random values. They are marked.

Next:

  npx . examples/seed.keras                      every convolution layer in it
  npx . draw YOUR_MODEL -o kernels/              pictures of your own: .keras, .h5, .safetensors, .npy, .npz
  npx . draw examples/seed.keras '#0' --terminal
  npx . --help
`);

function kernelscope(...args) {
  const { status } = spawnSync(process.execPath, [cli, ...args], { stdio: "inherit" });
  if (status !== 0) end(`kernelscope ${args[0]} ended with code ${status}.`);
}

function say(text) {
  process.stdout.write(`${text}\n`);
}
