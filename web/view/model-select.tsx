import { useComputed } from "@preact/signals";
import { useId } from "preact/hooks";
import type { App } from "../app.ts";
import { visible } from "../visible.ts";

/** Changes to another model of the same archive or folder; nothing where there is no other. */
export function ModelSelect({ app }: { readonly app: App }) {
  const choices = useComputed(() => app.state.value.opened?.choices ?? []);
  const entry = useComputed(() => app.state.value.opened?.wanted.entry ?? "");
  const id = useId();
  if (choices.value.length === 0) return null;
  return (
    <p class="field model">
      <label for={id}>Model</label>
      <select id={id} value={entry.value} onChange={(event) => app.openEntry(event.currentTarget.value)}>
        {choices.value.map((path) => (
          <option key={path} value={path}>
            {visible(path, 400)}
          </option>
        ))}
      </select>
    </p>
  );
}
