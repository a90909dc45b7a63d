import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { App } from "../app.ts";
import { visible } from "../visible.ts";
import { counted, shapeText } from "../words.ts";
import { AxisOrderSelect } from "./axis-order.tsx";
import { FileButton } from "./file-button.tsx";
import { ModelSelect } from "./model-select.tsx";

/** A good file without convolutions: what was looked at, and why none of it is a kernel. */
export function Nothing({ app }: { readonly app: App }) {
  const opened = useComputed(() => app.state.value.opened);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [opened.value?.model]);
  if (opened.value === null) return null;
  const { model } = opened.value;
  const more = model.rejectedCount - model.rejected.length;
  return (
    <main class="message-page">
      <section class="note wide" aria-labelledby="nothing-title">
        <h2 id="nothing-title" ref={title} tabIndex={-1}>
          No convolution kernel was found
        </h2>
        <p>
          {visible(model.file)} is in order and holds {counted(model.tensors, "tensor")}, but no convolution's
          kernel that its architecture, a name or a shape would tell.
        </p>
        {model.notes.map((note) => (
          <p key={note}>{visible(note, 2000)}</p>
        ))}
        <ModelSelect app={app} />
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
        <p class="buttons">
          <FileButton app={app} class="button primary">
            Choose other files…
          </FileButton>
        </p>
      </section>
    </main>
  );
}
