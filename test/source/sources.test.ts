import { describe, expect, it } from "vitest";
import {
  fromBlob,
  fromBytes,
  fromFiles,
  isBareName,
  ReadError,
  type Source,
  slice,
} from "../../src/index.ts";
import { cached } from "../../src/source/cached.ts";
import { steady } from "../../src/source/steady.ts";
import { failureOf } from "../failure.ts";

const content = Uint8Array.from({ length: 1000 }, (_, i) => i & 255);

describe("fromBytes and slice", () => {
  it("give exactly what is inside", async () => {
    const source = slice(fromBytes(content.buffer, "a"), 100, 50, "part");
    expect(source).toMatchObject({ name: "part", size: 50 });
    expect(await source.read(10, 5)).toEqual(content.subarray(110, 115));
    expect(await source.read(50, 0)).toEqual(new Uint8Array(0));
    for (const [offset, length] of [
      [49, 2],
      [-1, 2],
      [0, 51],
      [Number.NaN, 1],
      [0, -1],
      [2 ** 60, 1],
    ] as const) {
      await failureOf(source.read(offset, length), "truncated");
    }
    await failureOf(() => slice(source, 40, 11), "truncated", "50 bytes");
  });
});

describe("a result that is a whole buffer", () => {
  it("is nobody else's", async () => {
    const whole = content.slice();
    const sources = [
      fromBytes(whole),
      fromBlob(new Blob([whole])),
      cached(fromBytes(whole), { blockSize: 1000 }),
    ];
    for (const source of sources) {
      const bytes = await source.read(0, 1000);
      if (bytes.buffer.byteLength > 1000) continue;
      bytes.fill(7);
      expect(await source.read(0, 1000)).toEqual(content);
    }
    expect(whole).toEqual(content);
  });
});

describe("fromBlob", () => {
  it("reads parts of a blob and of a file", async () => {
    const source = fromBlob(new File([content], "net.npy"));
    expect(source).toMatchObject({ name: "net.npy", size: 1000 });
    expect(await source.read(990, 10)).toEqual(content.subarray(990));
    expect(fromBlob(new Blob([content])).name).toBe("blob");
    await failureOf(source.read(990, 11), "truncated");
    await failureOf(source.read(0, 1, AbortSignal.abort()), "aborted");
  });

  it("says when the file on disk is no longer the one that was chosen", async () => {
    const answering = (arrayBuffer: () => Promise<ArrayBuffer>): Source => {
      const blob = new Blob([content]);
      Object.defineProperty(blob, "slice", { value: () => ({ arrayBuffer }) });
      return fromBlob(blob);
    };
    const changed = () => Promise.reject(new DOMException("changed", "NotReadableError"));
    await failureOf(answering(changed).read(0, 10), "source-changed", "choose it again");
    await failureOf(answering(async () => new ArrayBuffer(9)).read(0, 10), "source-short", "9");
    await failureOf(answering(() => Promise.reject(new Error("no"))).read(0, 10), "refused", "no");
  });
});

describe("fromFiles", () => {
  const file = (name: string) => new File([name], name);

  it("opens the file that names the others", async () => {
    const source = fromFiles([
      file("a-1.safetensors"),
      file("a.safetensors.index.json"),
      file("config.json"),
    ]);
    expect(source.name).toBe("a.safetensors.index.json");
    const sibling = await source.sibling!("a-1.safetensors");
    expect(new TextDecoder().decode(await sibling!.read(0, 4))).toBe("a-1.");
    expect((await sibling!.sibling!("config.json"))?.name).toBe("config.json");
    expect(await source.sibling!("b")).toBeNull();
    expect(fromFiles([file("b.h5"), file("a.npy")]).name).toBe("b.h5");
    // The operators are there; the index beside it only has the values.
    expect(fromFiles([file("variables.index"), file("saved_model.pb")]).name).toBe("saved_model.pb");
  });

  it("refuses no files and two of one name", async () => {
    await failureOf(() => fromFiles([]), "not-found");
    await failureOf(() => fromFiles([file("a"), file("a")]), "ambiguous", '"a"');
  });
});

