import { useComputed } from "@preact/signals";
import { useId } from "preact/hooks";
import type { App } from "../app.ts";

/** Orders of letters that frameworks store kernels in, by the number of axes. */
const ORDERS: Readonly<Record<string, readonly string[]>> = {
  "3-D": ["DHWIO", "OIDHW", "IODHW", "DHWOI"],
  "2-D": ["HWIO", "OIHW", "OHWI", "IOHW", "HWOI", "HWIM"],
  "1-D": ["WIO", "OIW", "IOW", "WOI", "WIM"],
};

/** For files that name no axes: lets the user say which convention or order they follow. */
export function AxisOrderSelect({ app }: { readonly app: App }) {
  const order = useComputed(() => app.state.value.opened?.wanted.axisOrder ?? "");
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
        {Object.entries(ORDERS).map(([rank, orders]) => (
          <optgroup key={rank} label={rank}>
            {orders.map((letters) => (
              <option key={letters} value={letters}>
                {letters}
              </option>
            ))}
          </optgroup>
        ))}
      </select>
    </p>
  );
}
