// Every convolution in a file, with what is known of it; no weights are read:
//
//     node examples/list-layers.mjs [FILE]
import { fileURLToPath } from "node:url";
import { fromFile, isReadError, open } from "kernelscope/node";

const [file = fileURLToPath(new URL("seed.keras", import.meta.url))] = process.argv.slice(2);

try {
  const model = await open(await fromFile(file));
  for (const { index, name, kind, shape, evidence } of model.layers) {
    const [out, inPerGroup, depth, height, width] = shape;
    console.log(
      `#${index} ${name}: ${kind}, ${out} filters of ${inPerGroup} x ${depth} x ${height} x ${width} (told by ${evidence})`,
    );
  }
  await model.close();
} catch (error) {
  // Whatever is wrong with a file comes as one kind of error, with a code and a sentence.
  if (!isReadError(error)) throw error;
  console.error(`${error.file}: ${error.message} (${error.code})`);
  process.exitCode = 1;
}
