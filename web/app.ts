import { computed, type ReadonlySignal, signal } from "@preact/signals";
import { proxy, type Remote } from "comlink";
import type { Family } from "./families.ts";
import { type PageFile, pageFile } from "./page-file.ts";
import { move, type Step } from "./place.ts";
import type { Answer, ModelFacts, Pixels, Place, Rect, Room, Studio, View, Wanted } from "./protocol.ts";
import { createSession, type Session } from "./session.ts";
import * as states from "./state.ts";
import { placeText, weightText } from "./words.ts";

/** What the page needs from the browser, given so that tests can give something else. */
export interface Platform {
  /** A fresh worker that exposes a Studio. */
  startWorker(): Promise<Worker>;
  /** The script of the HDF5 worker; null where the library finds it by itself. */
  readonly hdf5: (() => Promise<Blob>) | null;
  /** The example that comes with the page; null when it was built without one. */
  readonly example: (() => Promise<File>) | null;
  /** What can be opened, for people. */
  readonly families: readonly Family[];
  /** Gives the user a file to keep. */
  save(file: Blob, name: string): void;
  /** Gives the whole page a theme, and remembers it. */
  showTheme(theme: states.Theme): void;
  /** Leaves for the page that reads this address. */
  goTo(address: string): void;
}

/** What is being opened. */
interface Opening {
  /** For the message. */
  readonly names: readonly string[];
  /** 0 where that is not known yet. */
  readonly bytes: number;
  ask(
    studio: Remote<Studio>,
    wanted: Wanted,
    report: (done: number, total: number) => void,
  ): Promise<Answer<ModelFacts>>;
}

/** The page: its state, and everything that a user can do to it. */
export interface App {
  readonly state: ReadonlySignal<states.State>;
  readonly hasExample: boolean;
  readonly families: readonly Family[];
  openFiles(files: readonly PageFile[]): Promise<void>;
  openExample(): Promise<void>;
  /** Opens the model at an address, in the page that may. */
  openAddress(address: string): Promise<void>;
  /** Leaves for the page that may. */
  goTo(address: string): void;
  cancel(): void;
  dismiss(): void;
  select(index: number): void;
  /** The layer before (-1) or after (1) the selected one, among those shown. */
  step(by: -1 | 1): void;
  filter(text: string): void;
  change(view: Partial<View>): void;
  /** Tells how much room there is for a picture. */
  resize(room: Room): void;
  /** Reopens the same files with another axis order. */
  readAxesAs(axisOrder: string | null): void;
  /** Opens one of the several models in the archive or folder that was given. */
  openEntry(entry: string): void;
  paint(rect: Rect): Promise<Answer<Pixels>>;
  hover(point: { readonly x: number; readonly y: number } | null): void;
  choose(place: Place): Promise<void>;
  /** Chooses the weight drawn at a pixel of the picture; in the gaps, none. */
  choosePixel(point: { readonly x: number; readonly y: number }): Promise<void>;
  moveCursor(step: Step): Promise<void>;
  /** Forgets the chosen weight. */
  unchoose(): void;
  savePng(): Promise<void>;
  stopSaving(): void;
  switchTheme(): void;
  dropping(over: boolean): void;
}

