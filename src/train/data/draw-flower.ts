import type { Random } from "../random.ts";
import { FLOWER_RECIPES, type FlowerRecipe, type Rgb } from "./flower-recipes.ts";

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
  const recipe = FLOWER_RECIPES[kind]!;
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

function petalColour(recipe: FlowerRecipe, pose: Pose, dx: number, dy: number, r: number): Rgb | null {
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
function outline(recipe: FlowerRecipe, wave: number): number {
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
