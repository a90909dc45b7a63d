// Networks and data for check_handover.py, check_keras.py and check_tensorboard.py: trains each with the command,
// exports it in every way there is, evaluates it, and writes logs for TensorBoard.
//
//     node test/frameworks/make-networks.mjs FOLDER
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const dist = fileURLToPath(new URL("../../dist", import.meta.url));
const { constraints, input, layers, loadKeras, model, Random, regularizers, sequential, writeNpz } =
  await import(join(dist, "train/index.js"));
const { fromFile, nodeSpawn } = await import(join(dist, "node/index.js"));
const [out = "."] = process.argv.slice(2);

/** Runs the command and gives what it prints; its own words are shown when it fails. */
function kernelscope(...args) {
  const { status, stderr, stdout } = spawnSync(process.execPath, [join(dist, "node/cli/main.js"), ...args], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`kernelscope ${args.join(" ")}: ${stderr}`);
  return stdout;
}

function volumes() {
  return sequential(
    [
      layers.conv3d({
        filters: 4,
        kernelSize: 3,
        strides: 2,
        padding: "same",
        inputShape: [7, 10, 5, 2],
      }),
      layers.activation("relu"),
      layers.maxPooling3d({ poolSize: 2, padding: "same" }),
      layers.batchNormalization(),
      layers.conv3d({ filters: 6, kernelSize: [2, 2, 1], activation: "tanh" }),
      layers.flatten(),
      layers.dense({ units: 7, activation: "gelu" }),
      layers.dropout(0.3),
      layers.dense({ units: 4, activation: "softmax" }),
    ],
    { name: "volumes" },
  );
}

function branches() {
  const inputs = input({ shape: [9, 11, 3] });
  const stem = layers
    .conv2d({
      filters: 8,
      kernelSize: 4,
      strides: 3,
      padding: "same",
      activation: "elu",
      kernelRegularizer: regularizers.l2(0.01),
      kernelConstraint: constraints.maxNorm({ maxValue: 0.9, axis: [0, 1, 2] }),
    })
    .apply(inputs);
  const side = layers.separableConv2d({ filters: 8, kernelSize: 3, padding: "same" }).apply(stem);
  const sum = layers.add().apply(stem, side);
  const up = layers
    .conv2dTranspose({ filters: 5, kernelSize: 3, strides: 2, padding: "same", activation: "silu" })
    .apply(sum);
  const down = layers.averagePooling2d({ poolSize: 2, padding: "same" }).apply(up);
  const joined = layers.concatenate().apply(down, sum);
  const deep = layers.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, padding: "same" }).apply(joined);
  const mixed = layers.dense({ units: 6, activation: "softplus" }).apply(deep);
  const peak = layers.globalMaxPooling2d().apply(mixed);
  const mean = layers.globalAveragePooling2d().apply(deep);
  const both = layers.concatenate().apply(peak, mean);
  const outputs = layers.dense({ units: 3, activation: "softmax" }).apply(both);
  return model({ inputs, outputs }, { name: "branches" });
}

function signals() {
  return sequential(
    [
      layers.conv1d({
        filters: 4,
        kernelSize: 3,
        padding: "causal",
        dilationRate: 2,
        inputShape: [13, 3],
      }),
      layers.zeroPadding1d({ padding: [1, 2] }),
      layers.conv1d({
        filters: 6,
        kernelSize: 4,
        groups: 2,
        padding: "same",
        activation: "selu",
      }),
      layers.upSampling1d({ size: 2 }),
      layers.averagePooling1d({ poolSize: 3, strides: 2 }),
      layers.dense({ units: 5, activation: "sigmoid" }),
      layers.flatten(),
      layers.dense({ units: 1, activation: "sigmoid" }),
    ],
    { name: "signals" },
  );
}

function decoder() {
  return sequential(
    [
      layers.conv3dTranspose({
        filters: 3,
        kernelSize: [2, 3, 4],
        strides: [3, 2, 2],
        inputShape: [2, 3, 4, 2],
      }),
      layers.conv3dTranspose({
        filters: 2,
        kernelSize: 4,
        strides: [2, 1, 3],
        padding: "same",
        activation: "relu",
      }),
    ],
    { name: "decoder" },
  );
}

