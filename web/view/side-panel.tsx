import { useComputed } from "@preact/signals";
import type { App } from "../app.ts";
import type { LayerFacts } from "../protocol.ts";
import { selectedLayer } from "../state.ts";
import { visible } from "../visible.ts";
import { arithmetic, countText, layerAxesText, layerShapeText } from "../words.ts";
import { AxisOrderSelect } from "./axis-order.tsx";
import { Command } from "./command.tsx";
import { EvidenceBadge } from "./layer-row.tsx";
import { Readout } from "./readout.tsx";

/** What is known about the selected layer, and the weight that is read. */
export function SidePanel({ app }: { readonly app: App }) {
  const layer = useComputed(() => selectedLayer(app.state.value));
  const notes = useComputed(() => app.state.value.opened?.model.notes ?? []);
  const axisOrder = useComputed(() => app.state.value.opened?.wanted.axisOrder ?? null);
  const current = layer.value;
  if (current === null) return null;
  return (
    <aside class="side" aria-label="Layer and weight">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard */}
      <section class="side-scroll" tabIndex={0} aria-label="About the layer">
        <section class="layer-title">
          <h2>{visible(current.name)}</h2>
          <p class="figures">{layerShapeText(current)}</p>
          <p class="quiet">{layerAxesText(current)}</p>
        </section>
        {current.unreadable === null && <Readout app={app} />}
        <section>
          <h3>Arithmetic</h3>
          {arithmetic(current).map((line) => (
            <p key={line.left} class="sum figures">
              <span>{line.left}</span> <span>= {line.right}</span>
            </p>
          ))}
        </section>
        <section>
          <h3>
            In the file <EvidenceBadge layer={current} />
          </h3>
          <dl class="facts">
            {factsOf(current).map(([term, text]) => (
              <div key={term}>
                <dt>{term}</dt>
                <dd class="figures">{text}</dd>
              </div>
            ))}
          </dl>
          {current.note !== null && <p class="careful-text">{visible(current.note, 2000)}</p>}
          {(current.evidence === "shape" || axisOrder.value !== null) && <AxisOrderSelect app={app} />}
        </section>
        {notes.value.length > 0 && (
          <section>
            <h3>About the file</h3>
            {notes.value.map((note) => (
              <p key={note}>{visible(note, 2000)}</p>
            ))}
          </section>
        )}
        <Command app={app} />
      </section>
    </aside>
  );
}

function factsOf(layer: LayerFacts): readonly (readonly [term: string, text: string])[] {
  const unknown = "not stated";
  const list = (numbers: readonly number[] | null): string =>
    numbers === null ? unknown : numbers.join(", ");
  return [
    ["Kind", layer.rank === 1 ? `${layer.kind}, 1-D` : `${layer.kind}, ${layer.rank}-D`],
    ["Slices", countText(layer.slices)],
    ["Groups", layer.groups === null ? unknown : String(layer.groups)],
    ["Strides", list(layer.strides)],
    ["Padding", layer.padding ?? unknown],
    ["Dilation", list(layer.dilation)],
    ["Stored as", `${visible(layer.dtype)}, ${visible(layer.axisOrder)}`],
    ...(layer.dequantized ? [["Shown as", "dequantised"] as const] : []),
    ["Tensor", visible(layer.tensor)],
  ];
}
