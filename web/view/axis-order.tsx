import { useComputed } from "@preact/signals";
import { useId } from "preact/hooks";
import type { App } from "../app.ts";

/** For files that name no axes: lets the user say which convention they follow. */
export function AxisOrderSelect({ app }: { readonly app: App }) {
  const order = useComputed(() => app.state.value.opened?.axisOrder ?? "");
  const id = useId();
  return (
    <p class="field">
      <label for={id}>Axes are stored as</label>
      <select
        id={id}
        value={order.value}
        onChange={(event) => app.readAxesAs(event.currentTarget.value || null)}
      >
        <option value="">guessed by shape</option>
        <option value="keras">Keras does: …, in, out</option>
        <option value="torch">PyTorch does: out, in, …</option>
      </select>
    </p>
  );
}
