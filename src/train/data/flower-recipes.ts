/** What makes one kind of flower; angles enter only through powers of a unit vector, so that no library sine is needed. */
export interface FlowerRecipe {
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

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Seventeen kinds, told apart by outline, colour, centre and spots. */
export const FLOWER_RECIPES: readonly FlowerRecipe[] = [
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
export const FLOWER_KINDS: number = FLOWER_RECIPES.length;
