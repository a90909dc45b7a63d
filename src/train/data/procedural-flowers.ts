import { Random } from "../random.ts";
import { type Dataset, toCategorical } from "./array.ts";

/** What makes one kind of flower; angles enter only through powers of a unit vector, so that no library sine is needed. */
interface Recipe {
  readonly petals: number;
  /** Radius between petals over radius at their tips, 0 to 1. */
  readonly waist: number;
  /** 1: round tips; 2, 3: pointed. */
  readonly point: 1 | 2 | 3;
  readonly colour: Rgb;
  /** Colour towards the centre. */
  readonly throat: Rgb;
  readonly centre: Rgb;
  readonly centreRadius: number;
  /** Dark spots on the petals, by a checker in polar rings; 0 for none. */
  readonly spots: 0 | 1;
  /** A second, smaller ring of petals between the first. */
  readonly double: boolean;
}

type Rgb = readonly [number, number, number];

/** Seventeen kinds, told apart by outline, colour, centre and spots. */
const RECIPES: readonly Recipe[] = [
  {
    petals: 5,
    waist: 0.35,
    point: 1,
    colour: [250, 214, 40],
    throat: [240, 180, 20],
    centre: [190, 140, 30],
    centreRadius: 0.16,
    spots: 0,
    double: false,
  },
  {
    petals: 5,
    waist: 0.2,
    point: 2,
    colour: [120, 72, 190],
    throat: [200, 170, 240],
    centre: [250, 230, 90],
    centreRadius: 0.12,
    spots: 0,
    double: false,
  },
  {
    petals: 6,
    waist: 0.4,
    point: 1,
    colour: [245, 245, 240],
    throat: [240, 240, 200],
    centre: [250, 190, 40],
    centreRadius: 0.26,
    spots: 0,
    double: false,
  },
  {
    petals: 6,
    waist: 0.15,
    point: 3,
    colour: [222, 62, 140],
    throat: [250, 200, 220],
    centre: [90, 30, 60],
    centreRadius: 0.12,
    spots: 1,
    double: false,
  },
  {
    petals: 13,
    waist: 0.5,
    point: 1,
    colour: [250, 250, 245],
    throat: [235, 235, 215],
    centre: [245, 200, 30],
    centreRadius: 0.3,
    spots: 0,
    double: false,
  },
  {
    petals: 16,
    waist: 0.55,
    point: 2,
    colour: [250, 195, 22],
    throat: [230, 150, 10],
    centre: [88, 54, 26],
    centreRadius: 0.42,
    spots: 0,
    double: true,
  },
  {
    petals: 3,
    waist: 0.3,
    point: 1,
    colour: [130, 122, 225],
    throat: [90, 70, 190],
    centre: [240, 220, 80],
    centreRadius: 0.1,
    spots: 0,
    double: true,
  },
  {
    petals: 4,
    waist: 0.65,
    point: 1,
    colour: [216, 30, 30],
    throat: [120, 10, 20],
    centre: [25, 20, 25],
    centreRadius: 0.22,
    spots: 0,
    double: false,
  },
  {
    petals: 8,
    waist: 0.35,
    point: 2,
    colour: [82, 122, 230],
    throat: [190, 210, 250],
    centre: [230, 230, 250],
    centreRadius: 0.14,
    spots: 0,
    double: false,
  },
  {
    petals: 21,
    waist: 0.6,
    point: 1,
    colour: [250, 150, 30],
    throat: [240, 110, 10],
    centre: [222, 112, 20],
    centreRadius: 0.22,
    spots: 0,
    double: true,
  },
  {
    petals: 6,
    waist: 0.25,
    point: 2,
    colour: [250, 122, 60],
    throat: [250, 190, 90],
    centre: [120, 50, 30],
    centreRadius: 0.1,
    spots: 1,
    double: false,
  },
  {
    petals: 5,
    waist: 0.6,
    point: 1,
    colour: [250, 182, 202],
    throat: [240, 120, 160],
    centre: [240, 240, 150],
    centreRadius: 0.14,
    spots: 0,
    double: false,
  },
  {
    petals: 3,
    waist: 0.45,
    point: 2,
    colour: [250, 250, 250],
    throat: [210, 240, 200],
    centre: [240, 250, 200],
    centreRadius: 0.1,
    spots: 0,
    double: false,
  },
  {
    petals: 10,
    waist: 0.2,
    point: 3,
    colour: [162, 40, 162],
    throat: [220, 120, 220],
    centre: [240, 180, 60],
    centreRadius: 0.2,
    spots: 0,
    double: false,
  },
  {
    petals: 5,
    waist: 0.45,
    point: 1,
    colour: [92, 62, 202],
    throat: [250, 250, 250],
    centre: [250, 250, 250],
    centreRadius: 0.28,
    spots: 1,
    double: false,
  },
  {
    petals: 7,
    waist: 0.3,
    point: 1,
    colour: [200, 20, 90],
    throat: [255, 120, 170],
    centre: [255, 220, 60],
    centreRadius: 0.18,
    spots: 0,
    double: true,
  },
  {
    petals: 12,
    waist: 0.3,
    point: 3,
    colour: [240, 240, 120],
    throat: [200, 220, 80],
    centre: [110, 150, 40],
    centreRadius: 0.24,
    spots: 0,
    double: false,
  },
];

