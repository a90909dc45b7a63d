import type { OpenOptions, ReadErrorCode } from "../../src/index.ts";

/** An expected failure. */
export interface ExpectedError {
  readonly code: ReadErrorCode;
  /** Parts of the message. */
  readonly mentions?: readonly string[];
}

/** One layer; see README.md for every key. Only keys that are present are compared. */
export interface ExpectedLayer {
  readonly [key: string]: unknown;
  readonly note?: string | null;
  readonly sha256?: string;
  readonly values?: "float32" | "float64";
  readonly first?: readonly (number | string)[];
  readonly frozen?: unknown;
  readonly error?: ExpectedError;
}

/** What a fixture's JSON says. */
export interface Expectation {
  readonly file?: string;
  readonly options?: Pick<OpenOptions, "axisOrder">;
  readonly format?: string;
  readonly producer?: string | null;
  readonly layers?: readonly ExpectedLayer[];
  readonly rejected?: readonly string[];
  readonly lazy?: boolean;
  readonly variantOf?: string;
  readonly totals?: Readonly<Record<string, number | null>>;
  readonly notes?: readonly string[];
  readonly error?: ExpectedError;
}
