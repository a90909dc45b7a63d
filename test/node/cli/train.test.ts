import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { encodeNpy } from "../../../src/export/npy.ts";
import { layers, sequential } from "../../../src/train/index.ts";
import { pictures } from "../../train/fixtures.ts";
import { cli, kernelOf, kernelscope, temporaryFolder } from "./run.ts";

const folder = temporaryFolder();
const { path: cwd } = folder;
afterAll(() => folder.remove());
const read = (name: string) => readFileSync(folder.at(name));
const SMALL = ["--data", "moving-digits:96", "--batch-size", "16"];

function npy(name: string, shape: readonly number[], weight: (index: number) => number): string {
  const whole = kernelOf("k", [1, 1, 1, 1, shape.reduce((a, b) => a * b, 1)], weight);
  return folder.write(name, Buffer.concat([...encodeNpy({ ...whole, shape: shape as never })]));
}

describe("kernelscope train", () => {
  it("trains an example, prints as Keras 3 does, and keeps everything in a folder", async () => {
    const { code, out, err } = await kernelscope(
      ["train", "--example", "moving-digits", ...SMALL, "--epochs", "2", "-o", "digits"],
      { cwd },
    );
    expect(code).toBe(0);
    expect(err).toBe("wrote digits/model.keras (2 epochs)\n");
    expect(out).toContain("│ motion (Conv3D)");
    expect(out).toMatch(
      /^Epoch 2\/2\n6\/6 ━{20} \d+s \d+(ms|us|s)\/step - accuracy: 0\.\d{4} - loss: \d\.\d{4} - val_accuracy: 0\.\d{4} - val_loss: \d\.\d{4}$/m,
    );
    for (const character of "\b\r\u001b") expect(out).not.toContain(character);
    expect(readdirSync(folder.at("digits")).sort()).toEqual([
      "checkpoints",
      "history.jsonl",
      "kernels",
      "model.keras",
      "run.json",
      "spec.json",
    ]);
    const listed = await kernelscope(["list", "digits/model.keras"], { cwd });
    expect(listed.out).toContain("motion");
    expect(
      (
        await kernelscope(["draw", "digits/kernels/epoch-0002.safetensors", "motion", "-o", "motion.png"], {
          cwd,
        })
      ).code,
    ).toBe(0);
  });

  it("prints as Keras 2.2 and 2 do on request", async () => {
    const run = (era: string) =>
      kernelscope(
        [
          "train",
          "--example",
          "moving-digits",
          ...SMALL,
          "--epochs",
          "1",
          "--keras",
          era,
          "-o",
          `era-${era}`,
        ],
        { cwd },
      );
    const old = await run("2.2");
    expect(old.out).toContain(
      "Train on 86 samples, validate on 10 samples\nEpoch 1/1\n86/86 [==============================] - ",
    );
    expect(old.out).toMatch(
      /\/step - loss: \d\.\d{4} - acc: 0\.\d{4} - val_loss: \d\.\d{4} - val_acc: 0\.\d{4}\n/,
    );
    const tf = await run("2");
    expect(tf.out).toContain("6/6 [==============================] - ");
    expect(tf.out).not.toContain("Epoch 1/1");
    expect(read("era-2/model.keras").equals(read("era-2.2/model.keras"))).toBe(true);
  });

  it("gives the same bytes on any number of threads, others for another seed", async () => {
    const run = (name: string, ...rest: string[]) =>
      kernelscope(["train", "--example", "moving-digits", ...SMALL, "--epochs", "2", "-o", name, ...rest], {
        cwd,
      });
    for (const [name, ...rest] of [
      ["one", "--threads", "1"],
      ["two", "--threads", "2"],
      ["other", "--seed", "1"],
    ] as const)
      expect((await run(name, ...rest)).code).toBe(0);
    expect(read("one/model.keras").equals(read("two/model.keras"))).toBe(true);
    expect(read("one/model.keras").equals(read("other/model.keras"))).toBe(false);
  });

  it("takes a spec with its compile config, and arrays", async () => {
    const network = sequential([
      layers.dense({ units: 4, activation: "relu", inputShape: [3] }),
      layers.dense({ units: 2, activation: "softmax" }),
    ]);
    const spec = {
      ...network.json,
      compile_config: { optimizer: "sgd", loss: "sparse_categorical_crossentropy", metrics: ["accuracy"] },
    };
    const file = folder.write("spec.json", JSON.stringify(spec));
    npy("x.npy", [30, 3], (i) => ((i * 7919) % 100) / 100);
    npy("y.npy", [30, 1], (i) => i % 2);
    const { code, out, err } = await kernelscope(
      [
        "train",
        file,
        "--data",
        "x.npy,y.npy",
        "--epochs",
        "3",
        "--validation-split",
        "0",
        "--learning-rate",
        "0.1",
      ],
      { cwd },
    );
    expect(err).toBe("wrote spec-run/model.keras (3 epochs)\n");
    expect(code).toBe(0);
    expect(out).toContain("1/1 ━");
    expect(out).not.toContain("val_loss");
    const settings = JSON.parse(read("spec-run/run.json").toString());
    expect(settings.compile).toEqual({
      optimizer: { config: { learning_rate: 0.1 }, class_name: "sgd" },
      loss: "sparse_categorical_crossentropy",
      metrics: ["accuracy"],
    });
    const evaluated = await kernelscope(["evaluate", "spec-run", "--data", "x.npy,y.npy", "--json"], { cwd });
    const file2 = await kernelscope(["evaluate", "spec-run/model.keras", "--data", "x.npy,y.npy", "--json"], {
      cwd,
    });
    expect(JSON.parse(evaluated.out)).toMatchObject({ samples: 30 });
    expect(file2.out).toBe(evaluated.out);
  });

  it("takes a folder of pictures", async () => {
    for (const [i, name] of ["rose/a.jpg", "rose/b.jpg", "tulip/c.jpg"].entries()) {
      mkdirSync(folder.at(join("pictures", dirname(name))), { recursive: true });
      folder.write(join("pictures", name), Buffer.from(pictures.jpegs[i]!.jpeg, "base64"));
    }
    const network = sequential([
      layers.conv3d({ filters: 2, kernelSize: 3, strides: 4, padding: "same", inputShape: [16, 20, 3, 1] }),
      layers.flatten(),
      layers.dense({ units: 2, activation: "softmax" }),
    ]);
    const spec = folder.write("flower-net.json", JSON.stringify(network.json));
    const args = [
      "train",
      spec,
      "--data",
      "pictures",
      "--epochs",
      "2",
      "--validation-split",
      "0",
      "-o",
      "flower-run",
    ];
    const { code, out, err } = await kernelscope(args, { cwd });
    expect(code, err).toBe(0);
    expect(out).toContain("Epoch 2/2");
    expect(JSON.parse(read("flower-run/run.json").toString()).compile.loss).toBe("categorical_crossentropy");
  });

  it("says what is wrong", async () => {
    const cases: readonly (readonly [readonly string[], number, RegExp])[] = [
      [[], 2, /either a SPEC or --example/],
      [["--example", "sed"], 2, /no example "sed".*Did you mean seed/],
      [["nothing.json", "--data", "moving-digits"], 3, /no such file/i],
      [[folder.write("bad.json", "{"), "--data", "moving-digits"], 3, /no JSON/],
      [["--example", "moving-digits", "--epochs", "0"], 2, /whole number/],
      [["--example", "moving-digits", "--loss", "hinge", "-o", "h"], 3, /loss "hinge" is not known/],
      [
        ["--example", "moving-digits", "--data", "procedural-flowers:4", "-o", "p"],
        2,
        /expected samples of shape \(6, 16, 16, 1\), found \(224, 224, 3\)/,
      ],
      [["--example", "seed", "--data", "missing/", "-o", "m"], 3, /no such file/i],
    ];
    for (const [args, code, message] of cases) {
      const outcome = await kernelscope(["train", ...args], { cwd });
      expect(outcome.err).toMatch(message);
      expect(outcome.code, outcome.err).toBe(code);
    }
    expect(
      (await kernelscope(["train", "--example", "moving-digits", "-o", "digits"], { cwd })).err,
    ).toContain("There is a run already");
    expect((await kernelscope(["resume", "nowhere"], { cwd })).code).toBe(3);
    expect((await kernelscope(["evaluate", "digits"], { cwd })).code).toBe(2);
  });
});

