import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createBudget } from "../../../src/budget.ts";
import { isReadError } from "../../../src/errors.ts";
import { toArchitecture } from "../../../src/format/keras/architecture.ts";
import { type KerasConfig, type KerasLayer, readKerasConfig } from "../../../src/format/keras/config.ts";

function read(json: unknown, version: string | null = "2.15.0"): KerasConfig {
  return readKerasConfig(json, version, createBudget());
}

function errorOf(action: () => unknown): unknown {
  try {
    action();
  } catch (error) {
    return error;
  }
  return undefined;
}

type Inbound = readonly unknown[];

function layer(className: string, name: string, config: object = {}, inbound: Inbound = []): object {
  return { class_name: className, name, config: { name, ...config }, inbound_nodes: inbound };
}

function input(name: string, ...shape: (number | null)[]): object {
  return layer("InputLayer", name, { batch_input_shape: [null, ...shape] });
}

function functional(
  layers: readonly object[],
  outputs: readonly unknown[],
  inputs: readonly unknown[] = [["x", 0, 0]],
) {
  const config = { name: "model", trainable: true, layers, input_layers: inputs, output_layers: outputs };
  return { class_name: "Functional", config };
}

function shapes(config: KerasConfig): Readonly<Record<string, unknown>> {
  return Object.fromEntries(config.layers.map((one) => [one.name, one.outputShapes]));
}

const conv = { filters: 2, kernel_size: [3, 3], padding: "same" };

describe("dialects of Keras 2", () => {
  test("a Sequential that is just a list, its first layer with the shape", () => {
    const config = read(
      {
        class_name: "Sequential",
        config: [
          { class_name: "Conv2D", config: { name: "conv2d_1", batch_input_shape: [null, 8, 8, 1], ...conv } },
          { class_name: "Flatten", config: { name: "flatten_1" } },
        ],
        keras_version: "2.1.6",
      },
      "2.1.6",
    );
    expect(config).toMatchObject({
      name: "sequential_1",
      className: "Sequential",
      branching: false,
      optimizer: null,
    });
    expect(shapes(config)).toEqual({ conv2d_1: [[null, 8, 8, 2]], flatten_1: [[null, 128]] });
    expect(config.layers.map((one) => one.inbound)).toEqual([[], [["conv2d_1", 0, 0]]]);
    expect(config.layers[0]?.inputShapes).toEqual([[null, 8, 8, 1]]);
  });

  test("an InputLayer, build_input_shape and model_config around it", () => {
    const layers = [layer("Conv2D", "c", conv)];
    const start = input("i", 8, 8, 1);
    const named = { class_name: "Sequential", config: { name: "s", layers: [start, ...layers] } };
    expect(shapes(read(named))).toEqual({ c: [[null, 8, 8, 2]] });
    const built = {
      class_name: "Sequential",
      config: { name: "s", layers, build_input_shape: [4, 8, 8, 1] },
    };
    expect(shapes(read({ model_config: built }))).toEqual({ c: [[4, 8, 8, 2]] });
    const unbuilt = { class_name: "Sequential", config: { name: "s", layers } };
    expect(read(unbuilt).layers[0]).toMatchObject({ outputShapes: null, calls: [] });
  });

  const nested = (...names: Inbound) =>
    functional(
      [
        input("x", 8, 8, 1),
        {
          ...layer("Functional", "inner", {}, [[["x", 0, 0, {}]]]),
          config: functional(
            [input("i", 8, 8, 1), layer("Conv2D", "c", conv, [[["i", 0, 0, {}]]])],
            [["c", 0, 0]],
            [["i", 0, 0]],
          ).config,
        },
        layer("Flatten", "f", {}, [[names]]),
      ],
      [["f", 0, 0]],
    );

  test.each([
    ["2.2.5", "Keras counts a nested model's own call", ["inner", 1, 0]],
    ["2.15.0", "tf.keras does not print it", ["inner", 0, 0]],
  ] as const)("%s: %s", (version, _, shown) => {
    const config = read(nested("inner", 1, 0, {}), version);
    expect(config.layers[2]).toMatchObject({ inbound: [shown], outputShapes: [[null, 128]] });
    expect(config.layers[1]?.layers?.map((one) => one.name)).toEqual(["i", "c"]);
    expect(config.branching).toBe(false);
  });

  test("classes of other packages are called by their last name", () => {
    const custom = {
      class_name: "Addons>Conv2D",
      config: { name: "c", batch_input_shape: [null, 4, 4, 1], ...conv },
    };
    expect(
      read({ class_name: "Sequential", config: { name: "s", layers: [custom] } }).layers[0]?.className,
    ).toBe("Conv2D");
  });
});

