// Weights that come from somewhere else, without any file: a kernel is a plain value.
//
//     node examples/draw-an-array.mjs [OUT.svg]
import { montage, writePicture } from "kernelscope/node";

const [to = "gabor.svg"] = process.argv.slice(2);

// Eight Gabor filters of 11x11, each turned by 22.5 degrees.
const [filters, side] = [8, 11];
const weights = new Float32Array(filters * side * side);
for (let filter = 0; filter < filters; filter++) {
  const angle = (filter * Math.PI) / filters;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [x, y] = [column - (side - 1) / 2, row - (side - 1) / 2];
      const along = x * Math.cos(angle) + y * Math.sin(angle);
      weights[(filter * side + row) * side + column] =
        Math.exp(-(x * x + y * y) / 12) * Math.cos(1.2 * along);
    }
  }
}

const kernel = {
  name: "gabor",
  kind: "conv",
  rank: 2,
  shape: [filters, 1, 1, side, side], // out, in, depth, height, width
  groups: 1,
  dtype: "float32",
  weights,
  frozen: null,
};
const picture = montage(kernel, { symmetric: true, colormap: "RdBu_r", labels: true, cell: 8 });
await writePicture(to, picture);
console.log(`${to}: ${picture.width} x ${picture.height} pixels`);
