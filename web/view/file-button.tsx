import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { App } from "../app.ts";
import { FolderIcon } from "./icons.tsx";

/** A button that asks for files: several, because a model may lie in more than one. */
export function FileButton(props: {
  readonly app: App;
  readonly class: string;
  readonly children: ComponentChildren;
}) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <button type="button" class={props.class} onClick={() => input.current?.click()}>
        <FolderIcon /> {props.children}
      </button>
      <input
        ref={input}
        class="file-input"
        type="file"
        multiple
        hidden
        aria-label="Files to open"
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])];
          // Emptied, so that choosing the same file again is noticed.
          event.currentTarget.value = "";
          void props.app.openFiles(files);
        }}
      />
    </>
  );
}
