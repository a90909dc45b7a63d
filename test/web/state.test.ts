import { describe, expect, test } from "vitest";
import type { LayerFacts, ModelFacts, Problem } from "../../web/protocol.ts";
import * as states from "../../web/state.ts";

function layer(index: number, more: Partial<LayerFacts> = {}): LayerFacts {
  return {
    index,
    name: `Conv_${index}`,
    kind: "conv",
    rank: 2,
    shape: [4, 3, 1, 3, 3],
    groups: 1,
    strides: [1, 1],
    dilation: [1, 1],
    padding: "same",
    dtype: "float32",
    dequantized: false,
    tensor: `conv_${index}/kernel`,
    axisOrder: "HWIO",
    evidence: "config",
    note: null,
    parameters: { kernel: 108, bias: 4, total: 112 },
    slices: 12,
    unreadable: null,
    ...more,
  };
}

function model(layers: readonly LayerFacts[]): ModelFacts {
  return {
    file: "a.keras",
    bytes: 10,
    format: "Keras",
    producer: null,
    layers,
    tensors: layers.length,
    parameters: 112 * layers.length,
    rejected: [],
    given: "a.keras",
    rejectedCount: 0,
    notes: [],
  };
}

const problem: Problem = { code: "malformed", file: "b.h5", offset: 3, message: "It is damaged." };
const opened = (layers: readonly LayerFacts[]) => states.finishOpening(states.initialState(), model(layers));

describe("opening", () => {
  test("keeps what was open until the new file is known to be good", () => {
    const before = opened([layer(0)]);
    const during = states.startOpening(before, ["b.h5"], 99);
    expect(during.opened).toBe(before.opened);
    expect(during.opening).toEqual({ files: ["b.h5"], bytes: 99, done: 0, total: 0 });
    expect(states.cancelOpening(during)).toMatchObject({ opened: before.opened, opening: null });
    const failed = states.failOpening(during, problem);
    expect(failed).toMatchObject({
      opened: before.opened,
      opening: null,
      problem,
      announcement: "It is damaged.",
    });
    expect(states.dismissProblem(failed)).toMatchObject({ opened: before.opened, problem: null });
  });

  test("selects the first layer that can be read", () => {
    expect(opened([layer(0, { unreadable: "Its dtype is unknown." }), layer(1)]).opened?.selected).toBe(1);
    expect(opened([layer(0, { unreadable: "Its dtype is unknown." })]).opened?.selected).toBe(0);
    expect(opened([]).opened?.selected).toBeNull();
  });

  test("says what was opened", () => {
    expect(opened([layer(0)]).announcement).toBe("a.keras is open: 1 convolution.");
    expect(opened([layer(0), layer(1)]).announcement).toBe("a.keras is open: 2 convolutions.");
  });
});

describe("looking around", () => {
  test("selecting another layer forgets the weight that was read", () => {
    const state = { ...opened([layer(0), layer(1)]), hover: {} as never, cursor: {} as never };
    expect(states.selectLayer(state, 1)).toMatchObject({
      hover: null,
      cursor: null,
      opened: { selected: 1 },
    });
    expect(states.selectLayer(state, 0)).toBe(state);
    expect(states.selectLayer(state, 7)).toBe(state);
  });

  test("the filter finds names whatever their case", () => {
    const state = states.filterLayers(opened([layer(0), layer(1), layer(12)]), " conv_1 ");
    if (state.opened === null) throw new Error("nothing is open");
    expect(states.shownLayers(state.opened).map((each) => each.index)).toEqual([1, 12]);
  });

  test("the cursor survives a change of colours, not one of the slice axis", () => {
    const cursor = {} as never;
    const state = { ...opened([layer(0)]), cursor };
    expect(states.changeView(state, { colormap: "viridis" }).cursor).toBe(cursor);
    expect(states.changeView(state, { sliceAxis: "width" }).cursor).toBeNull();
  });

  test("the last picture stays under the next one while that is drawn", () => {
    const facts = { width: 3 } as never;
    const drawn = states.finishDrawing(opened([layer(0)]), facts, 1);
    const drawing = states.startDrawing(states.changeView(drawn, { symmetric: true }));
    expect(drawing.opened?.picture).toEqual({ kind: "drawing", done: 0, total: 0, before: facts });
    expect(states.startDrawing(drawing).opened?.picture).toMatchObject({ before: facts });
    expect(states.progressDrawing(drawing, 5, 9).opened?.picture).toMatchObject({ done: 5, total: 9 });
    expect(states.progressDrawing(drawn, 5, 9)).toBe(drawn);
  });

  test("the theme goes round", () => {
    expect(states.nextTheme(states.nextTheme(states.nextTheme("system")))).toBe("system");
  });
});