describe("graphs", () => {
  test("a shared layer with two sizes has calls that differ", () => {
    const config = read(
      functional(
        [
          input("x", 8, 8, 1),
          input("y", 6, 6, 1),
          layer("Conv2D", "c", conv, [[["x", 0, 0, {}]], [["y", 0, 0, {}]]]),
        ],
        [
          ["c", 0, 0],
          ["c", 1, 0],
        ],
      ),
    );
    const shared = config.layers[2] as KerasLayer;
    expect(shared.calls.map((call) => call.outputShapes)).toEqual([[[null, 8, 8, 2]], [[null, 6, 6, 2]]]);
    expect(shared).toMatchObject({
      inputShapes: null,
      outputShapes: null,
      inbound: [
        ["x", 0, 0],
        ["y", 0, 0],
      ],
    });
    expect(config.branching).toBe(true);
    const architecture = toArchitecture(config, { byLayer: new Map(), optimizer: null });
    expect(architecture.layers[2]).toMatchObject({ outputsDiffer: true, outputShapes: [[null, 6, 6, 2]] });
  });

  test("loops, missing layers and unknown classes leave shapes unknown", () => {
    const config = read(
      functional(
        [
          input("x", 8, 8, 1),
          layer("Conv2D", "a", conv, [[["b", 0, 0, {}]]]),
          layer("Conv2D", "b", conv, [[["a", 0, 0, {}]]]),
          layer("Conv2D", "lost", conv, [[["nowhere", 0, 0, {}]]]),
          layer("Sorcery", "s", {}, [[["x", 0, 0, {}]]]),
          layer("Flatten", "f", {}, [[["s", 0, 0, {}]]]),
        ],
        [["f", 0, 0]],
      ),
    );
    expect(shapes(config)).toEqual({ x: [[null, 8, 8, 1]], a: null, b: null, lost: null, s: null, f: null });
  });

  test("wrappers state the shapes of the layers inside", () => {
    const inside = { class_name: "Conv2D", config: { name: "inside", ...conv } };
    const config = read(
      functional(
        [input("x", 5, 8, 8, 1), layer("TimeDistributed", "each", { layer: inside }, [[["x", 0, 0, {}]]])],
        [["each", 0, 0]],
      ),
    );
    expect(config.layers[1]).toMatchObject({ outputShapes: [[null, 5, 8, 8, 2]] });
    expect(config.layers[1]?.inner).toMatchObject([{ name: "inside", inputShapes: [[null, 8, 8, 1]] }]);
    const memory = { class_name: "ConvLSTM2D", config: { name: "memory", ...conv } };
    const both = read({
      class_name: "Sequential",
      config: {
        name: "s",
        layers: [input("i", 5, 8, 8, 1), layer("Bidirectional", "both", { layer: memory })],
      },
    });
    expect(both.layers[0]?.inner?.map((one) => one.name)).toEqual(["forward_memory", "backward_memory"]);
  });
});

describe("counting", () => {
  const norm = read({
    class_name: "Sequential",
    config: {
      name: "s",
      layers: [
        input("i", 8, 8, 4),
        layer("BatchNormalization", "norm"),
        layer("Conv2D", "fixed", { ...conv, trainable: false }),
        layer("Dropout", "drop"),
      ],
    },
  });
  const four = ["0", "1", "2", "3"].map((name) => ({ name, shape: [4], dtype: "float32" }));
  const kernel = [{ name: "kernel", shape: [3, 3, 4, 2], dtype: "float16" }];
  const seed = [{ name: "seed_generator_state", shape: [2], dtype: "uint32" }];
  const byLayer = new Map([
    ["norm", four],
    ["fixed", kernel],
    ["drop", seed],
  ]);

  test("moving statistics and fixed layers are not trained, seeds are no parameters", () => {
    const architecture = toArchitecture(norm, { byLayer, optimizer: null });
    expect(architecture.layers.map((one) => [one.parameters, one.nonTrainable, one.trainable])).toEqual([
      [16, 8, true],
      [72, 72, false],
      [0, 0, true],
    ]);
    expect(architecture.parameterBytes).toEqual({
      total: 208,
      trainable: 32,
      nonTrainable: 176,
      optimizer: 0,
    });
    expect(architecture).toMatchObject({ framework: "keras 2.15.0", optimizerParameters: null });
  });

  test("a model that is not trained has no trained weights", () => {
    const fixed = toArchitecture({ ...norm, trainable: false }, { byLayer, optimizer: null });
    expect(fixed.layers.map((one) => one.nonTrainable)).toEqual([16, 72, 0]);
  });

  test("an optimizer counts once it has state", () => {
    const scalars = ["0", "1"].map((name) => ({ name, shape: [], dtype: "int64" }));
    const moments = [...scalars, { name: "2", shape: [3, 3], dtype: "float32" }];
    const counted = (optimizer: typeof moments, className: string | null) =>
      toArchitecture({ ...norm, optimizer: className }, { byLayer, optimizer });
    expect(counted(scalars, "Adam").optimizerParameters).toBeNull();
    expect(counted(scalars, "SGD").optimizerParameters).toBe(2);
    expect(counted(moments, "Adam").optimizerParameters).toBe(11);
    expect(counted(moments, "Adam").parameterBytes.optimizer).toBe(52);
  });
});

