import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import type { App } from "../app.ts";
import { pageFile } from "../page-file.ts";
import { FolderIcon } from "./icons.tsx";

/** A button that asks for files: several, because a model may lie in more than one; or for a whole folder. */
export function FileButton(props: {
  readonly app: App;
  readonly folder?: boolean;
  readonly class: string;
  readonly children: ComponentChildren;
}) {
  const input = useRef<HTMLInputElement>(null);
  const ask = (): void => {
    if (input.current === null) return;
    // Preact's types do not know the attribute.
    input.current.webkitdirectory = props.folder === true;
    input.current.click();
  };
  return (
    <>
      <button type="button" class={props.class} onClick={ask}>
        <FolderIcon /> {props.children}
      </button>
      <input
        ref={input}
        class="file-input"
        type="file"
        multiple
        hidden
        aria-label={props.folder === true ? "Folder to open" : "Files to open"}
        onChange={(event) => {
          const files = [...(event.currentTarget.files ?? [])].map(pageFile);
          // Emptied, so that choosing the same file again is noticed.
          event.currentTarget.value = "";
          void props.app.openFiles(files);
        }}
      />
    </>
  );
}
