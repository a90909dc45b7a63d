import { useComputed, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { App } from "../app.ts";
import { droppedFiles } from "../dropped-files.ts";
import { shownPart } from "../state.ts";
import { Empty } from "./empty.tsx";
import { Failed } from "./failed.tsx";
import { LayerList } from "./layer-list.tsx";
import { Legend } from "./legend.tsx";
import { Nothing } from "./nothing.tsx";
import { OpeningNote } from "./opening.tsx";
import { SidePanel } from "./side-panel.tsx";
import { Stage } from "./stage.tsx";
import { TopBar } from "./top-bar.tsx";

/** The whole page: whichever part its state calls for. */
export function Page({ app }: { readonly app: App }) {
  const opened = useComputed(() => app.state.value.opened);
  const dropping = useComputed(() => app.state.value.dropping);
  const announcement = useComputed(() => app.state.value.announcement);
  const list = useSignal(false);
  useWindowDrop(app);
  useEffect(() => {
    const file = opened.value?.model.file;
    document.title = file === undefined ? "Kernelscope" : `${file} · Kernelscope`;
  }, [opened.value?.model.file]);

  const shows = useComputed(() => shownPart(app.state.value)).value;
  return (
    <div class="page" data-shows={shows} data-list={list.value ? "open" : "closed"}>
      <TopBar app={app} list={list} />
      {shows === "empty" && <Empty app={app} />}
      {shows === "opening" && <OpeningNote app={app} />}
      {shows === "failed" && <Failed app={app} />}
      {shows === "nothing" && <Nothing app={app} />}
      {shows === "open" && <LayerList app={app} list={list} />}
      {shows === "open" && <Stage app={app} />}
      {shows === "open" && <Legend app={app} />}
      {shows === "open" && <SidePanel app={app} />}
      {dropping.value && (
        <div class="drop-overlay" aria-hidden="true">
          <p>Drop to open</p>
        </div>
      )}
      <p class="unseen" role="status" aria-live="polite">
        {announcement.value}
      </p>
    </div>
  );
}

/** The whole window takes files, also folders and several at a time. */
function useWindowDrop(app: App): void {
  const depth = useRef(0);
  useEffect(() => {
    const stop = new AbortController();
    const { signal } = stop;
    const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    const over = (to: number): void => {
      depth.current = Math.max(0, to);
      app.dropping(depth.current > 0);
    };
    window.addEventListener("dragenter", (event) => carriesFiles(event) && over(depth.current + 1), {
      signal,
    });
    window.addEventListener("dragleave", (event) => carriesFiles(event) && over(depth.current - 1), {
      signal,
    });
    window.addEventListener(
      "dragover",
      (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        if (event.dataTransfer !== null) event.dataTransfer.dropEffect = "copy";
      },
      { signal },
    );
    window.addEventListener(
      "drop",
      (event) => {
        if (!carriesFiles(event)) return;
        event.preventDefault();
        over(0);
        if (event.dataTransfer !== null)
          void droppedFiles(event.dataTransfer).then((files) => app.openFiles(files));
      },
      { signal },
    );
    return () => stop.abort();
  }, [app]);
}
