/** A stretch of float64 numbers: samples one after the other, each row-major and channels last. */
export type Numbers = Float64Array;

/** What an operation needs to know about the pass it is part of. */
export interface Pass {
  readonly samples: number;
  /** Dropout drops and batch normalization uses the batch's own statistics. */
  readonly training: boolean;
  readonly seed: number;
  readonly step: number;
}

/** The value of one operation and the way back. */
export interface Applied {
  readonly value: Numbers;
  /**
   * From the loss's derivative by the value to those by the inputs and the parameters, in their orders; parameters
   * that no gradient trains get zeros.
   */
  readonly backward: (slope: Numbers) => {
    readonly inputs: readonly Numbers[];
    readonly parameters: readonly Numbers[];
  };
  /** New values of averaged parameters, by their position; in training only. */
  readonly averaged?: ReadonlyMap<number, Numbers>;
}
