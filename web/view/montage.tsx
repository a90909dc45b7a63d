import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useId, useLayoutEffect, useRef } from "preact/hooks";
import type { App } from "../app.ts";
import { createPainter, type Painter } from "../painter.ts";
import type { Step } from "../place.ts";
import type { Problem, Rect } from "../protocol.ts";
import { selectedLayer } from "../state.ts";
import { pictureSummary, placeText, weightText } from "../words.ts";
import { ColumnRuler, cornerText, RowRuler } from "./rulers.tsx";
import { Tooltip } from "./tooltip.tsx";
import { useDeviceScale } from "./use-device-scale.ts";

/** The picture of one layer on a canvas, with rulers, a ring around the weight that is read, and scrolling. */
export function Montage({ app }: { readonly app: App }) {
  const picture = useComputed(() => app.state.value.opened?.picture ?? null);
  const layer = useComputed(() => selectedLayer(app.state.value));
  const view = useComputed(() => app.state.value.view);
  const reading = useComputed(() => app.state.value.hover ?? app.state.value.cursor?.weight ?? null);
  const cursor = useComputed(() => app.state.value.cursor?.weight ?? null);
  const visible = useSignal<Rect>({ x: 0, y: 0, width: 0, height: 0 });
  const pointer = useSignal<{ readonly x: number; readonly y: number } | null>(null);
  const failure = useSignal<Problem | null>(null);
  const scale = useDeviceScale();
  const help = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const sheet = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<Painter | null>(null);

  const shown = picture.value;
  const facts = shown?.kind === "drawn" ? shown.facts : shown?.kind === "drawing" ? shown.before : null;
  const version = shown?.kind === "drawn" ? shown.version : null;

  useEffect(() => {
    if (canvas.current === null) return;
    const made = createPainter(canvas.current, app.paint, (problem) => {
      failure.value = problem;
    });
    painter.current = made;
    return () => made.stop();
  }, [app, facts === null]);

  const look = (): void => {
    const [box, inner] = [scroller.current, sheet.current];
    if (box === null || inner === null) return;
    const outer = box.getBoundingClientRect();
    const own = inner.getBoundingClientRect();
    const seen: Rect = {
      x: Math.floor(Math.max(0, outer.left - own.left) * scale),
      y: Math.floor(Math.max(0, outer.top - own.top) * scale),
      width: Math.ceil(box.clientWidth * scale),
      height: Math.ceil(box.clientHeight * scale),
    };
    visible.value = seen;
    if (facts !== null && version !== null) {
      painter.current?.show({ version, width: facts.width, height: facts.height }, seen, scale);
    }
  };

  // After the painter's effect: the first picture and its painter come with the same render.
  useEffect(look, [version, scale, facts?.width, facts?.height]);
  useEffect(() => {
    const box = scroller.current;
    if (box === null) return;
    const observer = new ResizeObserver(() => look());
    observer.observe(box);
    return () => observer.disconnect();
  });
  useLayoutEffect(() => {
    scroller.current?.scrollTo?.(0, 0);
  }, [layer.value?.index]);
  useEffect(() => {
    if (cursor.value !== null) reveal(scroller.current, sheet.current, cursor.value.rect, scale);
  }, [cursor.value]);

  if (facts === null || layer.value === null) return <div class="montage-frame" />;

  const at = (event: MouseEvent): { readonly x: number; readonly y: number } | null => {
    const own = sheet.current?.getBoundingClientRect();
    if (own === undefined) return null;
    return {
      x: Math.floor((event.clientX - own.left) * scale),
      y: Math.floor((event.clientY - own.top) * scale),
    };
  };
  const onPointerMove = (event: PointerEvent): void => {
    if (event.pointerType === "touch") return;
    const box = scroller.current?.getBoundingClientRect();
    pointer.value = box === undefined ? null : { x: event.clientX - box.left, y: event.clientY - box.top };
    app.hover(at(event));
  };
  const onPointerLeave = (): void => {
    pointer.value = null;
    app.hover(null);
  };
  const onClick = async (event: MouseEvent): Promise<void> => {
    const point = at(event);
    if (point !== null) await app.choosePixel(point);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === "Escape") app.unchoose();
    const step = stepFor(event);
    if (step === null) return;
    event.preventDefault();
    app.hover(null);
    void app.moveCursor(step);
  };

  const chosen = cursor.value;
  const summary = pictureSummary(layer.value, facts, view.value);
  const label =
    chosen === null
      ? summary
      : `${summary} Chosen: ${placeText(chosen, view.value, layer.value.rank)}, ${weightText(chosen.value)}.`;
  return (
    <div class="montage-frame">
      <div class="montage" ref={scroller} onScroll={look}>
        <span class="ruler-corner" aria-hidden="true">
          {cornerText(facts)}
        </span>
        <ColumnRuler
          facts={facts}
          visible={visible.value}
          scale={scale}
          active={reading.value?.place ?? null}
        />
        <RowRuler facts={facts} visible={visible.value} scale={scale} active={reading.value?.place ?? null} />
        <div
          class="sheet"
          ref={sheet}
          style={{ width: `${facts.width / scale}px`, height: `${facts.height / scale}px` }}
        >
          <canvas
            ref={canvas}
            class="picture"
            role="img"
            tabIndex={0}
            aria-label={label}
            aria-describedby={help}
            onPointerMove={onPointerMove}
            onPointerLeave={onPointerLeave}
            onClick={(event) => void onClick(event)}
            onKeyDown={onKeyDown}
          />
          {chosen !== null && <Ring rect={chosen.rect} scale={scale} kind="chosen" />}
          {reading.value !== null && reading.value !== chosen && (
            <Ring rect={reading.value.rect} scale={scale} kind="hovered" />
          )}
        </div>
        <p id={help} class="unseen">
          Arrow keys move by one weight, with Shift by one input or filter; Home and End go to the ends of the
          row, with Control to those of the picture.
        </p>
      </div>
      {failure.value !== null && (
        <p class="waiting" role="alert">
          {failure.value.message}
        </p>
      )}
      <Tooltip app={app} pointer={pointer} />
    </div>
  );
}

