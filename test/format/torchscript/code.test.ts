import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createBudget } from "../../../src/budget.ts";
import { parseCode } from "../../../src/format/torchscript/code.ts";
import { fromBytes, type Model, open } from "../../../src/index.ts";

const openFixture = (name: string): Promise<Model> => {
  const bytes = readFileSync(new URL(`../../fixtures/torchscript/${name}`, import.meta.url));
  return open(fromBytes(Uint8Array.from(bytes), name));
};

describe("batch normalisation in TorchScript", () => {
  it.each(["traced.pt", "scripted.pt", "lite.ptl"])("is folded where it alone follows: %s", async (name) => {
    const { layers } = await openFixture(name);
    const folded = layers.filter(({ batchNorm }) => batchNorm !== null);
    expect(folded.map((layer) => layer.name)).toEqual(["stem.conv", "blocks.0.conv", "blocks.1.conv"]);
    expect(folded.map(({ batchNorm }) => batchNorm!.mean.name)).toEqual([
      "stem.bn.running_mean",
      "blocks.0.bn.running_mean",
      "blocks.1.bn.running_mean",
    ]);
    expect(folded.map(({ batchNorm }) => batchNorm!.epsilon)).toEqual([1e-5, 1e-5, 1e-5]);
  });

  it.each(["training.pt", "frozen-scripted.pt"])("is none of the file's in %s", async (name) => {
    const { layers } = await openFixture(name);
    expect(layers.every(({ batchNorm }) => batchNorm === null)).toBe(true);
  });
});

describe("parseCode", () => {
  const text = [
    "class Net(Module):",
    "  __parameters__ = []",
    '  __annotations__["0"] = __torch__.M',
    "  stride : Final[Tuple[int, int]] = (1, -2)",
    "  def forward(self: __torch__.Net,",
    "    x: Tensor,",
    "    n: Optional[List[int]]=None) -> Tuple[Tensor, int]:",
    "    a, b, = (self)._f(x, key=[1, 2.5e-3], )",
    "    self.y = x[0:2]",
    "    if torch.__is__(n, None):",
    '      c = "a # b = (c"',
    "    else:",
    "      pass",
    "    for i in range(3):",
    "      d = i",
    "    return (a, b)",
    "def free(x: int) -> int:",
    "  return x",
  ].join("\n");
  const file = parseCode(text, createBudget());

  it("finds classes, their constants, methods and functions", () => {
    const net = file.classes.get("Net")!;
    expect([...net.constants.keys()]).toEqual(["stride"]);
    expect(net.constants.get("stride")).toEqual({
      kind: "tuple",
      items: [
        { kind: "constant", value: 1 },
        { kind: "constant", value: -2 },
      ],
    });
    expect(net.methods.get("forward")!.parameters).toEqual([
      { name: "self", otherwise: null },
      { name: "x", otherwise: null },
      { name: "n", otherwise: { kind: "constant", value: null } },
    ]);
    expect(file.functions.get("free")!.body).toEqual([
      { kind: "return", value: { kind: "name", name: "x" } },
    ]);
  });

  it("reads statements as data", () => {
    const { body } = file.classes.get("Net")!.methods.get("forward")!;
    expect(body.map(({ kind }) => kind)).toEqual(["assign", "assign", "if", "loop", "return"]);
    expect(body[0]).toMatchObject({
      targets: [
        { name: "a", attribute: null },
        { name: "b", attribute: null },
      ],
      value: {
        kind: "call",
        callee: { kind: "attribute", name: "_f" },
        keywords: [["key", { kind: "list" }]],
      },
    });
    expect(body[1]).toMatchObject({ targets: [{ name: "self", attribute: "y" }], value: { kind: "item" } });
    expect(body[2]).toMatchObject({
      yes: [{ value: { kind: "constant", value: "a # b = (c" } }],
      no: [{ kind: "evaluate" }],
    });
    expect(body[3]).toMatchObject({ variables: ["i"], body: [{ kind: "assign" }] });
  });
});
