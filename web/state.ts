import type {
  LayerFacts,
  ModelFacts,
  PictureFacts,
  Place,
  Problem,
  ReadingFacts,
  Room,
  View,
  Wanted,
  WeightFacts,
} from "./protocol.ts";

/** A file being opened. */
export interface Opening {
  /** The names the user gave, for the message. */
  readonly files: readonly string[];
  readonly bytes: number;
  /** Bytes read so far and to be read; 0 of 0 until the first report. */
  readonly done: number;
  readonly total: number;
}

/** What the canvas shows of the selected layer. */
export type Picture =
  | { readonly kind: "none" }
  | {
      readonly kind: "drawing";
      readonly done: number;
      readonly total: number;
      readonly before: PictureFacts | null;
    }
  | { readonly kind: "drawn"; readonly facts: PictureFacts; readonly version: number }
  | { readonly kind: "unreadable"; readonly problem: Problem };

/** An open file and where the user is in it. */
export interface Opened {
  readonly model: ModelFacts;
  /** Index in `model.layers`, null when there are none. */
  readonly selected: number | null;
  /** Text that layer names must contain. */
  readonly filter: string;
  readonly wanted: Wanted;
  /** The models of the archive or folder that this one was chosen from; empty when it holds no other. */
  readonly choices: readonly string[];
  readonly picture: Picture;
  /** Indices of layers that turned out to be unreadable when they were looked at. */
  readonly unreadable: ReadonlySet<number>;
}

/** Follow the system, or not. */
export type Theme = "system" | "light" | "dark";

/** All that the page shows. A plain value: every function below returns a fresh one. */
export interface State {
  readonly opened: Opened | null;
  readonly opening: Opening | null;
  readonly problem: Problem | null;
  readonly view: View;
  /** The room for the picture; null until the page has been laid out. */
  readonly room: Room | null;
  /** Under the pointer, which wins over the cursor while it is there. */
  readonly hover: WeightFacts | null;
  /** Chosen with the keyboard or a click. */
  readonly cursor: ReadingFacts | null;
  /** Bytes of a PNG written so far; null when none is being written. */
  readonly saving: number | null;
  readonly theme: Theme;
  readonly dropping: boolean;
  /** What the polite live region says. */
  readonly announcement: string;
}

/** The command's own defaults, but for the cell, which fits the window. */
export const DEFAULT_VIEW: View = {
  sliceAxis: "depth",
  normalize: "kernel",
  colormap: "gray",
  symmetric: false,
  trim: null,
  cell: null,
};

/** The page before anything is opened. */
export function initialState(theme: Theme = "system"): State {
  return {
    opened: null,
    opening: null,
    problem: null,
    view: DEFAULT_VIEW,
    room: null,
    hover: null,
    cursor: null,
    saving: null,
    theme,
    dropping: false,
    announcement: "",
  };
}

/** A file was given; what was open stays underneath until the new one is known to be good. */
export function startOpening(state: State, files: readonly string[], bytes: number): State {
  return { ...state, opening: { files, bytes, done: 0, total: 0 }, problem: null, dropping: false };
}

/** Bytes were read while opening. */
export function progressOpening(state: State, done: number, total: number): State {
  return state.opening === null ? state : { ...state, opening: { ...state.opening, done, total } };
}

/** The user gave up: back to what was there before. */
export function cancelOpening(state: State): State {
  return { ...state, opening: null, announcement: "Opening was cancelled." };
}

/** The file could not be opened. */
export function failOpening(state: State, problem: Problem): State {
  return { ...state, opening: null, problem, announcement: problem.message };
}

/** The user has read the message: back to what was there before. */
export function dismissProblem(state: State): State {
  return { ...state, problem: null };
}

/** A file is open; its first layer that can be read is selected. */
export function finishOpening(
  state: State,
  model: ModelFacts,
  wanted: Wanted = { axisOrder: null, entry: null },
  choices: readonly string[] = [],
): State {
  const first = model.layers.find((layer) => layer.unreadable === null) ?? model.layers[0];
  const selected = first?.index ?? null;
  const layers = model.layers.length;
  return {
    ...state,
    opening: null,
    problem: null,
    opened: {
      model,
      selected,
      filter: "",
      wanted,
      choices,
      picture: { kind: "none" },
      unreadable: new Set(),
    },
    hover: null,
    cursor: null,
    saving: null,
    announcement: `${model.file} is open: ${layers} ${layers === 1 ? "convolution" : "convolutions"}.`,
  };
}

