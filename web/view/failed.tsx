import { useComputed } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { advice } from "../advice.ts";
import type { App } from "../app.ts";
import { visible } from "../visible.ts";
import { counted } from "../words.ts";
import { Choices } from "./choices.tsx";
import { FileButton } from "./file-button.tsx";
import { WarningIcon } from "./icons.tsx";

/** A file that could not be opened: its name, the reason, and what to try. */
export function Failed({ app }: { readonly app: App }) {
  const problem = useComputed(() => app.state.value.problem);
  const opened = useComputed(() => app.state.value.opened);
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => title.current?.focus(), [problem.value]);
  if (problem.value === null) return null;
  const { code, file, message, offset, choices } = problem.value;
  const back = opened.value !== null && (
    <button type="button" class="button" onClick={() => app.dismiss()}>
      Back to {visible(opened.value.model.file)}
    </button>
  );
  if (code === "ambiguous" && choices !== undefined) {
    return (
      <main class="message-page">
        <section class="note failed" aria-labelledby="failed-title">
          <h2 id="failed-title" ref={title} tabIndex={-1}>
            {file === null ? "It" : visible(file)} holds {counted(choices.length, "model")}
          </h2>
          <p>Which one shall be opened?</p>
          <Choices app={app} choices={choices} />
          <p class="buttons">
            <FileButton app={app} class="button">
              Choose other files…
            </FileButton>
            {back}
          </p>
          <p class="quiet figures">{code}</p>
        </section>
      </main>
    );
  }
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
          {back}
        </p>
        {choices !== undefined && (
          <>
            <p>The other models beside it may be in order:</p>
            <Choices app={app} choices={choices} />
          </>
        )}
      </section>
    </main>
  );
}

/** Characters of a message shown at most. */
const MESSAGE_LENGTH = 2000;