/** Makes the page's model. Nothing is shown yet: components read `state` and call the rest. */
export function createApp(platform: Platform, theme: states.Theme): App {
  const state = signal(states.initialState(theme));
  let session: Session | null = null;
  let pending: Session | null = null;
  /** What was given last, to be opened again in another way. */
  let given: Opening | null = null;
  /** What is open. */
  let current: Opening | null = null;
  /** Rises with every opening and every drawing: an answer to an older question is dropped. */
  let openings = 0;
  let drawings = 0;
  let hovers = 0;
  let cursors = 0;

  const hdf5 = platform.hdf5 === null ? null : proxy(platform.hdf5);

  const update = (next: states.State): void => {
    state.value = next;
  };

  async function openFiles(files: readonly PageFile[]): Promise<void> {
    if (files.length === 0) return;
    await opening({
      names: files.map(({ path }) => path),
      bytes: files.reduce((sum, { file }) => sum + file.size, 0),
      ask: (studio, wanted, report) => studio.open(files, wanted, hdf5, report),
    });
  }

  async function openAddress(address: string): Promise<void> {
    await opening({
      names: [address],
      bytes: 0,
      ask: (studio, wanted, report) => studio.openAddress(address, wanted, hdf5, report),
    });
  }

  async function opening(
    what: Opening,
    wanted: Wanted = NOTHING_SAID,
    choices: readonly string[] = [],
  ): Promise<void> {
    pending?.end();
    given = what;
    const ticket = ++openings;
    update(states.startOpening(state.value, what.names, what.bytes));
    const worker = await platform.startWorker().catch(() => null);
    if (ticket !== openings) return worker?.terminate();
    if (worker === null) return update(states.failOpening(state.value, noWorker));
    const fresh = createSession(worker);
    pending = fresh;
    const report = proxy((done: number, total: number) => {
      if (ticket === openings) update(states.progressOpening(state.value, done, total));
    });
    const answer = await fresh.call((studio) => what.ask(studio, wanted, report));
    if (ticket !== openings) return fresh.end();
    pending = null;
    if (!answer.ok) {
      fresh.end();
      // When one of several models is damaged, the others are still there to choose.
      const others = answer.problem.choices ?? choices;
      const problem = others.length === 0 ? answer.problem : { ...answer.problem, choices: others };
      return update(states.failOpening(state.value, problem));
    }
    session?.end();
    session = fresh;
    current = what;
    update(states.finishOpening(state.value, answer.value, wanted, choices));
    await draw();
  }

  async function openExample(): Promise<void> {
    if (platform.example === null) return;
    const file = await platform.example().catch(() => null);
    if (file === null) return update(states.failOpening(state.value, noExample));
    await openFiles([pageFile(file)]);
  }

  async function draw(): Promise<void> {
    const ticket = ++drawings;
    hovers += 1;
    const layer = states.selectedLayer(state.value);
    const reader = session;
    const { room } = state.value;
    // Without room the page has not been laid out yet; `resize` comes back here.
    if (layer === null || reader === null || room === null) return;
    if (layer.unreadable !== null) {
      const file = state.value.opened?.model.file ?? null;
      return update(
        states.failDrawing(state.value, {
          code: "unsupported",
          file,
          offset: null,
          message: layer.unreadable,
        }),
      );
    }
    update(states.startDrawing(state.value));
    const report = proxy((done: number, total: number) => {
      if (ticket === drawings) update(states.progressDrawing(state.value, done, total));
    });
    const { view } = state.value;
    const answer = await reader.call((studio) => studio.draw(layer.index, view, room, report));
    if (ticket !== drawings || reader !== session) return;
    if (!answer.ok) return update(states.failDrawing(state.value, answer.problem));
    update(states.finishDrawing(state.value, answer.value, ticket));
    const cursor = state.value.cursor;
    if (cursor !== null) await choose(cursor.weight.place, false);
  }

  async function choose(place: Place, aloud = true): Promise<void> {
    const ticket = ++cursors;
    const drawing = drawings;
    const answer = await session?.call((studio) => studio.read(place));
    if (ticket !== cursors || drawing !== drawings || answer === undefined || !answer.ok) return;
    const { weight } = answer.value;
    const spoken = aloud
      ? `${placeText(weight, state.value.view, states.selectedLayer(state.value)?.rank ?? 3)}: ${weightText(weight.value)}`
      : state.value.announcement;
    update(states.placeCursor(state.value, answer.value, spoken));
  }

  async function hover(point: { readonly x: number; readonly y: number } | null): Promise<void> {
    const ticket = ++hovers;
    if (point === null) return update(states.hoverWeight(state.value, null));
    const answer = await session?.call((studio) => studio.pick(point.x, point.y));
    if (ticket === hovers && answer?.ok) update(states.hoverWeight(state.value, answer.value));
  }

  async function savePng(): Promise<void> {
    const layer = states.selectedLayer(state.value);
    const file = state.value.opened?.model.file;
    if (session === null || layer === null || file === undefined || state.value.saving !== null) return;
    update(states.saving(state.value, 0));
    const reader = session;
    const report = proxy((bytes: number) => {
      if (reader === session) update(states.saving(state.value, bytes));
    });
    const answer = await reader.call((studio) => studio.png(report));
    if (reader !== session) return;
    update(states.saving(state.value, null));
    if (answer.ok) platform.save(answer.value, pngName(file, layer.name));
    else if (answer.problem.code !== "aborted") update({ ...state.value, problem: answer.problem });
  }

  return {
    state: computed(() => state.value),
    hasExample: platform.example !== null,
    families: platform.families,
    openFiles,
    openExample,
    openAddress,
    goTo: platform.goTo,
    cancel() {
      openings += 1;
      pending?.end();
      pending = null;
      update(states.cancelOpening(state.value));
    },
    dismiss: () => update(states.dismissProblem(state.value)),
    select(index) {
      if (state.value.opened?.selected === index) return;
      update(states.selectLayer(state.value, index));
      void draw();
    },
    step(by) {
      const { opened } = state.value;
      if (opened === null) return;
      const shown = states.shownLayers(opened);
      const at = shown.findIndex((layer) => layer.index === opened.selected);
      const next = shown[at < 0 ? 0 : Math.max(0, Math.min(shown.length - 1, at + by))];
      if (next !== undefined) this.select(next.index);
    },
    filter: (text) => update(states.filterLayers(state.value, text)),
    change(view) {
      update(states.changeView(state.value, view));
      void draw();
    },
    resize(room) {
      const before = state.value.room;
      if (before?.width === room.width && before.height === room.height) return;
      update({ ...state.value, room });
      if (before === null || state.value.view.cell === null) void draw();
    },
    readAxesAs(axisOrder) {
      const { wanted, choices } = state.value.opened ?? {};
      if (current !== null) void opening(current, { axisOrder, entry: wanted?.entry ?? null }, choices);
    },
    openEntry(entry) {
      // Of what is open, unless something newer was given and asks which of its models is meant.
      const { problem, opened } = state.value;
      const what = problem === null ? current : given;
      const choices = problem === null ? opened?.choices : problem.choices;
      if (what !== null) void opening(what, { axisOrder: null, entry }, choices);
    },
    paint: (rect) =>
      session?.call((studio) => studio.paint(rect)) ?? Promise.resolve({ ok: false, problem: noWorker }),
    hover: (point) => void hover(point),
    choose: (place) => choose(place),
    async choosePixel(point) {
      const answer = await session?.call((studio) => studio.pick(point.x, point.y));
      if (answer?.ok && answer.value !== null) await choose(answer.value.place);
    },
    unchoose() {
      cursors += 1;
      update(states.placeCursor(state.value, null, ""));
    },
    async moveCursor(step) {
      const picture = state.value.opened?.picture;
      if (picture?.kind !== "drawn") return;
      const from = states.cursorPlace(state.value);
      await choose(state.value.cursor === null ? from : move(from, step, picture.facts.extents));
    },
    savePng,
    stopSaving: () => void session?.call(async (studio) => ({ ok: true, value: await studio.stopPng() })),
    switchTheme() {
      const next = states.nextTheme(state.value.theme);
      platform.showTheme(next);
      update({ ...state.value, theme: next });
    },
    dropping: (over) => update({ ...state.value, dropping: over }),
  };
}

const NOTHING_SAID: Wanted = { axisOrder: null, entry: null };

const noWorker = {
  code: "crashed",
  file: null,
  offset: null,
  message:
    "The reader could not be started. Reload the page; a browser that forbids workers cannot show kernels.",
} as const;

const noExample = {
  code: "not-found",
  file: "seed.keras",
  offset: null,
  message:
    "The example could not be fetched from this page's folder. Check the connection, or open a file of your own.",
} as const;

/** `model.conv3d_12.png`, without what file systems refuse. */
function pngName(file: string, layer: string): string {
  const stem = file.replace(/\.(keras|weights\.h5|h5|hdf5|safetensors(\.index\.json)?|npy|npz)$/i, "");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what file systems refuse
  return `${stem}.${layer}.png`.replace(/[\u0000-\u001f<>:"/\\|?*]/g, "_");
}