/** Kinds of procedural flowers: as many as Oxford 17 has, and nothing to do with it. */
export const FLOWER_KINDS: number = RECIPES.length;

/** Where and how one flower stands in its picture. */
interface Pose {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  /** Unit vector of the rotation. */
  readonly cos: number;
  readonly sin: number;
  readonly light: number;
  readonly slopeX: number;
  readonly slopeY: number;
  readonly grass: Float32Array;
}

/** Lattice points along a side of the meadow behind the flower. */
const LATTICE = 24;

/**
 * Draws one flower of `kind` (0 … 16) into `pixels`, `side * side * 3` bytes, with a random pose, light and
 * meadow. Uses only operations that every engine rounds alike, so that a seed gives the same bytes everywhere.
 */
export function drawFlower(kind: number, side: number, random: Random, pixels: Uint8Array): void {
  const recipe = RECIPES[kind]!;
  const pose = randomPose(random);
  const step = 2 / side;
  let at = 0;
  for (let row = 0; row < side; row++) {
    const v = (row + 0.5) * step - 1;
    for (let column = 0; column < side; column++, at += 3) {
      const u = (column + 0.5) * step - 1;
      const light = pose.light + pose.slopeX * u + pose.slopeY * v;
      const blade = meadow(pose.grass, u, v);
      let red = 40 + 60 * blade;
      let green = 90 + 100 * blade;
      let blue = 30 + 40 * blade;
      const dx = (u - pose.x) / pose.radius;
      const dy = (v - pose.y) / pose.radius;
      const distance = dx * dx + dy * dy;
      if (distance < 1) {
        const r = Math.sqrt(distance);
        const colour = petalColour(recipe, pose, dx, dy, r);
        if (colour !== null) {
          const shade = r < recipe.centreRadius ? 0.9 + 0.2 * blade : 0.82 + 0.18 * r;
          red = colour[0] * shade;
          green = colour[1] * shade;
          blue = colour[2] * shade;
        }
      }
      pixels[at] = level(red * light);
      pixels[at + 1] = level(green * light);
      pixels[at + 2] = level(blue * light);
    }
  }
}

function petalColour(recipe: Recipe, pose: Pose, dx: number, dy: number, r: number): Rgb | null {
  if (r < recipe.centreRadius) return recipe.centre;
  // cos(n angle) as the real part of the unit vector's n-th power.
  const x = (dx * pose.cos - dy * pose.sin) / r;
  const y = (dx * pose.sin + dy * pose.cos) / r;
  let re = 1;
  let im = 0;
  for (let i = 0; i < recipe.petals; i++) {
    const next = re * x - im * y;
    im = re * y + im * x;
    re = next;
  }
  const outer = outline(recipe, re);
  const inner = recipe.double ? 0.62 * outline(recipe, -re) : 0;
  if (r > outer && r > inner) return null;
  const mix = Math.min(1, r * 1.4);
  const spotted = recipe.spots === 1 && Math.floor(r * 9) % 2 === 0 && im * im > 0.5;
  const weight = spotted ? 0.35 : 1;
  const darker = r > outer ? 0.85 : 1;
  const channel = (i: 0 | 1 | 2): number =>
    (recipe.throat[i] * (1 - mix) + recipe.colour[i] * mix) * weight * darker;
  return [channel(0), channel(1), channel(2)];
}