describe("isBareName", () => {
  it.each(["", ".", "..", "a/b", "..\\b", "/etc/passwd", "c:x", "a\0b", "a\nb"])("refuses %j", (name) => {
    expect(isBareName(name)).toBe(false);
  });

  it.each(["a", "model-00001-of-00002.safetensors", "..a", "ä b"])("takes %j", (name) => {
    expect(isBareName(name)).toBe(true);
  });
});

describe("cached", () => {
  function counting(fail?: (reads: number) => boolean): { source: Source; reads: [number, number][] } {
    const reads: [number, number][] = [];
    const inner = fromBytes(content, "a");
    const source: Source = {
      ...inner,
      async read(offset, length) {
        reads.push([offset, length]);
        if (fail?.(reads.length)) throw new ReadError("refused", "No.");
        return inner.read(offset, length);
      },
    };
    return { source, reads };
  }

  it("reads far away what is asked for at once in as few reads as can be", async () => {
    const reads: [offset: number, length: number][] = [];
    const counting: Source = {
      ...fromBytes(content, "c"),
      read: (offset, length) => {
        reads.push([offset, length]);
        return fromBytes(content, "c").read(offset, length);
      },
    };
    const kept = cached(counting, { blockSize: 64, together: true });
    const asked = [
      kept.read(10, 20),
      kept.read(70, 5),
      kept.read(200, 10),
      kept.read(450, 3),
      kept.read(500, 20),
    ];
    const wanted = [
      [10, 30],
      [70, 75],
      [200, 210],
      [450, 453],
      [500, 520],
    ] as const;
    expect(await Promise.all(asked)).toEqual(wanted.map(([from, to]) => content.subarray(from, to)));
    // Blocks 0, 1 and 3 with 2 between them; 7 and 8 after a gap of three.
    expect(reads).toEqual([
      [0, 256],
      [448, 128],
    ]);
    expect(await kept.read(130, 60)).toEqual(content.subarray(130, 190));
    expect(reads.length).toBe(2);
  });

  it("gives everybody who waits for a read that fails the failure, and tries again", async () => {
    let broken = true;
    const flaky: Source = {
      ...fromBytes(content, "c"),
      read: async (offset, length) => {
        if (broken) throw new Error("no line");
        return fromBytes(content, "c").read(offset, length);
      },
    };
    const kept = cached(flaky, { blockSize: 64, together: true });
    const failed = await Promise.allSettled([kept.read(0, 10), kept.read(130, 10)]);
    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    broken = false;
    expect(await kept.read(64, 100)).toEqual(content.subarray(64, 164));
  });

  it("reads each block once, neighbours together", async () => {
    const { source, reads } = counting();
    const kept = cached(source, { blockSize: 64, capacity: 6400 });
    const answers = await Promise.all([kept.read(10, 20), kept.read(0, 200), kept.read(130, 5)]);
    expect(answers).toEqual([content.subarray(10, 30), content.subarray(0, 200), content.subarray(130, 135)]);
    expect(reads).toEqual([
      [0, 64],
      [64, 192],
    ]);
    expect(await kept.read(950, 50)).toEqual(content.subarray(950));
    expect(await kept.read(0, 0)).toEqual(new Uint8Array(0));
    expect(reads[2]).toEqual([896, 104]);
    await kept.read(900, 100);
    expect(reads.length).toBe(3);
    await failureOf(kept.read(999, 2), "truncated");
  });

  it("gives every read its own bytes", async () => {
    const kept = cached(fromBytes(content.slice(), "a"), { blockSize: 64 });
    (await kept.read(0, 10)).fill(99);
    expect(await kept.read(0, 10)).toEqual(content.subarray(0, 10));
  });

  it("forgets failures", async () => {
    const { source } = counting((reads) => reads === 1);
    const kept = cached(source, { blockSize: 64 });
    await failureOf(kept.read(0, 10), "refused");
    expect(await kept.read(0, 10)).toEqual(content.subarray(0, 10));
  });

  it("keeps no more than its capacity, the latest used", async () => {
    const { source, reads } = counting();
    const kept = cached(source, { blockSize: 10, capacity: 40 });
    for (const block of [0, 1, 2, 3, 0, 4]) await kept.read(block * 10, 5);
    expect(reads.length).toBe(5);
    await kept.read(0, 5);
    expect(reads.length).toBe(5);
    await kept.read(10, 5);
    expect(reads.length).toBe(6);
    // Larger than a quarter of it: not kept.
    await kept.read(500, 30);
    await kept.read(500, 5);
    expect(reads.length).toBe(8);
  });

  it("lets one caller give up and the other have the block", async () => {
    const controller = new AbortController();
    const kept = cached(fromBytes(content), { blockSize: 64 });
    const [given, other] = [kept.read(0, 10, controller.signal), kept.read(0, 10)];
    controller.abort();
    await failureOf(given, "aborted");
    expect(await other).toEqual(content.subarray(0, 10));
  });
});

