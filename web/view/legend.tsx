import { useComputed } from "@preact/signals";
import { formatWeight, type LegendLine } from "kernelscope";
import { useEffect, useId, useRef } from "preact/hooks";
import type { App } from "../app.ts";
import type { PictureFacts } from "../protocol.ts";
import { selectedLayer } from "../state.ts";
import { visible } from "../visible.ts";
import { Controls } from "./controls.tsx";

/** What the colours mean, in numbers and words, and how to change it; what is frozen stands above the picture. */
export function Legend({ app }: { readonly app: App }) {
  const picture = useComputed(() => app.state.value.opened?.picture ?? null);
  const layer = useComputed(() => selectedLayer(app.state.value));
  const title = useId();
  const shown = picture.value;
  const facts = shown?.kind === "drawn" ? shown.facts : shown?.kind === "drawing" ? shown.before : null;
  const lines = facts === null ? [] : [facts.scale, ...facts.notes.filter(({ mark }) => mark !== "frozen")];
  return (
    <footer class="bottom-bar">
      <section class="legend" aria-labelledby={title}>
        <h2 id={title} class="unseen">
          Legend
        </h2>
        {facts !== null && <Scale facts={facts} />}
        <div class="legend-words">
          {facts !== null && layer.value?.dequantized === true && (
            <p>Dequantised: the weights that the stored {visible(layer.value.dtype)} stand for.</p>
          )}
          {lines.map((line) => (
            <LegendSentence key={line.text} line={line} />
          ))}
        </div>
      </section>
      <Controls app={app} />
    </footer>
  );
}

function LegendSentence({ line }: { readonly line: LegendLine }) {
  return (
    <p class={line.caution ? "careful-text" : undefined}>
      {line.mark !== null && <span class={`legend-mark ${line.mark}`} aria-hidden="true" />}
      {line.text}
    </p>
  );
}

/** The colormap between the values at its ends, or between words where each part has its own. */
function Scale({ facts }: { readonly facts: PictureFacts }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { colormap, range } = facts;
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (context === null || context === undefined) return;
    const pixels = context.createImageData(256, 1);
    for (let level = 0; level < 256; level += 1) {
      for (let channel = 0; channel < 3; channel += 1)
        pixels.data[4 * level + channel] = colormap[3 * level + channel] ?? 0;
      pixels.data[4 * level + 3] = 255;
    }
    context.putImageData(pixels, 0, 0);
  }, [colormap]);
  const low = range === null ? "lowest" : formatWeight(range.min);
  const high = range === null ? "highest" : formatWeight(range.max);
  return (
    <p class="scale figures">
      <span aria-hidden="true">{low}</span>
      <canvas
        ref={canvas}
        class="scale-bar"
        width="256"
        height="1"
        role="img"
        aria-label={`From ${low} to ${high}`}
      />
      <span aria-hidden="true">{high}</span>
    </p>
  );
}
