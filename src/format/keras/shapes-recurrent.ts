import type { Extents } from "./config.ts";
import { isList, isObject, type PlainObject } from "./plain.ts";
import { type Extent, flag, integer, isChannelsFirst } from "./settings.ts";
import type { ShapeRule } from "./shapes.ts";
import { convolve, fromSpatial, toSpatial } from "./shapes-convolution.ts";

/** State tensors that a cell carries from step to step. */
const STATES: ReadonlyMap<string, number> = new Map([
  ["LSTMCell", 2],
  ["GRUCell", 1],
  ["SimpleRNNCell", 1],
]);

/** A recurrent layer's outputs: the sequence or its last step, then the states where it returns them. */
function sequence(
  config: PlainObject,
  input: Extents,
  step: Extents,
  states: readonly Extents[],
): readonly Extents[] {
  const output = flag(config, "return_sequences") ? [input[0]!, input[1]!, ...step] : [input[0]!, ...step];
  return flag(config, "return_state") ? [output, ...states.map((state) => [input[0]!, ...state])] : [output];
}

function recurrent(states: number): ShapeRule {
  return ({ config, inputs: [input] }) => {
    if (input === undefined || input.length < 3) return null;
    const step: Extents = [integer(config, "units")];
    return sequence(config, input, step, new Array<Extents>(states).fill(step));
  };
}

/** An RNN around a cell, or around several that feed one another. */
const rnn: ShapeRule = ({ config, inputs: [input] }) => {
  const cells = cellsOf(config.cell);
  const sizes = cells.map((cell): [Extent, number] | null => {
    const states = STATES.get(String(cell.class_name));
    const units = isObject(cell.config) ? integer(cell.config, "units") : null;
    return states === undefined || units === null ? null : [units, states];
  });
  const last = sizes.at(-1);
  if (input === undefined || input.length < 3 || last == null || !sizes.every((size) => size !== null))
    return null;
  const states = sizes.flatMap(([units, count]) => new Array<Extents>(count).fill([units]));
  return sequence(config, input, [last[0]], states);
};

function cellsOf(cell: unknown): readonly PlainObject[] {
  if (!isObject(cell)) return [];
  const inside = isObject(cell.config) ? cell.config.cells : null;
  return isList(inside) ? inside.filter(isObject) : [cell];
}

function convLstm(rank: number): ShapeRule {
  return ({ config, inputs: [input] }) => {
    const first = isChannelsFirst(config);
    if (input === undefined || input.length !== rank + 3) return null;
    const shape = toSpatial([input[0]!, ...input.slice(2)], rank, first);
    const spatial = shape && convolve(config, shape.spatial);
    if (spatial == null) return null;
    const step = fromSpatial([], spatial, integer(config, "filters"), first);
    return sequence(config, input, step, [step, step]);
  };
}

const bidirectional: ShapeRule = ({ config, inputs, inner: [forward] }) => {
  const [output, ...states] = forward?.(inputs.slice(0, 1)) ?? [];
  if (output === undefined) return null;
  const last = output.at(-1) ?? null;
  const joined = [...output.slice(0, -1), last === null ? null : last * 2];
  const mode = config.merge_mode === undefined ? "concat" : config.merge_mode;
  const outputs = mode === null ? [output, output] : [mode === "concat" ? joined : output];
  return [...outputs, ...states, ...states];
};

const timeDistributed: ShapeRule = ({ inputs: [input], inner: [inside] }) => {
  if (input === undefined || input.length < 2) return null;
  const outputs = inside?.([frame(input)]) ?? null;
  return outputs === null
    ? null
    : outputs.map((output) => [output[0] ?? null, input[1]!, ...output.slice(1)]);
};

/** The shape that a TimeDistributed gives to the layer it wraps. */
export function frame(input: Extents): Extents {
  return [...input.slice(0, 1), ...input.slice(2)];
}

/** Recurrent layers and their wrappers. */
export const RECURRENT_RULES: Readonly<Record<string, ShapeRule>> = {
  Bidirectional: bidirectional,
  ConvLSTM1D: convLstm(1),
  ConvLSTM2D: convLstm(2),
  ConvLSTM3D: convLstm(3),
  CuDNNGRU: recurrent(1),
  CuDNNLSTM: recurrent(2),
  GRU: recurrent(1),
  LSTM: recurrent(2),
  RNN: rnn,
  SimpleRNN: recurrent(1),
  TimeDistributed: timeDistributed,
};
