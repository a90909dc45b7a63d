import { THEMES } from "kernelscope";
import { chunksOf, intersect, missingStrips, windowFor } from "./chunks.ts";
import type { Answer, Pixels, Problem, Rect } from "./protocol.ts";

/** A picture to be painted; a new version means new pixels, whatever the size. */
export interface Painted {
  readonly version: number;
  readonly width: number;
  readonly height: number;
}

/** Keeps a canvas filled with the part of a picture that can be seen. */
export interface Painter {
  /**
   * Shows `picture` where `visible` (in its pixels) is seen; called again whenever either changes.
   * @param scale Device pixels in a CSS pixel: one pixel of the picture is one of the device.
   */
  show(picture: Painted, visible: Rect, scale: number): void;
  /** The pixel of the picture that the canvas's upper left corner holds. */
  origin(): { readonly x: number; readonly y: number };
  stop(): void;
}

/**
 * Makes a painter for `canvas`, which it moves and sizes inside its parent. One request is under way at a time,
 * so that the worker is free for others in between; `data-painted` on the canvas is the version whose every
 * pixel is there.
 */
export function createPainter(
  canvas: HTMLCanvasElement,
  paint: (rect: Rect) => Promise<Answer<Pixels>>,
  onProblem: (problem: Problem) => void,
): Painter {
  const context = canvas.getContext("2d", { alpha: false, willReadFrequently: true });
  let picture: Painted | null = null;
  let seen: Rect = { x: 0, y: 0, width: 0, height: 0 };
  let held: Rect | null = null;
  let painted = new Set<string>();
  let busy = false;
  let stopped = false;

  function hold(next: Rect): void {
    if (context === null) return;
    const before = held;
    if (
      before?.x === next.x &&
      before.y === next.y &&
      before.width === next.width &&
      before.height === next.height
    )
      return;
    if (before !== null && before.width === next.width && before.height === next.height) {
      context.drawImage(canvas, before.x - next.x, before.y - next.y);
      const kept = intersect(before, next);
      cover(context, next, kept);
      painted = new Set([...painted].filter((key) => kept !== null && liesIn(key, kept)));
    } else {
      canvas.width = next.width;
      canvas.height = next.height;
      cover(context, next, null);
      painted = new Set();
    }
    held = next;
  }

  async function fill(): Promise<void> {
    if (busy) return;
    busy = true;
    while (!stopped && picture !== null && held !== null) {
      const { version } = picture;
      const strip = missingStrips(held, seen, painted)[0];
      if (strip === undefined) {
        canvas.dataset.painted = String(version);
        break;
      }
      delete canvas.dataset.painted;
      const answer = await paint(strip);
      // Read anew: all of it may have changed while the worker painted.
      const now = picture as Painted | null;
      if (stopped || now === null || now.version !== version) continue;
      if (!answer.ok) {
        if (answer.problem.code !== "aborted") onProblem(answer.problem);
        break;
      }
      put(strip, answer.value);
    }
    busy = false;
  }

  function put(strip: Rect, pixels: Pixels): void {
    if (held === null || context === null) return;
    context.putImageData(
      new ImageData(pixels.data, pixels.width, pixels.height),
      strip.x - held.x,
      strip.y - held.y,
    );
    for (const key of chunksOf(strip)) if (liesIn(key, held)) painted.add(key);
  }

  return {
    show(next, visible, scale) {
      if (next.version !== picture?.version) {
        painted = new Set();
        delete canvas.dataset.painted;
        if (next.width !== picture?.width || next.height !== picture?.height) held = null;
      }
      picture = next;
      seen = visible;
      const wanted = windowFor(next, visible, held);
      hold(wanted);
      canvas.style.left = `${wanted.x / scale}px`;
      canvas.style.top = `${wanted.y / scale}px`;
      canvas.style.width = `${wanted.width / scale}px`;
      canvas.style.height = `${wanted.height / scale}px`;
      void fill();
    },
    origin: () => ({ x: held?.x ?? 0, y: held?.y ?? 0 }),
    stop() {
      stopped = true;
    },
  };
}

/** Paints the part of `window` that is not `kept` in the ground colour of pictures, until its pixels come. */
function cover(context: CanvasRenderingContext2D, window: Rect, kept: Rect | null): void {
  context.fillStyle = `rgb(${THEMES.dark.ground.join(" ")})`;
  if (kept === null) {
    context.fillRect(0, 0, window.width, window.height);
    return;
  }
  const left = kept.x - window.x;
  const top = kept.y - window.y;
  context.fillRect(0, 0, left, window.height);
  context.fillRect(left + kept.width, 0, window.width, window.height);
  context.fillRect(0, 0, window.width, top);
  context.fillRect(0, top + kept.height, window.width, window.height);
}

/** Whether the chunk of that name begins inside `window`; windows begin on chunk borders or at 0. */
function liesIn(key: string, window: Rect): boolean {
  const [x, y] = key.split(",").map(Number);
  return x !== undefined && y !== undefined && intersect({ x, y, width: 1, height: 1 }, window) !== null;
}
