/** A learning rate that depends on the number of updates made so far, by Keras's formulas. */
export type LearningRateSchedule = (step: number) => number;

/** Keras's learning-rate schedules. */
export const schedules: {
  /** `initial * rate^(step / steps)`; with `staircase` the exponent is rounded down. */
  exponentialDecay(options: {
    readonly initialLearningRate: number;
    readonly decaySteps: number;
    readonly decayRate: number;
    readonly staircase?: boolean;
  }): LearningRateSchedule;
  /** Half a cosine from `initial` to `alpha * initial` over `decaySteps`. */
  cosineDecay(options: {
    readonly initialLearningRate: number;
    readonly decaySteps: number;
    readonly alpha?: number;
  }): LearningRateSchedule;
  /** `values[i]` from the step after `boundaries[i - 1]` up to and with `boundaries[i]`. */
  piecewiseConstantDecay(options: {
    readonly boundaries: readonly number[];
    readonly values: readonly number[];
  }): LearningRateSchedule;
  /** `initial / (1 + rate * step / steps)`. */
  inverseTimeDecay(options: {
    readonly initialLearningRate: number;
    readonly decaySteps: number;
    readonly decayRate: number;
    readonly staircase?: boolean;
  }): LearningRateSchedule;
} = {
  exponentialDecay: ({ initialLearningRate, decaySteps, decayRate, staircase = false }) => {
    return (step) => initialLearningRate * decayRate ** whole(step / decaySteps, staircase);
  },
  cosineDecay: ({ initialLearningRate, decaySteps, alpha = 0 }) => {
    return (step) => {
      const cosine = 0.5 * (1 + Math.cos((Math.PI * Math.min(step, decaySteps)) / decaySteps));
      return initialLearningRate * ((1 - alpha) * cosine + alpha);
    };
  },
  piecewiseConstantDecay: ({ boundaries, values }) => {
    return (step) => {
      const at = boundaries.findIndex((boundary) => step <= boundary);
      return values[at < 0 ? values.length - 1 : at]!;
    };
  },
  inverseTimeDecay: ({ initialLearningRate, decaySteps, decayRate, staircase = false }) => {
    return (step) => initialLearningRate / (1 + decayRate * whole(step / decaySteps, staircase));
  },
};

function whole(exponent: number, staircase: boolean): number {
  return staircase ? Math.floor(exponent) : exponent;
}
