import { expose } from "comlink";
import { afterEach, describe, expect, test, vi } from "vitest";
import { type App, createApp, type Platform } from "../../web/app.ts";
import { pageFile } from "../../web/page-file.ts";
import type { Answer, LayerFacts, ModelFacts, PictureFacts, Studio } from "../../web/protocol.ts";

/** A worker in the same thread: a channel, with a studio at its other end. */
interface FakeWorker {
  readonly worker: Worker;
  readonly ended: () => boolean;
}

const running: (() => void)[] = [];
afterEach(() => {
  for (const end of running.splice(0)) end();
});

function fakeWorker(studio: Partial<Studio>): FakeWorker {
  const { port1, port2 } = new MessageChannel();
  let ended = false;
  const end = (): void => {
    ended = true;
    port1.close();
    port2.close();
  };
  running.push(end);
  expose(studio, port2);
  port1.start();
  const worker = Object.assign(port1, { terminate: end }) as unknown as Worker;
  return { worker, ended: () => ended };
}

const layer = (index: number): LayerFacts =>
  ({ index, name: `conv${index}`, unreadable: null }) as unknown as LayerFacts;

function model(file: string, layers = 2): Answer<ModelFacts> {
  const facts = { file, layers: Array.from({ length: layers }, (_, index) => layer(index)), notes: [] };
  return { ok: true, value: facts as unknown as ModelFacts };
}

const picture = (width: number): Answer<PictureFacts> => ({
  ok: true,
  value: { width } as unknown as PictureFacts,
});

/** A promise with its ends in hand. */
function deferred<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function appWith(...studios: readonly Partial<Studio>[]): { app: App; workers: FakeWorker[] } {
  const workers = studios.map(fakeWorker);
  let next = 0;
  const platform: Platform = {
    startWorker: async () => workers[next++]?.worker ?? Promise.reject(new Error("no more workers")),
    hdf5: null,
    example: null,
    families: [],
    save: () => {},
    showTheme: () => {},
    goTo: () => {},
  };
  const app = createApp(platform, "system");
  app.resize({ width: 800, height: 600, scale: 1 });
  return { app, workers };
}

const drawn = (app: App) => {
  const shown = app.state.value.opened?.picture;
  return shown?.kind === "drawn" ? shown.facts.width : null;
};

describe("opening", () => {
  test("a file opened later wins over one that answers later, whose worker ends", async () => {
    const slow = deferred<Answer<ModelFacts>>();
    const { app, workers } = appWith(
      { open: () => slow.promise },
      { open: async () => model("second"), draw: async () => picture(2) },
    );
    const first = app.openFiles([pageFile(new File(["1"], "first"))]);
    await vi.waitFor(() => expect(app.state.value.opening?.files).toEqual(["first"]));
    await app.openFiles([pageFile(new File(["2"], "second"))]);
    slow.resolve(model("first"));
    await first;
    expect(app.state.value.opened?.model.file).toBe("second");
    expect(workers.map((each) => each.ended())).toEqual([true, false]);
  });

  test("Cancel ends the worker at once and brings back what was open", async () => {
    const never = new Promise<Answer<ModelFacts>>(() => {});
    const { app, workers } = appWith(
      { open: async () => model("good"), draw: async () => picture(1) },
      { open: () => never },
    );
    await app.openFiles([pageFile(new File(["1"], "good"))]);
    const opening = app.openFiles([pageFile(new File(["2"], "stuck"))]);
    await vi.waitFor(() => expect(app.state.value.opening).not.toBeNull());
    app.cancel();
    await opening;
    expect(app.state.value).toMatchObject({
      opening: null,
      problem: null,
      opened: { model: { file: "good" } },
    });
    expect(workers.map((each) => each.ended())).toEqual([false, true]);
  });

  test("a file that cannot be read ends its own worker only", async () => {
    const problem = { code: "malformed", file: "bad", offset: null, message: "It is damaged." } as const;
    const { app, workers } = appWith(
      { open: async () => model("good"), draw: async () => picture(1) },
      { open: async () => ({ ok: false, problem }) },
    );
    await app.openFiles([pageFile(new File(["1"], "good"))]);
    await app.openFiles([pageFile(new File(["2"], "bad"))]);
    expect(app.state.value.problem).toEqual(problem);
    app.dismiss();
    expect(app.state.value.opened?.model.file).toBe("good");
    expect(workers.map((each) => each.ended())).toEqual([false, true]);
  });

  test("a browser that starts no worker is told of", async () => {
    const { app } = appWith();
    await app.openFiles([pageFile(new File(["1"], "any"))]);
    expect(app.state.value.problem?.code).toBe("crashed");
  });
});

describe("drawing", () => {
  test("an answer that another drawing has overtaken is dropped", async () => {
    const slow = deferred<Answer<PictureFacts>>();
    const { app } = appWith({
      open: async () => model("file"),
      draw: async (index) => (index === 1 ? slow.promise : picture(100 + index)),
    });
    await app.openFiles([pageFile(new File(["1"], "file"))]);
    expect(drawn(app)).toBe(100);
    app.select(1);
    app.select(0);
    await vi.waitFor(() => expect(drawn(app)).toBe(100));
    slow.resolve(picture(101));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(app.state.value.opened?.selected).toBe(0);
    expect(drawn(app)).toBe(100);
  });

  test("waits until the page has room, and follows it only while the picture is fitted", async () => {
    const draw = vi.fn(async (_layer: number, _view: unknown, room: { width: number }) =>
      picture(room.width),
    );
    const { app } = appWith({ open: async () => model("file"), draw: draw as unknown as Studio["draw"] });
    await app.openFiles([pageFile(new File(["1"], "file"))]);
    app.resize({ width: 500, height: 600, scale: 1 });
    await vi.waitFor(() => expect(drawn(app)).toBe(500));
    app.change({ cell: 8 });
    await vi.waitFor(() => expect(draw).toHaveBeenCalledTimes(3));
    app.resize({ width: 400, height: 600, scale: 1 });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(draw).toHaveBeenCalledTimes(3);
  });

  test("stepping stays within the layers that the filter shows", async () => {
    const { app } = appWith({ open: async () => model("file", 12), draw: async (index) => picture(index) });
    await app.openFiles([pageFile(new File(["1"], "file"))]);
    app.filter("conv1");
    app.step(1);
    expect(app.state.value.opened?.selected).toBe(1);
    app.step(1);
    expect(app.state.value.opened?.selected).toBe(10);
    app.step(-1);
    app.step(-1);
    expect(app.state.value.opened?.selected).toBe(1);
  });
});
