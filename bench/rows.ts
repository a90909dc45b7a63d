import { join } from "node:path";
import type { Contender } from "./measure.ts";

/** A line of the table: our command against peers, and the ratio to reach. */
export interface Row {
  readonly name: string;
  /** Python packages that the peers need. */
  readonly needs: readonly string[];
  /** Peers outside Python that are not installed. */
  readonly absent?: readonly string[];
  readonly ours: Contender;
  readonly peers: readonly Contender[];
  /** Goals: ratio to the fastest peer by whole process and inside, our peak memory in MB, our whole process in s. */
  readonly reach: {
    readonly wall?: number;
    readonly inside?: number;
    readonly rss?: number;
    readonly seconds?: number;
  };
}

/** Where things are on this machine. */
export interface Places {
  readonly root: string;
  readonly inputs: string;
  readonly out: string;
  /** Null where there is none: then nothing is compared. */
  readonly python: string | null;
}

/** The rows about reading and drawing, whose inputs are made by the peers. */
export function rows({ root, inputs, out, python }: Places): readonly Row[] {
  const peer = (label: string, script: string, ...args: string[]): Contender => ({
    label,
    command: python ?? "python3",
    args: [join(root, "bench/peers", script), ...args],
  });
  const node = (label: string, ...args: string[]): Contender => ({ label, command: process.execPath, args });
  const cli = (...args: string[]): Contender =>
    node(
      "kernelscope",
      "--import",
      join(root, "bench/rss.mjs"),
      join(root, "dist/node/bin/kernelscope.js"),
      ...args,
    );
  const input = (name: string): string => join(inputs, name);

  const mosaic = (name: string, kernel: string, cell: number, reach: Row["reach"]): Row => ({
    name,
    needs: ["numpy", "cv2", "PIL"],
    ours: node(
      "kernelscope",
      join(root, ".build/bench/mosaic.js"),
      input(kernel),
      String(cell),
      join(out, "mosaic.png"),
    ),
    peers: [
      peer("OpenCV", "mosaic.py", "opencv", input(kernel), String(cell), join(out, "opencv.png")),
      peer(
        "numpy + Pillow level 1",
        "mosaic.py",
        "pillow",
        input(kernel),
        String(cell),
        join(out, "pillow.png"),
      ),
    ],
    reach,
  });
  const readOne = (
    name: string,
    reader: string,
    needs: string,
    file: string,
    tensor: string,
    layer: string,
    reach: Row["reach"],
  ): Row => ({
    name,
    needs: [needs],
    ours: node("kernelscope", join(root, ".build/bench/read-one.js"), input(file), layer),
    peers: [
      peer(reader === "keras" ? "keras load_model" : reader, "read_one.py", reader, input(file), tensor),
    ],
    reach,
  });

  return [
    {
      name: "draw the 24 slices, as the seed does",
      needs: ["numpy", "matplotlib"],
      ours: cli(
        ...["draw", input("seed.npy"), "--axis-order", "DHWIO", "--arrange", "seed", "--normalize", "slice"],
        ...["--slice-axis", "width", "-o", join(out, "seed.png")],
      ),
      peers: [
        peer(
          "matplotlib, one subplot a slice",
          "seed_figure.py",
          input("seed.npy"),
          join(out, "seed-figure.png"),
        ),
      ],
      reach: { wall: 0.15 },
    },
    mosaic("786,432 slices, 1 px a weight", "big.npy", 1, { inside: 0.5, wall: 0.6, rss: 150 }),
    mosaic("786,432 slices, 4 px a weight", "big.npy", 4, { inside: 0.4, rss: 150 }),
    mosaic("262,144 slices, 1 px a weight", "half.npy", 1, { inside: 0.75 }),
    readOne(
      "500 MB safetensors: list, read 14 MB",
      "safetensors",
      "safetensors",
      "big.safetensors",
      "features.20.weight",
      "features.20.weight",
      { wall: 1.1, rss: 90 },
    ),
    readOne(
      "500 MB Keras .h5: list, read 14 MB",
      "h5py",
      "h5py",
      "big.h5",
      "conv3d_20/conv3d_20/kernel:0",
      "conv3d_20",
      { wall: 1.3, rss: 130 },
    ),
    readOne("500 MB .keras: list, read 14 MB", "keras", "keras", "big.keras", "conv3d_20", "conv3d_20", {
      wall: 0.06,
      rss: 130,
    }),
  ];
}
