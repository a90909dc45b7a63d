import { useComputed } from "@preact/signals";
import type { App } from "../app.ts";
import { drawCommand } from "../draw-command.ts";
import { selectedLayer } from "../state.ts";

/** The command that writes the very same picture; one click selects it. */
export function Command({ app }: { readonly app: App }) {
  const layer = useComputed(() => selectedLayer(app.state.value));
  const file = useComputed(() => app.state.value.opened?.model.given ?? "");
  const view = useComputed(() => app.state.value.view);
  const wanted = useComputed(() => app.state.value.opened?.wanted ?? null);
  const cell = useComputed(() => {
    const picture = app.state.value.opened?.picture;
    return picture?.kind === "drawn" ? picture.facts.cell : null;
  });
  if (layer.value === null || wanted.value === null || cell.value === null) return null;
  const words = drawCommand(file.value, layer.value, view.value, cell.value, wanted.value);
  return (
    <section>
      <h3>The same picture from a terminal</h3>
      <code class="command">
        {words.flatMap((word, index) => [
          index === 0 ? "" : " ",
          <span key={`${index} ${word}`}>{word}</span>,
        ])}
      </code>
    </section>
  );
}