describe("steady", () => {
  it("notices that the content became another", async () => {
    let version = 1;
    const source = steady({ ...fromBytes(content, "a"), identity: async () => `v${version}` });
    await source.read(0, 10);
    version = 2;
    await failureOf(source.read(0, 10), "source-changed", "v1", "v2");
  });

  it("notices a change during the very first read", async () => {
    let asked = 0;
    const source = steady({ ...fromBytes(content, "a"), identity: async () => `v${asked++}` });
    await failureOf(source.read(0, 10), "source-changed");
  });

  it("refuses answers of another length and errors that are not ours", async () => {
    const base = fromBytes(content, "a");
    const answering = (bytes: () => Uint8Array<ArrayBuffer>): Source =>
      steady({ ...base, read: async () => bytes() });
    await failureOf(answering(() => new Uint8Array(9)).read(0, 10), "source-short", "9");
    await failureOf(answering(() => new Uint8Array(11)).read(0, 10), "source-short");
    const error = await failureOf(answering(() => JSON.parse("{")).read(0, 10), "refused");
    expect(error.file).toBe("a");
  });

  it("guards siblings too", async () => {
    const short: Source = { ...fromBytes(content, "b"), read: async () => new Uint8Array(1) };
    const source = steady({
      ...fromBytes(content, "a"),
      sibling: async (name) => (name === "b" ? short : null),
    });
    expect(await source.sibling!("c")).toBeNull();
    await failureOf((await source.sibling!("b"))!.read(0, 2), "source-short");
  });

  it("forgets an identity that could not be asked", async () => {
    let asked = 0;
    const identity = async () => {
      if (asked++ === 0) throw new ReadError("refused", "No.");
      return "v";
    };
    const source = steady({ ...fromBytes(content, "a"), identity });
    await failureOf(source.read(0, 10), "refused");
    expect(await source.read(0, 10)).toEqual(content.subarray(0, 10));
  });

  it("stops at once when the caller gives up, whatever the source does", async () => {
    const controller = new AbortController();
    const source = steady({ ...fromBytes(content, "a"), read: () => new Promise(() => {}) });
    const asked = source.read(0, 10, controller.signal);
    controller.abort();
    await failureOf(asked, "aborted");
  });
});

it("listens to a signal once, however many parts are asked for at the same time", async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  signal.addEventListener = (...given: Parameters<typeof add>) => {
    listeners++;
    add(...given);
  };
  const source = steady(cached(fromBytes(new Uint8Array(1_000_000))));
  await Promise.all(Array.from({ length: 40 }, (_, at) => source.read(at * 20_000, 10, signal)));
  expect(listeners).toBe(1);
});