describe("an interrupted run", () => {
  it("ends after its epoch with code 130; resume ends it with the bytes of one that never stopped", async () => {
    const args = ["train", "--example", "moving-digits", ...SMALL, "--epochs", "60"];
    const child = spawn(process.execPath, [cli, ...args, "-o", "stopped"], {
      cwd,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let err = "";
    child.stderr.on("data", (piece) => {
      err += String(piece);
    });
    // Interrupted as soon as the first epoch is over.
    child.stdout.on("data", (piece) => {
      if (String(piece).includes("val_loss")) child.kill("SIGINT");
    });
    const code = await new Promise((resolve) => child.on("close", resolve));
    expect(code, err).toBe(130);
    expect(err).toContain("go on with: kernelscope resume stopped");
    expect(existsSync(folder.at("stopped/model.keras"))).toBe(false);
    const done = readdirSync(folder.at("stopped/checkpoints")).length;
    expect(done).toBeGreaterThan(0);
    expect(done).toBeLessThan(60);
    // A shorter run than was asked for, so that the test is quick: both ways get the same settings.
    const settings = JSON.parse(read("stopped/run.json").toString());
    writeFileSync(folder.at("stopped/run.json"), JSON.stringify({ ...settings, epochs: done + 2 }));
    const resumed = await kernelscope(["resume", "stopped"], { cwd });
    expect(resumed.code, resumed.err).toBe(0);
    expect(resumed.out).toContain(`Epoch ${done + 1}/${done + 2}`);
    expect(resumed.out).not.toContain("Model:");
    await kernelscope([...args.slice(0, -1), String(done + 2), "-o", "straight"], { cwd });
    for (const name of ["model.keras", "history.jsonl"])
      expect(read(`stopped/${name}`).equals(read(`straight/${name}`)), name).toBe(true);
    // Nothing is left to do.
    expect((await kernelscope(["resume", "stopped"], { cwd })).code).toBe(0);
  });
});

describe("a run that is being trained", () => {
  it("is left alone by others, can be read, and is taken over when its process was killed", async () => {
    const args = ["train", "--example", "moving-digits", ...SMALL, "--epochs", "5000", "-o", "busy"];
    const begin = (...command: string[]) => {
      const child = spawn(process.execPath, [cli, ...command], { cwd, stdio: ["ignore", "pipe", "pipe"] });
      child.stderr.resume();
      const first = new Promise<void>((resolve) => {
        child.stdout.on("data", (piece) => void (String(piece).includes("val_loss") && resolve()));
      });
      return { child, first, ended: new Promise((resolve) => child.on("close", resolve)) };
    };
    const locks = () => readdirSync(folder.at("busy")).filter((name) => name.includes(".lock-"));
    const { child, first, ended } = begin(...args);
    await first;
    for (const command of [args, ["resume", "busy"]]) {
      const { code, err } = await kernelscope(command, { cwd });
      expect(code, err).toBe(3);
      expect(err).toContain(`busy: It is being trained by process ${child.pid}, since `);
    }
    const evaluated = await kernelscope(["evaluate", "busy", "--data", "moving-digits:16"], { cwd });
    expect(evaluated.code, evaluated.err).toBe(0);
    child.kill("SIGKILL");
    await ended;
    expect(locks()).toEqual([".run.lock-1"]);
    const second = begin("resume", "busy");
    await second.first;
    expect(locks()).toEqual([".run.lock-2"]);
    // Twice: at once, without waiting for the end of the epoch.
    second.child.kill("SIGINT");
    second.child.kill("SIGTERM");
    await second.ended;
    expect(locks()).toEqual([]);
  });
});

describe("a run that is watched", () => {
  const watch = (...rest: string[]) =>
    kernelscope(["train", "--example", "moving-digits", ...SMALL, "--epochs", "30", ...rest], { cwd });

  it("ends early with the best weights, which evaluate and export take too", async () => {
    const options = [
      "--early-stopping",
      "2",
      "--restore-best-weights",
      "--monitor",
      "val_loss",
      "--learning-rate",
      "0.3",
    ];
    const { code, err } = await watch(
      ...options,
      "--reduce-on-plateau",
      "1",
      "--plateau-factor",
      "0.5",
      "-o",
      "early",
    );
    expect(code, err).toBe(0);
    const [, best, epochs] =
      /^kernelscope: early: Stopped early: val_loss was best in epoch (\d+); the weights are those of epoch \1\.\nwrote early\/model\.keras \((\d+) epochs\)\n$/.exec(
        err,
      ) ?? [];
    expect(Number(epochs), err).toBe(Number(best) + 2);
    expect(Number(epochs)).toBeLessThan(30);
    const history = read("early/history.jsonl").toString().trimEnd().split("\n");
    const losses = history.map((line) => JSON.parse(line).val_loss as number);
    expect(losses).toHaveLength(Number(epochs));
    expect(losses.indexOf(Math.min(...losses)) + 1).toBe(Number(best));
    expect(JSON.parse(read("early/run.json").toString())).toMatchObject({
      earlyStopping: { monitor: "val_loss", patience: 2, minDelta: 0, restoreBestWeights: true },
      reduceOnPlateau: { monitor: "val_loss", patience: 1, factor: 0.5, minLearningRate: 0, cooldown: 0 },
    });
    const evaluated = async (path: string) =>
      (await kernelscope(["evaluate", path, "--data", "moving-digits:64", "--json"], { cwd })).out;
    expect(await evaluated("early")).toBe(await evaluated("early/model.keras"));
    // Nothing is left to do, and nothing changes.
    const before = read("early/model.keras");
    const resumed = await kernelscope(["resume", "early"], { cwd });
    expect(resumed.code, resumed.err).toBe(0);
    expect(resumed.err).toContain("Stopped early: ");
    expect(resumed.out).not.toContain("Epoch");
    expect(read("early/model.keras").equals(before)).toBe(true);
  });

  it("refuses what cannot be watched before anything is written", async () => {
    for (const [args, message] of [
      [
        ["--early-stopping", "--monitor", "val_acc"],
        /"val_acc" cannot be watched: the numbers of this run are loss, accuracy, val_loss, val_accuracy\./,
      ],
      [["--early-stopping", "--monitor", "val_loss", "--validation-split", "0"], /No samples are held out/],
      [["--restore-best-weights"], /--restore-best-weights goes with --early-stopping/],
      [["--plateau-cooldown", "1"], /--plateau-cooldown goes with --reduce-on-plateau/],
      [["--monitor", "loss"], /--monitor goes with/],
      [["--reduce-on-plateau", "--plateau-factor", "1"], /a number above 0/],
      [["--early-stopping", "-1"], /whole number/],
    ] as const) {
      const { code, err } = await watch(...args, "-o", "unwatched");
      expect(err).toMatch(message);
      expect(code, err).toBe(2);
    }
    expect(existsSync(folder.at("unwatched"))).toBe(false);
  });

  it("refuses a plateau where the rate follows a schedule", async () => {
    const network = sequential([layers.dense({ units: 1, inputShape: [3] })]);
    const learning_rate = {
      class_name: "CosineDecay",
      config: { initial_learning_rate: 0.1, decay_steps: 9 },
    };
    const optimizer = { class_name: "SGD", config: { learning_rate } };
    const spec = folder.write(
      "schedule.json",
      JSON.stringify({ ...network.json, compile_config: { optimizer, loss: "mse" } }),
    );
    npy("sx.npy", [30, 3], (i) => i / 90);
    npy("sy.npy", [30, 1], (i) => i / 30);
    const { code, err } = await kernelscope(
      ["train", spec, "--data", "sx.npy,sy.npy", "--reduce-on-plateau", "-o", "scheduled"],
      { cwd },
    );
    expect([code, err]).toEqual([2, expect.stringContaining("follows a schedule")]);
  });
});