function Ring({
  rect,
  scale,
  kind,
}: {
  readonly rect: Rect;
  readonly scale: number;
  readonly kind: "chosen" | "hovered";
}) {
  return (
    <span
      class={`ring ${kind}`}
      style={{
        left: `${rect.x / scale}px`,
        top: `${rect.y / scale}px`,
        width: `${rect.width / scale}px`,
        height: `${rect.height / scale}px`,
      }}
    />
  );
}

function stepFor(event: KeyboardEvent): Step | null {
  if (event.altKey || event.metaKey) return null;
  const arrows: Readonly<Record<string, readonly [-1 | 0 | 1, -1 | 0 | 1]>> = {
    ArrowLeft: [-1, 0],
    ArrowRight: [1, 0],
    ArrowUp: [0, -1],
    ArrowDown: [0, 1],
  };
  const arrow = arrows[event.key];
  if (arrow !== undefined)
    return { by: event.shiftKey ? "block" : "weight", right: arrow[0], down: arrow[1] };
  if (event.key === "PageUp") return { by: "block", right: 0, down: -1 };
  if (event.key === "PageDown") return { by: "block", right: 0, down: 1 };
  if (event.key !== "Home" && event.key !== "End") return null;
  return { by: "end", of: event.ctrlKey ? "picture" : "row", at: event.key === "Home" ? "first" : "last" };
}

/** Scrolls so that `rect` is seen with some of what surrounds it, clear of the rulers. */
function reveal(box: HTMLElement | null, sheet: HTMLElement | null, rect: Rect, scale: number): void {
  if (box === null || sheet === null) return;
  const margin = 24;
  const left = sheet.offsetLeft + rect.x / scale;
  const top = sheet.offsetTop + rect.y / scale;
  const right = left + rect.width / scale + margin;
  const bottom = top + rect.height / scale + margin;
  const x = Math.max(Math.min(box.scrollLeft, left - sheet.offsetLeft - margin), right - box.clientWidth);
  const y = Math.max(Math.min(box.scrollTop, top - sheet.offsetTop - margin), bottom - box.clientHeight);
  if (x !== box.scrollLeft || y !== box.scrollTop) box.scrollTo?.({ left: x, top: y, behavior: "instant" });
}