/** Another layer was chosen. */
export function selectLayer(state: State, index: number): State {
  if (state.opened === null || state.opened.selected === index) return state;
  if (state.opened.model.layers[index] === undefined) return state;
  const opened: Opened = { ...state.opened, selected: index, picture: { kind: "none" } };
  return { ...state, opened, hover: null, cursor: null };
}

/** The layer list was narrowed. */
export function filterLayers(state: State, filter: string): State {
  return state.opened === null ? state : { ...state, opened: { ...state.opened, filter } };
}

/** A control was changed; the cursor's place means another weight when the slice axis changes. */
export function changeView(state: State, change: Partial<View>): State {
  const view = { ...state.view, ...change };
  return {
    ...state,
    view,
    hover: null,
    cursor: view.sliceAxis === state.view.sliceAxis ? state.cursor : null,
  };
}

/** The worker began to read and lay out the selected layer; the last picture stays until the next is there. */
export function startDrawing(state: State): State {
  if (state.opened === null) return state;
  const { picture } = state.opened;
  const before =
    picture.kind === "drawn" ? picture.facts : picture.kind === "drawing" ? picture.before : null;
  return withPicture(state, { kind: "drawing", done: 0, total: 0, before });
}

/** Bytes of the kernel were read. */
export function progressDrawing(state: State, done: number, total: number): State {
  const picture = state.opened?.picture;
  return picture?.kind === "drawing" ? withPicture(state, { ...picture, done, total }) : state;
}

/** The layer is laid out; `version` tells its pixels from those of any picture before it. */
export function finishDrawing(state: State, facts: PictureFacts, version: number): State {
  return withPicture(state, { kind: "drawn", facts, version });
}

/** The layer could not be read. */
export function failDrawing(state: State, problem: Problem): State {
  if (state.opened === null) return state;
  const { selected, unreadable } = state.opened;
  const blamed =
    selected === null || problem.code === "crashed" ? unreadable : new Set([...unreadable, selected]);
  const opened: Opened = { ...state.opened, unreadable: blamed, picture: { kind: "unreadable", problem } };
  return { ...state, opened, announcement: problem.message };
}

/** The pointer moved over a weight, or off all of them. */
export function hoverWeight(state: State, weight: WeightFacts | null): State {
  return weight === null && state.hover === null ? state : { ...state, hover: weight };
}

/** A weight was chosen. */
export function placeCursor(state: State, cursor: ReadingFacts | null, announcement: string): State {
  return { ...state, cursor, announcement };
}

/** Bytes of a PNG written so far; null when it is done or given up. */
export function saving(state: State, bytes: number | null): State {
  return { ...state, saving: bytes };
}

/** The switch in the top bar: system, then light, then dark. */
export function nextTheme(theme: Theme): Theme {
  return theme === "system" ? "light" : theme === "light" ? "dark" : "system";
}

/** What the page shows: the newest concern hides what lies under it. */
export function shownPart(state: State): "empty" | "opening" | "failed" | "open" | "nothing" {
  if (state.opening !== null) return "opening";
  if (state.problem !== null) return "failed";
  if (state.opened === null) return "empty";
  return state.opened.selected === null ? "nothing" : "open";
}

/** The layers whose names contain the filter's text, whatever its case. */
export function shownLayers(opened: Opened): readonly LayerFacts[] {
  const wanted = opened.filter.trim().toLowerCase();
  if (wanted === "") return opened.model.layers;
  return opened.model.layers.filter((layer) => layer.name.toLowerCase().includes(wanted));
}

/** The selected layer, null when there is none. */
export function selectedLayer(state: State): LayerFacts | null {
  const opened = state.opened;
  return opened === null || opened.selected === null ? null : (opened.model.layers[opened.selected] ?? null);
}

/** The place of the weight that the arrow keys start from: the cursor, or the first weight. */
export function cursorPlace(state: State): Place {
  return state.cursor?.weight.place ?? { out: 0, in: 0, slice: 0, row: 0, column: 0 };
}

function withPicture(state: State, picture: Picture): State {
  return state.opened === null ? state : { ...state, opened: { ...state.opened, picture } };
}
