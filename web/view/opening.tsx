import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { App } from "../app.ts";
import { visible } from "../visible.ts";
import { bytesText, counted } from "../words.ts";

/** While a file is read: which, how far, and a way out. */
export function OpeningNote({ app }: { readonly app: App }) {
  const opening = useComputed(() => app.state.value.opening);
  const cancel = useRef<HTMLButtonElement>(null);
  useEffect(() => cancel.current?.focus(), []);
  if (opening.value === null) return null;
  const { files, bytes, done, total } = opening.value;
  const more = files.length > 1 ? ` and ${counted(files.length - 1, "more file")}` : "";
  return (
    <main class="message-page" aria-busy="true">
      <section class="note" aria-labelledby="opening-title">
        <h2 id="opening-title">
          Opening {visible(files[0] ?? "")}
          {more}
        </h2>
        <progress aria-labelledby="opening-title" {...(total > 0 ? { value: done, max: total } : {})} />
        <p class="quiet figures">
          {total > 0
            ? `${bytesText(done)} of ${bytesText(total)} read. `
            : bytes > 0
              ? `${bytesText(bytes)}. `
              : ""}
          Only the directory is read now, each layer when it is looked at.
        </p>
        <p class="buttons">
          <button ref={cancel} type="button" class="button" onClick={() => app.cancel()}>
            Cancel
          </button>
        </p>
      </section>
    </main>
  );
}
