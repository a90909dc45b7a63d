import { useComputed } from "@preact/signals";
import type { App } from "../app.ts";
import { visible } from "../visible.ts";
import { counted, shapeText } from "../words.ts";
import { AxisOrderSelect } from "./axis-order.tsx";

/** A good file without convolutions: what was looked at, and why none of it is a kernel. */
export function Nothing({ app }: { readonly app: App }) {
  const opened = useComputed(() => app.state.value.opened);
  if (opened.value === null) return null;
  const { model } = opened.value;
  const more = model.rejectedCount - model.rejected.length;
  return (
    <main class="stage nothing">
      <section class="note inside" aria-labelledby="nothing-title">
        <h2 id="nothing-title">No convolution kernel was found</h2>
        <p>
          {visible(model.file)} is in order and holds {counted(model.tensors, "tensor")}, none of which is
          used or shaped like a convolution's kernel.
        </p>
        {model.notes.map((note) => (
          <p key={note}>{visible(note, 2000)}</p>
        ))}
        <AxisOrderSelect app={app} />
        {model.rejected.length > 0 && (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
          <section class="table-scroll" tabIndex={0} aria-label="Tensors that were looked at">
            <table>
              <thead>
                <tr>
                  <th scope="col">Tensor</th>
                  <th scope="col">Shape</th>
                  <th scope="col">Why not</th>
                </tr>
              </thead>
              <tbody>
                {model.rejected.map((tensor) => (
                  <tr key={tensor.name}>
                    <th scope="row">{visible(tensor.name)}</th>
                    <td class="figures">
                      {shapeText(tensor.shape)} {visible(tensor.dtype)}
                    </td>
                    <td>{visible(tensor.reason)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {more > 0 && <p class="quiet">And {counted(more, "more tensor")}.</p>}
          </section>
        )}
      </section>
    </main>
  );
}
