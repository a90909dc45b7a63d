import { useComputed } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { advice } from "../advice.ts";
import type { App } from "../app.ts";
import { selectedLayer } from "../state.ts";
import { visible } from "../visible.ts";
import { bytesText } from "../words.ts";
import { WarningIcon } from "./icons.tsx";
import { Montage } from "./montage.tsx";
import { useDeviceScale } from "./use-device-scale.ts";

/** CSS pixels beside a picture that its rulers and margins need; above it also a line that says what is frozen. */
const ROOM_FOR_ROWS = 46 + 24;
const ROOM_FOR_COLUMNS = 28 + 24 + 40;
/** Milliseconds after which a resizing is over. */
const RESIZE_REST = 150;

/** The selected layer's picture, or what stands in its place. */
export function Stage({ app }: { readonly app: App }) {
  const picture = useComputed(() => app.state.value.opened?.picture ?? { kind: "none" as const });
  const layer = useComputed(() => selectedLayer(app.state.value));
  const shown = picture.value;
  const facts = shown.kind === "drawn" ? shown.facts : shown.kind === "drawing" ? shown.before : null;
  const frozen = facts?.notes.filter((line) => line.mark === "frozen") ?? [];
  const stage = useRef<HTMLElement>(null);
  const scale = useDeviceScale();
  useLayoutEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const measure = (): void => {
      const { clientWidth = 0, clientHeight = 0 } = stage.current ?? {};
      app.resize({
        width: Math.max(0, Math.floor((clientWidth - ROOM_FOR_ROWS) * scale)),
        height: Math.max(0, Math.floor((clientHeight - ROOM_FOR_COLUMNS) * scale)),
        scale,
      });
    };
    const later = (): void => {
      clearTimeout(timer);
      timer = setTimeout(measure, RESIZE_REST);
    };
    measure();
    window.addEventListener("resize", later);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("resize", later);
    };
  }, [app, scale]);
  const waiting = shown.kind === "drawing" && shown.total > 0 && shown.done < shown.total;
  return (
    <main ref={stage} class="stage" aria-busy={shown.kind === "drawing"}>
      {frozen.map((line) => (
        <p key={line.text} class="banner">
          <span class="hatch" aria-hidden="true" />
          {line.text}
        </p>
      ))}
      {shown.kind === "unreadable" ? (
        <section class="note failed inside" aria-labelledby="unreadable-title">
          <h2 id="unreadable-title">
            <WarningIcon /> {visible(layer.value?.name ?? "The layer")} cannot be read
          </h2>
          <p class="reason">{visible(shown.problem.message, 2000)}</p>
          <p>
            {shown.problem.code === "unsupported"
              ? "The other layers of the file are not affected."
              : advice(shown.problem.code)}
          </p>
        </section>
      ) : (
        <Montage app={app} />
      )}
      {waiting && (
        <p class="waiting figures" role="status">
          {bytesText(shown.done)} of {bytesText(shown.total)} read
        </p>
      )}
    </main>
  );
}