describe("files that mean no good", () => {
  test.each([null, 1, "x", [], {}, { class_name: "Sequential" }, { config: {} }, { model_config: { a: 1 } }])(
    "%j is no config",
    (json) => {
      const error = errorOf(() => read(json));
      expect(isReadError(error, "malformed")).toBe(true);
      expect(String(error)).toMatch(/"class_name" and "config", found /);
    },
  );

  test("names of prototypes are names", () => {
    const json = JSON.parse(
      `{"class_name": "Sequential", "config": {"name": "__proto__", "layers": [
        {"class_name": "constructor", "config": {"name": "toString", "__proto__": {"trainable": false, "units": 9}}}]}}`,
    );
    const config = read(json);
    expect(config.name).toBe("__proto__");
    expect(config.layers[0]).toMatchObject({ name: "toString", className: "constructor" });
    expect(Object.getPrototypeOf(config.layers[0]?.config)).toBeNull();
    expect(config.layers[0]?.config.trainable).toBeUndefined();
    expect(toArchitecture(config, { byLayer: new Map(), optimizer: null }).layers[0]?.trainable).toBe(true);
  });

  test("nesting and size have limits", () => {
    let deep: object = layer("Flatten", "f");
    for (let level = 0; level < 40; level++)
      deep = { class_name: "Sequential", config: { name: "s", layers: [deep] } };
    expect(
      isReadError(
        errorOf(() => read(deep)),
        "limit",
      ),
    ).toBe(true);
    const wide = {
      class_name: "Sequential",
      config: { name: "s", layers: new Array(1000).fill(layer("Flatten", "f")) },
    };
    expect(
      isReadError(
        errorOf(() => readKerasConfig(wide, null, createBudget({ objects: 500 }))),
        "limit",
      ),
    ).toBe(true);
  });

  test("models that call models again and again cost no more than they hold", () => {
    let model = functional(
      [input("x", 8), layer("Dense", "d", { units: 8 }, [[["x", 0, 0, {}]]])],
      [["d", 0, 0]],
    );
    for (let level = 0; level < 12; level++) {
      const calls = Array.from({ length: 30 }, (_, call) => [
        [call === 0 ? ["x", 0, 0, {}] : ["m", call, 0, {}]],
      ]);
      model = functional(
        [input("x", 8), { ...layer("Functional", "m", {}, calls), config: model.config }],
        [["m", 30, 0]],
      );
    }
    const start = performance.now();
    const config = readKerasConfig(model, "2.15.0", createBudget({ objects: 200_000 }));
    expect(config.layers[1]).toMatchObject({ outputShapes: [[null, 8]] });
    expect(performance.now() - start).toBeLessThan(2000);
  });

  test("settings of the wrong kind leave the shape unknown", () => {
    const bad = [-1, 0, 1e300, Number.NaN, "3", null, [], [1, 2, 3, 4], {}, true];
    const keys = ["filters", "kernel_size", "strides", "dilation_rate", "padding", "data_format"] as const;
    for (const key of keys) {
      for (const value of bad) {
        const one = layer("Conv2D", "c", { ...conv, [key]: value });
        const config = read({
          class_name: "Sequential",
          config: { name: "s", layers: [input("i", 8, 8, 1), one] },
        });
        for (const extent of config.layers[0]?.outputShapes?.flat() ?? []) {
          expect(extent === null || (Number.isSafeInteger(extent) && extent >= 0)).toBe(true);
        }
      }
    }
  });
});

describe("real configs with anything in the wrong place", () => {
  const folder = new URL("../../fixtures/keras/corners/", import.meta.url);
  const configs: readonly { version: string; config: unknown }[] = readdirSync(folder).flatMap((name) =>
    JSON.parse(readFileSync(new URL(name, folder), "utf8")),
  );

  /** Every place in a JSON value, as the keys that lead to it. */
  function places(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
    if (typeof value !== "object" || value === null) return [path];
    return [path, ...Object.entries(value).flatMap(([key, inside]) => places(inside, [...path, key]))];
  }

  function put(json: unknown, path: readonly string[], value: unknown): unknown {
    const copy = structuredClone(json);
    let at = copy as Record<string, unknown>;
    for (const key of path.slice(0, -1)) at = at[key] as Record<string, unknown>;
    at[path.at(-1)!] = value;
    return copy;
  }

  test("give a config or a ReadError, never anything else", () => {
    const sites = configs.flatMap(({ version, config }) =>
      places(config)
        .filter((path) => path.length > 0)
        .map((path) => ({ version, config, path })),
    );
    const strange = fc.oneof(
      fc.constantFrom(null, -1, 0, 1e9, 2 ** 53, "__proto__", "Sequential", [], {}, [[]], true),
      fc.jsonValue({ maxDepth: 4 }),
    );
    fc.assert(
      fc.property(fc.nat(sites.length - 1), strange, (at, value) => {
        const { version, config, path } = sites[at]!;
        const error = errorOf(() => {
          const found = read(put(config, path, value), version);
          toArchitecture(found, { byLayer: new Map(), optimizer: null });
        });
        expect(error === undefined || isReadError(error)).toBe(true);
      }),
      { numRuns: 3000, seed: 11 },
    );
  });
});
