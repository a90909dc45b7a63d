import { type ReadonlySignal, useComputed } from "@preact/signals";
import type { App } from "../app.ts";
import { selectedLayer } from "../state.ts";
import { indicesOf, weightText } from "../words.ts";

/** The weight under the pointer, beside it; the side panel says the same to those who do not point. */
export function Tooltip(props: {
  readonly app: App;
  readonly pointer: ReadonlySignal<{ readonly x: number; readonly y: number } | null>;
}) {
  const weight = useComputed(() => props.app.state.value.hover);
  const view = useComputed(() => props.app.state.value.view);
  const rank = useComputed(() => selectedLayer(props.app.state.value)?.rank ?? 3);
  const { value: point } = props.pointer;
  if (weight.value === null || point === null) return null;
  const { value, frozen } = weight.value;
  const [filter, input, ...axes] = indicesOf(weight.value, view.value, rank.value);
  const side = point.x > 320 ? "left" : "right";
  const edge = point.y > 160 ? "above" : "below";
  return (
    <div
      class={`tooltip ${side} ${edge}`}
      aria-hidden="true"
      style={{ left: `${point.x}px`, top: `${point.y}px` }}
    >
      <p class="tooltip-title">
        Filter {filter?.[1]}, input {input?.[1]}
      </p>
      <p class="quiet figures">{axes.map(([axis, index]) => `${axis} ${index}`).join(", ")}</p>
      <p class="value figures">{weightText(value)}</p>
      {frozen === true && <p class="careful-text">never trained</p>}
    </div>
  );
}