/** Radius of the petals' edge where cos(n angle) is `wave`. */
function outline(recipe: Recipe, wave: number): number {
  const rise = 0.5 + 0.5 * wave;
  const sharp = recipe.point === 1 ? Math.sqrt(rise) : recipe.point === 2 ? rise : rise * rise;
  return recipe.waist + (1 - recipe.waist) * sharp;
}

function randomPose(random: Random): Pose {
  const between = (low: number, high: number): number => low + (high - low) * random.next();
  let cos = 1;
  let sin = 0;
  for (let length = 2; length > 1 || length < 0.01; ) {
    cos = between(-1, 1);
    sin = between(-1, 1);
    length = cos * cos + sin * sin;
  }
  const length = Math.sqrt(cos * cos + sin * sin);
  const radius = between(0.4, 0.85);
  return {
    x: between(-0.4, 0.4) * (1.1 - radius),
    y: between(-0.4, 0.4) * (1.1 - radius),
    radius,
    cos: cos / length,
    sin: sin / length,
    light: between(0.7, 1.1),
    slopeX: between(-0.15, 0.15),
    slopeY: between(-0.15, 0.15),
    grass: Float32Array.from({ length: LATTICE * LATTICE }, () => random.next()),
  };
}

/** Random lattice values joined bilinearly, stretched upright like blades of grass. */
function meadow(lattice: Float32Array, u: number, v: number): number {
  const x = (u + 1) * 0.5 * (LATTICE - 1.001);
  const y = (v + 1) * 0.2 * (LATTICE - 1.001);
  const column = Math.floor(x);
  const row = Math.floor(y);
  const fx = x - column;
  const fy = y - row;
  const at = row * LATTICE + column;
  const top = lattice[at]! * (1 - fx) + lattice[at + 1]! * fx;
  const bottom = lattice[at + LATTICE]! * (1 - fx) + lattice[at + LATTICE + 1]! * fx;
  return top * (1 - fy) + bottom * fy;
}

function level(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : Math.floor(value);
}

/** Size and randomness of `proceduralFlowers`. */
export interface ProceduralFlowersOptions {
  /** Pictures, spread evenly over the kinds; default 1360 (80 of each, as in Oxford 17). */
  readonly count?: number | undefined;
  /** Default 0. */
  readonly seed?: number | undefined;
  /** Pixels along a side; default 224. */
  readonly side?: number | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Drawn flowers of 17 kinds in random order: [count, side, side, 3] bytes. A stand-in, of its own name, for
 * data sets of photographs that cannot be shipped. Picture i depends only on the seed, i and the size.
 */
export function proceduralFlowers(options: ProceduralFlowersOptions = {}): Dataset {
  const { count = 1360, seed = 0, side = 224, onProgress } = options;
  const kinds = new Random(seed).shuffle(Uint8Array.from({ length: count }, (_, i) => i % FLOWER_KINDS));
  const each = side * side * 3;
  const data = new Uint8Array(count * each);
  for (let i = 0; i < count; i++) {
    const random = new Random((Math.imul(seed + 1, 0x9e3779b1) + i) >>> 0);
    drawFlower(kinds[i]!, side, random, data.subarray(i * each, (i + 1) * each));
    onProgress?.(i + 1, count);
  }
  return {
    name: "procedural flowers",
    inputs: { data, shape: [count, side, side, 3] },
    labels: toCategorical(kinds, FLOWER_KINDS),
    classNames: RECIPES.map((_, kind) => `kind ${kind}`),
  };
}
