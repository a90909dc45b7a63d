import { type Axis, sizeOf, UNIT_AXIS } from "../shape.ts";
import type { Applied, Numbers } from "./layer.ts";

/** A convolution's geometry: `channels` of its input and `filters` of its output, all groups together. */
export interface ConvGeometry {
  readonly axes: readonly Axis[];
  readonly channels: number;
  readonly filters: number;
  readonly groups: number;
}

/** One meeting of an output position, an input position and a tap, as running numbers. */
export type Meeting = readonly [output: number, input: number, tap: number];

/** All meetings inside the input, output positions in order, taps in order within each. */
export function meetings(axes: readonly Axis[]): Meeting[] {
  let found: Meeting[] = [[0, 0, 0]];
  for (const { input, kernel, stride, dilation, before, output } of axes) {
    const next: Meeting[] = [];
    for (const [o0, i0, t0] of found) {
      for (let o = 0; o < output; o++) {
        for (let t = 0; t < kernel; t++) {
          const i = o * stride - before + t * dilation;
          if (i >= 0 && i < input) next.push([o0 * output + o, i0 * input + i, t0 * kernel + t]);
        }
      }
    }
    found = next;
  }
  return found.sort((a, b) => a[0] - b[0] || a[2] - b[2]);
}

/** Convolution: kernel `[...taps, channels / groups, filters]`. */
export function applyConv(
  geometry: ConvGeometry,
  x: Numbers,
  kernel: Numbers,
  bias: Numbers | null,
  samples: number,
): Applied {
  const met = meetings(geometry.axes);
  const value = new Float64Array(samples * outputsOf(geometry));
  if (bias)
    value.forEach((_, i) => {
      value[i] = bias[i % geometry.filters]!;
    });
  eachProduct(geometry, met, samples, (output, input, weight) => {
    value[output] = value[output]! + x[input]! * kernel[weight]!;
  });
  return {
    value,
    backward: (slope) => {
      const dx = new Float64Array(x.length);
      const dk = new Float64Array(kernel.length);
      eachProduct(geometry, met, samples, (output, input, weight) => {
        dx[input] = dx[input]! + slope[output]! * kernel[weight]!;
        dk[weight] = dk[weight]! + slope[output]! * x[input]!;
      });
      return { inputs: [dx], parameters: bias ? [dk, channelSums(slope, geometry.filters)] : [dk] };
    },
  };
}

/** Transposed convolution: the geometry is that of the convolution whose input gradient it is. */
export function applyTransposedConv(
  geometry: ConvGeometry,
  x: Numbers,
  kernel: Numbers,
  bias: Numbers | null,
  samples: number,
): Applied {
  const met = meetings(geometry.axes);
  const value = new Float64Array(
    samples * sizeOf(geometry.axes.map((axis) => axis.input)) * geometry.channels,
  );
  if (bias)
    value.forEach((_, i) => {
      value[i] = bias[i % geometry.channels]!;
    });
  eachProduct(geometry, met, samples, (output, input, weight) => {
    value[input] = value[input]! + x[output]! * kernel[weight]!;
  });
  return {
    value,
    backward: (slope) => {
      const dx = new Float64Array(x.length);
      const dk = new Float64Array(kernel.length);
      eachProduct(geometry, met, samples, (output, input, weight) => {
        dx[output] = dx[output]! + slope[input]! * kernel[weight]!;
        dk[weight] = dk[weight]! + slope[input]! * x[output]!;
      });
      return { inputs: [dx], parameters: bias ? [dk, channelSums(slope, geometry.channels)] : [dk] };
    },
  };
}

/** Dense layer on the last axis: a convolution with one tap. */
export function applyDense(
  channels: number,
  units: number,
  x: Numbers,
  kernel: Numbers,
  bias: Numbers | null,
): Applied {
  const geometry = { axes: [UNIT_AXIS], channels, filters: units, groups: 1 };
  return applyConv(geometry, x, kernel, bias, x.length / channels);
}

function outputsOf({ axes, filters }: ConvGeometry): number {
  return sizeOf(axes.map((axis) => axis.output)) * filters;
}

function eachProduct(
  geometry: ConvGeometry,
  met: readonly Meeting[],
  samples: number,
  visit: (output: number, input: number, weight: number) => void,
): void {
  const { axes, channels, filters, groups } = geometry;
  const inputs = sizeOf(axes.map((axis) => axis.input)) * channels;
  const outputs = outputsOf(geometry);
  const inGroup = channels / groups;
  const outGroup = filters / groups;
  for (let n = 0; n < samples; n++) {
    for (const [output, input, tap] of met) {
      for (let f = 0; f < filters; f++) {
        const first = Math.floor(f / outGroup) * inGroup;
        for (let c = 0; c < inGroup; c++) {
          visit(
            n * outputs + output * filters + f,
            n * inputs + input * channels + first + c,
            (tap * inGroup + c) * filters + f,
          );
        }
      }
    }
  }
}

function channelSums(slope: Numbers, channels: number): Numbers {
  const sums = new Float64Array(channels);
  slope.forEach((v, i) => {
    sums[i % channels] = sums[i % channels]! + v;
  });
  return sums;
}
