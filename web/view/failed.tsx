import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { advice } from "../advice.ts";
import type { App } from "../app.ts";
import { visible } from "../visible.ts";
import { FileButton } from "./file-button.tsx";
import { WarningIcon } from "./icons.tsx";

/** A file that could not be opened: its name, the reason, and what to try. */
export function Failed({ app }: { readonly app: App }) {
  const problem = useComputed(() => app.state.value.problem);
  const opened = useComputed(() => app.state.value.opened);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [problem.value]);
  if (problem.value === null) return null;
  const { code, file, message, offset } = problem.value;
  return (
    <main class="message-page">
      <section class="note failed" aria-labelledby="failed-title">
        <h2 id="failed-title" ref={title} tabIndex={-1}>
          <WarningIcon /> {file === null ? "That did not work" : `${visible(file)} cannot be read`}
        </h2>
        <p class="reason">{visible(message, MESSAGE_LENGTH)}</p>
        <p>{advice(code)}</p>
        <p class="quiet figures">
          {code}
          {offset === null ? "" : ` at byte ${offset}`}
        </p>
        <p class="buttons">
          <FileButton app={app} class="button primary">
            Choose other files…
          </FileButton>
          {opened.value !== null && (
            <button type="button" class="button" onClick={() => app.dismiss()}>
              Back to {visible(opened.value.model.file)}
            </button>
          )}
        </p>
      </section>
    </main>
  );
}

/** Characters of a message shown at most. */
const MESSAGE_LENGTH = 2000;
