import { readFileSync } from "node:fs";

/** What test/fixtures/train/door/make_door.py wrote with real Keras 3. */
export interface KerasFixture {
  readonly configs: Readonly<
    Record<string, { readonly class_name: string; readonly config: Record<string, unknown> }>
  >;
  readonly metrics: {
    readonly data: Readonly<
      Record<string, { readonly size: number; readonly outputs: number[]; readonly targets: number[] }>
    >;
    readonly weights: readonly number[];
    readonly cases: readonly {
      readonly name: string;
      readonly data: string;
      readonly weighted: boolean;
      readonly value: number;
    }[];
  };
  readonly schedules: {
    readonly steps: readonly number[];
    readonly rates: Readonly<Record<string, readonly number[]>>;
    readonly configs: Readonly<Record<string, unknown>>;
  };
  readonly callbacks: readonly {
    readonly kind: "earlyStopping" | "reduceOnPlateau";
    readonly arguments: Readonly<Record<string, number | string | boolean>>;
    readonly logs: readonly number[];
    readonly rates: readonly number[];
    readonly stopped: number | null;
    readonly weights: number;
  }[];
  readonly fit: {
    readonly x: number[];
    readonly y: number[];
    readonly sampleWeight: number[];
    readonly begin: number[][];
    readonly json: { readonly [key: string]: never };
    readonly cases: readonly {
      readonly name: string;
      readonly arguments: {
        readonly validation_split?: number;
        readonly class_weight?: Record<number, number>;
        readonly sample_weight?: true;
      };
      readonly compile: unknown;
      readonly history: Readonly<Record<string, readonly number[]>>;
      readonly weights: number[][];
    }[];
    readonly saved: { readonly loss: number; readonly accuracy: number; readonly predictions: number[] };
  };
  readonly orders: Readonly<Record<string, readonly (readonly number[])[]>>;
}

const folder = new URL("../fixtures/train/door/", import.meta.url);

/** The bytes of a fixture. */
export function fixture(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(name, folder)));
}

function json(name: string): never {
  return JSON.parse(readFileSync(new URL(name, folder), "utf8")) as never;
}

export const keras: KerasFixture = json("keras.json");

/** JPEG files and resized pictures by Pillow, in base64. */
export const pictures: {
  readonly jpegs: readonly {
    readonly jpeg: string;
    readonly width: number;
    readonly height: number;
    readonly pixels: string;
  }[];
  readonly resized: readonly { readonly width: number; readonly height: number; readonly pixels: string }[];
} = json("pictures.json");

/** Bytes out of base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text, "base64"));
}

/** The samples that real Keras trained on: 27 of 6x5x2, four classes. */
export const samples = {
  inputs: { data: Float32Array.from(keras.fit.x), shape: [27, 6, 5, 2] },
  targets: { data: Float32Array.from(keras.fit.y), shape: [27, 4] },
} as const;