/** `same`: whether nothing in it is drawn or averaged, so that going on elsewhere gives our own losses. */
const cases = [
  { name: "volumes", make: volumes, targets: "one-hot", optimizer: "Adam", same: false },
  {
    name: "branches",
    make: branches,
    targets: "classes",
    bytes: true,
    optimizer: "SGD",
    options: ["--loss", "sparse_categorical_crossentropy"],
    compile: { momentum: 0.9, nesterov: true, global_clipnorm: 1 },
    same: true,
  },
  {
    name: "signals",
    make: signals,
    targets: "binary",
    optimizer: "RMSprop",
    compile: { momentum: 0.5, centered: true },
    same: true,
  },
  {
    name: "decoder",
    make: decoder,
    targets: "same",
    optimizer: "AdamW",
    options: ["--metrics", "mae"],
    same: true,
  },
];

const COUNT = 50;

/** Targets that depend on the inputs. */
function targetsOf(kind, network, random) {
  const size = network.outputShape.reduce((a, b) => a * b, 1);
  if (kind === "same") {
    const data = Float32Array.from({ length: COUNT * size }, () => random.next());
    return { data, shape: [COUNT, ...network.outputShape] };
  }
  const classes = kind === "binary" ? 2 : size;
  const drawn = Array.from({ length: COUNT }, () => random.integer(0, classes));
  if (kind !== "one-hot") return { data: Float32Array.from(drawn), shape: [COUNT, 1] };
  const data = new Float32Array(COUNT * size);
  for (const [i, label] of drawn.entries()) data[i * size + label] = 1;
  return { data, shape: [COUNT, size] };
}

async function npz(path, arrays) {
  const pieces = [];
  for await (const piece of writeNpz(new Map(Object.entries(arrays)))) pieces.push(piece);
  writeFileSync(path, Buffer.concat(pieces));
}

const random = new Random(11);
for (const { name, make, targets, optimizer, compile, options = [], bytes = false, same } of cases) {
  const folder = join(out, name);
  mkdirSync(folder, { recursive: true });
  const at = (file) => join(folder, file);
  const network = make();
  const shape = [COUNT, ...network.inputShape];
  const length = shape.reduce((a, b) => a * b, 1);
  const x = bytes
    ? { data: Uint8Array.from({ length }, () => random.integer(0, 256)), shape }
    : { data: Float32Array.from({ length }, () => random.next() * 2 - 0.7), shape };
  await npz(at("data.npz"), { x, y: targetsOf(targets, network, random) });
  const compile_config = {
    optimizer: { class_name: optimizer, config: { ...compile, learning_rate: 0.01 } },
    loss: null,
  };
  writeFileSync(at("spec.json"), JSON.stringify({ ...network.json, compile_config }));
  const train = (epochs, run) =>
    kernelscope(
      ...["train", at("spec.json"), "--data", at("data.npz"), "--batch-size", "8", "--seed", "5"],
      ...["--epochs", String(epochs), "-o", at(run), ...options],
    );
  train(2, "run");
  train(4, "longer");
  writeFileSync(at("ours.json"), kernelscope("evaluate", at("run"), "--data", at("data.npz"), "--json"));
  const to = (target, path, ...rest) =>
    kernelscope("export", at("run"), "--to", target, ...rest, "-o", at(path));
  to("keras", "keras", "--script");
  to("torch", "torch", "--script");
  to("keras-h5", "model.h5");
  to("safetensors", "model.safetensors");
  to("onnx", "model.onnx");
  const trained = await loadKeras(await fromFile(at("run/model.keras")), { spawn: nodeSpawn });
  const predictions = await trained.predict(x);
  await npz(at("expected.npz"), { x, y: predictions });
  trained.close();
  writeFileSync(at("case.json"), JSON.stringify({ name, same }));
}

// Pictures of 1-D, 2-D and 3-D kernels, and what every weight does.
for (const name of ["signals", "branches", "volumes"]) {
  const at = (file) => join(out, name, file);
  kernelscope(
    ...["train", at("spec.json"), "--data", at("data.npz"), "--batch-size", "8", "--epochs", "3"],
    ...["-o", at("logged"), "--tensorboard", join(out, "logs", name)],
    ...(cases.find((each) => each.name === name).options ?? []),
  );
}
