import { type Axis, sizeOf } from "../shape.ts";
import { meetings } from "./conv.ts";
import type { Applied, Numbers } from "./layer.ts";

/** Pooling; `axes` as of a convolution with the window for a kernel. */
export function applyPool(
  mode: "max" | "average",
  axes: readonly Axis[],
  channels: number,
  x: Numbers,
  samples: number,
): Applied {
  const inputs = sizeOf(axes.map((axis) => axis.input)) * channels;
  const outputs = sizeOf(axes.map((axis) => axis.output)) * channels;
  const windows = new Map<number, number[]>();
  for (const [output, input] of meetings(axes)) {
    const window = windows.get(output);
    if (window) window.push(input);
    else windows.set(output, [input]);
  }
  const value = new Float64Array(samples * outputs);
  /** For a maximum, the input that won. */
  const winner = new Int32Array(value.length);
  const visit = (each: (out: number, ins: readonly number[]) => void): void => {
    for (let n = 0; n < samples; n++) {
      for (const [output, window] of windows) {
        for (let c = 0; c < channels; c++) {
          each(
            n * outputs + output * channels + c,
            window.map((input) => n * inputs + input * channels + c),
          );
        }
      }
    }
  };
  visit((out, ins) => {
    if (mode === "average") value[out] = ins.reduce((sum, i) => sum + x[i]!, 0) / ins.length;
    else {
      winner[out] = ins.reduce((best, i) => (x[i]! > x[best]! ? i : best));
      value[out] = x[winner[out]!]!;
    }
  });
  return {
    value,
    backward: (slope) => {
      const dx = new Float64Array(x.length);
      visit((out, ins) => {
        if (mode === "max") dx[winner[out]!] = dx[winner[out]!]! + slope[out]!;
        else for (const i of ins) dx[i] = dx[i]! + slope[out]! / ins.length;
      });
      return { inputs: [dx], parameters: [] };
    },
  };
}

/** An operation whose every output is one input or zero: `from[output]` is the input within the sample, or -1. */
export function applyMove(from: Int32Array, x: Numbers, samples: number): Applied {
  const inputs = x.length / samples;
  const outputs = from.length;
  const value = new Float64Array(samples * outputs);
  const visit = (each: (out: number, input: number) => void): void => {
    for (let n = 0; n < samples; n++) {
      from.forEach((input, out) => {
        if (input >= 0) each(n * outputs + out, n * inputs + input);
      });
    }
  };
  visit((out, input) => {
    value[out] = x[input]!;
  });
  return {
    value,
    backward: (slope) => {
      const dx = new Float64Array(x.length);
      visit((out, input) => {
        dx[input] = dx[input]! + slope[out]!;
      });
      return { inputs: [dx], parameters: [] };
    },
  };
}

/** Sources of a zero padding or an up-sampling: `source(axis, position)` is the input's position, or -1. */
export function moveTable(
  from: readonly number[],
  to: readonly number[],
  channels: number,
  source: (axis: number, position: number) => number,
): Int32Array {
  const table = new Int32Array(sizeOf(to) * channels).fill(-1);
  for (let p = 0; p < sizeOf(to); p++) {
    let rest = p;
    let input = 0;
    let unit = 1;
    for (let axis = to.length - 1; axis >= 0; axis--) {
      const at = source(axis, rest % to[axis]!);
      rest = Math.floor(rest / to[axis]!);
      if (at < 0 || at >= from[axis]!) input = Number.NaN;
      input += at * unit;
      unit *= from[axis]!;
    }
    if (!Number.isNaN(input))
      for (let c = 0; c < channels; c++) table[p * channels + c] = input * channels + c;
  }
  return table;
}
